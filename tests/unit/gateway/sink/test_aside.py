from pathlib import Path

import pytest

from streams.codec import files
from streams.gateway.sink.aside import Aside, AsideFull
from tests.unit.gateway.sink.conftest import Made, records


def test_what_is_set_aside_can_be_sent_again(tmp_path: Path) -> None:
    """The file is what `touchpoint send` reads, with the moment at which each touchpoint was recorded."""
    aside, now = Aside(tmp_path, 1 << 20), 1_700_000_000_000
    first, second = records(now, 2, b'{"n":1}'), records(now + 2, 1)
    aside.put(first)
    aside.put(second)
    lines = [(touchpoint, recorded_ms) for _, touchpoint, recorded_ms in files.read(aside.path)]
    assert lines == [(record.touchpoint, record.at) for record in first + second]
    assert aside.count == 3


def test_it_has_a_bound_and_says_so(tmp_path: Path, made: Made) -> None:
    """What does not fit is not half written."""
    aside = Aside(tmp_path, 300)
    aside.put(made())
    before = aside.path.read_bytes()
    with pytest.raises(AsideFull):
        aside.put(made(2))
    assert (aside.path.read_bytes(), aside.count) == (before, 1)
