"""Settings of the canary, and the secret that it shares with the desk; every one can be given in the environment."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import msgspec

from streams import durable
from streams.errors import SettingError
from streams.settings.declared import Declared, Holds, Part
from streams.settings.secrets import read
from streams.settings.setting import Setting, declared_in, said_in

PREFIX: Final = "TOUCHPOINT_CANARY_"
KEY: Final = f"{PREFIX}KEY"
SECRET: Final = f"{PREFIX}SECRET"
_BYTES: Final = 32


_CANARY: Final = (Part.CANARY,)


class CanarySettings(msgspec.Struct, frozen=True, kw_only=True):
    """Environment names are `TOUCHPOINT_CANARY_` plus the field in capitals."""

    interval_sec: Annotated[float, Declared("A round begins this often.", _CANARY, "", least=0.05, most=86_400)] = 30.0
    timeout_sec: Annotated[
        float, Declared("What is not heard after this is missing.", _CANARY, "", least=0.05, most=86_400)
    ] = 30.0
    gateway: Annotated[str, Declared("Where touchpoints are sent.", _CANARY, "", holds=Holds.URL)] = (
        "http://127.0.0.1:9104"
    )
    host: Annotated[str, Declared("Where it listens, for the desk's notice and for scrapes.", _CANARY, "")] = (
        "127.0.0.1"
    )
    port: Annotated[int, Declared("For the notice, /metrics and /readyz.", _CANARY, "", least=0, most=65_535)] = 9105
    url: Annotated[str, Declared("Where the desk tells it.", (Part.CANARY, Part.DESK), "", holds=Holds.URL)] = (
        "http://127.0.0.1:9105/heard"
    )


CANARY: Final[tuple[Setting, ...]] = declared_in(CanarySettings, "canary_")


def canary_settings(environ: Mapping[str, str] = os.environ) -> CanarySettings:
    """Read the settings from the environment; raise SettingError for a value that cannot be."""
    return CanarySettings(**said_in(environ, CANARY))


def shared_secret(environ: Mapping[str, str], data_dir: Path) -> str:
    """Return what the desk's notices to the canary are signed with: the one that is set, else that of the data folder.

    There it is made once; so without a word of settings it works where both have one data folder, and nowhere else.
    """
    if given := read(environ, SECRET):
        return given
    file = data_dir / "canary.secret"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        durable.made_once(file, secrets.token_urlsafe(_BYTES))
        return file.read_text("utf-8").strip()
    except OSError as error:
        message = f"the canary's secret cannot be kept ({error.strerror})"
        raise SettingError(message, place=str(file), remedy=f"set {SECRET}, the same for desk and canary") from error
