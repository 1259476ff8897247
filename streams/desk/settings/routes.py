"""The tree of routes and the escalations of the file."""

from typing import Final

import msgspec

from streams.desk.routing.escalation import MOST_REPEATS, MOST_STEPS, Escalation, Step
from streams.desk.routing.labels import NAMES
from streams.desk.routing.quiet import first_open
from streams.desk.routing.receivers import TEAM
from streams.desk.routing.tree import BY_CASE, DEEPEST, MOST_ROUTES, Route
from streams.desk.settings import matchers
from streams.desk.settings.section import Names, listed, texts
from streams.rules.fields import Fields

_KEYS: Final = (
    "name",
    "match",
    "receiver",
    "group_by",
    "group_wait",
    "group_interval",
    "repeat_interval",
    "active",
    "mute",
    "escalation",
    "continue",
    "routes",
)
_ROUTE: Final = "write {match: ['team=\"stores\"'], receiver: store-team}"
_STEP: Final = "write steps: [{after: 10m, to: [team-lead]}]"
_ESCALATION: Final = "write {name: standard, steps: [{after: 10m, to: [team-lead]}]}"
_DURATIONS: Final = (("group_wait", True), ("group_interval", False), ("repeat_interval", True))
_MOST_CHILDREN: Final = 200
_JANUARY_MS: Final = 1_767_225_600_000  # of 2026: a time within every calendar


def read(fields: Fields, names: Names) -> Route:
    """Return the root with everything below it; children say what is other than above."""
    route = _Reader(names).route(fields, Route(name="root", receiver=""), 1)
    if route.matchers:
        names.findings.add(fields.node_of("match"), "the root takes every case", "move `match` to one of its `routes`")
    if route.receiver == TEAM:
        remedy = "name a receiver, for cases whose team names none"
        names.findings.add(fields.node_of("receiver"), "the root cannot leave it to the team", remedy)
    elif not route.receiver:
        names.findings.add(fields.node, "the root lacks `receiver`", "name who is told where no route says otherwise")
    return route


class _Reader:
    """Reads routes from the root down and counts them."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.count = 0
        self.places: dict[str, int] = {}

    def route(self, fields: Fields, above: Route, depth: int) -> Route:
        """Return one route; `above` is its parent, or the default of all."""
        self.count += 1
        if depth > DEEPEST or self.count > MOST_ROUTES:
            message = f"more than {MOST_ROUTES} routes, or deeper than {DEEPEST}"
            self.names.findings.add(fields.node, message, "use fewer routes, with patterns")
            return above
        route = msgspec.structs.replace(
            self._paced(fields, above),
            name=self._name(fields, above, depth),
            matchers=matchers.read(fields, "match"),
            receiver=self._receiver(fields, above),
            group_by=self._group_by(fields, above),
            active=self._calendars(fields, "active", above.active),
            mute=self._calendars(fields, "mute", above.mute),
            escalation=self._escalation(fields, above),
            goes_on=fields.yes("continue", "write continue: true, or leave it out"),
            routes=(),
        )
        self._check_hours(fields, route)
        return msgspec.structs.replace(route, routes=self._children(fields, route, depth))

    def _name(self, fields: Fields, above: Route, depth: int) -> str:
        own = fields.text("name", "give it a name: name: stores", "")
        name = own or ("root" if depth == 1 else f"{above.name}/{self.count - 1}")
        if "|" in name or len(name) > 200:
            self.names.findings.add(fields.node_of("name"), "a name without `|`, of 200 characters", "shorten it")
        if name in self.places:
            message = f"there is a route `{name}` already, at line {self.places[name]}"
            self.names.findings.add(fields.node_of("name"), message, "choose another name")
        self.places[name] = fields.node.line
        return name

    def _receiver(self, fields: Fields, above: Route) -> str:
        if "receiver" not in fields:
            return above.receiver
        name = fields.text("receiver", _ROUTE)
        if name != TEAM:
            self.names.check(fields.node_of("receiver"), name, self.names.tellable, "receiver")
        return name

    def _group_by(self, fields: Fields, above: Route) -> tuple[str, ...]:
        found = texts(fields, "group_by", f"write group_by: [rule, store], or [{BY_CASE}] for each case alone")
        for each in found:
            self.names.check(each, each.text, (*NAMES, BY_CASE), "label")
        return tuple(each.text for each in found) if "group_by" in fields else above.group_by

    def _paced(self, fields: Fields, above: Route) -> Route:
        changes = {
            f"{key}_ms": fields.duration(key, f"write {key}: 5m", default=0, zero=zero)
            for key, zero in _DURATIONS
            if key in fields
        }
        return msgspec.structs.replace(above, **changes)

    def _calendars(self, fields: Fields, key: str, inherited: tuple[str, ...]) -> tuple[str, ...]:
        found = texts(fields, key, f"write {key}: [office]")
        for each in found:
            self.names.check(each, each.text, self.names.calendars, "calendar")
        return tuple(each.text for each in found) if key in fields else inherited

    def _escalation(self, fields: Fields, above: Route) -> str:
        if "escalation" not in fields:
            return above.escalation
        name = fields.text("escalation", "name an escalation of this file, or `none`")
        self.names.check(fields.node_of("escalation"), name, {*self.names.escalations, "none"}, "escalation")
        return "" if name == "none" else name

    def _check_hours(self, fields: Fields, route: Route) -> None:
        calendars = self.names.calendars
        if not {*route.active, *route.mute} <= calendars.keys():
            return
        active, mute = [calendars[name] for name in route.active], [calendars[name] for name in route.mute]
        if first_open(_JANUARY_MS, active=active, mute=mute, hours=None) is None:
            node = fields.node_of("mute" if "mute" in fields else "active")
            self.names.findings.add(node, "this route never tells anybody: `mute` covers all of `active`", "mend one")

    def _children(self, fields: Fields, route: Route, depth: int) -> tuple[Route, ...]:
        found: list[Route] = []
        for node in listed(fields, "routes", "a route", _ROUTE, _MOST_CHILDREN):
            child = self.route(Fields(node, "a route", _KEYS, self.names.findings), route, depth + 1)
            hiding = next((each for each in found if not each.goes_on and _takes_all(each, child)), None)
            if hiding is not None:
                message = f"never reached: route `{hiding.name}` takes these cases before"
                self.names.findings.add(node, message, "put it first, or say `continue: true` there")
            found.append(child)
        return tuple(found)


def _takes_all(earlier: Route, later: Route) -> bool:
    return set(earlier.matchers) <= set(later.matchers)


def root(fields: Fields, key: str, names: Names) -> Route | None:
    """Return the tree under a key; None where it is not there."""
    node = fields.mapping(key, "write route: {receiver: support, routes: [...]}") if key in fields else None
    return None if node is None else read(Fields(node, "the route", _KEYS, names.findings), names)


def escalations(fields: Fields, names: Names) -> dict[str, Escalation]:
    """Return the escalations of the file by name."""
    found: dict[str, Escalation] = {}
    for node in listed(fields, "escalations", "an escalation", _ESCALATION, _MOST_CHILDREN):
        one = Fields(node, "an escalation", ("name", "steps", "repeat", "working_hours"), fields.findings)
        name = one.text("name", _ESCALATION)
        if name in found or name == "none":
            message = f"there is an escalation `{name}` already"
            fields.findings.add(one.node_of("name"), message, "choose another name; `none` is taken")
        repeat = one.whole("repeat", "leave it out for no repetition", least=0, default=0)
        if repeat > MOST_REPEATS:
            message = f"repeats more than {MOST_REPEATS} times"
            fields.findings.add(one.node_of("repeat"), message, "tell further people instead")
        steps = tuple(_step(each, names) for each in _listed_steps(one))
        found[name] = Escalation(
            name=name,
            steps=steps,
            repeat=min(repeat, MOST_REPEATS),
            calendar=names.calendar(one, "working_hours"),
        )
    names.escalations |= found.keys()
    return found


def _listed_steps(fields: Fields) -> tuple[Fields, ...]:
    fields.need("steps", _STEP)
    nodes = listed(fields, "steps", "a step", _STEP, MOST_STEPS)
    if "steps" in fields and not nodes:
        fields.findings.add(fields.node_of("steps"), "an escalation without steps", _STEP)
    return tuple(Fields(node, "a step", ("after", "to"), fields.findings) for node in nodes)


def _step(fields: Fields, names: Names) -> Step:
    fields.need("to", _STEP)
    to = texts(fields, "to", _STEP)
    for each in to:
        if each.text != TEAM:
            names.check(each, each.text, names.tellable, "receiver")
    return Step(fields.duration("after", _STEP), tuple(each.text for each in to))
