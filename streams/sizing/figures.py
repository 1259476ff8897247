"""What one touchpoint, one journey and one process cost, each with where it was measured or that it is assumed.

Measured figures are those of `tests/bench/results` of 2026-11-22, on two cores that Kafka and the sender shared.
"""

from typing import Final, NamedTuple

import msgspec

KIB: Final = 1 << 10
MIB: Final = 1 << 20
GIB: Final = 1 << 30
ASSUMED: Final = "assumed"


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What the arithmetic reckons with; a deployment that has measured its own gives those."""

    worker_rate: float = 26_860.0
    worker_busy: float = 0.5
    most_busy: float = 0.8
    base_bytes: int = 150 * MIB
    journey_bytes: int = 2_200
    changelog_bytes: int = 700
    live_journeys: int = 300_000
    live_bytes: int = 10 * KIB
    changelog_share: float = 0.75
    dirty_share: float = 0.1
    segment_bytes: int = 64 * MIB
    recovery_rate: float = 85_000.0
    start_sec: float = 6.0
    session_sec: float = 30.0
    pause_sec: float = 10.0
    skew: float = 1.3
    touchpoint_bytes: int = 120
    average_share: float = 0.5
    retention_sec: float = 7 * 86_400.0
    replicas: int = 3
    broker_bytes_per_sec: float = 50e6
    broker_partitions: int = 4_000
    broker_disk: int = 2 << 40
    gateway_rate: float = 48_423.0
    topics: int = 14
    partitions_per_worker: int = 4
    most_workers: int = 64


class Source(NamedTuple):
    """What a figure means, and where it comes from."""

    meaning: str
    origin: str


SOURCES: Final[dict[str, Source]] = {
    "worker_rate": Source("touchpoints/s of one worker process, compiled", "measured: make bench, 26,860"),
    "worker_busy": Source("share of it that is used at the peak, so that there is room to catch up", ASSUMED),
    "most_busy": Source("share of it that the busiest may need while one worker is gone", ASSUMED),
    "base_bytes": Source("memory of a worker without journeys", "measured: sizing, 131 MiB with 26,000 at rest"),
    "journey_bytes": Source(
        "memory of a journey of 30 touchpoints at rest",
        "assumed: the budget; measured: sizing, 1,125 with some 8 touchpoints",
    ),
    "changelog_bytes": Source(
        "a journey's record on the broker's disk, compressed", "assumed; measured: sizing, 259 with data that repeat"
    ),
    "live_journeys": Source("journeys that are kept decoded, of all workers together", "setting"),
    "live_bytes": Source("memory of a decoded journey", "assumed; measured: sizing, 5 KiB with some 8 touchpoints"),
    "changelog_share": Source(
        "changelog records of a touchpoint in live traffic", "assumed; measured: sizing, 0.13 in a backlog"
    ),
    "dirty_share": Source("of the changelog that is not compacted yet", "setting of the topic"),
    "segment_bytes": Source("of a changelog partition that is never compacted", "setting of the topic"),
    "recovery_rate": Source("changelog records/s that a worker reads back", "measured: sizing, 85,287"),
    "start_sec": Source("from the start of a process until it reads back", "measured: sizing, 5.2"),
    "session_sec": Source("until a worker that died is missed", "setting"),
    "pause_sec": Source("in which all workers stand still when partitions move", ASSUMED),
    "skew": Source("touchpoints/s of the busiest worker over the average of its share", "simulated"),
    "touchpoint_bytes": Source(
        "a touchpoint on the broker's disk, compressed in batches",
        "assumed; measured: sizing, 33 with data that repeat",
    ),
    "average_share": Source("average rate over the peak", ASSUMED),
    "retention_sec": Source("for which touchpoints are kept", "setting of the topics"),
    "replicas": Source("copies of each partition", ASSUMED),
    "broker_bytes_per_sec": Source("that one broker takes in, copies included", ASSUMED),
    "broker_partitions": Source("copies of partitions on one broker", ASSUMED),
    "broker_disk": Source("of one broker", ASSUMED),
    "gateway_rate": Source("touchpoints/s of one gateway process, in batches of 100", "measured: make bench, 48,423"),
    "topics": Source("topics with as many partitions as the deployment", "the catalogue"),
    "partitions_per_worker": Source("so that workers can be added: more partitions mean a stop", ASSUMED),
    "most_workers": Source("of one consumer group; above, customers are split over deployments", ASSUMED),
}


def shown() -> list[str]:
    """Return the figures as the lines of a Markdown table."""
    values = msgspec.structs.asdict(Figures())
    rows = [f"| `{name}` | {values[name]:,} | {each.meaning} | {each.origin} |" for name, each in SOURCES.items()]
    return ["| figure | value | what it is | where it is from |", "| --- | ---: | --- | --- |", *rows]
