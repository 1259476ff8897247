"""Silences and inhibitions."""

import msgspec
import pytest

from streams.desk.routing.labels import Labels, parse
from streams.desk.routing.silences import (
    DAY_MS,
    Flaw,
    Inhibition,
    Silence,
    flaw,
    inhibited_by,
    silenced_by,
    sources,
    within,
)

A: Labels = {"store": ("a",), "severity": ("high",)}
SILENCE = Silence(id="1", matchers=(parse("store=a"),), starts_at=100, ends_at=200, author="ana", comment="works")


@pytest.mark.parametrize(("now", "expected"), [(99, None), (100, "1"), (199, "1"), (200, None)])
def test_a_silence_has_a_beginning_and_an_end(now: int, expected: str | None) -> None:
    """At its end it is over."""
    found = silenced_by([SILENCE], A, now)
    assert (found.id if found else None) == expected


def test_the_silence_that_lasts_longest_is_named() -> None:
    """So that it is not told between two of them; one that does not fit says nothing."""
    longer = msgspec.structs.replace(SILENCE, id="2", ends_at=300)
    other = msgspec.structs.replace(SILENCE, id="3", ends_at=900, matchers=(parse("store=b"),))
    found = silenced_by([SILENCE, longer, other], A, 150)
    assert found is not None
    assert found.id == "2"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({"matchers": ()}, Flaw.NO_MATCHER),
        ({"matchers": (parse('store=~".*"'),)}, Flaw.NO_MATCHER),
        ({"matchers": (parse("store=a"),) * 21}, Flaw.TOO_MANY_MATCHERS),
        ({"ends_at": 100}, Flaw.ENDS_BEFORE_START),
        ({"starts_at": 10, "ends_at": 50}, Flaw.IN_PAST),
        ({"ends_at": 101 + 90 * DAY_MS}, Flaw.TOO_LONG),
        ({"author": " "}, Flaw.NO_AUTHOR),
        ({"comment": ""}, Flaw.NO_COMMENT),
        ({"comment": "x" * 501}, Flaw.LONG_COMMENT),
    ],
)
def test_a_silence_that_nobody_should_make_is_refused(changes: dict[str, object], expected: Flaw | None) -> None:
    """It names cases, an end that is not far, an author and a reason."""
    assert flaw(msgspec.structs.replace(SILENCE, **changes), 60) == expected


@pytest.mark.parametrize(
    ("matchers", "expected"),
    [
        (("store=a",), True),
        (("rule=x", "store=a"), True),
        (("store=c",), False),
        (("store!=a",), False),
        (('store=~"a|b"',), False),
        (("rule=a",), False),
        ((), False),
    ],
)
def test_a_silence_is_within_stores_only_where_it_names_one(matchers: tuple[str, ...], expected: bool) -> None:
    """A pattern may fit more than it seems to, so it counts for nothing here."""
    assert within([parse(each) for each in matchers], "store", {"a", "b"}) is expected


TILL = Inhibition("till", (parse("rule=till-broken"),), (parse("severity=~low|high"),), ("store",))
BROKEN: Labels = {"rule": ("till-broken",), "store": ("a",), "severity": ("high",)}


def test_a_case_is_kept_quiet_by_another_one_with_equal_labels() -> None:
    """Only of the same store, only what fits the target, and never by itself."""
    standing = sources([TILL], [("k1", BROKEN), ("k2", A)])
    assert inhibited_by([TILL], standing, "k2", A) == ("till", "k1")
    assert inhibited_by([TILL], standing, "k3", {**A, "store": ("b",)}) is None
    assert inhibited_by([TILL], standing, "k4", {**A, "severity": ("critical",)}) is None
    assert inhibited_by([TILL], standing, "k1", BROKEN) is None


def test_a_case_that_is_source_and_target_is_told() -> None:
    """Or two of them would keep each other quiet."""
    standing = sources([TILL], [("k1", BROKEN), ("k2", BROKEN)])
    assert inhibited_by([TILL], standing, "k1", BROKEN) is None


def test_a_ring_of_inhibitions_leaves_somebody_to_be_told() -> None:
    """Where one keeps the next quiet all the way round, not all of them can be."""
    ring = [
        Inhibition(f"{a}{b}", (parse(f"rule={a}"),), (parse(f"rule={b}"),))
        for a, b in (("a", "b"), ("b", "c"), ("c", "a"))
    ]
    cases: list[tuple[str, Labels]] = [(name, {"rule": (name,)}) for name in "abc"]
    standing = sources(ring, cases)
    quiet = {name for name, labels in cases if inhibited_by(ring, standing, name, labels)}
    assert quiet == {"a", "b"}
