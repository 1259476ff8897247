"""The stock path as a process: what a newcomer to Faust would write, with the session of the worker.

One agent, one table, one record at a time.
"""

import io
import os
from typing import Any, Final

import fastavro
import faust
import msgspec

from streams.codec import shipped
from streams.settings.places import SCHEMAS
from tests.soak.baseline import APP, TABLE

SESSION_SEC: Final = 6.0
FRAME_BYTES: Final = 5


def create_app() -> Any:
    """Return the agent and its table, as the tutorial has them."""
    environ = os.environ
    file = SCHEMAS / "avro" / "touchpoint" / f"{shipped.latest('touchpoint').version}.avsc"
    schema = fastavro.parse_schema(msgspec.json.decode(file.read_bytes()))
    app = faust.App(
        APP,
        broker=f"kafka://{environ['SOAK_SERVERS']}",
        topic_partitions=int(environ["SOAK_PARTITIONS"]),
        consumer_auto_offset_reset="earliest",
        table_standby_replicas=0,
        topic_disable_leader=True,
        web_enabled=False,
        broker_session_timeout=SESSION_SEC,
        broker_heartbeat_interval=1.0,
        datadir=environ["TOUCHPOINT_DATA_DIR"],
    )
    journeys = app.Table(TABLE, default=int)
    names = environ["SOAK_TOPICS"].split(",")
    topics = app.topic(*names, key_type=bytes, key_serializer="raw", value_type=bytes, value_serializer="raw")

    @app.agent(topics)  # type: ignore[untyped-decorator] # Faust publishes no types
    async def count(stream: Any) -> None:
        """Count each customer's touchpoints."""
        async for value in stream:
            touchpoint: Any = fastavro.schemaless_reader(io.BytesIO(value[FRAME_BYTES:]), schema, None)
            journeys[touchpoint["customer"]] += 1

    @app.task  # type: ignore[untyped-decorator] # as above
    async def tell() -> None:
        """Say that it works; it does once its table has been recovered."""
        os.write(1, b"baseline: ready: partitions []\n")  # Faust turns sys.stdout into its log

    return app


if __name__ == "__main__":
    create_app().main()
