"""The routing tree: which routes a case takes, and by which way.

As in Alertmanager: a case that fits a route goes down to the first of its children that fits, and to further ones while
those say `continue`; where no child fits, the route itself is taken. The loader hands everything that a child does not
say down from its parent, so each route is complete.
"""

import hashlib
from collections.abc import Iterator
from typing import Final

import msgspec

from streams.desk.routing.labels import Labels, Matcher, is_matched

MINUTE_MS: Final = 60_000
BY_CASE: Final = "case"  # in `group_by`: each case alone
DEEPEST: Final = 20
MOST_ROUTES: Final = 1_000
LONGEST_KEY: Final = 300


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One route; `name` says where it stands, and never changes while the file does not.

    `receiver` names a receiver, a rota, or `team`: whoever the case's team names. Notices go out while one of the
    calendars `active` is open (none: always) and none of `mute` is. `group_by` are labels, or BY_CASE.
    """

    name: str
    receiver: str
    matchers: tuple[Matcher, ...] = ()
    group_by: tuple[str, ...] = ("rule", "severity")
    group_wait_ms: int = 10_000
    group_interval_ms: int = 5 * MINUTE_MS
    repeat_interval_ms: int = 240 * MINUTE_MS
    active: tuple[str, ...] = ()
    mute: tuple[str, ...] = ()
    escalation: str = ""
    goes_on: bool = False  # `continue` in the file
    routes: tuple["Route", ...] = ()


class Taken(msgspec.Struct, frozen=True):
    """A route that a case takes, and the routes from the root down to it, itself the last."""

    route: Route
    path: tuple[str, ...]


def taken(root: Route, labels: Labels) -> tuple[Taken, ...]:
    """Return the routes that a case takes, in the order of the file; at least the root, whatever it matches."""
    return tuple(_down(root, labels, ()))


def _down(route: Route, labels: Labels, above: tuple[str, ...]) -> Iterator[Taken]:
    path, is_leaf = (*above, route.name), True
    for child in route.routes:
        if is_matched(child.matchers, labels):
            is_leaf = False
            yield from _down(child, labels, path)
            if not child.goes_on:
                break
    if is_leaf:
        yield Taken(route, path)


def named(root: Route, name: str) -> Route | None:
    """Return the route of this name at or below another one."""
    if root.name == name:
        return root
    return next((found for child in root.routes if (found := named(child, name)) is not None), None)


def group_key(route: Route, labels: Labels, case_id: str) -> str:
    """Return the group in which a case is told on this route: its incident where it has one, else by labels.

    Two routes never share a group. What is longer than LONGEST_KEY ends in a digest of all of it.
    """
    if incident := labels.get("incident"):
        return _bounded(f"{route.name}|incident={','.join(incident)}")
    if BY_CASE in route.group_by:
        return _bounded(f"{route.name}|case={case_id}")
    return _bounded("|".join([route.name, *(f"{name}={','.join(labels.get(name, ()))}" for name in route.group_by)]))


def _bounded(key: str) -> str:
    if len(key) <= LONGEST_KEY:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()[:16]
    return f"{key[: LONGEST_KEY - 17]}#{digest}"
