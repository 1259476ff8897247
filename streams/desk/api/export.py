"""Cases as CSV and Parquet, made page by page while they are sent, so that memory does not grow with their number."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Any, Final

from streams.codec.times import to_rfc3339
from streams.desk.access.viewer import Viewer
from streams.desk.api.filters import Filters, wanted
from streams.desk.api.operation import Call, Download
from streams.desk.api.problems import Code, Problem
from streams.desk.service.port import Desk, Filter
from streams.desk.service.views import Page, Row

PAGE: Final = 500
COLUMNS: Final = (
    "case_id", "number", "status", "severity", "moment", "person", "title", "rules", "alerts", "opened_at",
    "changed_at", "due_at", "assignee", "team", "snoozed_until", "callback_at", "tags", "incident", "rank",
)  # fmt: skip
TIMES: Final = frozenset({"opened_at", "changed_at", "due_at", "snoozed_until", "callback_at"})
NO_PARQUET: Final = "Parquet needs the package pyarrow: pip install 'touchpoint-tracker[parquet]'"
# What a spreadsheet may run, the wide signs of East Asian ones too.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "\uff1d", "\uff0b", "\uff0d", "\uff20")


async def as_csv(call: Call[Filters, None]) -> Download:
    """Return the cases as CSV: times in RFC 3339, lists with blanks between, nothing that a spreadsheet would run."""
    chunks = _csv(await Pages.begin(call.desk, call.viewer, wanted(call.query)))
    return Download("cases.csv", "text/csv; charset=utf-8", chunks)


async def as_parquet(call: Call[Filters, None]) -> Download | Problem:
    """Return the cases as Parquet, where the package for it is installed."""
    try:
        from streams.desk.api.parquet import chunks_of  # noqa: PLC0415 - an extra, which an image does without
    except ImportError:
        return Problem(reason=Code.NOT_INSTALLED, detail=NO_PARQUET)
    chunks = chunks_of(await Pages.begin(call.desk, call.viewer, wanted(call.query)))
    return Download("cases.parquet", "application/vnd.apache.parquet", chunks)


class BrokenOffError(Exception):
    """Raise when a page cannot be read any more: the connection breaks, so that nobody takes the rest for the whole."""


class Pages:
    """The queue, page by page; a case that moves up or down meanwhile may be there twice, or be missed."""

    def __init__(self, desk: Desk, viewer: Viewer, asked: Filter, first: Page) -> None:
        self._desk = desk
        self.viewer = viewer
        self._asked = asked
        self._first = first

    @classmethod
    async def begin(cls, desk: Desk, viewer: Viewer, asked: Filter) -> "Pages":
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


async def _csv(pages: Pages) -> AsyncIterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    async for rows in pages.rows():
        writer.writerows([_cell(name, value) for name, value in values_of(row, pages.viewer).items()] for row in rows)
        yield _taken(buffer).encode()
    yield _taken(buffer).encode()


def values_of(row: Row, viewer: Viewer) -> dict[str, Any]:
    """Return a row's values by column; a time of 0 is none."""
    values = {name: getattr(row, name) for name in COLUMNS}
    values["title"] = row.title.get(viewer.language) or row.title.get("en", "")
    return {name: (value or None) if name in TIMES else value for name, value in values.items()}


def _cell(name: str, value: Any) -> Any:
    """Return what stands in a CSV cell."""
    if name in TIMES:
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
