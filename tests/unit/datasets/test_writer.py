import gzip
import os
import threading
from pathlib import Path

import pytest
import zstandard

from streams.datasets.writer import opened, write_labels
from streams.errors import UsageError
from streams.touchpoints.label import BAD, FINE, Label

LINES = b"one\ntwo\n" * 100_000


def unpacked(path: Path) -> bytes:
    """Return what is in the file once unpacked by its extension."""
    raw = path.read_bytes()
    if path.suffix == ".gz":
        return gzip.decompress(raw)
    return zstandard.ZstdDecompressor().stream_reader(raw).read() if path.suffix == ".zst" else raw


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.jsonl.zst"])
def test_the_extension_says_how_it_is_packed(tmp_path: Path, name: str) -> None:
    """What was written is what is read, and packing packs."""
    path = tmp_path / name
    with opened(str(path)) as file:
        file.write(LINES)
    assert unpacked(path) == LINES
    assert (path.stat().st_size < len(LINES) / 10) == (path.suffix != ".jsonl")


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.jsonl.zst"])
def test_the_same_lines_make_the_same_bytes(tmp_path: Path, name: str) -> None:
    """Neither the time nor the name of the file gets into it."""
    paths = [tmp_path / "first" / name, tmp_path / "second" / f"other-{name}"]
    for path in paths:
        path.parent.mkdir()
        with opened(str(path)) as file:
            file.write(LINES)
        os.utime(path, (0, 0))
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    """When making the lines fails, what was there before is still there, and no half file is left."""
    path = tmp_path / "a.jsonl.zst"
    path.write_text("before")

    with pytest.raises(TypeError), opened(str(path)) as file:
        file.writelines([LINES, "not bytes"])  # type: ignore[list-item] # that is the failure
    assert [each.name for each in tmp_path.iterdir()] == ["a.jsonl.zst"]
    assert path.read_text() == "before"


def test_a_pipe_stays_a_pipe(tmp_path: Path) -> None:
    """Named pipes are written to, never replaced by a file."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(path.read_bytes()))
    reader.start()
    with opened(str(path)) as file:
        file.write(b"one\n")
    reader.join(10)
    assert got == [b"one\n"]
    assert path.is_fifo()


def test_standard_output_is_left_open(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Other output can follow."""
    for _ in range(2):
        with opened("-") as file:
            file.write(b"one\n")
    assert capfdbinary.readouterr().out == b"one\none\n"


def test_what_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A folder that is not there and a folder in the file's place are told as such."""
    for output in (tmp_path / "none" / "a.jsonl", tmp_path):
        with pytest.raises(UsageError, match="cannot write") as caught, opened(str(output)):
            pass
        assert caught.value.place == str(output)
        assert caught.value.remedy


def test_labels_are_a_csv_file_with_times_in_utc(tmp_path: Path) -> None:
    """The file is the one that `backtest --labels` reads, and commas in a name are quoted."""
    path = tmp_path / "labels.csv"
    labels = [Label("ana", "order:1", 1_534_306_237_000, BAD), Label("b,en", "", 1_534_306_237_500, FINE)]
    assert write_labels(labels, str(path)) == 2
    assert path.read_text() == (
        'customer,subject,time,label\nana,order:1,2018-08-15T04:10:37.000Z,1\n"b,en",,2018-08-15T04:10:37.500Z,0\n'
    )
