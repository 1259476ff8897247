"""The peer that a newcomer to Faust would write: one agent, tables, one windowed count, one alert.

Stock faust-streaming, one record at a time. It does a small part of the worker's job: no promises, no sequences, no
late touchpoints, no deadlines, no dead letters, and it loses and doubles under failures.
"""

import io
import os
import time
from pathlib import Path
from typing import Any

import fastavro
import faust
import msgspec

REPORT_EVERY = 100
TOPICS = os.environ.get("BENCH_TOPICS", "touchpoints.web").split(",")
SCHEMA = fastavro.parse_schema(msgspec.json.decode(Path(os.environ["BENCH_SCHEMA"]).read_bytes()))

app = faust.App(
    "bench-faust",
    broker=f"kafka://{os.environ['BENCH_SERVERS']}",
    topic_partitions=int(os.environ["BENCH_PARTITIONS"]),
    consumer_auto_offset_reset="earliest",
    table_standby_replicas=0,
    topic_disable_leader=True,
    web_enabled=False,
    datadir=os.environ["BENCH_DATA"],
)
journeys = app.Table("bench-journeys", default=int)
failures = app.Table("bench-failures", default=int).tumbling(600.0, expires=3600.0)
alerts = app.topic("bench-faust-alerts", value_serializer="json", partitions=int(os.environ["BENCH_PARTITIONS"]))
seen = 0


@app.agent(  # type: ignore[untyped-decorator] # Faust publishes no types
    app.topic(*TOPICS, key_serializer="raw", value_type=bytes, value_serializer="raw")
)
async def track(stream: Any) -> None:
    """Count each customer's touchpoints, and failed payments within ten minutes."""
    global seen  # noqa: PLW0603 - as naive as the rest
    async for value in stream:
        if seen % REPORT_EVERY == 0:
            os.write(1, f"seen {seen} {time.time()}\n".encode())  # Faust turns sys.stdout into its log
        seen += 1
        touchpoint: Any = fastavro.schemaless_reader(io.BytesIO(value[5:]), SCHEMA, None)
        customer = touchpoint["customer"]
        journeys[customer] += 1
        if touchpoint["type"] == "payment.failed":
            failures[customer] += 1
            if failures[customer].current() >= 3:
                await alerts.send(key=customer, value={"customer": customer, "rule": "payment-failing"})


if __name__ == "__main__":
    app.main()
