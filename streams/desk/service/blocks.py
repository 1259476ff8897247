"""The blocks of the alert card, each from what is known of a journey and its alerts."""

import math
from collections.abc import Iterable, Sequence
from typing import Any, Final

from streams.alerts.alert import Alert, Evidence, Status
from streams.desk.cases.case import Entry
from streams.desk.service.book import Book
from streams.desk.service.journeys import Seen
from streams.desk.service.views import (
    AlertView,
    Clause,
    Feeling,
    Line,
    Promised,
    Proof,
    Step,
    Texts,
    Try,
    Who,
)
from streams.touchpoints.vocabulary import Vocabulary

GAP_MS: Final = 6 * 3_600_000  # a silence that is worth a mark
TRIED_MS: Final = 72 * 3_600_000
TIMELINE: Final = 10
FEELINGS: Final = 3
PHRASE: Final = 160  # characters
SOUGHT: Final = ("call", "conversation", "message", "complaint", "email", "dm", "bot", "ticket", "contact", "return")
_SCORED: Final = ("survey", "review", "rating", "feedback")


def steps_of(seen: Sequence[Seen], vocabulary: Vocabulary, alerts: Iterable[Alert]) -> list[Step]:
    """Return touchpoints as steps, good ones too, with the silences before them."""
    evidence = {name for alert in alerts for clause in alert.evidence for name in clause.touchpoints}
    steps, before = [], 0
    for one in seen:
        kind = vocabulary.kinds.get(one.type)
        gap = one.at - before if before and one.at - before >= GAP_MS else 0
        channel, moment, polarity = (kind.channel, kind.moment, kind.polarity) if kind else ("", "", 0)
        steps.append(Step(one.at, one.type, channel, str(moment), polarity, one.subject, gap, one.id in evidence))
        before = one.at
    return steps


def tried_of(seen: Sequence[Seen], vocabulary: Vocabulary, now: int) -> list[Try]:
    """Return how the customer sought help in the last 72 hours, oldest first."""
    found = []
    for one in seen:
        if one.at >= now - TRIED_MS and one.type.partition(".")[0] in SOUGHT:
            kind = vocabulary.kinds.get(one.type)
            found.append(Try(one.at, one.type, kind.channel if kind else "", one.subject))
    return found


def feelings_of(seen: Sequence[Seen]) -> list[Feeling]:
    """Return the last three scores or phrases, the newest first."""
    found = []
    for one in reversed(seen):
        if one.type.partition(".")[0] not in _SCORED:
            continue
        score, phrase = one.data.get("score", one.data.get("stars")), one.data.get("text", "")
        if isinstance(score, int | float) or phrase:
            scale = str(one.data.get("metric", ""))
            number = float(score) if isinstance(score, int | float) else None
            found.append(
                Feeling(one.at, one.type, number, scale, str(phrase)[:PHRASE], str(one.data.get("aspect", "")))
            )
    return found[:FEELINGS]


def clauses_of(alerts: Iterable[Alert]) -> list[Clause]:
    """Return why each alert that stands is there, with the nearest value under which it would not be."""
    return [
        Clause(alert.rule, one.clause, one.value, one.threshold, one.touchpoints, _otherwise(one))
        for alert in alerts
        for one in alert.evidence
        if alert.status in (Status.FIRING, Status.WATCHING)
    ]


def _otherwise(one: Evidence) -> Texts:
    """Return the nearest count that would not have been enough, where touchpoints were counted."""
    if len(one.touchpoints) != one.value or one.threshold <= 1:
        return {}
    less = math.ceil(one.threshold) - 1
    return {"en": f"{less} instead of {one.value:g}", "es": f"{less} en vez de {one.value:g}"}


def promises_of(alerts: Sequence[Alert]) -> list[Promised]:
    """Return the promises as the newest alerts have them, those due first."""
    found: dict[tuple[str, str], Promised] = {}
    for alert in sorted(alerts, key=lambda each: (each.detected_at, each.revision)):
        for one in alert.promises:
            found[one.kind, one.subject] = Promised(one.kind, one.subject, one.opened_at, one.due, one.status)
    return sorted(found.values(), key=lambda one: (one.due, one.kind))


def proofs_of(alerts: Iterable[Alert], book: Book) -> list[Proof]:
    """Return what closes each alert, with when it came where it did."""
    found: dict[tuple[str, str], Proof] = {}
    for alert in alerts:
        at = alert.ended_at if alert.status is Status.RECOVERED else 0
        for text in book.proofs(alert.rule):
            found[alert.rule, text["en"]] = Proof(alert.rule, text, at)
    return list(found.values())


def who_of(mask: str, seen: Sequence[Seen]) -> Who:
    """Return the customer behind a mask, from what the journey says of language, tier, value and consent."""
    known: dict[str, Any] = {}
    contact = ""
    for one in seen:
        if one.type == "customer.updated":
            known |= one.data
        elif one.type in ("consent.withdrawn", "objection.made"):
            contact = "no"
        elif one.type == "consent.given":
            contact = "yes"
    value = known.get("lifetime_value")
    return Who(
        masked=mask,
        language=str(known.get("language", "")),
        tier=str(known.get("tier", "")),
        value=float(value) if isinstance(value, int | float) else None,
        channel=str(known.get("preferred_channel", "")),
        hours=str(known.get("preferred_hours", "")),
        contact=contact,
        certainty="known" if seen else "",
    )


def view_of(alert: Alert, *, useful: bool | None) -> AlertView:
    """Return one alert of a case."""
    judged = "" if useful is None else "useful" if useful else "not useful"
    return AlertView(
        alert_id=alert.alert_id,
        revision=alert.revision,
        status=str(alert.status),
        rule=alert.rule,
        rule_version=alert.rule_version,
        moment=alert.moment,
        severity=alert.severity,
        subject=alert.subject,
        started_at=alert.started_at,
        ended_at=alert.ended_at,
        title=alert.title,
        reason=alert.reason,
        judged=judged,
    )


def line_of(entry: Entry) -> Line:
    """Return one line of the trail; what is nested is left out."""
    detail = {name: value for name, value in entry.detail.items() if isinstance(value, str | int | float | bool)}
    return Line(entry.revision, entry.at, entry.who, str(entry.action), detail)
