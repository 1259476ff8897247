"""All journeys of one Kafka partition: fold, clock, deadlines and outbox; pure bookkeeping without I/O."""

from collections.abc import Container, Iterable, Mapping, Sequence

from streams.alerts import holds
from streams.alerts import ledger as ledgers
from streams.alerts.alert import Alert
from streams.alerts.figures import Figures
from streams.alerts.ledger import Ledger
from streams.alerts.publish import everything, released, waiting
from streams.alerts.succession import Succession
from streams.alerts.views import Counters, JourneyView, view
from streams.alerts.waiting import Waiting
from streams.journeys import arrival, compaction, layouts
from streams.journeys.cache import Cache
from streams.journeys.deadlines import Deadlines
from streams.journeys.holds import Outage
from streams.journeys.journey import Journey, decode, encode, peek_position
from streams.journeys.limits import Limits
from streams.journeys.looks import is_over, next_look
from streams.journeys.records import Records
from streams.journeys.rounds import Rounds
from streams.journeys.state import NEVER
from streams.journeys.store import RELEASED, Store
from streams.rules.compile import Plan
from streams.rules.model import Rule, Severity
from streams.rules.regime import Regime
from streams.touchpoints.touchpoint import Touchpoint

Inputs = Sequence[tuple[int, bytes | None, Touchpoint]]  # offset, Kafka key, touchpoint; offsets ascend
MixedInputs = Sequence[tuple[int, int, bytes | None, Touchpoint]]  # topic before these; offsets ascend in each topic


class Partition:
    """Journeys by customer (UTF-8), as bytes or, while they are busy, decoded.

    Not thread-safe. `fold` and `advance` never wait; what they change is in `take_aged`, `take_dirty` and
    `take_alerting`. The owner writes a journey's record (`value`), and once the broker has acknowledged it says what is
    in its `outbox`, and then calls `said`. `now` is wall-clock time in ms (event time in replays) and becomes nothing
    but `detected_at`.
    """

    def __init__(
        self, number: int, plan: Plan, limits: Limits | None = None, hold_from: Severity | None = None
    ) -> None:
        """Start empty and recovered; `hold_from`: the severity from which on it also says holds (None: never)."""
        self.number, self.plan, self.clock = number, plan, 0
        self.limits = limits or Limits()
        self.counters, self.figures = Counters(), Figures()
        self.taken: dict[int, int] = {}  # by topic the largest offset that any journey had taken at the start
        self.copies: set[tuple[int, int]] | None = None  # topic and offset of what was known already; None: not wanted
        self.raised: list[Alert] = []  # what was said since the owner last looked (it clears it): for metrics
        self.store: Store = Records()  # or another empty one, put here before anything else is done
        self._live = Cache(self.limits.live_journeys)
        self._unwritten: set[bytes] = set()  # live journeys that have no record yet
        self._rounds = Rounds()
        self._alerting: dict[bytes, None] = {}
        self._stale: dict[bytes, Journey] = {}
        self.deadlines = Deadlines(self._due)
        self.waiting = Waiting(plan.silence)
        self._rules = Succession(plan, self.waiting.holds, hold_from)
        self.turns = self._rules.turns  # one for each revision since the owner last cleared it: for metrics
        self._now = 0

    def restore(self, pairs: Iterable[tuple[bytes, bytes | None]]) -> None:
        """Take changelog records in order, of any version there was; None is a tombstone. Nothing is decoded."""
        self.store.restore(layouts.renewed(pairs))

    def start(self, clock: int = 0) -> None:
        """Build the deadline heap from the headers; journeys with a pending outbox are alerting at once.

        `clock` is how far it is known to have got before; the later, the less is put off until it is known again.
        """
        self.clock = max(self.clock, clock)
        found = self.store.survey()
        self.deadlines.fill(found.due)
        self._alerting |= dict.fromkeys(found.pending)
        self.figures.restore(found.pending, self.clock)
        for key in found.waiting:
            self.waiting.restore(key)
        self.taken = found.taken

    def adopt(self, plan: Plan, regimes: tuple[Regime, ...], past: Mapping[str, Rule]) -> None:
        """Go on under other rules, those of the last regime; `past`: rules that were in force before, by id.

        What was due by the clock has fired already. A journey passes over when it is used next, or in a `sweep`.
        """
        is_new = self._rules.begin(plan, regimes, past)
        self.plan = self._rules.plan
        self.waiting.follow(plan.silence, self.clock)
        if is_new:
            for key in self._live.keys():  # noqa: SIM118 - it is no dictionary
                self.value(key)
                self._live.pop(key)
            self._rules.wait(self.store.regimes())

    def sweep(self, budget: int, now: int) -> int:
        """Let at most `budget` journeys pass to the rules in force; return how many still have to."""
        self._now = now
        for key in self._rules.take(budget, self.store):
            self._load(key, "")
        self._evict()
        return len(self._rules.waiting)

    def is_replay(self, key: bytes, topic: int, offset: int) -> bool:
        """Return whether the journey under this key has taken the record already (law L4), without decoding it."""
        if (journey := self._live.find(key)) is not None:
            return offset <= journey.positions.get(topic, -1)
        record = self.store.get(key)
        return record is not None and offset <= peek_position(record, topic)

    def fold(self, topic: int, inputs: Inputs, now: int, *, follow: bool = False) -> None:
        """Fold touchpoints of one topic; see `fold_mixed`."""
        self.fold_mixed([(topic, *one) for one in inputs], now, follow=follow)

    def fold_mixed(self, inputs: MixedInputs, now: int, *, follow: bool = False) -> None:
        """Fold touchpoints of several topics; afterwards every journey touched is up to date and what is new is said.

        With `follow` the clock is the touchpoints' own: it moves to just before each of them first (a replay).
        """
        plan, limits, live, hold = self.plan, self.limits, self._live.young, holds.TYPE
        changed, this_round = self._rounds.changed, self._rounds.number
        counters, in_order, changes, self._now = self.counters, 0, arrival.watch(limits, plan), now
        for topic, offset, key, touchpoint in inputs:
            if touchpoint.type == hold and holds.is_own(touchpoint):
                continue
            name = touchpoint.customer.encode() if key is None else key
            if follow and touchpoint.time > self.clock:
                now = touchpoint.time
                self._follow(now - 1)
            journey = live.get(name) or self._load(name, touchpoint.customer)
            positions = journey.positions
            if offset <= positions.get(topic, -1):
                counters.replayed += 1
                continue
            positions[topic] = offset
            journey.is_outdated = True
            if journey.dirtied != this_round:
                journey.dirtied = this_round
                changed[name] = None
            how = arrival.arrive(journey, touchpoint, plan, limits, changes)
            if how is arrival.IN_ORDER:
                in_order += 1
            else:
                setattr(counters, how.value, getattr(counters, how.value) + 1)
                if how is arrival.Arrival.DUPLICATE and self.copies is not None:
                    self.copies.add((topic, offset))
            if journey.stale:
                self._stale[name] = journey
                if journey.entries > 2 * limits.tail_entries:
                    self._refold(now)
            elif (
                changes.episodes
                or ((due := journey.state.due) != journey.due and due != NEVER)
                or journey.due == NEVER
                or journey.entries >= limits.compact_entries
                or len(journey.tail) > limits.tail_bytes
            ):
                self._settle(name, journey, changes.episodes, now)
            if changes.episodes:
                changes = arrival.watch(limits, plan, changes)
        self.figures.told(changes)
        counters.in_order += in_order
        counters.touchpoints += len(inputs)
        self._refold(now)
        self._evict()

    def advance(self, clock: int, now: int, budget: int = 500) -> bool:
        """Let time pass to `clock` (it never goes back), at most `budget` journeys; return whether more is due."""
        self.clock, self._now = max(self.clock, clock), now
        deadlines = self.deadlines
        self.waiting.pass_time(self.clock)
        while budget and (again := self.waiting.take()) is not None:
            if again in self:
                budget -= 1
                self._look(again, now)
        while deadlines.next <= self.clock:
            if not budget:
                return True
            if (key := deadlines.pop(self.clock)) is not None:
                budget -= 1
                self._look(key, now)
        deadlines.tidy(self.customers, len(self))
        return self.waiting.next_due(NEVER) == 0

    @property
    def next_due(self) -> int | None:
        """When `advance` has something to do next (ms since the epoch); may be too early, never too late."""
        due = self.waiting.next_due(self.deadlines.next)
        return due if due < NEVER else None

    def blind(self, outages: Iterable[Outage]) -> None:
        """Hold what waits for sources that are blind: all their outages that are not over, or not for long (law L7)."""
        self.waiting.tell(outages, self.clock)

    def release(self) -> None:
        """Let go of all journeys; whoever still asks for one is refused. The collector would find them too late."""
        self.store, self._live = RELEASED, Cache(1)
        self.deadlines.fill(())

    def take_alerting(self) -> list[bytes]:
        """Return the keys whose outbox has something to say and that were not taken before."""
        keys, self._alerting = list(self._alerting), {}
        return keys

    def take_dirty(self) -> list[bytes]:
        """Return every key changed since it was taken last."""
        return self._rounds.take()

    def take_aged(self) -> list[bytes]:
        """Return the keys that changed before the last take and were not taken since.

        Whoever calls this now and then writes a busy journey once for many touchpoints.
        """
        return self._rounds.take_aged()

    def value(self, key: bytes) -> bytes | None:
        """Return the journey's record as it is now; None when it has been deleted."""
        if (journey := self._live.find(key)) is not None and journey.is_outdated:
            return self._store(key, journey)
        return self.store.get(key)

    def outbox(self, key: bytes) -> list[Alert]:
        """Return what must be said of this journey once its record is acknowledged, in order."""
        return list(ledger.outbox) if (ledger := self._ledger(key)) is not None else []

    def holds(self, key: bytes) -> list[Touchpoint]:
        """Return what must be said of the customer's hold along with the outbox, in order."""
        return list(ledger.holds) if (ledger := self._ledger(key)) is not None else []

    def _ledger(self, key: bytes) -> Ledger | None:
        return self._load(key, "").ledger if key in self else None

    def said(self, key: bytes, alerts: list[Alert], holds: Sequence[Touchpoint] | None = None) -> None:
        """Take note that the broker has acknowledged these alerts, and these holds (None: all there are)."""
        journey = self._load(key, "") if key in self else None
        if journey is not None and journey.ledger is not None:
            journey.ledger.settle(alerts, journey.ledger.holds if holds is None else holds)
            self.figures.settle(key, len(journey.ledger.outbox))
            self._rounds.touch(key, journey)

    def __len__(self) -> int:
        """Return how many journeys there are."""
        return len(self.store) + len(self._unwritten)

    def __contains__(self, key: bytes) -> bool:
        """Return whether the customer has a journey."""
        return key in self._live or key in self.store

    @property
    def busy(self) -> Container[bytes | None]:
        """Customers of whom a journey is at hand: some of those that are `in` the partition, found faster."""
        return self._live.young

    @property
    def dirty(self) -> int:
        """How many journeys changed since they were last taken; one that changed in two rounds counts twice."""
        return len(self._rounds)

    def customers(self) -> list[bytes]:
        """Return the customers, in no particular order."""
        return list(self.store.keys() | self._live.keys())

    def journey(self, key: bytes) -> JourneyView | None:
        """Return one journey, or None when the customer has none."""
        return view(self._load(key, "")) if key in self else None

    def _load(self, key: bytes, customer: str) -> Journey:
        live = self._live.get(key)
        if live is not None:
            return live
        record = self.store.get(key)
        if record is None:
            journey = Journey(customer)
            journey.regime = self._rules.number
            self._unwritten.add(key)
        else:
            journey, section = decode(key.decode(), record)
            journey.ledger = ledgers.decode(section)
            if journey.regime != self._rules.number and not self._rules.is_same(journey.regime):
                self._pass_over(key, journey)
        self._live.put(key, journey)
        return journey

    def _pass_over(self, key: bytes, journey: Journey) -> None:
        withdrawn, names = self._rules.pass_over(journey, self.limits, self._time(journey), self._now)
        self._note(key, withdrawn)
        self._rounds.touch(key, journey)
        self._settle(key, journey, names, self._now)

    def _evict(self) -> None:
        for key, journey in self._live.leaving():
            if journey.is_outdated:
                self._store(key, journey)

    def _settle(self, key: bytes, journey: Journey, names: Iterable[str], now: int) -> None:
        """Say what is new, move the floor where it is time, and note when to look again."""
        if names:
            self._publish(key, journey, names, now)
        limits = self.limits
        if (
            journey.entries >= limits.compact_entries
            or len(journey.tail) > limits.tail_bytes
            or compaction.is_crowded(journey.state, limits)
        ):
            self._compact(key, journey, now)
        self._reschedule(key, journey)

    def _publish(self, key: bytes, journey: Journey, names: Iterable[str], now: int) -> None:
        if journey.ledger is None:
            journey.ledger = Ledger({}, [])
        publish = self._rules.publisher.publish
        ledger, time = journey.ledger, self._time(journey)
        self._note(key, publish(journey.customer, journey.state, ledger, dict.fromkeys(names), time, now))

    def _note(self, key: bytes, added: list[Alert]) -> None:
        if added:
            self.counters.alerts += len(added)
            self.raised += added
            self._alerting[key] = None
            self.figures.owe(key, len(added), self._now)

    def _time(self, journey: Journey) -> int:
        """Return the clock, or what it was when something was last said of the journey: right after a start."""
        return self.clock if journey.ledger is None else max(self.clock, journey.ledger.clock)

    def _compact(self, key: bytes, journey: Journey, now: int) -> None:
        limits = self.limits
        floor = compaction.next_floor(journey, limits, self.clock)
        if floor <= journey.floor:
            return
        self.figures.told(arrival.pass_time(journey, floor, self.plan, limits))
        self._publish(key, journey, everything(journey), now)
        self.counters.floor_jumps += floor > self.clock - limits.lateness_ms
        self.counters.compactions += 1
        held = waiting(journey.state, journey.ledger, self._time(journey), self.waiting.holds)
        final = compaction.compact(journey, floor, self.plan, limits, self._time(journey), held)
        journey.ledger.finish(final, limits.ledger)

    def _refold(self, now: int) -> None:
        stale, self._stale = self._stale, {}
        for key, journey in stale.items():
            self._refold_one(journey)
            self._settle(key, journey, everything(journey), now)

    def _refold_one(self, journey: Journey) -> None:
        self.counters.refolds += 1
        self.figures.told(arrival.refold(journey, self.plan, self.limits, self._time(journey)))

    def _reschedule(self, key: bytes, journey: Journey) -> None:
        self.waiting.note(key, journey, journey.ledger, self._time(journey))
        due = next_look(journey, self.limits, self.clock)
        if due != journey.due:
            journey.due = due
            self.deadlines.note(due, key)

    def _due(self, key: bytes) -> int:
        if (journey := self._live.find(key)) is not None:
            return journey.due
        return self.store.due(key)

    def _follow(self, clock: int) -> None:
        if (due := self.next_due) is not None and due <= clock:
            while self.advance(clock, clock):
                pass
        self.clock = clock

    def _look(self, key: bytes, now: int) -> None:
        journey = self._load(key, "")
        if (due := journey.state.due) <= self.clock:
            self.figures.delays.append(now - due)
        if journey.stale:
            self._stale.pop(key, None)
            self._refold_one(journey)
            names = everything(journey)
        else:
            changes = self.figures.told(arrival.pass_time(journey, self.clock, self.plan, self.limits))
            names = [*changes.episodes, *released(journey.state, journey.ledger, self.clock, self.waiting.holds)]
        if names:
            self._publish(key, journey, names, now)
        self._rounds.touch(key, journey)
        if is_over(journey, self.limits, self.clock):
            self._delete(key)
        else:
            journey.due = -1  # its entry has left the heap
            self._reschedule(key, journey)

    def _delete(self, key: bytes) -> None:
        self._live.pop(key)
        self._unwritten.discard(key)
        self.store.drop(key)
        self.counters.expired += 1

    def _store(self, key: bytes, journey: Journey) -> bytes:
        pending = journey.ledger is not None and journey.ledger.is_pending
        record = encode(journey, ledgers.encode(journey.ledger), pending=pending, waiting=key in self.waiting)
        self.store.put(key, record)
        journey.is_outdated = False
        self._unwritten.discard(key)
        return record
