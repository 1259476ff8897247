"""Whom a name of the file stands for."""

import pytest

from streams.desk.routing.digest import DigestPolicy
from streams.desk.routing.oncall import Shift, rota
from streams.desk.routing.policy import Policy
from streams.desk.routing.rank import Budget
from streams.desk.routing.receivers import Receiver, Team
from streams.desk.routing.tree import Route

POLICY = Policy(
    route=Route(name="root", receiver="chat"),
    receivers={name: Receiver(name=name, channels=()) for name in ("chat", "ana")},
    rotas={"front": rota("front", [Shift("ana", 100, 200)], fallback="chat", read_until=1_000)},
    teams={"support": Team(name="support", receiver="front", budget=Budget(open_cases=3)), "lone": Team(name="lone")},
    digest=DigestPolicy(receiver="ana"),
)


@pytest.mark.parametrize(
    ("name", "team", "at", "expected"),
    [
        ("chat", "", 0, ("chat",)),
        ("front", "", 150, ("ana",)),
        ("front", "", 250, ("chat",)),
        ("support", "", 150, ("ana",)),
        ("team", "support", 150, ("ana",)),
        ("team", "lone", 150, ("chat",)),
        ("team", "unknown", 150, ("chat",)),
        ("lone", "", 150, ()),
        ("nobody", "", 150, ()),
        ("", "", 150, ()),
    ],
)
def test_a_name_stands_for_receivers_at_a_time(name: str, team: str, at: int, expected: tuple[str, ...]) -> None:
    """A receiver, a rota, a team, or the case's team; and for nobody where it names none."""
    assert POLICY.receivers_of(name, team, at) == expected


def test_a_team_that_the_file_does_not_know_has_the_defaults() -> None:
    """And no bound."""
    assert POLICY.team("other") == Team(name="other", digest=DigestPolicy(receiver="ana"))
    assert POLICY.budgets() == {"support": Budget(open_cases=3), "lone": Budget()}
