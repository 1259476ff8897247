"""What a container finds by names and paths, on one machine: where docker-compose.yml and a rehearsal differ.

- A service has an address of its own on the loopback (127.a.b.n), so that all ports stay as they are. The name of a
  service in front of a port becomes its address; a word with the name of a scaled service becomes one word for each
  replica. Where it listens (0.0.0.0) and where it asks itself (127.0.0.1) is its own address.
- A path of a mount, of a secret or of a tmpfs becomes the path of its folder in the rehearsal.
- `@hostname`, which is another one in each container, becomes the name of the replica.
- Prometheus finds replicas by DNS; here they are listed.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

_OWN: Final = re.compile(r"(?<![\w.])(?:0\.0\.0\.0|127\.0\.0\.1|localhost)(?![\w.])")


class Place(msgspec.Struct, frozen=True):
    """Where one replica lives: its name, its address, and its paths (of the container -> of this machine)."""

    name: str
    host: str
    paths: Mapping[str, str]


class Translation:
    """Knows the addresses of all services."""

    def __init__(self, hosts: Mapping[str, Sequence[str]]) -> None:
        """`hosts`: service -> the addresses of its replicas."""
        self._hosts = hosts
        names = "|".join(sorted(map(re.escape, hosts), key=len, reverse=True))
        self._service = re.compile(rf"(?<![\w./-])(?P<lead>//)?(?P<name>{names})(?=:\d)")

    def text(self, text: str, place: Place) -> str:
        """Return a setting or an argument as the replica at this place needs it."""
        return self._placed("".join(map(self._word, re.split(r"(\s+)", text))), place)

    def file(self, text: str, place: Place) -> str:
        """Return the text of a file; a scaled service is its first replica there."""
        return self._placed(self._named(text, 0), place)

    def listed(self, config: Any) -> Any:
        """Return a configuration of Prometheus with what it would find by DNS as static targets."""
        if isinstance(config, list):
            return [self.listed(each) for each in config]
        if not isinstance(config, dict):
            return config
        found = {key: self.listed(value) for key, value in config.items() if key != "dns_sd_configs"}
        for asked in config.get("dns_sd_configs", ()):
            hosts = [host for name in asked["names"] for host in self._hosts.get(name, ())]
            targets = {"targets": [f"{host}:{asked['port']}" for host in hosts]}
            found["static_configs"] = [*found.get("static_configs", ()), targets]
        return found

    def _word(self, word: str) -> str:
        """Return the word once for each replica that it may mean."""
        replicas = max((len(self._hosts[found["name"]]) for found in self._service.finditer(word)), default=1)
        return " ".join(self._named(word, number) for number in range(replicas))

    def _named(self, text: str, number: int) -> str:
        """Replace names by addresses: that of this replica, or of the last one there is."""

        def address(found: re.Match[str]) -> str:
            hosts = self._hosts[found["name"]]
            return (found["lead"] or "") + hosts[min(number, len(hosts) - 1)]

        return self._service.sub(address, text)

    def _placed(self, text: str, place: Place) -> str:
        """Replace what means the replica itself, and its paths."""
        text = _OWN.sub(place.host, text).replace("@hostname", place.name)
        for inside in sorted(place.paths, key=len, reverse=True):
            text = re.sub(rf"(?<![\w/.]){re.escape(inside)}(?![\w-])", place.paths[inside], text)
        return text
