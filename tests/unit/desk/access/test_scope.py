"""Which cases are in view."""

from collections.abc import Collection

import pytest

from streams.desk.access.scope import Scope, covers, scope_of
from streams.desk.access.viewer import Role, Viewer


def viewer(role: Role, *, teams: Collection[str] = (), stores: Collection[str] = ()) -> Viewer:
    """Return somebody with one role."""
    return Viewer(name="anna", roles=frozenset({role}), teams=frozenset(teams), stores=frozenset(stores))


def test_no_teams_and_no_stores_is_everything() -> None:
    """Nothing has to be asked."""
    assert scope_of(viewer(Role.AGENT)).is_open
    assert covers(scope_of(viewer(Role.AGENT)), "")


@pytest.mark.parametrize("role", [Role.MANAGER, Role.PRIVACY])
def test_who_sees_every_team_keeps_to_the_own_stores(role: Role) -> None:
    """A store's manager sees every team's cases of that store."""
    assert scope_of(viewer(role, teams={"web"}, stores={"12"})) == Scope(None, frozenset({"12"}))


@pytest.mark.parametrize(
    ("team", "stores", "is_in_view"),
    [
        ("web", ["12"], True),
        ("web", ["7", "12"], True),
        ("web", ["7"], False),
        ("chat", ["12"], False),
        ("", ["12"], False),
        ("web", [], False),
    ],
)
def test_team_and_store_must_both_be_mine(team: str, stores: list[str], is_in_view: bool) -> None:
    """What belongs to no team, or to no store, is for those who see everything."""
    assert covers(scope_of(viewer(Role.AGENT, teams={"web"}, stores={"12"})), team, stores) is is_in_view


def test_each_half_counts_alone() -> None:
    """Teams without stores, and stores without teams."""
    assert covers(scope_of(viewer(Role.LEAD, teams={"web"})), "web")
    assert covers(scope_of(viewer(Role.LEAD, stores={"12"})), "", ["12"])
