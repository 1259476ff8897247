"""The peer on Quix Streams: the same small job as naive_faust, with its state in RocksDB and its own changelog.

Runs in an environment of its own (requirements.lock beside this file), so it imports nothing of ours.
"""

import io
import json
import os
import time
from functools import reduce
from pathlib import Path
from typing import Any

import fastavro
from quixstreams import Application

SCHEMA = fastavro.parse_schema(json.loads(Path(os.environ["BENCH_SCHEMA"]).read_text()))
WINDOW_MS = 600_000
REPORT_EVERY = 100
seen = 0


def decode(value: bytes) -> Any:
    """Read the framed Avro record."""
    global seen  # noqa: PLW0603 - a counter is all that is measured
    if seen % REPORT_EVERY == 0:
        os.write(1, f"seen {seen} {time.time()}\n".encode())
    seen += 1
    return fastavro.schemaless_reader(io.BytesIO(value[5:]), SCHEMA, None)


def track(touchpoint: Any, state: Any) -> Any:
    """Count the customer's touchpoints, and failed payments within ten minutes; return an alert or None."""
    state.set("touchpoints", state.get("touchpoints", 0) + 1)
    if touchpoint["type"] != "payment.failed":
        return None
    window = f"failures-{touchpoint['time'] // WINDOW_MS}"
    failures = state.get(window, 0) + 1
    state.set(window, failures)
    return {"customer": touchpoint["customer"], "rule": "payment-failing"} if failures >= 3 else None


def main() -> None:
    """Run until SIGTERM."""
    app = Application(
        broker_address=os.environ["BENCH_SERVERS"],
        consumer_group="bench-quix",
        auto_offset_reset="earliest",
        state_dir=os.environ["BENCH_DATA"],
        loglevel="WARNING",
    )
    alerts = app.topic("bench-quix-alerts", value_serializer="json")
    frames = [
        app.dataframe(app.topic(name, key_deserializer="str", value_deserializer="bytes"))
        for name in os.environ["BENCH_TOPICS"].split(",")
    ]
    # One stream of all topics, so that a customer has one state.
    journeys = reduce(lambda one, other: one.concat(other), frames)
    found = journeys.apply(decode).apply(track, stateful=True)
    found.filter(lambda alert: alert is not None).to_topic(alerts)
    app.run()


if __name__ == "__main__":
    main()
