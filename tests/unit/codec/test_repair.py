"""Dead letters made ready to be sent again."""

import msgspec

from streams.codec import shipped, touchpoint
from streams.codec.dead_letter import DeadLetter
from streams.codec.frame import prefix
from streams.codec.registry import SchemaStore
from streams.codec.repair import Record, as_it_was, patched, readable, replaced, still_refused
from streams.codec.touchpoint import TouchpointDecoder, encode, to_json
from streams.codec.vocabulary import shipped as vocabulary
from streams.touchpoints.rejection import Reason, Rejection
from streams.touchpoints.touchpoint import Touchpoint

NOW_MS = 1_777_636_800_000
WRONG = Touchpoint("1", "//shop/web", "payment.faild", NOW_MS, "ana", "cart:7", b'{"amount":3}')
RIGHT = msgspec.structs.replace(WRONG, type="payment.failed")
STORE = SchemaStore()
SOURCE = STORE.get(shipped.latest("touchpoint").schema_id)


def letter(value: bytes | None, *headers: tuple[str, bytes | None]) -> DeadLetter:
    """Return a dead letter of this value."""
    return DeadLetter("touchpoints.web", 3, 7, NOW_MS, b"old", value, headers, Reason.UNKNOWN_TYPE, "")


def test_a_record_goes_back_as_it_was() -> None:
    """Bytes, key, headers, timestamp, topic."""
    assert as_it_was(letter(b"x", ("trace", b"1"))) == Record(
        "touchpoints.web", b"old", b"x", (("trace", b"1"),), NOW_MS
    )


def test_a_replacement_is_keyed_by_its_customer() -> None:
    """And sheds the headers that told the form of the old value, but no others."""
    headers = (("trace", b"1"), ("ce_id", b"1"), ("Content-Type", b"text/xml"), ("__value_schema_id", prefix(7)))
    record = replaced(letter(b"junk", *headers), to_json(RIGHT))
    assert record == Record("touchpoints.web", b"ana", to_json(RIGHT), (("trace", b"1"),), NOW_MS)


def test_a_replacement_that_is_no_touchpoint_is_refused() -> None:
    """With its reason."""
    assert replaced(letter(b"junk"), b"{}") == Rejection(Reason.MISSING_FIELD, "id is missing")


def test_avro_and_json_are_patched() -> None:
    """Whichever form the value has, the fields that are given replace its own."""
    found = [patched(letter(form(WRONG)), {"type": "payment.failed"}, SOURCE) for form in (encode, to_json)]
    assert [record.value for record in found if isinstance(record, Record)] == [to_json(RIGHT)] * 2


def test_what_cannot_be_read_cannot_be_patched() -> None:
    """Cut bytes, no bytes, an unknown schema."""
    letters = [letter(encode(WRONG)[:-1]), letter(None), letter(b"text")]
    found = [*(patched(each, {}, SOURCE) for each in letters), patched(letter(encode(WRONG)), {}, None)]
    assert [isinstance(outcome, Rejection) for outcome in found] == [True] * 4


def test_fields_of_a_wrong_touchpoint_are_still_readable() -> None:
    """That is what an operator wants to see."""
    assert readable(letter(encode(WRONG)), SOURCE) == msgspec.json.decode(to_json(WRONG))
    absurd = readable(letter(encode(msgspec.structs.replace(WRONG, time=1 << 60))), SOURCE)
    assert absurd is not None
    assert (absurd["id"], absurd["time"]) == ("1", None)


def test_what_would_be_refused_again_is_known_before() -> None:
    """So that a repair that is none does not go round in circles."""
    decoder = TouchpointDecoder(vocabulary(), STORE)
    wrong, right = (replaced(letter(b""), touchpoint.to_json(each)) for each in (WRONG, RIGHT))
    assert isinstance(wrong, Record)
    assert isinstance(right, Record)
    again = still_refused(wrong, decoder)
    assert (again and again.reason, still_refused(right, decoder)) == (Reason.UNKNOWN_TYPE, None)
