"""What a touchpoint must be before it may enter a journey, whatever form it came in.

Details are for the operator and carry nothing personal: names of fields and types, sizes and distances, never values.
"""

from functools import lru_cache
from typing import Final

from msgspec.structs import astuple

from streams.codec.times import to_rfc3339
from streams.touchpoints.rejection import Reason, Rejection
from streams.touchpoints.touchpoint import EARLIEST_MS, MAX_DATA_BYTES, SKEW_MS, Touchpoint
from streams.touchpoints.vocabulary import Vocabulary, nearest

MAX_NAME_BYTES: Final = 1024  # of id, source, type, customer and subject each
# Must be there; `customer` may be empty for some types. Its type is spelled out for the compiler.
REQUIRED: Final[tuple[str, ...]] = ("id", "source", "type", "customer")

_FILLED: Final = ("id", "source", "type")
_NAMES: Final = (*REQUIRED, "subject")
_USUAL: Final = MAX_NAME_BYTES // 4  # characters of all names together: no character is more than four bytes
_BRACE: Final = ord("{")
_SHOWN: Final = 64  # characters of a type name in a detail
_WHITESPACE: Final = b" \t\r\n"
_DAY_MS: Final = 86_400_000


def check(touchpoint: Touchpoint) -> Rejection | None:
    """Return what is wrong with the touchpoint by itself, or None; whether it needs a customer, `check_type` says."""
    if _is_usual(touchpoint):
        return None
    for name in _FILLED:
        if not getattr(touchpoint, name):
            return Rejection(Reason.MISSING_FIELD, f"{name} is empty")
    for name in _NAMES:
        size = len(getattr(touchpoint, name).encode())
        if size > MAX_NAME_BYTES:
            return Rejection(Reason.TOO_LARGE, f"{name} is {size} bytes, more than {MAX_NAME_BYTES}")
    if touchpoint.time < EARLIEST_MS:
        return Rejection(Reason.BAD_TIME, f"time is before {to_rfc3339(EARLIEST_MS)}")
    return _check_data(touchpoint.data)


def _is_usual(touchpoint: Touchpoint) -> bool:
    """Return whether everything is in order at a glance, as it nearly always is; False decides nothing."""
    id_, source, type_, time, customer, subject, data = astuple(touchpoint)  # compiled, cheaper than one by one
    return bool(
        id_
        and source
        and type_
        and customer
        and len(id_) + len(source) + len(type_) + len(customer) + len(subject) <= _USUAL
        and time >= EARLIEST_MS
        and (not data or (data[0] == _BRACE and len(data) <= MAX_DATA_BYTES))
    )


def _check_data(data: bytes) -> Rejection | None:
    if len(data) > MAX_DATA_BYTES:
        return Rejection(Reason.TOO_LARGE, f"data is {len(data)} bytes, more than {MAX_DATA_BYTES}")
    if data and not data.lstrip(_WHITESPACE).startswith(b"{"):
        return Rejection(Reason.BAD_DATA, "data is not a JSON object")
    return None


def check_type(touchpoint: Touchpoint, vocabulary: Vocabulary) -> Rejection | None:
    """Return UNKNOWN_TYPE for a type that the vocabulary does not have, MISSING_FIELD where it needs a customer."""
    kind = vocabulary.kinds.get(touchpoint.type)
    if kind is not None:
        if touchpoint.customer or kind.may_be_anonymous:
            return None
        return Rejection(Reason.MISSING_FIELD, "customer is empty")
    return Rejection(Reason.UNKNOWN_TYPE, _explain_type(touchpoint.type[:_SHOWN], tuple(vocabulary.kinds)))


@lru_cache(maxsize=1024)
def _explain_type(name: str, kinds: tuple[str, ...]) -> str:
    """Explain once for a producer that is wrong all day: the search takes as long as hundreds of decodes."""
    near = nearest(name, kinds)
    return f"the vocabulary has no type {name!r}{f'; did you mean {near}?' if near else ''}"


def check_record(touchpoint: Touchpoint, key: bytes | None, recorded_ms: int) -> Rejection | None:
    """Return what is wrong between the touchpoint and the Kafka record that carried it, or None.

    The key must be the customer: it chose the partition, and so the worker that holds the journey. Without a customer
    there is no journey, and any key will do.
    """
    if not touchpoint.customer:
        return check_ahead(touchpoint, recorded_ms)
    if not key:
        return Rejection(Reason.WRONG_KEY, "the record has no key; it must be the customer")
    if key != touchpoint.customer.encode():
        return Rejection(Reason.WRONG_KEY, "the record's key is not the customer")
    return check_ahead(touchpoint, recorded_ms)


def check_ahead(touchpoint: Touchpoint, recorded_ms: int) -> Rejection | None:
    """Return BAD_TIME where the touchpoint is dated further ahead of its record than clocks go wrong."""
    ahead = touchpoint.time - recorded_ms
    if ahead > SKEW_MS:
        return Rejection(Reason.BAD_TIME, f"time is {ahead / _DAY_MS:.1f} days after it was recorded")
    return None
