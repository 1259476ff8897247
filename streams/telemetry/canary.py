"""What the canary tells of itself, as the metrics of the catalogue."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry

from streams.telemetry import catalogue
from streams.telemetry.board import Board


class CanaryRecorder:
    """The canary's metrics, in a registry of their own; every stage is shown from the start."""

    def __init__(self, stages: Iterable[str]) -> None:
        """Begin at zero: nothing was heard yet."""
        self._board = Board("canary", catalogue.CANARY)
        for stage in stages:
            self._board.family(catalogue.CANARY_HEARD).add(0, stage)
            self._board.family(catalogue.CANARY_HEARD_AT).set(0, stage)

    @property
    def registry(self) -> CollectorRegistry:
        """What a server shows."""
        return self._board.registry

    def sent(self) -> None:
        """A round begins."""
        self._board.family(catalogue.CANARY_SENT).add(1)

    def heard(self, stage: str, delay_sec: float, at_sec: float) -> None:
        """It was heard at a stage, so long after it was sent, at that Unix time."""
        self._board.family(catalogue.CANARY_HEARD).add(1, stage)
        self._board.histogram(catalogue.CANARY_DELAY, stage).observe(delay_sec)
        self._board.family(catalogue.CANARY_HEARD_AT).set(at_sec, stage)

    def ready(self, is_ready: bool) -> None:
        """Take note whether it listens."""
        self._board.ready(is_ready)

    def depends(self, dependency: str, is_up: bool) -> None:
        """Take note whether what the process needs answers it."""
        self._board.depends(dependency, is_up)
