"""What somebody who tries sees of what came."""

import pytest

from streams.gateway.connect.watch import MAX_KEYS, MAX_SEEN, Outcome, Seen, Watch, masked
from streams.gateway.gate import Taken
from streams.gateway.keys.key import Key
from streams.gateway.outcome import Admitted, Ignored, Refused, Why
from streams.touchpoints.touchpoint import Touchpoint

KEY = Key(id="k1", source="//shop.example")
PERSON = "anna@example.org"
SENT = Admitted(
    Touchpoint("0123456789abcdef", KEY.source, "payment.failed", 5, PERSON, PERSON, b'{"reason": "anna"}'),
    "touchpoints.web",
)


@pytest.fixture
def watch() -> Watch:
    """A watch that follows the key."""
    made = Watch()
    made.follow(KEY.id)
    return made


def test_what_came_is_seen_the_newest_first(watch: Watch) -> None:
    """Each once, with what became of it."""
    refused = Refused(Why.UNKNOWN_TYPE, "/type", "no", "payment.failed")
    watch.saw(KEY, Taken.of([SENT, refused, Ignored(Why.UNMAPPED)]), 7)
    assert watch.after(KEY.id, 0) == [
        Seen(number=3, at=7, outcome=Outcome.IGNORED, why=Why.UNMAPPED),
        Seen(number=2, at=7, outcome=Outcome.REFUSED, why=Why.UNKNOWN_TYPE, pointer="/type", nearest="payment.failed"),
        Seen(number=1, at=7, outcome=Outcome.ACCEPTED, type="payment.failed", id="012…def"),
    ]
    assert [one.number for one in watch.after(KEY.id, 2)] == [3]
    assert watch.after(KEY.id, 3) == []


def test_nothing_personal_is_kept(watch: Watch) -> None:
    """Neither who, nor about what, nor any data, nor a whole id."""
    watch.saw(KEY, Taken.of([SENT]), 7)
    kept = repr(watch.after(KEY.id, 0))
    assert "anna" not in kept
    assert SENT.touchpoint.id not in kept


def test_keys_that_nobody_watches_cost_nothing(watch: Watch) -> None:
    """And are not known later."""
    watch.saw(Key(id="k2", source="s"), Taken.of([SENT]), 7)
    watch.follow("k2")
    assert watch.after("k2", 0) == []
    assert watch.after("nobody", 0) == []


def test_only_the_last_of_a_large_batch_are_kept(watch: Watch) -> None:
    """Their numbers say how many came."""
    watch.saw(KEY, Taken.of([SENT]), 7)
    watch.saw(KEY, Taken.of([SENT] * 1_000), 8)
    seen = watch.after(KEY.id, 0)
    assert len(seen) == MAX_SEEN
    assert (seen[0].number, seen[-1].number) == (1_001, 1_002 - MAX_SEEN)


def test_the_key_nobody_has_asked_for_longest_is_forgotten(watch: Watch) -> None:
    """The number of keys is bounded, and who goes on looking goes on seeing."""
    watch.follow("old")
    watch.follow(KEY.id)
    for number in range(MAX_KEYS - 1):
        watch.follow(f"k-{number}")
    watch.saw(KEY, Taken.of([SENT]), 7)
    watch.saw(Key(id="old", source="s"), Taken.of([SENT]), 7)
    assert len(watch.after(KEY.id, 0)) == 1
    assert watch.after("old", 0) == []


@pytest.mark.parametrize(
    ("id_", "shown"), [("", "…"), ("anna", "…"), ("12345678901", "…"), ("123456789012", "123…012")]
)
def test_short_ids_are_not_shown_at_all(id_: str, shown: str) -> None:
    """Half of a short name is enough to guess it."""
    assert masked(id_) == shown
