"""What all lanes of one process share: settings, topics, codecs and those who listen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from streams.alerts.alert import Alert
from streams.alerts.counting import Counting
from streams.alerts.crowds.crowds import Crowds
from streams.alerts.partition import Partition
from streams.codec.dead_letter import DeadLetter
from streams.codec.touchpoint import TouchpointDecoder
from streams.journeys.holds import Outage
from streams.journeys.replay_clock import ReplayClock
from streams.journeys.watermark import Mode
from streams.settings.lane import LaneSettings
from streams.telemetry.tracing import OFF, Tracer
from streams.worker.breaker import Breaker
from streams.worker.clients import Clients
from streams.worker.fence import Fence
from streams.worker.meta import Process
from streams.worker.rule_book import RuleBook
from streams.worker.schemas import Schemas
from streams.worker.signals import Signals

GROUP: Final = "journeys"


@dataclass(frozen=True)
class Topics:
    """Names of the topics by what the worker does with them; `touchpoints` maps a name to its stable number."""

    touchpoints: dict[str, int]
    changelog: str
    alerts: str
    dead: str
    dead_partitions: int
    sources: str
    rules: str = ""
    stats: str = ""
    recovery: str = ""  # of the touchpoints, where holds are said


@dataclass(frozen=True)
class Kit:
    """Made once at a start; the breaker, the decoder, the rules and the signals have state, all else is fixed."""

    bootstrap_servers: str
    clients: Clients
    partitions: int
    mode: Mode
    process: Process
    settings: LaneSettings
    topics: Topics
    new_partition: Callable[[int], Partition]
    new_fence: Callable[[int], Fence]
    decoder: TouchpointDecoder
    schemas: Schemas
    encode_alert: Callable[[Alert], bytes]
    decode_alert: Callable[[bytes], Alert]
    encode_dead_letter: Callable[[DeadLetter], bytes]
    breaker: Breaker
    signals: Signals
    rules: RuleBook
    replay: ReplayClock  # shared by all lanes where the clock is the touchpoints' own
    new_counting: Callable[[int], Counting]
    new_crowds: Callable[[], Crowds]
    tracer: Tracer = OFF
    ahead: dict[str, int] = field(default_factory=dict)  # sources with a fast clock, by how many ms
    outages: Callable[[], Sequence[Outage]] = tuple  # of all sources, as far as they are known

    @property
    def is_wall(self) -> bool:
        """Whether the clock is the wall's."""
        return self.mode is Mode.WALL
