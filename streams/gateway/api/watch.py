"""What is counted and said of requests once they are over."""

from typing import Protocol

from streams.gateway.api.access_log import AccessLog
from streams.gateway.api.exchange import Note
from streams.gateway.gate import Taken
from streams.gateway.keys.key import Key
from streams.gateway.outcome import Admitted


class Recorder(Protocol):
    """Where it is counted (`telemetry.gateway`)."""

    def answered(self, way: str, answer: str, seconds: float, trace_id: str) -> None:
        """A request is over."""
        ...

    def judged(self, accepted: int, ignored: int, refused: int) -> None:
        """The items of a request came to so much."""
        ...

    def refused(self, why: str) -> None:
        """Another item went no further."""
        ...


class Watching:
    """Metrics always, lines where there is a log."""

    def __init__(self, recorder: Recorder, log: AccessLog | None) -> None:
        self._recorder = recorder
        self._log = log

    def judged(self, _: Key, taken: Taken, __: int) -> None:
        """Count what became of items, and why of those that went no further."""
        counts = taken.counts
        self._recorder.judged(counts.accepted, counts.ignored, counts.refused)
        if counts.accepted == len(taken.verdicts):
            return
        for verdict in taken.verdicts:
            if not isinstance(verdict, Admitted):
                self._recorder.refused(verdict.why)

    def answered(self, note: Note) -> None:
        """Count a request."""
        self._recorder.answered(note.route, note.reason, note.seconds, note.span.trace_id)
        if self._log is not None:
            self._log.note(note)
