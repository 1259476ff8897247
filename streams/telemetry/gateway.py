"""The gateway's events as the metrics of the catalogue. Nothing in them names a customer, a key or a path."""

from dataclasses import dataclass

from streams.telemetry import catalogue
from streams.telemetry.board import Board
from streams.telemetry.tracing import OFF, Tracer


@dataclass(frozen=True)
class SinkReading:
    """What is read anew at each scrape; `drained` and `set_aside` count from the start of the process."""

    waiting: int = 0
    spooled: int = 0
    spooled_bytes: int = 0
    oldest_age_ms: int = 0
    drained: int = 0
    set_aside: int = 0


class GatewayRecorder:
    """The gateway's metrics, in a registry of their own."""

    def __init__(self, tracer: Tracer = OFF) -> None:
        """Begin at zero."""
        self._board = Board("gateway", catalogue.GATEWAY, tracer=tracer)

    def answered(self, way: str, answer: str, seconds: float, trace_id: str = "") -> None:
        """A request is over."""
        self._board.family(catalogue.GATEWAY_REQUESTS).add(1, way, answer)
        self._board.histogram(catalogue.GATEWAY_SECONDS).observe(seconds, trace_id)

    def judged(self, accepted: int, ignored: int, refused: int) -> None:
        """The items of a request came to so much."""
        family = self._board.family(catalogue.GATEWAY_ITEMS)
        for verdict, count in (("accepted", accepted), ("ignored", ignored), ("refused", refused)):
            if count:
                family.add(count, verdict)

    def refused(self, why: str) -> None:
        """Another item went no further."""
        self._board.family(catalogue.GATEWAY_REFUSED).add(1, why)

    def stored(self, place: str, count: int) -> None:
        """So many touchpoints are safe in a place, or have been turned away."""
        self._board.family(catalogue.GATEWAY_STORED).add(count, place)

    def ready(self, is_ready: bool) -> None:
        """Take note whether requests should come here."""
        self._board.ready(is_ready)

    def depends(self, dependency: str, is_up: bool) -> None:
        """Take note whether what the process needs answers it."""
        self._board.depends(dependency, is_up)

    def take(self, reading: SinkReading) -> None:
        """Replace what is read."""
        for metric, value in (
            (catalogue.GATEWAY_WAITING, reading.waiting),
            (catalogue.GATEWAY_SPOOLED, reading.spooled),
            (catalogue.GATEWAY_SPOOLED_BYTES, reading.spooled_bytes),
            (catalogue.GATEWAY_SPOOLED_AGE, max(0, reading.oldest_age_ms) / 1000),
            (catalogue.GATEWAY_DRAINED, reading.drained),
            (catalogue.GATEWAY_SET_ASIDE, reading.set_aside),
        ):
            self._board.family(metric).set(value)

    def page(self, accept: str) -> tuple[bytes, str]:
        """Return the page in the format that a scraper asks for, and its media type."""
        return self._board.page(accept)
