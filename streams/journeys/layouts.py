"""Earlier layouts of a journey's record, brought up to date when a partition reads its journeys back; pure.

Whoever changes the layout raises `journey.VERSION` and adds the step from the version before. A worker then finds one
layout only, whatever lies on the changelog; what it writes is today's. It takes two releases: the first one reads both
layouts and goes on writing the old one, the second one writes the new. So a rolling upgrade can be broken off, and
each of two neighbouring releases reads what the other writes. A newer version stays as it is, and is refused.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from streams.journeys.journey import VERSION

STEPS: Final[dict[int, Callable[[bytes], bytes]]] = {}  # by version what makes a record of the next one of it


def renewed(pairs: Iterable[tuple[bytes, bytes | None]]) -> Iterator[tuple[bytes, bytes | None]]:
    """Yield changelog records as they come, each in today's layout; None is a tombstone."""
    for key, record in pairs:
        if record and record[0] != VERSION:
            yield key, up_to_date(record)
        else:
            yield key, record


def up_to_date(record: bytes) -> bytes:
    """Return the record in today's layout, or as it is where no step leads there."""
    while record and (step := STEPS.get(record[0])) is not None:
        record = step(record)
    return record
