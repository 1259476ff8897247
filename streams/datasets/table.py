"""Published tables as CSV files, read so that whatever is wrong has a file, line and column."""

import csv
from collections.abc import Callable, Container, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, NoReturn, TypeVar

from streams.errors import Finding, LoadError, UsageError

T = TypeVar("T")
_REMEDY: Final = "take the table as it was published"


class Row:
    """One row; reading a cell that is not what it should be raises LoadError at its line and column."""

    def __init__(self, path: Path, line: int, cells: dict[str, str]) -> None:
        self._path, self._line, self._cells = path, line, cells

    def text(self, column: str) -> str:
        """Return the cell, which must not be empty."""
        return self._cells[column] or self._refuse(column, "is empty")

    def optional(self, column: str) -> str:
        """Return the cell without the blanks around it; it may be empty."""
        return self._cells[column].strip()

    def number(self, column: str) -> float:
        """Return the cell as a number."""
        return self._parsed(column, float, "is not a number")

    def moment(self, column: str) -> datetime:
        """Return the cell as a time; it has no zone unless the table wrote one."""
        return self._parsed(column, datetime.fromisoformat, "is not a time such as 2018-08-15 04:10:37")

    def known(self, column: str, names: Container[str]) -> str:
        """Return the cell, which must be one of `names`: another table's key."""
        text = self.text(column)
        return (
            text if text in names else self._refuse(column, f"names {text[:40]!r}, which its own table does not have")
        )

    def _parsed(self, column: str, parse: Callable[[str], T], complaint: str) -> T:
        text = self.text(column)
        try:
            return parse(text)
        except ValueError:
            self._refuse(column, f"{complaint}: {text[:40]!r}")

    def _refuse(self, column: str, complaint: str) -> NoReturn:
        position = list(self._cells).index(column) + 1
        raise LoadError([Finding(str(self._path), self._line, position, f"`{column}` {complaint}", _REMEDY)])


def rows(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of a CSV file whose header names at least `columns`; the order of its columns does not matter.

    A row's line is where it ends, since texts may hold line ends. Raises UsageError without the file or a column,
    LoadError for a row of another length.
    """
    if not path.is_file():
        raise UsageError("there is no such file", place=str(path), remedy=f"the folder must hold {path.name}")
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        header = next(reader, [])
        if missing := [column for column in columns if column not in header]:
            found = ", ".join(header[:12]) or "nothing"
            message = f"the header lacks {', '.join(f'`{column}`' for column in missing)} (it has {found})"
            raise UsageError(message, place=f"{path}:1", remedy=_REMEDY)
        for cells in reader:
            if len(cells) != len(header):
                message = f"the row has {len(cells)} cells, the header {len(header)}"
                raise LoadError([Finding(str(path), reader.line_num, 1, message, _REMEDY)])
            yield Row(path, reader.line_num, dict(zip(header, cells, strict=True)))
