"""One HTTP request of a provider or a library as plain data, for adapters that know nothing of a web framework."""

from collections.abc import Mapping

import msgspec


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """A whole request.

    `headers` has lower-case names, `query` the last value of each name. `url` is the public address that was called,
    which some signatures cover. `body` is decompressed.
    """

    method: str = "POST"
    url: str = ""
    headers: Mapping[str, str] = {}
    query: Mapping[str, str] = {}
    body: bytes = b""
