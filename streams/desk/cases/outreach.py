"""What people do for a customer, as touchpoints: so that what agents promise is tracked like any other promise."""

from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Final

import msgspec

from streams.desk.cases.case import Action, Change
from streams.desk.cases.command import Contact
from streams.touchpoints.touchpoint import Touchpoint

SOURCE: Final = "//touchpoint-tracker/desk"
_TYPES: Final = {
    Contact.CALLED: "contact.made",
    Contact.WRITTEN: "contact.made",
    Contact.OFFERED: "offer.made",
    Contact.REFUNDED: "recovery.offered",
    Contact.APOLOGISED: "apology.sent",
    Contact.CALLBACK: "promise.opened",
}
_CHANNELS: Final = {Contact.CALLED: "call", Contact.WRITTEN: "email"}


def touchpoints_of(change: Change, customer: str) -> tuple[Touchpoint, ...]:
    """Return what a change says to the customer's journey; nothing where it is no contact, or there is no customer.

    Ids are made of the case and its revision, so that saying it twice counts once. A call back that was promised is a
    promise about the case, and a call keeps it. `staff` is a pseudonym.
    """
    entry = change.entry
    if entry.action is not Action.CONTACTED or not customer:
        return ()
    how = Contact(entry.detail["how"])
    if how is Contact.CALLBACK:
        due = datetime.fromtimestamp(entry.detail["due"] / 1000, UTC).isoformat()
        data = {"kind": "callback", "due_at": due, "authority": pseudonym(entry.who)}
        return (_touchpoint(change, customer, _TYPES[how], data, subject=f"case:{entry.case_id}"),)
    said: dict[str, Any] = {"staff": pseudonym(entry.who), **entry.detail["data"]}
    if how in _CHANNELS:
        said.setdefault("channel", _CHANNELS[how])
    if how is Contact.REFUNDED:
        said.setdefault("offer", "refund")
    if change.case.members:
        said.setdefault("alert_id", change.case.members[-1].alert_id)
        said.setdefault("rule", change.case.members[-1].rule)
    made = _touchpoint(change, customer, _TYPES[how], said)
    if not entry.detail.get("keeps"):
        return (made,)
    kept = {"kind": "callback", "authority": pseudonym(entry.who)}
    return made, _touchpoint(change, customer, "promise.kept", kept, subject=f"case:{entry.case_id}", suffix="/kept")


def _touchpoint(
    change: Change, customer: str, kind: str, data: dict[str, Any], *, subject: str = "", suffix: str = ""
) -> Touchpoint:
    entry = change.entry
    name = f"{entry.case_id}/{entry.revision}{suffix}"
    return Touchpoint(name, SOURCE, kind, entry.at, customer, subject, msgspec.json.encode(data))


def pseudonym(name: str) -> str:
    """Return what stands for an agent outside the desk: the same for the same one, and no name."""
    return "agent-" + blake2b(name.encode(), digest_size=6, person=b"desk-staff").hexdigest()
