"""The fold: touchpoints and deadlines in event-time order, whoever looks whenever."""

from typing import TYPE_CHECKING, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.journeys import fold
from streams.journeys.changes import NO_BORDERS, Borders, Changes
from streams.journeys.folded import State
from streams.journeys.handler import EMPTY, Handler
from streams.journeys.holds import Silence
from streams.journeys.state import NEVER
from streams.rules.compile import compile_rules
from streams.testing.journeys import SHOP, at, touchpoint

if TYPE_CHECKING:
    from streams.journeys.plan import Plan

PLAN: Final = compile_rules([], SHOP)


class Recording:
    """A plan that writes down what fires; `sets` is what each timer sets when it does."""

    def __init__(self, sets: dict[str, tuple[str, int]] | None = None) -> None:
        """Start with nothing fired."""
        self.handlers: dict[str, Handler] = {}
        self.promises = SHOP.promises
        self.flood_per_hour = 10
        self.silence = dict[str, Silence]()
        self.borders: Borders = NO_BORDERS
        self.fired: list[tuple[str, str, str, int]] = []
        self._sets = sets or {}

    def wake(self, state: State, rule: str, operator: str, subject: str, due: int, changes: Changes) -> None:
        """Write it down."""
        self.fired.append((rule, operator, subject, due))
        if rule in self._sets:
            timer, later = self._sets[rule]
            state.schedule(timer, due + later)

    def promise_broken(self, state: State, kind: str, subject: str, due: int, changes: Changes) -> None:
        """Do nothing."""

    def expire_episode(self, state: State, rule: str, subject: str, due: int, changes: Changes) -> None:
        """Write it down."""
        self.fired.append((rule, "expire", subject, due))

    def flood(self, state: State, time: int, count: int, changes: Changes) -> None:
        """Write it down."""
        self.fired.append(("flood", "", "", count))

    def forget(self, state: State, before: int, slots: int) -> None:
        """Do nothing."""


def timer(rule: str, subject: str = "") -> str:
    """Return the timer of a rule's first operator."""
    return f"r\x1f{rule}\x1f0\x1f{subject}"


def test_deadlines_fire_in_the_order_of_due_and_key() -> None:
    """Whatever order they were set in."""
    plan, state = Recording(), State()
    for name, due in (("b", 20), ("c", 10), ("a", 20)):
        state.schedule(timer(name), due)
    state.schedule("e\x1fz\x1fs", 20)
    fold.advance(state, 20, plan, Changes())
    assert [(name, due) for name, _, _, due in plan.fired] == [("c", 10), ("z", 20), ("a", 20), ("b", 20)]
    assert (state.timers, state.due, state.fired) == ({}, NEVER, 20)


def test_what_a_deadline_sets_may_fire_in_the_same_advance() -> None:
    """At its own time, before later ones."""
    plan, state = Recording({"a": (timer("c"), 5)}), State()
    state.schedule(timer("a"), 10)
    state.schedule(timer("b"), 16)
    fold.advance(state, 20, plan, Changes())
    assert [(name, due) for name, _, _, due in plan.fired] == [("a", 10), ("c", 15), ("b", 16)]


def test_a_moved_or_cancelled_deadline_fires_at_its_new_time_or_never() -> None:
    """The lower bound of the next deadline may be too early; that costs a look."""
    plan, state = Recording(), State()
    state.schedule(timer("a"), 10)
    state.schedule(timer("a"), 30)
    state.schedule(timer("b"), 10)
    state.cancel(timer("b"))
    assert state.due == 10
    fold.advance(state, 20, plan, Changes())
    assert (plan.fired, state.due) == ([], 30)
    fold.advance(state, 30, plan, Changes())
    assert plan.fired == [("a", "0", "", 30)]


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.text("abc", min_size=1, max_size=2), st.integers(1, 50)), st.lists(st.integers(0, 60)))
def test_in_however_many_looks_time_passes_the_same_fires(timers: dict[str, int], looks: list[int]) -> None:
    """Once each, in one order, and nothing that is due is left."""
    once, often = Recording(), Recording()
    for plan, times in ((once, [60]), (often, [*sorted(looks), 60])):
        state = State()
        for name, due in timers.items():
            state.schedule(timer(name), due)
        for time in times:
            fold.advance(state, time, plan, Changes())
            assert [due for due in state.timers.values() if due <= time] == []
    assert once.fired == often.fired
    assert len(once.fired) == len(timers)


def test_counters_and_windows_follow_every_touchpoint() -> None:
    """Also of a type that no rule asks for; negative ones have a ring of their own."""
    state = State()
    for kind, minute in (("page.viewed", 0), ("payment.failed", 1), ("never.heard", 61)):
        fold.apply(state, touchpoint(kind, minute), PLAN, Changes())
    assert (state.count, state.first, state.last) == (3, at(0), at(61))
    assert [state.touchpoints[1::2], state.negatives[1::2]] == [[2, 1], [1]]


def test_the_touchpoint_that_floods_is_told_once_an_hour() -> None:
    """At the bound exactly."""
    plan, state = Recording(), State()
    for minute in range(12):
        fold.apply(state, touchpoint("page.viewed", minute), plan, Changes())
    assert plan.fired == [("flood", "", "", 10)]


def test_data_is_read_only_as_an_object() -> None:
    """Anything else counts as empty."""
    one = touchpoint("page.viewed", 0, path="/")
    assert fold.read_data(one) == {"path": "/"}
    for data in (b"", b"[1]", b"{", b"\xff", b'{"path":"\xff"}'):
        assert fold.read_data(type(one)(one.id, one.source, one.type, one.time, one.customer, "", data)) == EMPTY


def test_both_plans_are_plans() -> None:
    """The recording one stands in for the compiled one."""
    plans: list[Plan] = [PLAN, Recording()]
    assert len(plans) == 2
