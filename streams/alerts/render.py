"""An episode and its rule, put into the words of an alert."""

import hashlib
from typing import Final

import msgspec

from streams.alerts.alert import POSITIVE, Alert, AlertPromise, Evidence, Recent, Status
from streams.journeys.state import Episode
from streams.rules.model import Mode, Rule

# Types by which a customer seeks help, whatever the channel.
HELP_SOUGHT: Final = frozenset(
    {
        "appointment.booked",
        "bot.handoff_requested",
        "call.initiated",
        "call.queued",
        "complaint.opened",
        "complaint.reopened",
        "conversation.reopened",
        "conversation.started",
        "dm.received",
        "email.received",
        "message.received",
        "return.requested",
        "visit.started",
    }
)

_to_bytes: Final = msgspec.msgpack.Encoder().encode


def alert_id(rule: str, customer: str, subject: str, ordinal: int) -> str:
    """Return the id of an episode's alert: 32 hex digits, a function of these four and of nothing else."""
    text = "\x1f".join((rule, customer, subject, str(ordinal)))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def render(episode: Episode, rule: Rule | None, customer: str, moment: str = "") -> Alert:
    """Return the alert of an episode, without revision and detection; a rule that has gone gives its id as title.

    `moment` is the one that the journey was at, if the rule follows it.
    """
    return Alert(
        alert_id=alert_id(episode.rule, customer, episode.subject, episode.ordinal),
        revision=0,
        status=Status(episode.status),
        rule=episode.rule,
        rule_version=episode.version,
        moment=moment or (rule.moment.value if rule else ""),
        severity=episode.severity,
        customer=customer,
        subject=episode.subject,
        started_at=episode.started_at,
        ended_at=episode.ended_at,
        detected_at=0,
        title=rule.title if rule else {"en": episode.rule, "es": episode.rule},
        advice=rule.advice if rule else {},
        evidence=tuple(Evidence(e.clause, float(e.value), float(e.threshold), e.touchpoints) for e in episode.evidence),
        recent=tuple(Recent(g.time, g.type, g.source, g.id, g.subject) for g in episode.recent),
        promises=tuple(AlertPromise(p.kind, p.subject, p.opened_at, p.due, p.status) for p in episode.promises),
        tried=tuple(dict.fromkeys(g.type for g in episode.recent if g.type in HELP_SOUGHT)),
        reason=episode.reason,
        mode=mode_of(rule) if rule else Mode.LIVE.value,
    )


def mode_of(rule: Rule) -> str:
    """Return what an alert of this rule says of itself: live, shadow, or POSITIVE where it is live and good news."""
    return POSITIVE if rule.positive and rule.mode is Mode.LIVE else rule.mode.value


def digest(alert: Alert) -> bytes:
    """Return what changes exactly when the alert says something new (revision and detection are not rendered yet)."""
    return hashlib.blake2b(_to_bytes(alert), digest_size=16).digest()
