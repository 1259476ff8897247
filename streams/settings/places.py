"""Where the shipped files are: in a checkout beside the package, in an installed wheel inside it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).resolve().parent.parent


def _shipped(name: str) -> Path:
    inside = _PACKAGE / "_shipped" / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


SCHEMAS: Final = _shipped("schemas")
DEPLOY: Final = _shipped("deploy")
_PACK: Final = "deploy/rules"  # as settings call the shipped rules


def rules(paths: Iterable[str]) -> tuple[str, ...]:
    """Return where rules are: `deploy/rules` is the shipped pack, also where the process runs in another folder."""
    return tuple(str(DEPLOY / "rules") if path == _PACK and not Path(path).exists() else path for path in paths)
