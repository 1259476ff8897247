"""Cases as Parquet; needs pyarrow, which is an extra."""

import io
from collections.abc import AsyncIterator
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from streams.desk.api.export import COLUMNS, PAGE, TIMES, Pages, values_of

GROUP: Final = 10  # pages in a row group
_NUMBERS: Final = {"number": pa.int64(), "alerts": pa.int64(), "incident": pa.int64(), "rank": pa.float64()}
_LISTS: Final = ("rules", "tags")


def _type(column: str) -> Any:
    if column in TIMES:
        return pa.timestamp("ms", tz="UTC")
    return pa.list_(pa.string()) if column in _LISTS else _NUMBERS.get(column, pa.string())


SCHEMA: Final = pa.schema([(column, _type(column)) for column in COLUMNS])


async def chunks_of(pages: Pages) -> AsyncIterator[bytes]:
    """Yield the file, a row group at a time."""
    buffer = _Sink()
    with pq.ParquetWriter(buffer, SCHEMA) as writer:
        group: list[dict[str, Any]] = []
        async for rows in pages.rows():
            group += [values_of(row, pages.viewer) for row in rows]
            if len(group) >= PAGE * GROUP:
                writer.write_table(pa.Table.from_pylist(group, SCHEMA))
                group = []
                yield buffer.take()
        if group:
            writer.write_table(pa.Table.from_pylist(group, SCHEMA))
    yield buffer.take()


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
