"""All crowds of one owner: what was counted comes in, from any number of counters, and alerts go out; pure."""

import heapq
from collections.abc import Iterable
from typing import Final

import msgspec

from streams.alerts.alert import Alert
from streams.alerts.crowds.counts import Counted
from streams.alerts.crowds.course import Course
from streams.alerts.crowds.crowd import Crowd
from streams.alerts.figures import new_turns
from streams.alerts.publish import Publisher
from streams.journeys.holds import Holds
from streams.journeys.limits import Limits
from streams.journeys.state import NEVER, SEPARATOR
from streams.rules.compile import Plan
from streams.rules.regime import Passage

MOST: Final = 10_000  # crowds of one owner; further ones are left out, and counted
KEY: Final = b"\x00crowd/"  # no customer can have such a key


class Contribution(msgspec.Struct, array_like=True, frozen=True):
    """What one counter has counted of one crowd in one bucket in all. `over` is like `till://pos/madrid-014/till-3`."""

    rule: str
    over: str
    bucket: int
    counted: Counted


class Crowds:
    """Like a partition of journeys to its owner: see there for `take_alerting`, `outbox`, `value` and `said`."""

    def __init__(self, plan: Plan, limits: Limits | None = None, most: int = MOST) -> None:
        """Start with none."""
        self.clock = 0
        self.left_out = 0  # contributions to crowds above the bound
        self.raised: list[Alert] = []  # what was said since the owner last looked (it clears it): for metrics
        self._rules = {rule.id: rule for rule in plan.rules.values() if rule.crowd is not None}
        self.turns = new_turns()  # one for each revision, until the owner takes them: for metrics
        self._publisher = Publisher(plan, Holds({}), turns=self.turns)
        self._limits = limits or Limits()
        self._most = most
        self._crowds: dict[bytes, Crowd] = {}
        self._news: dict[bytes, None] = {}
        self._alerting: dict[bytes, None] = {}
        self._unwritten: dict[bytes, None] = {}
        self._heap: list[tuple[int, bytes]] = []

    def __len__(self) -> int:
        """Return how many crowds are followed."""
        return len(self._crowds)

    def remembered(self) -> list[bytes]:
        """Return the crowds of which something was said: their records must outlive a crash."""
        return [key for key, crowd in self._crowds.items() if not crowd.is_silent]

    def restore(self, key: bytes, record: bytes | None) -> None:
        """Take a record of `value` back; of a rule that is no more nothing is kept."""
        if record is None:
            self._crowds.pop(key, None)
        elif (crowd := self._find(key)) is not None:
            crowd.restore(record)

    def owed(self) -> list[bytes]:
        """Return the keys of restored crowds with a pending outbox."""
        return [key for key, crowd in self._crowds.items() if crowd.ledger.outbox]

    def start(self, clock: int = 0) -> None:
        """Begin once all records are back, and all counts: every crowd is looked at by the next `advance`."""
        self.clock = max(self.clock, clock)
        self._news |= dict.fromkeys(self._crowds)

    def adopt(self, plan: Plan, now: int) -> None:
        """Go on under other rules: what has changed is judged anew on the counts there are, what has gone is closed."""
        self._publisher = Publisher(plan, Holds({}), self._rules, turns=self.turns)
        self._rules = {rule.id: rule for rule in plan.rules.values() if rule.crowd is not None}
        for key, crowd in list(self._crowds.items()):
            rule = self._rules.get(crowd.course.rule.id)
            if rule is None:
                self._close(key, crowd, now)
            elif rule is not crowd.course.rule:
                crowd.follow(Course(rule, crowd.course.over))
                self._news[key] = None

    def take(self, contributions: Iterable[Contribution], owner: int = 0) -> None:
        """Take what a counter has counted; it is said by the next `advance`."""
        for each in contributions:
            key = key_of(each.rule, each.over)
            crowd = self._find(key)
            if crowd is None:
                self.left_out += each.rule in self._rules
            elif crowd.put(each.bucket, owner, each.counted):
                self._news[key] = None

    def advance(self, clock: int, now: int) -> None:
        """Let time pass to `clock` (it never goes back), and say what is new."""
        self.clock = max(self.clock, clock)
        heap, news = self._heap, self._news
        while heap and heap[0][0] <= self.clock:
            news[heapq.heappop(heap)[1]] = None
        self._news = {}
        for key in news:
            crowd = self._crowds.get(key)
            if crowd is None or crowd.course.rule.id not in self._rules:
                continue
            before = crowd.due
            if added := crowd.look(self._publisher, self.clock, now):
                self.raised += added
                self._alerting[key] = None
            if crowd.due != NEVER and (crowd.due != before or before <= self.clock):
                heapq.heappush(heap, (crowd.due, key))

    @property
    def next_due(self) -> int | None:
        """When `advance` has something to do next (ms); may be too early, never too late."""
        return self.clock if self._news else self._heap[0][0] if self._heap else None

    def take_alerting(self) -> list[bytes]:
        """Return the keys whose outbox has something to say and that were not taken before."""
        keys, self._alerting = list(self._alerting), {}
        return keys

    def take_dirty(self) -> list[bytes]:
        """Return the keys whose outbox was acknowledged since the last call: to be written when there is time."""
        keys, self._unwritten = list(self._unwritten), {}
        return keys

    def value(self, key: bytes) -> bytes | None:
        """Return the record of a crowd; None when it is not followed."""
        crowd = self._crowds.get(key)
        return crowd.record() if crowd is not None else None

    def outbox(self, key: bytes) -> list[Alert]:
        """Return what must be said of this crowd once its record is acknowledged, in order."""
        crowd = self._crowds.get(key)
        return list(crowd.ledger.outbox) if crowd is not None else []

    def said(self, key: bytes, alerts: list[Alert]) -> None:
        """Take note that the broker has acknowledged these alerts."""
        crowd = self._crowds.get(key)
        if crowd is not None:
            crowd.ledger.settle(alerts)
            self._unwritten[key] = None
            if crowd.course.rule.id not in self._rules and not crowd.ledger.outbox:
                del self._crowds[key]

    def _close(self, key: bytes, crowd: Crowd, now: int) -> None:
        """Take back what is said to be open of a crowd whose rule has gone; it goes once that is acknowledged."""
        if added := self._publisher.withdraw("", crowd.ledger, Passage(frozenset(), frozenset()), (), now):
            self.raised += added
            self._alerting[key] = None
        elif not crowd.ledger.outbox:
            del self._crowds[key]
            self._unwritten[key] = None

    def _find(self, key: bytes) -> Crowd | None:
        crowd = self._crowds.get(key)
        if crowd is not None:
            return crowd
        rule_id, _, over = key[len(KEY) :].decode().partition(SEPARATOR)
        rule = self._rules.get(rule_id)
        if rule is None:
            return None
        if len(self._crowds) >= self._most:
            self._drop_idle()
        if len(self._crowds) >= self._most:
            return None
        crowd = self._crowds[key] = Crowd(Course(rule, over), self._limits)
        return crowd

    def _drop_idle(self) -> None:
        for key in [key for key, crowd in self._crowds.items() if crowd.is_idle]:
            del self._crowds[key]


def key_of(rule: str, over: str) -> bytes:
    """Return the key of a crowd under a rule."""
    return KEY + f"{rule}{SEPARATOR}{over}".encode()
