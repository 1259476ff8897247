"""A file is worked through in whole lines, and from any place where it was left."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st
from pytest import MonkeyPatch  # noqa: PT013 - a type

from streams.gateway.uploads import portions as module
from streams.gateway.uploads.portions import Portion, portions
from streams.gateway.uploads.upload import Form

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)


def small(monkeypatch: MonkeyPatch, lines: int) -> None:
    """Let a portion have so many lines."""
    monkeypatch.setattr(module, "MOST_LINES", lines)


def split(content: bytes, form: Form, start: int = 0, lines: int = 0) -> list[Portion]:
    """Return all portions of a file."""
    return list(portions(io.BytesIO(content), form, start, lines))


def test_lines_are_counted_as_an_editor_counts_them(monkeypatch: MonkeyPatch) -> None:
    """Blank ones count and are left out; the last needs no end."""
    small(monkeypatch, 2)
    assert split(b'{"a":1}\n\n{"b":2}\n{"c":3}', Form.LINES) == [
        Portion(b"", (b'{"a":1}\n', b'{"b":2}\n'), (1, 3), 17, 3),
        Portion(b"", (b'{"c":3}\n',), (4,), 24, 4),
    ]


def test_each_portion_of_a_csv_file_has_its_head(monkeypatch: MonkeyPatch) -> None:
    """The head is line 1; a cell that is quoted over a line's end stays whole."""
    small(monkeypatch, 1)
    content = b'a,b\n1,"two\nlines"\n3,4\n'
    assert split(content, Form.CSV) == [
        Portion(b"a,b\n", (b'1,"two\nlines"\n',), (2,), 18, 3),
        Portion(b"a,b\n", (b"3,4\n",), (4,), 22, 4),
    ]


def test_a_file_without_lines_has_no_portions() -> None:
    """Neither has one that is a head alone."""
    assert [split(b"", Form.LINES), split(b"\n\n", Form.LINES), split(b"", Form.CSV), split(b"a,b\n", Form.CSV)] == [
        [],
        [],
        [],
        [],
    ]


def test_a_stray_quote_costs_its_own_line() -> None:
    """In the head, in a word, or at the beginning of a cell that nobody closes."""
    content = b'TV 19",b\n5",1\n"open,2\n' + b"3,4\n" * 200
    (portion,) = split(content, Form.CSV)
    assert portion.head == b'TV 19",b\n'
    assert portion.numbers == tuple(range(2, 204))
    assert portion.records[:3] == (b'5",1\n', b'"open,2\n', b"3,4\n")


def test_a_file_of_quotes_and_lines_is_read_in_bounded_steps() -> None:
    """Each line is looked at a bounded number of times."""
    (last,) = split(b'a\n"' + b"\n" * 200_000 + b"x\n", Form.CSV)
    assert (last.records, last.lines) == ((b'"\n', b"x\n"), 200_002)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=12), st.integers(1, 4), st.integers(0, 12))
def test_whatever_is_in_its_cells_a_file_can_be_left_after_any_portion(
    rows: list[list[str]], most: int, leave: int
) -> None:
    """The rows of all portions are the rows of the file, also when somebody goes on from a border."""
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([["x", "y"], *rows])
    content = text.getvalue().encode()
    with MonkeyPatch.context() as monkeypatch:
        small(monkeypatch, most)
        whole = split(content, Form.CSV)
        before = whole[:leave]
        place = (before[-1].end, before[-1].lines) if before else (0, 0)
        assert [*before, *split(content, Form.CSV, *place)] == whole
    found = [list(csv.reader(io.StringIO(each.body.decode(), newline=""))) for each in whole]
    assert all(each[0] == ["x", "y"] for each in found)
    assert [row for each in found for row in each[1:]] == rows
