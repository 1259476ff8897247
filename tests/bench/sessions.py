"""The records of the benchmark: customers in sessions of eight and more touchpoints, the same for every peer.

Made from a seed, so two runs differ in nothing but the day. Each type's data are those of its shipped example. One
session in 500 has a negative moment: three failed payments within a minute. The shares of the topics are those of a
shop with a busy web site; `touchpoints.linked` gets nothing, since only workers write to it.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Final, NamedTuple

import msgspec

from streams.codec.touchpoint import encode
from streams.settings.places import SCHEMAS
from streams.touchpoints.touchpoint import Touchpoint

# type -> weight: half of it web, the rest over the other topics; nothing here raises an alert by itself.
MIX: Final = {
    "page.viewed": 20,
    "product.viewed": 15,
    "product.searched": 6,
    "product.added": 4,
    "cart.viewed": 4,
    "checkout.started": 1,
    "email.delivered": 5,
    "email.opened": 5,
    "push.delivered": 3,
    "conversation.assigned": 2,
    "message.sent": 5,
    "bot.answered": 3,
    "call.connected": 2,
    "call.completed": 2,
    "visit.started": 4,
    "sale.completed": 5,
    "order.completed": 3,
    "shipment.dispatched": 2,
    "review.read": 3,
    "survey.sent": 2,
    "social.shared": 2,
    "dm.received": 1,
    "contact.made": 1,
}
FAILURE: Final = "payment.failed"
TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT")
PROMISE_MS: Final = 3 * 86_400_000  # promises are due days after the run
SHORTEST: Final = 8
LONGEST: Final = 14
GAP_MS: Final = 5_000  # between two touchpoints of a session, on average
RAMP_SEC: Final = 75  # after this nearly as many sessions are under way as ever will be


class Record(NamedTuple):
    """One record to send; `topic` is the vocabulary's, without the prefix."""

    time: int
    kind: str
    key: bytes
    value: bytes


@dataclass(frozen=True)
class Example:
    """What all touchpoints of a type share here."""

    source: str
    subject: str
    data: bytes


def example(kind: str, promised_ms: int) -> Example:
    """Read the shipped example of a type; its times, which are what was promised, become this one."""
    shipped = msgspec.json.decode((SCHEMAS / "examples" / f"{kind}.json").read_bytes())
    promised = datetime.fromtimestamp(promised_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    data = {
        name: promised if isinstance(value, str) and TIME.match(value) else value
        for name, value in shipped.get("data", {}).items()
    }
    return Example(shipped["source"], shipped.get("subject", "").partition(":")[0], msgspec.json.encode(data))


class Sessions:
    """An endless flow of records in the order of their time, from sessions that overlap as they do in life."""

    def __init__(self, *, seed: int, start_ms: int, per_sec: int, bad_one_in: int = 500) -> None:
        self._random = random.Random(seed)
        self._start_ms = start_ms
        self._per_sec = per_sec
        self._bad_one_in = bad_one_in
        self._kinds = list(MIX)
        self._weights = list(MIX.values())
        self._examples = {kind: example(kind, start_ms + PROMISE_MS) for kind in (*MIX, FAILURE)}
        self._slots: dict[int, list[tuple[int, int, int, str]]] = {}  # second -> time, customer, step, kind
        self._customers = 0

    @property
    def customers(self) -> int:
        """How many customers there are in the records given so far."""
        return self._customers

    @property
    def at_a_time(self) -> int:
        """How many sessions are under way at any moment, after the first minutes."""
        return self._per_sec * GAP_MS // 1000

    def records(self) -> Iterator[Record]:
        """Give records, the first at the start; each second of time holds about `per_sec` of them.

        The sessions of the first minutes began before the start, so their first touchpoints are not among the records.
        """
        length = (SHORTEST + LONGEST) / 2
        for second in count(-RAMP_SEC):
            for _ in range(round(self._per_sec / length)):
                self._plan(second)
            for time, customer, step, kind in sorted(self._slots.pop(second, [])):
                if second >= 0:
                    yield self._record(time, customer, step, kind)

    def _plan(self, second: int) -> None:
        """Lay out one session that begins within this second."""
        draw = self._random
        customer, self._customers = self._customers, self._customers + 1
        steps = draw.randint(SHORTEST, LONGEST)
        kinds = draw.choices(self._kinds, self._weights, k=steps)
        if customer % self._bad_one_in == self._bad_one_in - 1:
            kinds[2:5] = [FAILURE] * 3
        at = second * 1000 + draw.randrange(1000)
        for step, kind in enumerate(kinds):
            self._slots.setdefault(at // 1000, []).append((at, customer, step, kind))
            at += draw.randrange(1, 2 * GAP_MS)

    def _who(self, session: int) -> int:
        """Return the number of the customer whose session it is: each is somebody new."""
        return session

    def _record(self, time: int, customer: int, step: int, kind: str) -> Record:
        shared = self._examples[kind]
        name = f"customer-{self._who(customer):07x}"
        touchpoint = Touchpoint(
            id=f"{customer:07x}{step:02x}",
            source=shared.source,
            type=kind,
            time=self._start_ms + time,
            customer=name,
            subject=f"{shared.subject}:{customer:x}" if shared.subject else "",
            data=shared.data,
        )
        return Record(touchpoint.time, kind, name.encode(), encode(touchpoint))
