"""What a touchpoint must be before it may enter a journey."""

import msgspec
import pytest

from streams.codec.checks import MAX_NAME_BYTES, check, check_record, check_type
from streams.codec.vocabulary import shipped
from streams.touchpoints.rejection import Reason, Rejection
from streams.touchpoints.touchpoint import EARLIEST_MS, MAX_DATA_BYTES, SKEW_MS, Touchpoint

NOW_MS = 1_777_636_800_000
GOOD = Touchpoint("1", "//shop/web", "payment.failed", NOW_MS, "ana", "cart:7", b'{"amount":3}')


def reason(rejection: Rejection | None) -> Reason | None:
    """Return the reason alone."""
    return rejection.reason if rejection else None


@pytest.mark.parametrize("field", ["id", "source", "type"])
def test_an_empty_field_is_missing(field: str) -> None:
    """Each required field must say something, and the detail says which does not."""
    assert check(msgspec.structs.replace(GOOD, **{field: ""})) == Rejection(Reason.MISSING_FIELD, f"{field} is empty")


@pytest.mark.parametrize(("kind", "expected"), [("payment.failed", None), ("order.completed", Reason.MISSING_FIELD)])
def test_only_some_types_may_come_without_a_customer(kind: str, expected: Reason | None) -> None:
    """The vocabulary says which; any key will do for them, and for all others the journey would be nobody's."""
    nobody = msgspec.structs.replace(GOOD, type=kind, customer="")
    assert check(nobody) is None
    assert reason(check_type(nobody, shipped())) is expected
    assert check_record(nobody, b"//pos/madrid-014/till-3", NOW_MS) is None
    assert check_record(nobody, None, NOW_MS) is None
    assert reason(check_record(nobody, None, NOW_MS - SKEW_MS - 1)) is Reason.BAD_TIME


@pytest.mark.parametrize("field", ["id", "source", "type", "customer", "subject"])
def test_a_name_has_a_bound(field: str) -> None:
    """Journeys keep these, so a name of a kilobyte is the most; bytes count, not characters."""
    just_fits = msgspec.structs.replace(GOOD, **{field: "é" * (MAX_NAME_BYTES // 2)})
    too_long = msgspec.structs.replace(GOOD, **{field: "é" * (MAX_NAME_BYTES // 2) + "x"})
    assert (check(just_fits), reason(check(too_long))) == (None, Reason.TOO_LARGE)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", None),
        (b"{}", None),
        (b' \n\t{"a": 1}', None),
        (b"[]", Reason.BAD_DATA),
        (b"null", Reason.BAD_DATA),
        (b" ", Reason.BAD_DATA),
        (b"{" + b" " * (MAX_DATA_BYTES - 2) + b"}", None),
        (b"{" + b" " * (MAX_DATA_BYTES - 1) + b"}", Reason.TOO_LARGE),
        (b"x" * 10_000_000, Reason.TOO_LARGE),
    ],
    ids=["none", "empty", "blanks", "list", "null", "blank", "largest", "one more", "ten megabytes"],
)
def test_data_is_a_json_object_within_its_size(data: bytes, expected: Reason | None) -> None:
    """Only the outside is looked at: rules decode the rest where they need it."""
    assert reason(check(msgspec.structs.replace(GOOD, data=data))) == expected


@pytest.mark.parametrize(("ms", "expected"), [(EARLIEST_MS, None), (EARLIEST_MS - 1, Reason.BAD_TIME)])
def test_nothing_happened_before_2000(ms: int, expected: Reason | None) -> None:
    """Whatever claims to be older has a broken clock."""
    assert reason(check(msgspec.structs.replace(GOOD, time=ms))) == expected


@pytest.mark.parametrize(("ahead_ms", "expected"), [(SKEW_MS, None), (SKEW_MS + 1, Reason.BAD_TIME)])
def test_a_touchpoint_is_at_most_a_day_ahead_of_its_record(ahead_ms: int, expected: Reason | None) -> None:
    """A till dated tomorrow afternoon is refused, one with a skewed clock is not."""
    assert reason(check_record(GOOD, b"ana", NOW_MS - ahead_ms)) == expected


@pytest.mark.parametrize("key", [None, b"", b"bob", b"ana "])
def test_the_key_is_the_customer(key: bytes | None) -> None:
    """Any other key, or none, put the record in a partition where the journey is not."""
    assert reason(check_record(GOOD, key, NOW_MS)) is Reason.WRONG_KEY


def test_an_unknown_type_is_named_with_the_nearest_one() -> None:
    """A typing mistake is the usual cause."""
    rejection = check_type(msgspec.structs.replace(GOOD, type="payment.faild"), shipped())
    assert rejection is not None
    assert rejection.detail == "the vocabulary has no type 'payment.faild'; did you mean payment.failed?"


def test_a_detail_holds_nothing_of_the_customer() -> None:
    """Details are logged and shown; even a type that is really a name and an address is cut."""
    personal = msgspec.structs.replace(GOOD, id="ID-SECRET", customer="ANA-SECRET", subject="S-SECRET", type="x" * 500)
    found = [
        check_type(personal, shipped()),
        check_record(personal, b"KEY-SECRET", NOW_MS),
        check_record(personal, b"ANA-SECRET", 0),
        check(msgspec.structs.replace(personal, data=b"DATA-SECRET")),
    ]
    details = [rejection.detail for rejection in found if rejection]
    assert len(details) == 4
    assert not any("SECRET" in detail or len(detail) > 200 for detail in details)
