"""One case on one screen."""

from collections.abc import Sequence
from typing import Final

from streams.alerts.alert import Alert, Status
from streams.desk.access.roles import OfferPolicy, Right, may, may_give, offer_limit
from streams.desk.access.viewer import Viewer
from streams.desk.cases import command as do
from streams.desk.cases.case import Case, Entry
from streams.desk.cases.command import Command, Contact
from streams.desk.routing.rank import RankPolicy
from streams.desk.service import blocks
from streams.desk.service.book import Book
from streams.desk.service.journeys import Seen
from streams.desk.service.rows import Mask, row_of, shown
from streams.desk.service.views import Advice, Card, Cause, Message, Step, Texts, Told
from streams.desk.store.alerts import Judged
from streams.desk.store.cases import Kept
from streams.rules.model import RANK
from streams.touchpoints.vocabulary import Vocabulary

# One of each command, to ask what somebody may do.
_SAMPLES: Final[tuple[Command, ...]] = (
    do.Claim(), do.Release(), do.Assign(to="-"), do.Acknowledge(), do.Start(), do.Wait(until=0), do.Resolve(),
    do.Reopen(), do.Note(text="-"), do.Tag(), do.Snooze(until=0), do.Move(team="-"), do.Reach(how=Contact.CALLED),
    do.Judge(alert_id="-", useful=True),
)  # fmt: skip
_AVOID: Final[Texts] = {
    "en": "Do not ask for a review or send an offer of the shop: the hold is active.",
    "es": "No pedir una reseña ni enviar promociones: la pausa está activa.",
}
_READY: Final[Texts] = {
    "en": "We are sorry about what happened. I am looking after it now, and I will tell you today how it goes on.",
    "es": "Sentimos lo ocurrido. Me ocupo ahora mismo y hoy te digo cómo seguimos.",
}
_HOLDING: Final = RANK["medium"]  # alerts this severe put marketing on hold


class Cards:
    """Draws cards; all it needs to know beside the case itself."""

    def __init__(self, book: Book, vocabulary: Vocabulary, offers: OfferPolicy, mask: Mask, rank: RankPolicy) -> None:
        self._book = book
        self._vocabulary = vocabulary
        self._offers = offers
        self._mask = mask
        self._rank = rank
        self.channels = {kind.name: kind.channel for kind in vocabulary.kinds.values()}  # by touchpoint type

    def draw(
        self,
        kept: Kept,
        judged: Sequence[Judged],
        trail: Sequence[Entry],
        seen: Sequence[Seen],
        cause: Cause | None,
        blind: Sequence[str],
        viewer: Viewer,
        now: int,
        seq: int,
        told: Told | None = None,
        said: Sequence[Message] = (),
    ) -> Card:
        """Return the card as this viewer may see it."""
        alerts = [each.alert for each in judged]
        alive = [each for each in alerts if each.status in (Status.FIRING, Status.WATCHING)]
        steps = blocks.steps_of(seen, self._vocabulary, alerts)
        return Card(
            row=row_of(kept, now, self._mask, self._rank),
            who=blocks.who_of(shown(kept, self._mask), seen),
            what=_what(alive or alerts),
            why=tuple(blocks.clauses_of(alerts)),
            promises=tuple(blocks.promises_of(alerts)),
            tried=tuple(blocks.tried_of(seen, self._vocabulary, now)),
            feelings=tuple(blocks.feelings_of(seen)),
            timeline=tuple(steps[-blocks.TIMELINE :]),
            cause=cause,
            advice=self._advice(alive, viewer),
            actions=self._actions(kept.case, viewer),
            closes=tuple(blocks.proofs_of(alerts, self._book)),
            alerts=tuple(blocks.view_of(each.alert, useful=each.useful) for each in judged),
            trail=tuple(blocks.line_of(each) for each in trail),
            fresh_at=max([one.at for one in seen] + [alert.detected_at for alert in alerts], default=0),
            blind=tuple(blind),
            corrections=sum(alert.status is Status.RETRACTED for alert in alerts),
            seq=seq,
            told=told,
            said=tuple(said),
        )

    def steps(self, seen: Sequence[Seen], judged: Sequence[Judged]) -> Sequence[Step]:
        """Return a whole journey."""
        return blocks.steps_of(seen, self._vocabulary, [each.alert for each in judged])

    def _advice(self, alive: Sequence[Alert], viewer: Viewer) -> Advice:
        holds = any(RANK[alert.severity] >= _HOLDING and alert.status is Status.FIRING for alert in alive)
        worst = sorted(alive, key=lambda alert: -RANK[alert.severity])
        return Advice(
            do=tuple(alert.advice for alert in worst)[:3],
            avoid=(_AVOID,) if holds else (),
            ready=_READY,
            offer_limit=offer_limit(self._offers, viewer),
            hold=holds,
        )

    @staticmethod
    def _actions(case: Case, viewer: Viewer) -> tuple[str, ...]:
        """Return what this viewer may do now."""
        names = []
        for sample in _SAMPLES:
            name = type(sample).__name__.lower()
            is_free = isinstance(sample, do.Note | do.Tag | do.Judge)
            is_held = case.assignee not in ("", viewer.name) and not may(viewer, Right.DIRECT)
            fits = case.is_closed == isinstance(sample, do.Reopen)
            if may_give(viewer, sample) and (is_free or (fits and not is_held)):
                names.append(name)
        if may(viewer, Right.REVEAL):
            names.append("reveal")
        return tuple(names)


def _what(alerts: Sequence[Alert]) -> Texts:
    """Return one sentence: what happened, counted, about what, and since when nothing good."""
    if not alerts:
        return {"en": "", "es": ""}
    worst = max(alerts, key=lambda alert: (RANK[alert.severity], alert.alert_id))
    more = len(alerts) - 1
    said = {}
    for language, and_more in (("en", "and {} more"), ("es", "y {} más")):
        counted = ", ".join(f"{one.value:g}/{one.threshold:g}" for one in worst.evidence[:1] if one.threshold > 1)
        parts = [worst.title.get(language, worst.rule), counted, worst.subject, and_more.format(more) if more else ""]
        said[language] = " · ".join(part for part in parts if part)
    return said
