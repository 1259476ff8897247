"""The name of one process among several: what was set, or the name of the machine or container it runs on."""

import socket
from typing import Final

OF_HOST: Final = "@hostname"


def instance_name(setting: str) -> str:
    """Return the name; `@hostname` stands for that of the machine, as one setting for many containers needs it."""
    return socket.gethostname() if setting == OF_HOST else setting
