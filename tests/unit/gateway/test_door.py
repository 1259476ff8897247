"""The door: what is admitted, as what, and why not."""

from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from streams.codec import vocabulary
from streams.codec.events import EventSchemas
from streams.gateway.candidate import Candidate, Identity
from streams.gateway.door import Door, Unknown
from streams.gateway.identity.hashing import Hasher
from streams.gateway.identity.masks import Masks
from streams.gateway.keys.key import Key, Kind
from streams.gateway.outcome import Admitted, Ignored, Refused, Why
from streams.touchpoints.touchpoint import MAX_DATA_BYTES, Touchpoint

NOW: Final = 1_790_000_000_000
KEY: Final = Key(id="k", source="//shop.example")
ANA: Final = Identity(customer="ana")


@pytest.fixture(scope="module")
def door() -> Door:
    """A door with everything that is shipped."""
    return Door(vocabulary.shipped(), EventSchemas(), Hasher(b"s" * 32), Masks())


def candidate(**fields: Any) -> Candidate:
    """A failed payment of Ana's."""
    given: dict[str, Any] = {"type": "payment.failed", "id": "1", "identity": ANA}
    return Candidate(**given | fields)


def test_what_is_in_order_goes_to_the_topic_of_its_type(door: Door) -> None:
    """As it was sent."""
    given = candidate(source="//shop.example/web", time=NOW - 5, subject="order:1", data={"amount": 19.9})
    expected = Touchpoint("1", "//shop.example/web", "payment.failed", NOW - 5, "ana", "order:1", b'{"amount":19.9}')
    assert door.admit(given, KEY, NOW) == Admitted(expected, "touchpoints.web")


def test_what_is_left_out_is_filled_in(door: Door) -> None:
    """A new id, the source of the key, and now."""
    first, second = (door.admit(candidate(id=""), KEY, NOW) for _ in range(2))
    assert isinstance(first, Admitted)
    assert isinstance(second, Admitted)
    assert (first.touchpoint.source, first.touchpoint.time, first.touchpoint.data) == ("//shop.example", NOW, b"")
    assert first.touchpoint.id != second.touchpoint.id


def test_some_types_come_without_anybody(door: Door) -> None:
    """They are counted, and belong to no journey."""
    found = door.admit(candidate(identity=Identity()), KEY, NOW)
    assert isinstance(found, Admitted)
    assert found.touchpoint.customer == ""


@pytest.mark.parametrize(
    ("fields", "why", "pointer"),
    [
        ({"type": ""}, Why.MISSING_FIELD, "/type"),
        ({"type": "payment.faild"}, Why.UNKNOWN_TYPE, "/type"),
        ({"source": "//bank.example"}, Why.NOT_ALLOWED, "/source"),
        ({"source": "//shop.example.evil"}, Why.NOT_ALLOWED, "/source"),
        ({"type": "page.viewed", "identity": Identity()}, Why.MISSING_CUSTOMER, "/customer"),
        ({"time": 0}, Why.BAD_TIME, "/time"),
        ({"time": NOW + 2 * 86_400_000}, Why.BAD_TIME, "/time"),
        ({"id": "x" * 2_000}, Why.TOO_LARGE, "/id"),
        ({"subject": "x" * 2_000}, Why.TOO_LARGE, "/subject"),
        ({"data": {"amount": "much"}}, Why.BAD_DATA, "/data/amount"),
        ({"data": {"note": "x" * MAX_DATA_BYTES}}, Why.TOO_LARGE, "/data"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(door: Door, fields: dict[str, Any], why: Why, pointer: str) -> None:
    """The first thing that is."""
    found = door.admit(candidate(**fields), KEY, NOW)
    assert isinstance(found, Refused)
    assert (found.why, found.pointer) == (why, pointer)


def test_what_a_schema_requires_is_missed_where_there_is_no_data_at_all(tmp_path: Path) -> None:
    """Nothing is not everything."""
    (tmp_path / "page.viewed.json").write_text('{"required": ["path"]}')
    strict = Door(vocabulary.shipped(), EventSchemas([tmp_path]), Hasher(b"s" * 32), Masks())
    found = strict.admit(candidate(type="page.viewed"), KEY, NOW)
    assert isinstance(found, Refused)
    assert (found.why, found.pointer) == (Why.BAD_DATA, "/data")


def test_data_that_is_too_large_is_refused_before_it_is_masked(door: Door) -> None:
    """A mark that is shorter than what it hides makes no room."""
    found = door.admit(candidate(data={"phone": "x" * MAX_DATA_BYTES}), KEY, NOW)
    assert found == Refused(Why.TOO_LARGE, "/data", f"data is {MAX_DATA_BYTES + 12} bytes, more than {MAX_DATA_BYTES}")


def test_of_data_that_is_nested_without_end_the_upper_levels_travel(door: Door) -> None:
    """Where nobody looks nothing passes; no part of the program goes as deep as a sender may."""
    data: dict[str, Any] = {}
    inner = data
    for _ in range(100_000):
        inner["a"] = inner = {}
    found = door.admit(candidate(data=data), KEY, NOW)
    assert isinstance(found, Admitted)
    assert found.touchpoint.data.endswith(b'"[nested]"' + b"}" * found.touchpoint.data.count(b"{"))
    while data:  # freed level by level: all at once would need as deep a stack
        data = data.pop("a")


def test_data_that_cannot_be_written_as_json_is_refused(door: Door) -> None:
    """Whichever decoder let it through."""
    found = door.admit(candidate(data={"note": "\ud800"}), KEY, NOW)
    assert isinstance(found, Refused)
    assert (found.why, found.pointer) == (Why.BAD_DATA, "/data")


def test_a_refusal_never_repeats_what_a_customer_wrote(door: Door) -> None:
    """Only names of members and what is expected of them."""
    found = door.admit(candidate(data={"amount": "ana@shop.example"}), KEY, NOW)
    assert b"ana@" not in msgspec.json.encode(found)


def test_a_key_sends_only_its_types(door: Door) -> None:
    """A browser's key has none but those that it names."""
    key = Key(id="k", source="//shop.example", kind=Kind.BROWSER, types=("page.*",))
    assert isinstance(door.admit(candidate(type="page.viewed"), key, NOW), Admitted)
    found = door.admit(candidate(), key, NOW)
    assert isinstance(found, Refused)
    assert (found.why, found.pointer) == (Why.NOT_ALLOWED, "/type")


def test_unknown_types_are_refused_or_ignored_as_it_is_declared(door: Door) -> None:
    """Refused ones with the type that was meant."""
    unknown = candidate(type="payment.faild")
    refused = door.admit(unknown, KEY, NOW, Unknown.REFUSE)
    assert isinstance(refused, Refused)
    assert refused.nearest == "payment.failed"
    ignored = door.admit(unknown, KEY, NOW, Unknown.IGNORE)
    assert isinstance(ignored, Ignored)
    assert ignored.why is Why.UNKNOWN_TYPE
