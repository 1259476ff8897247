"""The ledger of a journey: what was said of each episode, and the outbox of what the broker has not acknowledged.

What was said depends on the order of arrival, so it is no part of the fold. After each fold the difference between the
two is said: raised, updated, recovered, expired or retracted. The revision counts what was said, so it is remembered
in the same record that is durable before the alert leaves (laws L2 and L3).
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from streams.alerts.alert import Alert, Status
from streams.touchpoints.touchpoint import Touchpoint


class Said(msgspec.Struct, array_like=True):
    """The last thing said of one episode. `digest` covers all of the alert but revision and detection.

    `rests_on`: the last deadline that decided it, 0 for none. What was said once is not held back any more when a
    source turns out to have been blind at the time.
    """

    revision: int
    status: str
    digest: bytes
    started_at: int
    severity: str
    final: bool = False  # the episode has left the fold: it can change no more
    rests_on: int = 0


class Hold(msgspec.Struct, array_like=True, frozen=True):
    """The customer's open hold, by the alert with which it began; see `holds`."""

    alert_id: str
    rule: str


class Ledger(msgspec.Struct, array_like=True):
    """By episode key what was said; what is still to be acknowledged, in order; and how far the clock had got then.

    A worker that has just started does not know the time yet: this journey's is at least `clock`. `forgotten` is the
    largest revision of what had to be forgotten at the bound: whoever comes back goes on from there, since consumers
    drop a revision that they have seen. `hold`: the open one, if any; `holds`: those to be acknowledged.
    """

    said: dict[str, Said] = {}
    outbox: list[Alert] = []
    clock: int = 0
    forgotten: int = 0
    hold: Hold | None = None
    holds: list[Touchpoint] = []

    @property
    def is_pending(self) -> bool:
        """Whether there is something that the broker has not acknowledged."""
        return bool(self.outbox or self.holds)

    def next_revision(self, name: str) -> int:
        """Return the revision under which the next thing is said of an episode."""
        said = self.said.get(name)
        return (said.revision if said is not None else self.forgotten) + 1

    def settle(self, alerts: list[Alert], holds: Sequence[Touchpoint] = ()) -> None:
        """Take what is acknowledged out of the outbox; forget final episodes of which nothing is pending."""
        if holds:
            gone = {hold.id for hold in holds}
            self.holds = [hold for hold in self.holds if hold.id not in gone]
        done = {(alert.alert_id, alert.revision) for alert in alerts}
        self.outbox = [alert for alert in self.outbox if (alert.alert_id, alert.revision) not in done]
        if not self.outbox:
            for name in [name for name, said in self.said.items() if said.final]:
                del self.said[name]

    def finish(self, names: list[str], limit: int) -> None:
        """Mark episodes that can change no more; above `limit` entries what was retracted first goes first."""
        for name in names:
            if name in self.said:
                self.said[name].final = True
        if self.outbox:
            return
        self.settle([])
        extra = len(self.said) - limit
        retracted = [name for name, said in self.said.items() if said.status == Status.RETRACTED] if extra > 0 else []
        for name in retracted[: max(0, extra)]:
            self.forgotten = max(self.forgotten, self.said.pop(name).revision)


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Ledger).decode


def encode(ledger: Ledger | None) -> bytes:
    """Return the ledger's section of the record; nothing said is no bytes."""
    if ledger is None or not (ledger.said or ledger.forgotten or ledger.hold or ledger.is_pending):
        return b""
    if ledger.hold is None and not ledger.holds:  # as it was written before there were holds
        return _encode((ledger.said, ledger.outbox, ledger.clock, ledger.forgotten))
    return _encode(ledger)


def decode(section: bytes) -> Ledger | None:
    """Return the ledger of a section, or None when nothing was said."""
    return _decode(section) if section else None
