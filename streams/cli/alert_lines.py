"""An alert in two or three lines for a person at a terminal."""

from collections.abc import Iterator
from typing import Final

import click

from streams.alerts.alert import Alert, Evidence
from streams.codec.times import to_rfc3339
from streams.rules.model import Mode

LANGUAGES: Final = ("en", "es")
FALLBACK: Final = "en"

_SEVERITIES: Final = {"critical": "red", "high": "bright_red", "medium": "yellow", "low": "cyan"}
_STATUSES: Final = {"recovered": "green", "lost": "red", "retracted": "bright_black", "expired": "bright_black"}
_MOMENTS: Final = {
    "ZMOT": "researching",
    "FMOT": "choosing and buying",
    "SMOT": "using and being served",
    "TMOT": "sharing",
}


def lines(alert: Alert, language: str = FALLBACK) -> Iterator[str]:
    """Yield the headline and one line for each clause of the evidence; the customer is masked."""
    severity = click.style(f"{alert.severity:8}", fg=_SEVERITIES.get(alert.severity), bold=True)
    status = click.style(f"{alert.status:9}", fg=_STATUSES.get(alert.status))
    words = _MOMENTS.get(alert.moment)
    moment = f"{alert.moment} ({words})" if words else alert.moment
    title = click.style(text(alert.title, language) or alert.rule, bold=True)
    about = f"{mask(alert.customer)} {alert.subject}".rstrip()
    shadow = f" ({alert.mode})" if alert.mode != Mode.LIVE else ""
    yield f"{to_rfc3339(alert.started_at)}  {severity} {status} {moment}: {title}{shadow}  [{about}]"
    for evidence in alert.evidence:
        yield f"    {_evidence(evidence)}"
    if alert.status == "firing" and (advice := text(alert.advice, language)):
        yield click.style(f"    → {advice}", fg="bright_black")


def text(texts: dict[str, str], language: str) -> str:
    """Return the text in this language, else in English, else in any."""
    return texts.get(language) or texts.get(FALLBACK) or next(iter(texts.values()), "")


def mask(customer: str) -> str:
    """Return enough of a customer to tell two apart on a screen, and not enough to find the person."""
    return f"{customer[:2]}…{customer[-2:]}" if len(customer) >= 8 else f"{customer[:1]}…"


def _evidence(evidence: Evidence) -> str:
    shown = f"{evidence.clause}: {evidence.value:g}"
    if evidence.threshold and evidence.threshold != evidence.value:
        shown += f" (threshold {evidence.threshold:g})"
    count = len(evidence.touchpoints)
    return f"{shown}, {count} touchpoint{'s' * (count != 1)}" if count else shown
