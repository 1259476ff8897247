"""Which of many rules a touchpoint concerns, by what its data says and by what the journey remembers.

A rule that asks for a value, `where: {store: '364'}`, does nothing at a touchpoint with another one, unless the journey
remembers something for it. So of a thousand such rules a touchpoint takes the few steps that it needs.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from streams.journeys.state import SEPARATOR

OPERATOR: Final = "#"  # ends the part of an operator's slot that names the rule; no rule's name holds one
Act = Callable[..., None]  # a step, see `journeys.plan.Step`
_MISSING: Final = object()


class Choices:
    """The rules' steps for touchpoints of one type, each with its order; taken in that order."""

    def __init__(self) -> None:
        """Start with none."""
        self._always: list[tuple[int, Act]] = []
        self._plain: list[Act] = []
        self._wanting: dict[str, dict[Any, list[tuple[int, Act]]]] = {}  # field -> value -> steps
        self._remembering: dict[str, tuple[int, Act]] = {}  # rule, as its slots name it -> step

    def always(self, order: int, act: Act) -> None:
        """Add a step that every touchpoint takes."""
        self._always.append((order, act))
        self._plain = _in_order(self._always)

    def where(self, order: int, act: Act, wanted: Iterable[tuple[str, Any]], rule: str) -> None:
        """Add a step for touchpoints with one of these values in their field, and for journeys with slots of `rule`."""
        for field, value in wanted:
            self._wanting.setdefault(field, {}).setdefault(value, []).append((order, act))
        self._remembering[rule] = (order, act)

    def of(self, data: Mapping[str, Any], slots: Mapping[str, Any]) -> list[Act]:
        """Return the steps that a touchpoint with this data takes in a journey with these slots."""
        taken: list[tuple[int, Act]] = []
        for field, by_value in self._wanting.items():
            value = data.get(field, _MISSING)
            if not isinstance(value, list | dict):  # which equal no value that a rule can ask for
                taken += by_value.get(value, ())
        for slot in slots:
            each = self._remembering.get(slot[: slot.find(OPERATOR)])
            if each is not None and each not in taken:
                taken.append(each)
        return _in_order([*self._always, *taken]) if taken else self._plain


def remembered(ending: Mapping[str, tuple[int, Act]], memory: Iterable[str]) -> list[Act]:
    """Return the steps of those rules, by name, of which the journey has had an episode; in their order."""
    known = (ending.get(name.partition(SEPARATOR)[0]) for name in memory)
    return _in_order([each for each in known if each is not None])


def _in_order(steps: list[tuple[int, Act]]) -> list[Act]:
    """Return each step once; one that was found twice has the same order twice."""
    before = -1
    for order, _ in steps:
        if order <= before:
            found = dict(steps)
            return [found[order] for order in sorted(found)]
        before = order
    return [act for _, act in steps]
