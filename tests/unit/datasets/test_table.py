from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from streams.datasets.table import Row, rows
from streams.errors import LoadError, UsageError


def table(tmp_path: Path, text: str) -> Path:
    """Write a table and return its path."""
    path = tmp_path / "t.csv"
    path.write_text(text, "utf-8")
    return path


def test_cells_are_found_by_name_whatever_their_order(tmp_path: Path) -> None:
    """Columns may stand anywhere, texts may hold commas, quotes and line ends, and a byte order mark does no harm."""
    path = table(tmp_path, '\ufeffb,a,c\n" x ""y""\nz ",1.5,2018-08-15 04:10:37\n')
    (row,) = rows(path, ["a", "b", "c"])
    assert row.number("a") == 1.5
    assert row.optional("b") == 'x "y"\nz'
    assert row.moment("c") == datetime(2018, 8, 15, 4, 10, 37)  # noqa: DTZ001 (the table has no zone)


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (lambda row: row.text("c"), "2:3: `c` is empty"),
        (lambda row: row.number("b"), "2:2: `b` is not a number: 'two'"),
        (lambda row: row.moment("b"), "2:2: `b` is not a time such as 2018-08-15 04:10:37: 'two'"),
        (lambda row: row.known("a", {"2"}), "2:1: `a` names '1', which its own table does not have"),
    ],
)
def test_a_wrong_cell_is_named_with_line_and_column(
    tmp_path: Path, read: Callable[[Row], object], message: str
) -> None:
    """Whoever prepared the table can go to the place."""
    path = table(tmp_path, "a,b,c\n1,two,\n")
    (row,) = rows(path, ["a"])
    with pytest.raises(LoadError) as caught:
        read(row)
    assert str(caught.value).startswith(f"{path}:{message}")


def test_a_missing_column_is_named_with_what_is_there(tmp_path: Path) -> None:
    """The header is checked before any row."""
    path = table(tmp_path, "a,b\n1\n")
    with pytest.raises(UsageError, match=r"the header lacks `c`, `d` \(it has a, b\)") as caught:
        list(rows(path, ["c", "a", "d"]))
    assert caught.value.place == f"{path}:1"
    with pytest.raises(UsageError, match="it has nothing"):
        list(rows(table(tmp_path, ""), ["c"]))


def test_a_row_of_another_length_is_refused(tmp_path: Path) -> None:
    """A cut-off file is not read as if cells were empty."""
    with pytest.raises(LoadError, match="3:1: the row has 1 cells, the header 2"):
        list(rows(table(tmp_path, "a,b\n1,2\n3\n"), ["a"]))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The place is the file that should be there."""
    with pytest.raises(UsageError, match="there is no such file") as caught:
        list(rows(tmp_path / "t.csv", ["a"]))
    assert caught.value.place == str(tmp_path / "t.csv")
