"""The files beside pages; their addresses carry their content, so that a browser may keep them forever."""

import hashlib
from pathlib import Path
from typing import Final

import msgspec

_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class Asset(msgspec.Struct, frozen=True):
    """One file."""

    path: str
    media_type: str
    content: bytes


class Assets:
    """All of a folder, read once; `prefix` is the path below which they are served."""

    def __init__(self, folder: Path, prefix: str) -> None:
        self._by_name: dict[str, Asset] = {}
        for file in sorted(folder.iterdir()):
            if file.suffix in _TYPES:
                content = file.read_bytes()
                digest = hashlib.sha256(content).hexdigest()[:16]
                self._by_name[file.name] = Asset(f"{prefix}/{digest}/{file.name}", _TYPES[file.suffix], content)
        self._by_path = {asset.path: asset for asset in self._by_name.values()}

    def address(self, name: str) -> str:
        """Return where a page finds it."""
        return self._by_name[name].path

    def find(self, path: str) -> Asset | None:
        """Return the file at an address; None where its content is another by now."""
        return self._by_path.get(path)
