"""Where the shipped files are: in a checkout beside the package, in an installed wheel inside it."""

from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).resolve().parent.parent


def _shipped(name: str) -> Path:
    inside = _PACKAGE / "_shipped" / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


SCHEMAS: Final = _shipped("schemas")
DEPLOY: Final = _shipped("deploy")
