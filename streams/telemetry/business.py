"""What the workers say of customers, as metrics: moments of truth, alerts, promises. The canary is in none of them."""

from collections.abc import Iterable, Mapping
from typing import Final

from streams.alerts import moments
from streams.alerts.alert import Alert, Status
from streams.alerts.canary import is_canary
from streams.alerts.figures import Turn
from streams.rules.model import Mode
from streams.telemetry import catalogue
from streams.telemetry.board import Board
from streams.touchpoints import canary
from streams.touchpoints.vocabulary import NEGATIVE, NEUTRAL, POSITIVE, Kind

PENDING_MOST: Final = 50_000  # revisions not acknowledged whose past is known; the oldest make room for more
POLARITIES: Final = {NEGATIVE: "negative", NEUTRAL: "neutral", POSITIVE: "positive"}
_CANARY: Final = (canary.SANG, canary.RESTED)


class Business:
    """Counts on a board. `kinds` is the vocabulary; without it no touchpoint has a moment."""

    def __init__(self, board: Board) -> None:
        self.kinds: Mapping[str, Kind] = {}
        self._board = board
        self._before: dict[tuple[str, int], str] = {}

    def folded(self, types: Mapping[str, int]) -> None:
        """So many touchpoints of these types were folded."""
        family = self._board.family(catalogue.MOMENT_TOUCHPOINTS)
        for name, count in types.items():
            kind = self.kinds.get(name)
            if kind is not None and name not in _CANARY:
                family.add(count, kind.moment or moments.NONE, kind.channel, POLARITIES[kind.polarity])

    def promised(self, counts: Mapping[tuple[str, str], int]) -> None:
        """So many promises, by kind and outcome, came on top."""
        for (kind, outcome), count in counts.items():
            self._board.family(catalogue.PROMISES).add(count, kind, outcome)

    def turned(self, turns: Iterable[Turn]) -> None:
        """Revisions went into outboxes."""
        for turn in turns:
            if len(self._before) >= PENDING_MOST:
                del self._before[next(iter(self._before))]
            self._before[turn.alert_id, turn.revision] = turn.before

    def said(self, alert: Alert) -> None:
        """A revision was acknowledged.

        Of one that another worker put into the outbox, and that is not the first, it is taken that the alert fired.
        """
        before = self._before.pop((alert.alert_id, alert.revision), "" if alert.revision == 1 else Status.FIRING)
        if alert.mode != Mode.LIVE or is_canary(alert):
            return
        moment = alert.moment or moments.NONE
        if moments.has_begun(before, alert.status):
            channel = moments.channel_of(alert, self.kinds)
            self._board.family(catalogue.NEGATIVE_MOMENTS).add(1, moment, channel, alert.severity)
            if store := moments.store_of(alert):
                self._board.family(catalogue.STORE_NEGATIVE_MOMENTS).add(1, store, moment)
        if moments.has_ended(before, alert.status):
            self._board.family(catalogue.ALERTS_CLOSED).add(1, moment, alert.status)
            if alert.status is Status.RECOVERED:
                seconds = max(0, alert.ended_at - alert.started_at) / 1000
                self._board.histogram(catalogue.TIME_TO_RECOVER, moment).observe(seconds)
