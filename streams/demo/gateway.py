"""The demo's gateway: one `touchpoint gateway`, and a link to the page where a key is made and a touchpoint sent."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from streams.demo.child import Child
from streams.gateway.connect.admin import admin_token
from streams.gateway.connect.link import link

_READY: Final = ": ready at "


class Gateway(Child):
    """One process; `connect` is an address that opens the page for the person of the demo, once it is started."""

    def __init__(self, servers: str, folder: Path, port: int) -> None:
        self.connect = ""
        self._address = f"http://127.0.0.1:{port}"
        self._folder = folder
        command = ["gateway", "--bootstrap-servers", servers, "--port", str(port), "--data-dir", str(folder)]
        super().__init__("gateway", command, folder, {}, _READY)

    def start(self, launched: Callable[[int], None]) -> None:
        """Make the token, then start; a token that the user has set for another gateway is none of the demo's."""
        self.connect = link(self._address, admin_token({}, self._folder))
        super().start(launched)
