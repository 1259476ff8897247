"""The secret that opens the page: of the environment, or made once in the data folder, where its owner finds it."""

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from streams import durable
from streams.errors import SettingError
from streams.settings.secrets import read

VARIABLE: Final = "TOUCHPOINT_GATEWAY_ADMIN_TOKEN"
SHORTEST: Final = 32  # characters; below that it could be guessed
_REMEDY: Final = f"set {VARIABLE}, or {VARIABLE}_FILE to a file that holds it, to at least {SHORTEST} random characters"
_BYTES: Final = 32


def admin_token(environ: Mapping[str, str], data_dir: Path) -> str:
    """Return the token; raise SettingError for one that cannot be read or could be guessed.

    Without a variable it is in the data folder, for all processes that share it: who may read that may make keys
    anyway. It is made there when it is first asked for, and read by its owner alone.
    """
    if given := read(environ, VARIABLE).strip():
        return _checked(given, VARIABLE)
    path = data_dir / "gateway" / "admin.token"
    _make(path)
    return _checked(_read(path), str(path))


def _checked(text: str, place: str) -> str:
    if len(text) < SHORTEST:
        raise SettingError(f"the token has {len(text)} characters", place=place, remedy=_REMEDY)
    return text


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError("the token cannot be read", place=str(path), remedy=_REMEDY) from error


def _make(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        durable.made_once(path, f"{secrets.token_urlsafe(_BYTES)}\n")
    except OSError as error:
        raise SettingError(f"no token can be made: {error.strerror}", place=str(path), remedy=_REMEDY) from error
