"""Who is on call at an instant."""

import pytest

from streams.desk.routing.oncall import OnCall, Shift, Whose, on_call, rota

ROTA = rota(
    "front",
    [Shift("ana", 100, 200), Shift("luis", 200, 300), Shift("eva", 250, 260), Shift("ana", 290, 310), Shift("x", 5, 5)],
    fallback="chat",
    read_until=1_000,
)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (0, OnCall(("chat",), Whose.GAP, 100)),
        (100, OnCall(("ana",), Whose.SHIFT, 200)),
        (199, OnCall(("ana",), Whose.SHIFT, 200)),
        (200, OnCall(("luis",), Whose.SHIFT, 250)),
        (255, OnCall(("eva", "luis"), Whose.SHIFT, 260)),
        (300, OnCall(("ana",), Whose.SHIFT, 310)),
        (310, OnCall(("chat",), Whose.GAP, 1_000)),
        (1_000, OnCall(("chat",), Whose.BEYOND, 0)),
    ],
)
def test_who_is_asked_and_until_when(at: int, expected: OnCall) -> None:
    """Shifts may overlap; in a gap, and after what is known, it is the fallback; it is never nobody."""
    assert on_call(ROTA, at) == expected


def test_a_rota_without_shifts_is_its_fallback() -> None:
    """All of it is a gap."""
    assert on_call(rota("r", [], fallback="chat", read_until=10), 5) == OnCall(("chat",), Whose.GAP, 10)
