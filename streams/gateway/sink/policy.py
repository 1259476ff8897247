"""How long the sink waits for the broker, and how much it keeps while there is none."""

from typing import Final

import msgspec

from streams.settings.settings import Settings

_DEFAULTS: Final = Settings()


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of a sink.

    `ack_sec`: a batch that is not acknowledged for so long makes the broker count as away. `linger_sec`: how long
    requests wait for one another while there are several at a time; one that is alone never waits. `waiting_bytes`: of
    what is neither acknowledged nor on the disk yet. `spool_bytes`: of the spool's files. `segment_bytes`: of one of
    them; as much may reach Kafka a second time after a kill in the middle of draining. `aside_bytes`: of what Kafka
    will never take. `round_touchpoints`: about how many go into one round of batches.
    """

    ack_sec: float = _DEFAULTS.gateway_ack_sec
    linger_sec: float = 0.001
    connect_sec: float = 5.0
    retry_sec: float = 0.5
    close_sec: float = 5.0
    waiting_bytes: int = 64 << 20
    spool_bytes: int = _DEFAULTS.gateway_spool_bytes
    segment_bytes: int = 4 << 20
    aside_bytes: int = 64 << 20
    round_touchpoints: int = 5_000
    busy_retry_after_sec: int = 1  # too much at once: it is over soon
    full_retry_after_sec: int = 5  # the spool is full: somebody must bring the broker back, or space
