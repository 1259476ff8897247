"""Secrets from the environment: the value itself, or a file that holds it, as secret stores mount them."""

from collections.abc import Mapping
from pathlib import Path

from streams.errors import SettingError


def read(environ: Mapping[str, str], name: str) -> str:
    """Return the secret of `NAME` or of the file that `NAME_FILE` names; empty where neither is set.

    Raises SettingError for a file that cannot be read, and where both are set.
    """
    value, path = environ.get(name, ""), environ.get(f"{name}_FILE", "")
    if value and path:
        raise SettingError(f"{name} and {name}_FILE are both set", place=name, remedy="keep one of them")
    if not path:
        return value
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        message = f"the file of {name} cannot be read"
        raise SettingError(message, place=f"{name}_FILE", remedy="see its path and mode") from error
