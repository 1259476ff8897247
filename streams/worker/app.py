"""The Faust app: settings, topics, the journeys' table. What Faust does and does not do here is in ARCHITECTURE.md."""

from pathlib import Path
from typing import Any

import faust
from faust.sensors import Monitor

from streams.worker.credentials import credentials
from streams.worker.kit import GROUP, Kit
from streams.worker.leave import HardExit
from streams.worker.store import Lanes
from streams.worker.transport import Tables, Transport


class QuietMonitor(Monitor):
    """Faust's monitor without its cost per message and per partition."""

    def on_message_in(self, tp: Any, offset: int, message: Any) -> None:
        """Do nothing."""

    def track_tp_end_offset(self, tp: Any, offset: int) -> None:
        """Do nothing."""


class WorkerApp(faust.App):
    """A Faust app that knows its lanes."""

    lanes: Lanes
    hard_exit: HardExit
    lane_topics: frozenset[str]


class JourneyTable(faust.Table):
    """The journeys. Its store is the lanes; a registered table is what keeps Faust's co-partitioned assignment."""

    def _new_store(self) -> Lanes:
        return Lanes("lanes://", self.app, self, loop=self.loop)


def create_app(kit: Kit, incarnations: dict[str, str], data: Path, namespace: str) -> WorkerApp:
    """Put the app together; nothing is connected yet."""
    settings = kit.settings
    app = WorkerApp(
        namespace + GROUP,
        broker=[f"kafka://{server}" for server in kit.bootstrap_servers.split(",")],
        broker_credentials=credentials(),
        datadir=data,
        topic_partitions=kit.partitions,
        Table=JourneyTable,
        TableManager=Tables,
        Monitor=QuietMonitor,
        autodiscover=False,
        web_enabled=False,
        web_tables_enabled=False,
        processing_guarantee="at_least_once",
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=kit.process.instance or None,
        consumer_max_fetch_size=settings.fetch_bytes,
        broker_session_timeout=settings.session_sec,
        broker_heartbeat_interval=min(3.0, settings.session_sec / 6),
        broker_rebalance_timeout=settings.session_sec * 2,
        broker_commit_interval=settings.commit_sec,
        stream_wait_empty=False,
        stream_recovery_delay=0.0,
        recovery_consistency_check=False,
        table_standby_replicas=0,
        topic_disable_leader=True,
        topic_allow_declare=False,
        producer_compression_type="lz4",
    )
    app.transport = Transport(app.conf.broker_consumer, app)
    raw: dict[str, Any] = {
        "key_type": bytes,
        "value_type": bytes,
        "key_serializer": "raw",
        "value_serializer": "raw",
    }
    changelog = app.topic(kit.topics.changelog, internal=True, **raw)
    table = app.Table("journeys", key_type=bytes, value_type=bytes, changelog_topic=changelog)
    app.hard_exit = HardExit()
    app.lanes = table.data
    app.lanes.kit = kit
    app.lanes.incarnations = incarnations
    app.lane_topics = frozenset({kit.topics.changelog, *kit.topics.touchpoints})

    @app.agent(app.topic(*kit.topics.touchpoints, **raw))
    async def subscribe_only(stream: Any) -> None:  # the group subscribes to what has an agent
        async for _ in stream:
            raise AssertionError("a touchpoint went down Faust's own path")

    return app
