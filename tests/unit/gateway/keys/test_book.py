"""What may become of keys."""

from typing import Any

import pytest

from streams.gateway.keys import book
from streams.gateway.keys.book import Book, Entry
from streams.gateway.keys.flaw import Flaw, UnfitError
from streams.gateway.keys.key import Key, Kind

NOW = 1_800_000_000_000
DIGEST = "0" * 64


def entry(number: int = 1, **fields: Any) -> Entry:
    """A key of the shop's back end, or with other fields."""
    usual: dict[str, Any] = {"id": f"{number:016x}", "source": "//shop.example", "created_at": NOW}
    return Entry(key=Key(**(usual | fields)), digest=DIGEST)


def browser(number: int = 1, **fields: Any) -> Entry:
    """A key for the pages of the shop."""
    rights = {"kind": Kind.BROWSER, "types": ("page.*",), "origins": ("https://shop.example",)}
    return entry(number, **(rights | fields))


def book_of(*entries: Entry) -> Book:
    """A book with these keys."""
    return {one.key.id: one for one in entries}


def test_a_source_may_have_two_live_keys_and_no_third() -> None:
    """Who wants a third is told which to revoke: the oldest."""
    two = book.add(book.add({}, entry(1), NOW), entry(2), NOW)
    with pytest.raises(UnfitError, match="has 2 live server keys") as error:
        book.add(two, entry(3), NOW)
    assert error.value.remedy.endswith(f"revoke {entry(1).key.id}")
    assert error.value.place == "//shop.example"


@pytest.mark.parametrize(
    "other",
    [
        entry(3, source="//shop.example/eu"),
        browser(3),
        entry(3, kind=Kind.WEBHOOK, provider="sendgrid"),
    ],
)
def test_other_sources_kinds_and_providers_count_apart(other: Entry) -> None:
    """Rotation of one is none of the other's."""
    assert len(book.add(book_of(entry(1), entry(2)), other, NOW)) == 3


@pytest.mark.parametrize("dead", [{"revoked_at": NOW - 1}, {"expires_at": NOW}])
def test_keys_that_open_nothing_do_not_count(dead: dict[str, int]) -> None:
    """Revoked or expired, they make room."""
    assert len(book.add(book_of(entry(1, **dead), entry(2)), entry(3), NOW)) == 3


def test_a_key_that_has_expired_or_is_none_is_not_added() -> None:
    """What would open nothing is refused with what to do."""
    for fields, flaw in (({"expires_at": NOW}, Flaw.EXPIRED), ({"source": ""}, Flaw.SOURCE)):
        with pytest.raises(UnfitError) as error:
            book.add({}, entry(1, **fields), NOW)
        assert error.value.flaw is flaw
        assert error.value.remedy


def test_there_is_a_bound_to_all_keys() -> None:
    """Dead ones count, and the remedy says how to be rid of them."""
    full = book_of(*(entry(number, source=f"s{number}") for number in range(book.MAX_KEYS)))
    with pytest.raises(UnfitError, match="1000 keys") as error:
        book.add(full, entry(book.MAX_KEYS), NOW)
    assert "forgotten" in error.value.remedy


def test_a_key_is_ended_first_and_forgotten_then() -> None:
    """So that a list says for a while what was revoked; an unknown id changes nothing."""
    one = book_of(entry(1))
    ended = book.revoke(one, entry(1).key.id, NOW + 5)
    assert ended[entry(1).key.id].key.revoked_at == NOW + 5
    assert not ended[entry(1).key.id].key.is_valid(NOW + 5)
    assert book.revoke(ended, entry(1).key.id, NOW + 6) == {}
    assert book.revoke(one, "nobody", NOW) == one


def test_a_replacement_lives_as_long_as_the_old_key_did() -> None:
    """From now on; a dead key has none."""
    month = 30 * 86_400_000
    old = entry(1, expires_at=NOW + month)
    found = book.replacement(book_of(old), old.key.id, NOW + 1_000)
    assert found is not None
    assert found.expires_at == NOW + 1_000 + month
    assert book.replacement(book_of(old), old.key.id, NOW + month) is None
    assert book.replacement({}, old.key.id, NOW) is None
    forever = book.replacement(book_of(entry(1)), old.key.id, NOW)
    assert forever is not None
    assert forever.expires_at == 0


def test_origins_are_those_of_valid_browser_keys() -> None:
    """Each once, and none of a key that has expired since."""
    keys = book_of(
        browser(1),
        browser(2, origins=("https://shop.example", "http://localhost:3000"), expires_at=NOW + 10),
        browser(3, origins=("https://gone.example",), revoked_at=NOW),
        entry(4),
    )
    assert book.origins(keys, NOW) == {"https://shop.example", "http://localhost:3000"}
    assert book.origins(keys, NOW + 10) == {"https://shop.example"}


def test_a_file_with_wrong_ids_is_none() -> None:
    """An id twice would make one of the two unseen."""
    with pytest.raises(UnfitError, match="twice"):
        book.read([entry(1), entry(1)])
    with pytest.raises(UnfitError, match="no such thing"):
        book.read([entry(1, id="x")])
    assert book.read([entry(1), entry(2)]) == book_of(entry(1), entry(2))
