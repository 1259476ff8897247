"""One request as the server hands it over; what costs something is read when it is first asked for."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from streams.gateway.incoming import Incoming

MOST_FIELDS: Final = 100  # of a query
_NO_QUERY: Final[Mapping[str, str]] = {}


class Request:
    """Method, headers and query; `body` is put there once it has been read and decompressed."""

    __slots__ = ("_media_type", "_query", "body", "headers", "method", "scope")

    def __init__(self, scope: Any) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.headers: dict[bytes, bytes] = dict(scope["headers"])  # of several with one name, the last
        self.body = b""
        self._query: Mapping[str, str] | None = None
        self._media_type: str | None = None

    def header(self, name: bytes) -> str:
        """Return a header by its lower-case name; empty where it is not there."""
        return self.headers.get(name, b"").decode("latin-1")

    @property
    def query(self) -> Mapping[str, str]:
        """The last value of each name; nothing where there are too many."""
        if self._query is None:
            raw: bytes = self.scope["query_string"]
            self._query = _query(raw) if raw else _NO_QUERY
        return self._query

    @property
    def media_type(self) -> str:
        """What the body is, in lower case and without parameters; empty where nobody says."""
        if self._media_type is None:
            self._media_type = self.header(b"content-type").partition(";")[0].strip().lower()
        return self._media_type

    @property
    def origin(self) -> str:
        """The origin of the page that sends it; empty outside of browsers."""
        return self.header(b"origin") if b"origin" in self.headers else ""

    def incoming(self, base_url: str) -> Incoming:
        """Return the whole of it as adapters know it, under the address by which the world calls us."""
        path: bytes = (self.scope.get("raw_path") or self.scope["path"].encode()).partition(b"?")[0]
        raw: bytes = self.scope["query_string"]
        return Incoming(
            method=self.method,
            url=base_url + path.decode("latin-1") + (f"?{raw.decode('latin-1')}" if raw else ""),
            headers={name.decode("latin-1"): value.decode("latin-1") for name, value in self.headers.items()},
            query=self.query,
            body=self.body,
        )


def _query(raw: bytes) -> Mapping[str, str]:
    try:
        return dict(parse_qsl(raw.decode("latin-1"), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        return _NO_QUERY
