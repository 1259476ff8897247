"""What every source of touchpoints has to hold, whatever it reads."""

from collections.abc import Callable, Iterable

import pytest

from streams.codec.events import EventSchemas
from streams.codec.touchpoint import from_json, to_json
from streams.codec.vocabulary import shipped
from streams.touchpoints.touchpoint import Touchpoint

Check = Callable[[Iterable[Touchpoint]], None]


@pytest.fixture(scope="session")
def check_sound() -> Check:
    """Return a check: of known types, with data after their schemas, unique by source and id, and the same as JSON."""
    kinds, schemas = shipped().kinds, EventSchemas()

    def check(touchpoints: Iterable[Touchpoint]) -> None:
        seen: set[tuple[str, str]] = set()
        for each in touchpoints:
            assert each.type in kinds
            assert schemas.validate(each) == [], each
            assert (each.source, each.id) not in seen
            assert from_json(to_json(each)) == each
            seen.add((each.source, each.id))
        assert seen

    return check
