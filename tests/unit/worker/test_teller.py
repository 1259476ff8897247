"""What a lane counts, taken back from the changelog."""

from types import SimpleNamespace

import msgspec
import pytest

from streams.alerts.counting import COUNTS, RECENT, SETTLED, Counting
from streams.alerts.crowds.crowds import Crowds, key_of
from streams.errors import CorruptError
from streams.rules.compile import compile_rules
from streams.rules.model import Count, Crowd, Over, Selector
from streams.testing.journeys import SHOP, rule
from streams.worker.teller import Teller

CROWD = Crowd(over=Over.TILL, selector=Selector(("payment.failed",)), at_least=3, within_ms=900_000)
PLAN = compile_rules([rule("till", Count(CROWD.selector, 3, 900_000), crowd=CROWD)], SHOP)
NEWER = msgspec.msgpack.encode(["of a version", "that is to come"])


@pytest.mark.parametrize(
    ("key", "value"),
    [(SETTLED, NEWER), (COUNTS + b"7", NEWER), (COUNTS + b"x", None), (RECENT, b"123"), (key_of("till", "t"), NEWER)],
)
def test_what_cannot_be_read_is_refused_with_the_remedy(key: bytes, value: bytes | None) -> None:
    """After a rollback the worker says which version it needs, and folds nothing."""
    kit = SimpleNamespace(new_counting=lambda number: Counting(number, PLAN, SHOP), new_crowds=lambda: Crowds(PLAN))
    with pytest.raises(CorruptError, match="partition 3") as caught:
        Teller(3, kit).restore(key, value)  # type: ignore[arg-type] # a double
    assert "newer" in caught.value.remedy
