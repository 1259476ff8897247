"""Records to put somewhere."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from streams.gateway.sink.record import Record
from streams.touchpoints.touchpoint import Touchpoint

Made = Callable[..., list[Record]]


def records(first: int, number: int, data: bytes = b"") -> list[Record]:
    """Return so many records, numbered from the first on; the number is the time as well."""
    return [
        Record("touchpoints.web", one, Touchpoint(f"{one}", "shop", "payment.failed", one, f"c{one % 3}", "", data))
        for one in range(first, first + number)
    ]


@pytest.fixture
def made() -> Made:
    """Make records with a number each that goes on from call to call."""
    numbers: Iterator[int] = count(1)

    def make(number: int = 1, data: bytes = b"") -> list[Record]:
        first = next(numbers)
        for _ in range(number - 1):
            next(numbers)
        return records(first, number, data)

    return make
