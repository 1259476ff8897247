"""Settings of the worker's lane: how often, how much and how long; every one can be given in the environment."""

import os
from collections.abc import Mapping
from typing import Final

import msgspec

from streams.errors import SettingError

PREFIX: Final = "TOUCHPOINT_LANE_"


class LaneSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Environment names are `TOUCHPOINT_LANE_` plus the field in capitals.

    `namespace`: in front of every topic, group and transactional id, so that deployments can share a cluster.
    `session_sec`: after this long without a heartbeat the group gives a worker's partitions to others.
    `flush_sec`: a changed journey without an alert is written at the latest after this; the commit lags as far.
    `flush_keys`: so many changed journeys of one partition are written early.
    `refusal_sec`: dead letters are held back this long, so that the breaker can still trip.
    `counts_sec`: counts of crowds that changed are written and told this often.
    `stats_groups`: groups of `journey-stats` in five minutes of a partition, what is above counts as `other`; 0 = none.
    `crowd_grace_sec`: silence of a crowd counts so much later, since other partitions tell their counts with a delay.
    `slice_ms`: folding gives way to everything else after this.
    `tick_sec`: how often the deadlines are looked at.
    `fetch_wait_ms`, `fetch_bytes`: how the consumer fetches; bytes are per topic and partition.
    `held_records`: so many fetched records of one topic and partition may wait for slower topics.
    `live_journeys`: so many journeys are kept decoded, over all partitions of the deployment; the rest are bytes.
    `align_sec`: how long they wait for a topic that lags and yet brings nothing.
    `meta_sec`: each owned partition writes at least this often, or its fence would expire unseen.
    `fence_sec`: without a write for this long the fence counts as lost; far below the broker's 24 hours.
    `breaker_window`, `breaker_ratio`: dead letters among so many records of a topic that trip the breaker.
    `sources_sec`: how often each partition reports what it has sighted of each source, and sources are judged.
    `breaker_hold_sec`: how long suspect dead letters wait for the window to fill.
    `stop_sec`, `crash_sec`: a stop or a crash that takes longer than this ends hard.
    """

    namespace: str = ""
    session_sec: float = 30.0
    commit_sec: float = 1.0
    flush_sec: float = 10.0
    flush_keys: int = 50_000
    refusal_sec: float = 1.0
    counts_sec: float = 1.0
    stats_groups: int = 200
    crowd_grace_sec: float = 15.0
    slice_ms: float = 4.0
    tick_sec: float = 0.1
    fetch_wait_ms: int = 100
    fetch_bytes: int = 1 << 17
    held_records: int = 10_000
    live_journeys: int = 300_000
    align_sec: float = 1.0
    meta_sec: float = 300.0
    fence_sec: float = 6 * 3600.0
    sources_sec: float = 5.0
    breaker_window: int = 200
    breaker_ratio: float = 0.5
    breaker_hold_sec: float = 10.0
    stop_sec: float = 9.0
    crash_sec: float = 3.0


def lane_settings(environ: Mapping[str, str] = os.environ) -> LaneSettings:
    """Read the settings from the environment; raise SettingError for a value that is no number."""
    known = {PREFIX + field.name.upper(): field.name for field in msgspec.structs.fields(LaneSettings)}
    given = {known[name]: text for name, text in environ.items() if name in known}
    try:
        return msgspec.convert(given, LaneSettings, strict=False)
    except msgspec.ValidationError as error:
        names = ", ".join(sorted(PREFIX + field.upper() for field in given))
        raise SettingError(f"not a number: {error}", place=names, remedy="give a plain number") from error
