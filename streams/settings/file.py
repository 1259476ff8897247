"""The settings file: TOML, one key a setting, below the environment, which is below the flags."""

import difflib
import os
import tomllib
from collections.abc import MutableMapping
from pathlib import Path
from typing import Final

import msgspec

from streams.errors import SettingError
from streams.settings.settings import Settings

PREFIX: Final = "TOUCHPOINT_"
KNOWN: Final = tuple(field.name for field in msgspec.structs.fields(Settings))


def apply(path: Path, environ: MutableMapping[str, str] = os.environ) -> None:
    """Give the settings of a file to the environment where it does not have them; lists become `a b c` as click reads.

    Raises:
        SettingError: the file cannot be read, is no TOML, or has a key that is no setting.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingError(f"cannot read: {error.strerror}", place=str(path), remedy="name a settings file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(f"no TOML: {error}", place=str(path), remedy="write lines like partitions = 8") from error
    for name, value in found.items():
        if name not in KNOWN:
            near = difflib.get_close_matches(name, KNOWN, 1)
            remedy = f"did you mean {near[0]}?" if near else f"the settings are {', '.join(KNOWN)}"
            raise SettingError(f"unknown setting `{name}`", place=str(path), remedy=remedy)
        environ.setdefault(PREFIX + name.upper(), " ".join(value) if isinstance(value, list) else str(value))
