"""Files of touchpoints."""

import gzip
import io
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from streams.codec.files import MAX_LINE_BYTES, read
from streams.codec.touchpoint import to_json
from streams.errors import UsageError
from streams.touchpoints.rejection import Reason, Rejection
from streams.touchpoints.touchpoint import Touchpoint

NOW_MS = 1_777_636_800_000
ONE = Touchpoint("1", "s", "a.b", NOW_MS, "ana")
TWO = Touchpoint("2", "s", "a.b", NOW_MS, "bob", "", b'{"a":1}')
TEXT = to_json(ONE, NOW_MS + 5) + b"\n\n  \nnot json\n" + to_json(TWO)
LINES = [(1, ONE, NOW_MS + 5), (4, Rejection(Reason.UNDECODABLE, "the value is not valid JSON"), None), (5, TWO, None)]

pack = pytest.mark.parametrize(
    ("suffix", "packed"),
    [
        ("", lambda text: text),
        (".gz", gzip.compress),
        (".zst", zstandard.compress),
        (".zst", lambda text: zstandard.compress(text[:40]) + zstandard.compress(text[40:])),
        (".gz", lambda text: gzip.compress(text[:40]) + gzip.compress(text[40:])),
    ],
    ids=["plain", "gz", "zst", "two zst frames", "two gz members"],
)


@pack
def test_lines_come_with_their_numbers(tmp_path: Path, suffix: str, packed: Callable[[bytes], bytes]) -> None:
    """Empty lines are skipped but counted, a bad line is a value, and the last line needs no end."""
    path = tmp_path / f"touchpoints.jsonl{suffix}"
    path.write_bytes(packed(TEXT))
    assert list(read(path)) == LINES


@pytest.mark.parametrize(("suffix", "packed"), [(".gz", gzip.compress), (".zst", zstandard.compress)])
def test_a_file_that_ends_in_the_middle_is_damaged(
    tmp_path: Path, suffix: str, packed: Callable[[bytes], bytes]
) -> None:
    """A broken download must not pass for a short file."""
    path = tmp_path / f"touchpoints.jsonl{suffix}"
    path.write_bytes(packed(TEXT * 100)[:-9])
    with pytest.raises(UsageError, match="the file is damaged") as caught:
        list(read(path))
    assert caught.value.place == str(path)


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_file_that_is_not_packed_is_damaged(tmp_path: Path, suffix: str) -> None:
    """A wrong name is told apart from bad lines."""
    path = tmp_path / f"touchpoints.jsonl{suffix}"
    path.write_bytes(TEXT)
    with pytest.raises(UsageError, match="the file is damaged"):
        list(read(path))


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_an_empty_file_has_no_lines(tmp_path: Path, suffix: str) -> None:
    """Of whatever kind."""
    path = tmp_path / f"touchpoints.jsonl{suffix}"
    path.write_bytes(b"")
    assert list(read(path)) == []


def test_a_missing_file_is_named() -> None:
    """With what the system said."""
    with pytest.raises(UsageError, match="No such file") as caught:
        list(read("nowhere.jsonl"))
    assert caught.value.place == "nowhere.jsonl"


def test_a_line_without_end_is_refused_and_reading_goes_on(tmp_path: Path) -> None:
    """It is never held whole."""
    path = tmp_path / "touchpoints.jsonl"
    path.write_bytes(b"x" * (3 * MAX_LINE_BYTES) + b"\n" + to_json(ONE))
    expected = [
        (1, Rejection(Reason.TOO_LARGE, f"the line is longer than {MAX_LINE_BYTES} bytes"), None),
        (2, ONE, None),
    ]
    assert list(read(path)) == expected


def test_standard_input_is_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the name `-`."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(TEXT)))
    assert list(read("-")) == LINES


def test_progress_is_told_in_bytes_of_the_file(tmp_path: Path) -> None:
    """Of the packed file, since its size is what is known."""
    path = tmp_path / "touchpoints.jsonl.gz"
    path.write_bytes(gzip.compress((to_json(ONE) + b"\n") * 10_000))
    told: list[int] = []
    assert len(list(read(path, told.append))) == 10_000
    assert told == [path.stat().st_size] * 2
