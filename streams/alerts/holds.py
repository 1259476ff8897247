"""The hold: while a customer is in trouble that nobody may add to, marketing and surveys are asked to keep quiet.

A customer is held while an alert about trouble fires live at the severity that the owner of the partition says, or
worse. A `recovery.hold` says so when the first of them begins to fire and again, with `until`, when none does any more:
one hold at a time, whatever alerts come and go in between. Like alerts, holds follow what was said; they wait in the
ledger until the broker has acknowledged them. Under another severity a hold that was said stands until something is
said of its customer again.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import msgspec

from streams.alerts.alert import Alert, Status
from streams.alerts.ledger import Hold, Ledger, Said
from streams.alerts.render import alert_id
from streams.journeys.state import SEPARATOR
from streams.rules.model import RANK, Mode, Rule, Severity
from streams.touchpoints.touchpoint import Touchpoint

TYPE: Final = "recovery.hold"
SOURCE: Final = "//touchpoint-tracker/journeys"
REASON: Final = "open_episode"


def is_own(touchpoint: Touchpoint) -> bool:
    """Return whether this is what we said ourselves: it comes back on its topic and must change nothing."""
    return touchpoint.type == TYPE and touchpoint.source == SOURCE


def follow(
    ledger: Ledger, rules: Mapping[str, Rule], customer: str, added: list[Alert], now: int, least: Severity
) -> None:
    """Begin or lift the customer's hold by what has been said of the alerts, the last of it being `added`.

    `least`: what is milder holds nobody. `now` (ms since the epoch) becomes the time of the hold. Ids are made of
    alerts and their revisions, so a hold that is sent again after a crash has the id it had.
    """
    causes = [name for name, said in ledger.said.items() if _holds(name, said, rules, least)]
    if bool(causes) is (ledger.hold is not None):
        return
    if ledger.hold is not None:
        last, held, ledger.hold = added[-1], ledger.hold, None
        until = datetime.fromtimestamp(now / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        data = {"alert_id": held.alert_id, "rule": held.rule, "reason": last.status.value, "until": until}
        ledger.holds.append(_made(f"lift-{last.alert_id}-{last.revision}", now, customer, data))
    else:
        name = min(causes, key=lambda name: (ledger.said[name].started_at, name))
        rule, _, rest = name.partition(SEPARATOR)
        subject, _, ordinal = rest.rpartition(SEPARATOR)
        cause = alert_id(rule, customer, subject, int(ordinal))
        ledger.hold = Hold(cause, rule)
        data = {"alert_id": cause, "rule": rule, "reason": REASON}
        ledger.holds.append(_made(f"hold-{cause}-{ledger.said[name].revision}", now, customer, data))


def _holds(name: str, said: Said, rules: Mapping[str, Rule], least: Severity) -> bool:
    if said.status != Status.FIRING or RANK[said.severity] < RANK[least.value]:
        return False
    rule = rules.get(name.partition(SEPARATOR)[0])
    return rule is not None and rule.mode is Mode.LIVE and not rule.positive


def _made(identity: str, now: int, customer: str, data: dict[str, str]) -> Touchpoint:
    return Touchpoint(identity, SOURCE, TYPE, now, customer, "", msgspec.json.encode(data))
