"""The system alert about a source that is blind: one for each outage, however many customers wait."""

from typing import Final

from streams.alerts.alert import Alert, Evidence, Status
from streams.alerts.render import alert_id
from streams.journeys.holds import Outage
from streams.journeys.limits import HOUR_MS
from streams.journeys.sources import Sight, Source
from streams.rules.model import Moment, Rule, Seen, Selector, Severity

SOURCE_BLIND: Final = Rule(
    id="source-blind",
    moment=Moment.SMOT,
    severity=Severity.HIGH,
    owner="operations",
    when=Seen(Selector(())),
    title={
        "en": "A source sends nothing, or only what is old",
        "es": "Una fuente no envía nada, o solo datos antiguos",
    },
    advice={
        "en": "Find out what holds this source up. Deadlines that depend on it wait until its backlog is here; "
        "nobody needs to call the customers.",
        "es": "Averiguar qué detiene esta fuente. Los plazos que dependen de ella esperan hasta que llegue lo "
        "pendiente; no hace falta llamar a los clientes.",
    },
)
_BACK: Final = "its backlog is here"
_GIVEN_UP: Final = "blind for so long that deadlines wait for it no more"


def alerts(source: Source, now: int) -> list[Alert]:
    """Return the revisions about the last outage that were not acknowledged yet, in order."""
    return [
        alert(source.outages[-1], source.ordinal - 1, revision, now, gone=source.state is Sight.GONE)
        for revision in range(source.said + 1, source.revision + 1)
    ]


def alert(outage: Outage, ordinal: int, revision: int, now: int, *, gone: bool) -> Alert:
    """Return what is said of an outage of its source when it begins (revision 1), or when it is over."""
    subject, is_over = f"source:{outage.source}", revision > 1
    status, reason = Status.FIRING, ""
    if is_over:
        status, reason = (Status.EXPIRED, _GIVEN_UP) if gone else (Status.RECOVERED, _BACK)
    silent_hours = (outage.decided - outage.since) / HOUR_MS
    return Alert(
        alert_id=alert_id(SOURCE_BLIND.id, "", subject, ordinal),
        revision=revision,
        status=status,
        rule=SOURCE_BLIND.id,
        rule_version=SOURCE_BLIND.version,
        moment=SOURCE_BLIND.moment.value,
        severity=SOURCE_BLIND.severity.value,
        customer="",
        subject=subject,
        started_at=outage.since,
        ended_at=outage.until if is_over else 0,
        detected_at=now,
        title=SOURCE_BLIND.title,
        advice=SOURCE_BLIND.advice,
        evidence=(Evidence("hours without a current touchpoint", silent_hours, silent_hours),),
        reason=reason,
        mode=SOURCE_BLIND.mode.value,
    )
