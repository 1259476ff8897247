"""The options of one channel, read with the place and the remedy of everything that is wrong."""

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from streams.desk.notify.receiver import ChannelSpec
from streams.errors import SettingError

_INSIDE: Final = (".internal", ".local", ".localdomain", ".lan", ".svc", ".localhost")


class Options:
    """Each option may stand there itself (`url`), in a variable (`url_env`) or in a file (`url_file`).

    Secrets never stand there themselves. Whoever builds a channel asks for everything it knows, then calls `finish`.
    """

    def __init__(self, receiver: str, spec: ChannelSpec, environ: Mapping[str, str]) -> None:
        self.place = f"receivers: {receiver}: {spec.kind}"
        self._given = dict(spec.options)
        self._environ = environ
        self._known: set[str] = set()

    def text(self, name: str, default: str | None = None) -> str:
        """Return an option; without a default it has to be there."""
        self._known |= {name, f"{name}_env", f"{name}_file"}
        if name in self._given:
            return self._given[name]
        found = self._elsewhere(name)
        if found is None and default is None:
            raise self.error(f"`{name}` is missing", f"give {name}, {name}_env or {name}_file")
        return found if found is not None else default or ""

    def secret(self, name: str, default: str | None = None) -> str:
        """Return a secret, which must not stand in the configuration itself."""
        self._known |= {name, f"{name}_env", f"{name}_file"}
        if name in self._given:
            raise self.error(f"`{name}` is a secret", f"put it into a variable or a file: {name}_env or {name}_file")
        found = self._elsewhere(name)
        if found is None and default is None:
            raise self.error(f"`{name}` is missing", f"give {name}_env (a variable) or {name}_file (a path)")
        return found if found is not None else default or ""

    def url(self, name: str, default: str | None = None) -> str:
        """Return an address that may be sent to; without its last slash.

        It is the operator's word, so private addresses are fine (Alertmanager lives there); nothing of an alert gets
        into it. Plain HTTP is only for inside, and nothing goes to link-local addresses, where clouds keep secrets.
        """
        url = self.text(name, default).rstrip("/")
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme not in {"http", "https"} or not host or not url.isprintable() or " " in url:
            raise self.error(f"`{name}` is no address of the web", "give https://host/path")
        if parts.scheme == "http" and not is_inside(host):
            raise self.error(f"`{name}` would be sent in the clear", "give https://")
        if is_link_local(host):
            raise self.error(f"`{name}` is a link-local address", "give the address of the receiver itself")
        return url

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        """Return one of several words, the first one by default."""
        value = self.text(name, allowed[0])
        if value not in allowed:
            raise self.error(f"`{name}` is `{value}`", f"give one of {', '.join(allowed)}")
        return value

    def rest(self) -> dict[str, str]:
        """Return the options that nobody has asked for, and count them as known."""
        rest = {name: value for name, value in self._given.items() if name not in self._known}
        self._known |= rest.keys()
        return rest

    def finish(self) -> None:
        """Raise SettingError if something was given that the channel does not know."""
        unknown = sorted(self._given.keys() - self._known)
        if unknown:
            known = sorted(name for name in self._known if not name.endswith(("_env", "_file")))
            raise self.error(f"unknown option `{unknown[0]}`", f"it knows {', '.join(known)}")

    def error(self, message: str, remedy: str) -> SettingError:
        """Return the error that names this channel."""
        return SettingError(message, place=self.place, remedy=remedy)

    def _elsewhere(self, name: str) -> str | None:
        if variable := self._given.get(f"{name}_env"):
            value = self._environ.get(variable, "").strip()
            if not value:
                raise self.error(f"the variable {variable} is not set", f"set {variable}, or change `{name}_env`")
            return value
        if path := self._given.get(f"{name}_file"):
            try:
                value = Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise self.error(f"`{name}_file` cannot be read", "check the path and its rights") from error
            if not value:
                raise self.error(f"`{name}_file` is empty", "write the value into it")
            return value
        return None


def is_inside(host: str) -> bool:
    """Return whether a host is on this machine or network by its name or number."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith(_INSIDE)
    return address.is_private or address.is_loopback


def is_link_local(host: str) -> bool:
    """Return whether a host is a link-local number."""
    try:
        return ipaddress.ip_address(host).is_link_local
    except ValueError:
        return False
