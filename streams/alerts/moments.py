"""What an alert says of a moment of truth, for whoever counts: whether it began or ended, and where."""

from collections.abc import Mapping
from typing import Final

from streams.alerts.alert import Alert, Recent, Status
from streams.rules.over import TILLS, named, place_of
from streams.touchpoints.vocabulary import Kind

NONE: Final = "none"  # where nobody knows
_OVER: Final = (Status.RECOVERED, Status.LOST, Status.EXPIRED)
_NAMES: Final = ("place:", "store:", "till:")  # subjects that are in a store


def has_begun(before: str, status: Status) -> bool:
    """Return whether a negative moment began with a revision, given the status that was said before (empty: nothing).

    What was watched and has healed itself was none.
    """
    if before == Status.WATCHING:
        return status in (Status.FIRING, Status.LOST)
    return before in ("", Status.RETRACTED) and (status is Status.FIRING or status in _OVER)


def has_ended(before: str, status: Status) -> bool:
    """Return whether a negative moment was over with a revision."""
    is_over = status in _OVER or status is Status.RETRACTED
    return is_over and (before == Status.FIRING or has_begun(before, status))


def channel_of(alert: Alert, kinds: Mapping[str, Kind]) -> str:
    """Return the channel of the touchpoint that decided: the last one of the evidence, or of those that are shown."""
    decided = _decisive(alert)
    kind = kinds.get(decided.type) if decided is not None else None
    return kind.channel if kind is not None else NONE


def store_of(alert: Alert) -> str:
    """Return the store that an alert bears, in its subject or as the till that decided; empty where it has none."""
    for prefix in _NAMES:
        if alert.subject.startswith(prefix):
            name = alert.subject.removeprefix(prefix)
            return place_of(name) if name.startswith(TILLS) else named(name)
    decided = _decisive(alert)
    return place_of(decided.source) if decided is not None else ""


def _decisive(alert: Alert) -> Recent | None:
    proofs = {each for evidence in alert.evidence for each in evidence.touchpoints}
    shown = [each for each in alert.recent if each.id in proofs] or alert.recent
    return shown[-1] if shown else None
