"""Settings of the worker's lane: how often, how much and how long; from the environment and the file alone."""

import os
from collections.abc import Mapping
from typing import Annotated, Final

import msgspec

from streams.settings.declared import Declared, Part
from streams.settings.setting import Setting, declared_in, said_in

_DAY_SEC: Final = 86_400.0


def _of_lane(help_line: str, least: float | None = None, most: float | None = None, shape: str = "") -> Declared:
    return Declared(help_line, (Part.WORKER,), "", least=least, most=most, shape=shape)


class LaneSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Environment names are `TOUCHPOINT_LANE_` plus the field in capitals."""

    namespace: Annotated[
        str,
        _of_lane(
            "In front of every topic, group and transactional id, so that deployments can share a cluster.",
            shape="[A-Za-z0-9._-]{0,60}",
        ),
    ] = ""
    session_sec: Annotated[
        float, _of_lane("After this long without a heartbeat the group gives a worker's partitions to others.", 1, 1800)
    ] = 30.0
    commit_sec: Annotated[float, _of_lane("How often source offsets are committed.", 0.05, 60)] = 1.0
    flush_sec: Annotated[
        float,
        _of_lane(
            "A changed journey without an alert is written at the latest after this; the commit lags as far.", 0.05, 600
        ),
    ] = 10.0
    flush_keys: Annotated[int, _of_lane("So many changed journeys of one partition are written early.", 1)] = 50_000
    refusal_sec: Annotated[
        float, _of_lane("Dead letters are held back this long, so that the breaker can still trip.", 0, 600)
    ] = 1.0
    counts_sec: Annotated[
        float, _of_lane("Counts of crowds that changed are written and told this often.", 0.05, 600)
    ] = 1.0
    stats_groups: Annotated[
        int,
        _of_lane(
            "Groups of `journey-stats` in five minutes of a partition, what is above counts as `other`; 0 = none.",
            0,
            100000,
        ),
    ] = 200
    crowd_grace_sec: Annotated[
        float,
        _of_lane(
            "Silence of a crowd counts so much later, since other partitions tell their counts with a delay.", 0, 3600
        ),
    ] = 15.0
    slice_ms: Annotated[float, _of_lane("Folding gives way to everything else after this.", 0.1, 1000)] = 4.0
    tick_sec: Annotated[float, _of_lane("How often the deadlines are looked at.", 0.01, 60)] = 0.1
    fetch_wait_ms: Annotated[int, _of_lane("How long the consumer waits for more before it answers.", 1, 30000)] = 100
    fetch_bytes: Annotated[int, _of_lane("Fetched at once of each topic and partition.", 1024, 1073741824)] = 1 << 17
    held_records: Annotated[
        int, _of_lane("So many fetched records of one topic and partition may wait for slower topics.", 1)
    ] = 10_000
    held_bytes: Annotated[
        int,
        _of_lane(
            "Fetched records that wait take no more, and dead letters as much again, shared out over all topics and "
            "partitions of the deployment; one fetch of each comes on top.",
            1 << 16,
        ),
    ] = 256 << 20
    live_journeys: Annotated[
        int,
        _of_lane("So many journeys are kept decoded, over all partitions of the deployment; the rest are bytes.", 1),
    ] = 300_000
    store: Annotated[
        str,
        Declared(
            "Where journeys' records are kept: in memory, or in a file without a name under `data_dir`, which leaves "
            "about 300 bytes of each in memory and is read back from Kafka at each start all the same.",
            (Part.WORKER,),
            "",
            choices=("memory", "disk"),
        ),
    ] = "memory"
    align_sec: Annotated[float, _of_lane("How long topics wait for one that lags and yet brings nothing.", 0, 600)] = (
        1.0
    )
    meta_sec: Annotated[
        float,
        _of_lane("Each owned partition writes at least this often, or its fence would expire unseen.", 0.1, _DAY_SEC),
    ] = 300.0
    fence_sec: Annotated[
        float,
        _of_lane(
            "Without a write for this long the fence counts as lost; far below the broker's 24 hours.", 1, _DAY_SEC
        ),
    ] = 6 * 3600.0
    sources_sec: Annotated[
        float,
        _of_lane(
            "How often each partition reports what it has sighted of each source, and sources are judged.", 0.05, 600
        ),
    ] = 5.0
    breaker_window: Annotated[
        int, _of_lane("Among so many records of a topic dead letters are counted.", 1, 1000000)
    ] = 200
    breaker_ratio: Annotated[
        float, _of_lane("The share of dead letters in the window that trips the breaker.", 0, 1)
    ] = 0.5
    breaker_hold_sec: Annotated[
        float, _of_lane("How long suspect dead letters wait for the window to fill.", 0, 600)
    ] = 10.0
    stall_sec: Annotated[
        float,
        _of_lane(
            "A worker that has something to do, could do it, and gets nowhere ends after this; five times as long if "
            "only writes stall.",
            1,
            _DAY_SEC,
        ),
    ] = 60.0
    stop_sec: Annotated[float, _of_lane("A stop that takes longer than this ends hard.", 0.1, 600)] = 9.0
    crash_sec: Annotated[float, _of_lane("A crash that takes longer than this to tidy up ends hard.", 0.1, 600)] = 3.0


LANE: Final[tuple[Setting, ...]] = declared_in(LaneSettings, "lane_")


def lane_settings(environ: Mapping[str, str] = os.environ) -> LaneSettings:
    """Read the settings from the environment; raise SettingError for a value that cannot be."""
    return LaneSettings(**said_in(environ, LANE))
