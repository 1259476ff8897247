"""From a load to a deployment. Every number is for the peak, and holds with one worker of each deployment gone."""

from math import ceil
from typing import Final

import msgspec

from streams.sizing.figures import GIB, Figures

LEAST_WORKERS: Final = 2  # one may always be gone
LEAST_PARTITIONS: Final = 8
LEAST_BROKERS: Final = 3


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for: touchpoints/s at the peak, and customers of whom a journey is kept."""

    touchpoints_per_sec: float
    journeys: int


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What it takes. Workers, partitions and gateways are of one deployment, brokers and disks of all together."""

    load: Load
    deployments: int
    workers: int
    partitions: int
    worker_bytes: int  # of memory
    busiest_share: float  # of what a worker can do, that the busiest does with one gone
    restart_sec: float
    failover_sec: float
    drain_sec: float
    changelog_records: float  # of a journey, that a start would read
    changelog_bytes: int  # with copies
    touchpoint_bytes: int  # with copies
    brokers: int
    gateways: int


def plan(load: Load, figures: Figures | None = None) -> Plan:
    """Return what a load takes."""
    using = figures or Figures()
    needed = ceil(load.touchpoints_per_sec / (using.worker_rate * using.worker_busy))
    deployments = max(1, ceil(needed / using.most_workers))
    rate, journeys = load.touchpoints_per_sec / deployments, ceil(load.journeys / deployments)
    workers = max(LEAST_WORKERS, ceil(needed / deployments))
    while (busiest := _busiest(rate, workers, using)) > using.most_busy and rate / workers > 1:
        workers += 1
    partitions = _partitions(workers, using)
    records = _records(journeys, partitions, using) / partitions  # that a start reads of one
    owned, most = ceil(partitions / workers), ceil(partitions / (workers - 1))
    taken_over = ceil(owned / (workers - 1))
    failover = using.session_sec + using.pause_sec + taken_over * records / using.recovery_rate
    changelog = _records(journeys, partitions, using) * using.changelog_bytes * deployments * using.replicas
    kept = load.touchpoints_per_sec * using.average_share * using.retention_sec
    touchpoints = kept * using.touchpoint_bytes * using.replicas
    written = load.touchpoints_per_sec * (using.touchpoint_bytes + using.changelog_share * using.changelog_bytes)
    return Plan(
        load=load,
        deployments=deployments,
        workers=workers,
        partitions=partitions,
        worker_bytes=_worker_bytes(journeys * most / partitions, using.live_journeys * most / partitions, using),
        busiest_share=busiest,
        restart_sec=using.start_sec + owned * records / using.recovery_rate,
        failover_sec=failover,
        drain_sec=busiest / (1 - busiest) * failover,
        changelog_records=records * partitions / journeys,
        changelog_bytes=ceil(changelog),
        touchpoint_bytes=ceil(touchpoints),
        brokers=max(
            LEAST_BROKERS,
            ceil(written * using.replicas / using.broker_bytes_per_sec),
            ceil(partitions * deployments * using.topics * using.replicas / using.broker_partitions),
            ceil((changelog + touchpoints) / using.broker_disk),
        ),
        gateways=max(LEAST_WORKERS, ceil(rate / (using.gateway_rate * using.worker_busy))),
    )


def _records(journeys: int, partitions: int, using: Figures) -> float:
    """Return how many changelog records a start would read, of all partitions."""
    never_compacted = partitions * using.segment_bytes / using.changelog_bytes
    # A small changelog that has not filled its segments yet holds an hour's writes at most beside its journeys.
    return journeys / (1 - using.dirty_share) + min(never_compacted, journeys * 2.0)


def _busiest(rate: float, workers: int, using: Figures) -> float:
    """Return the share of what it can do that the busiest of all but one does; partitions are dealt out whole."""
    partitions = _partitions(workers, using)
    share = ceil(partitions / (workers - 1)) / partitions
    return rate * min(1.0, share * using.skew) / using.worker_rate


def _partitions(workers: int, using: Figures) -> int:
    """Return a power of two, so that it can be shared evenly for long."""
    return max(LEAST_PARTITIONS, 1 << (workers * using.partitions_per_worker - 1).bit_length())


def _worker_bytes(held: float, live: float, using: Figures) -> int:
    """Return the memory of a worker with so many journeys, in whole GiB."""
    used = using.base_bytes + held * using.journey_bytes + min(held, live) * using.live_bytes
    return ceil(used / GIB) * GIB
