"""What is looked at: a deployment as its settings describe it."""

import contextlib
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from streams.errors import SettingError
from streams.settings.canary import KEY, canary_settings
from streams.settings.catalogue import HANDED
from streams.settings.declared import EVERY, Part
from streams.settings.effective import Resolved
from streams.settings.lane import LaneSettings, lane_settings
from streams.settings.settings import Settings

_EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}  # noqa: S104 - to listen, not to call


class Patient(msgspec.Struct, frozen=True, kw_only=True):
    """`now` is this machine's clock in seconds; clocks may differ from it by `skew_sec`."""

    settings: Settings
    problems: tuple[SettingError, ...] = ()  # of the settings
    environ: Mapping[str, str] = {}
    parts: tuple[Part, ...] = EVERY
    now: Callable[[], float] = time.time
    skew_sec: float = 2.0

    @property
    def addresses(self) -> dict[str, str]:
        """Where its processes are reached, by what they are called; several workers have a number."""
        settings = self.settings
        found: dict[str, str] = {}
        if Part.WORKER in self.parts:
            many = len(settings.workers) > 1
            found |= {
                f"worker {number}" if many else "worker": url.rstrip("/")
                for number, url in enumerate(settings.workers, 1)
            }
        if Part.GATEWAY in self.parts:
            scheme = "https" if settings.gateway_tls_cert else "http"
            found["gateway"] = _address(scheme, settings.gateway_host, settings.gateway_port)
        if Part.DESK in self.parts:
            found["desk"] = _address("http", settings.desk_host, settings.desk_port)
        if self._has_canary:
            with contextlib.suppress(SettingError):  # said by the check of the settings
                canary = canary_settings(self.environ)
                found["canary"] = _address("http", canary.host, canary.port)
        return found

    @property
    def _has_canary(self) -> bool:
        """A deployment may do without one: it has one when it was asked for, or has its key here."""
        has_key = any(self.environ.get(name) for name in (KEY, f"{KEY}_FILE"))
        return Part.CANARY in self.parts and (has_key or set(self.parts) != set(EVERY))

    @property
    def lane(self) -> LaneSettings:
        """How its workers work; the defaults where a setting is wrong, which is said by the check of the settings."""
        try:
            return lane_settings(self.environ)
        except SettingError:
            return LaneSettings()

    @property
    def folder(self) -> Path:
        """Its data folder."""
        return Path(self.settings.data_dir).absolute()


def settings_of(resolved: Resolved) -> Settings:
    """Return what processes would be handed."""
    return Settings(**{each.field: resolved.values[each.name].value for each in HANDED if each.name in resolved.values})  # type: ignore[arg-type] # each as it is declared


def _address(scheme: str, host: str, port: int) -> str:
    return f"{scheme}://{_EVERYWHERE.get(host, host)}:{port}"
