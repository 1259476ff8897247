"""How `make test` is cut into lanes, and what it says of them."""

import sys
from pathlib import Path

import pytest

from tests.lanes import LANES, ROOT, SHOWN, Lane, run


def test_each_test_is_in_one_lane() -> None:
    """None is forgotten, and none is run twice."""
    chosen: list[Path] = []
    for program, *parts in LANES.values():
        if program == "pytest":
            left_out = tuple(part.removeprefix("--ignore=") for part in parts if part.startswith("-"))
            there = [ROOT / part for part in parts if not part.startswith("-")]
            found = [file for part in there for file in ([part] if part.is_file() else part.rglob("test_*.py"))]
            chosen += [file for file in found if not str(file.relative_to(ROOT)).startswith(left_out)]
    assert sorted(chosen) == sorted((ROOT / "tests").rglob("test_*.py"))


def lane(name: str, folder: Path, text: str, code: int = 0) -> Lane:
    """Return a lane that says this."""
    return Lane(name, [sys.executable, "-c", f"print({text!r}); raise SystemExit({code})"], folder / name)


def test_what_failed_comes_last_and_in_short(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All that was said is there, and a log that is cut in its middle still says what failed."""
    failed = "... [100%]\nTraceback of it\nFAILED tests/test_x.py::test_y - AssertionError\n== 1 failed in 2 s =="
    assert not run([lane(SHOWN, tmp_path, "== 7 passed in 1 s =="), lane("other", tmp_path, failed, 1)], SHOWN)
    said = capsys.readouterr().out
    assert said.count("Traceback of it") == 1
    _, _, short = said.partition(" in short ")
    lines = [line.split(maxsplit=3) for line in short.splitlines()[1:]]
    assert [(line[0], line[-1]) for line in lines] == [
        (SHOWN, "code 0  7 passed in 1 s"),
        ("other", "code 1  1 failed in 2 s"),
        ("FAILED", "AssertionError"),
    ]


def test_all_is_well_when_all_lanes_are(tmp_path: Path) -> None:
    """And only then."""
    assert run([lane(SHOWN, tmp_path, "7 passed"), lane("other", tmp_path, "Success")], SHOWN)


def test_a_lane_tells_how_far_it_is(tmp_path: Path) -> None:
    """By the last figure that pytest gave."""
    one = lane("other", tmp_path, "a.py ...  [  9%]\nb.py ...  [ 45%]")
    one.wait()
    assert (one.progress, one.more, one.more) == ("other 45%", "a.py ...  [  9%]\nb.py ...  [ 45%]\n", "")
