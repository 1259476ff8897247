"""Which routes a case takes."""

from streams.desk.routing.labels import Labels, parse
from streams.desk.routing.tree import LONGEST_KEY, Route, group_key, named, taken


def route(name: str, *matchers: str, goes_on: bool = False, routes: tuple[Route, ...] = ()) -> Route:
    """Return a route with these matchers."""
    return Route(name=name, receiver=name, matchers=tuple(map(parse, matchers)), goes_on=goes_on, routes=routes)


TREE = route(
    "root",
    routes=(
        route("log", goes_on=True, routes=(route("log-web", "channel=web"),)),
        route("stores", "team=stores", routes=(route("night", "severity=critical", "store=a"),)),
        route("again", "team=stores"),
        route("web", "team=~web|shop", goes_on=True),
        route("rest", "severity!=low"),
    ),
)


def paths(labels: Labels) -> list[str]:
    """Return the ways down that a case takes."""
    return [" ".join(each.path) for each in taken(TREE, labels)]


def test_the_first_child_that_fits_is_taken_and_continue_goes_on() -> None:
    """As in Alertmanager: a route whose children do not fit is taken itself."""
    assert paths({"team": ("stores",)}) == ["root log", "root stores"]
    assert paths({"team": ("stores",), "severity": ("critical",), "store": ("a",)}) == ["root log", "root stores night"]
    assert paths({"team": ("shop",), "severity": ("high",)}) == ["root log", "root web", "root rest"]
    assert paths({"channel": ("web",), "severity": ("low",)}) == ["root log log-web"]


def test_the_root_is_taken_where_nothing_else_is() -> None:
    """No case has no route."""
    assert [each.path for each in taken(route("root", "team=x"), {})] == [("root",)]


def test_a_group_is_that_of_the_incident_else_of_labels_else_of_the_case() -> None:
    """Two routes never share one."""
    labels: Labels = {"rule": ("a", "b"), "severity": ("high",)}
    one = route("r")
    assert group_key(one, labels, "k1") == "r|rule=a,b|severity=high"
    assert group_key(one, {**labels, "incident": ("7",)}, "k1") == "r|incident=7"
    alone = Route(name="r", receiver="x", group_by=("case",))
    assert group_key(alone, labels, "k1") == "r|case=k1"


def test_a_key_is_bounded() -> None:
    """And two long ones are not the same."""
    keys = {group_key(route("r"), {"rule": ("x" * 400 + end,)}, "k1") for end in "ab"}
    assert {len(key) for key in keys} == {LONGEST_KEY}
    assert len(keys) == 2


def test_a_route_is_found_by_its_name() -> None:
    """Wherever it stands."""
    found = named(TREE, "night")
    assert found is not None
    assert found.receiver == "night"
    assert named(TREE, "nowhere") is None
