"""Cases as CSV and Parquet, made page by page while they are sent, so that memory does not grow with their number."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from streams.codec.times import to_rfc3339
from streams.desk.access.viewer import Viewer
from streams.desk.api.filters import Filters, wanted
from streams.desk.api.operation import Call, Download
from streams.desk.service.port import Desk, Filter
from streams.desk.service.views import Page, Row

PAGE: Final = 500
GROUP: Final = 10  # pages in a row group of a Parquet file
_TEXT: Final = pa.string()
_WHEN: Final = pa.timestamp("ms", tz="UTC")
_LIST: Final = pa.list_(pa.string())
SCHEMA: Final = pa.schema(
    [
        ("case_id", _TEXT),
        ("number", pa.int64()),
        ("status", _TEXT),
        ("severity", _TEXT),
        ("moment", _TEXT),
        ("person", _TEXT),  # masked
        ("title", _TEXT),
        ("rules", _LIST),
        ("alerts", pa.int64()),
        ("opened_at", _WHEN),
        ("changed_at", _WHEN),
        ("due_at", _WHEN),
        ("assignee", _TEXT),
        ("team", _TEXT),
        ("snoozed_until", _WHEN),
        ("callback_at", _WHEN),
        ("tags", _LIST),
        ("incident", pa.int64()),
        ("rank", pa.float64()),
    ]
)
_TIMES: Final = frozenset(field.name for field in SCHEMA if field.type == _WHEN)
# What a spreadsheet may run, the wide signs of East Asian ones too.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "\uff1d", "\uff0b", "\uff0d", "\uff20")


async def as_csv(call: Call[Filters, None]) -> Download:
    """Return the cases as CSV: times in RFC 3339, lists with blanks between, nothing that a spreadsheet would run."""
    chunks = _csv(await _Pages.begin(call.desk, call.viewer, wanted(call.query)))
    return Download("cases.csv", "text/csv; charset=utf-8", chunks)


async def as_parquet(call: Call[Filters, None]) -> Download:
    """Return the cases as Parquet."""
    chunks = _parquet(await _Pages.begin(call.desk, call.viewer, wanted(call.query)))
    return Download("cases.parquet", "application/vnd.apache.parquet", chunks)


class BrokenOffError(Exception):
    """Raise when a page cannot be read any more: the connection breaks, so that nobody takes the rest for the whole."""


class _Pages:
    """The queue, page by page; a case that moves up or down meanwhile may be there twice, or be missed."""

    def __init__(self, desk: Desk, viewer: Viewer, asked: Filter, first: Page) -> None:
        self._desk = desk
        self.viewer = viewer
        self._asked = asked
        self._first = first

    @classmethod
    async def begin(cls, desk: Desk, viewer: Viewer, asked: Filter) -> "_Pages":
        """Read the first page, as long as there can still be an answer that says what is wrong."""
        return cls(desk, viewer, asked, await desk.queue(viewer, asked, limit=PAGE))

    async def rows(self) -> AsyncIterator[tuple[Row, ...]]:
        """Yield the rows of each page that has some."""
        page = self._first
        while page.rows:
            yield page.rows
            if not page.after:
                return
            try:
                page = await self._desk.queue(self.viewer, self._asked, after=page.after, limit=PAGE)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is raised again without its text
                # The server logs what is raised here; what failed may have the customer in its text.
                raise BrokenOffError(type(error).__name__) from None


async def _csv(pages: _Pages) -> AsyncIterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(SCHEMA.names)
    async for rows in pages.rows():
        writer.writerows([_cell(name, value) for name, value in _values(row, pages.viewer).items()] for row in rows)
        yield _taken(buffer).encode()
    yield _taken(buffer).encode()


async def _parquet(pages: _Pages) -> AsyncIterator[bytes]:
    buffer = _Sink()
    with pq.ParquetWriter(buffer, SCHEMA) as writer:
        group: list[dict[str, Any]] = []
        async for rows in pages.rows():
            group += [_values(row, pages.viewer) for row in rows]
            if len(group) >= PAGE * GROUP:
                writer.write_table(pa.Table.from_pylist(group, SCHEMA))
                group = []
                yield buffer.take()
        if group:
            writer.write_table(pa.Table.from_pylist(group, SCHEMA))
    yield buffer.take()


def _values(row: Row, viewer: Viewer) -> dict[str, Any]:
    """Return a row's values by column; a time of 0 is none."""
    values = {name: getattr(row, name) for name in SCHEMA.names}
    values["title"] = row.title.get(viewer.language) or row.title.get("en", "")
    return {name: (value or None) if name in _TIMES else value for name, value in values.items()}


def _cell(name: str, value: Any) -> Any:
    """Return what stands in a CSV cell."""
    if name in _TIMES:
        return value and to_rfc3339(value)
    if isinstance(value, tuple):
        value = " ".join(value)
    if isinstance(value, str):
        return f"'{value}" if value.lstrip(" ").startswith(_FORMULA) else value
    return value


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


class _Sink(io.RawIOBase):
    """A file that gives away what was written to it."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []
        self._size = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._size

    def write(self, data: Any) -> int:
        part = bytes(data)
        self._parts.append(part)
        self._size += len(part)
        return len(part)

    def take(self) -> bytes:
        """Return what has been written since the last time."""
        parts, self._parts = self._parts, []
        return b"".join(parts)
