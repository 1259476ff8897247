"""Where the golden files are: `<record>/<version>/<case>.bin`; what was written once is never written again."""

from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
SUFFIX: Final = ".bin"


def versions(record: str) -> list[int]:
    """Return the versions of a record of which there are files, the oldest first."""
    return sorted(int(path.name) for path in (HERE / record).glob("[0-9]*"))


def cases(record: str, version: int) -> dict[str, bytes]:
    """Return the files of one version by case."""
    return {path.stem: path.read_bytes() for path in sorted((HERE / record / str(version)).glob(f"*{SUFFIX}"))}


def write(record: str, version: int, found: dict[str, bytes]) -> list[Path]:
    """Write the cases that this version does not have yet; return what was written."""
    folder = HERE / record / str(version)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for case, content in found.items():
        path = folder / f"{case}{SUFFIX}"
        if not path.exists():
            path.write_bytes(content)
            written.append(path)
    return written
