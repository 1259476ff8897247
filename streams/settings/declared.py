"""What is said of a setting beside its type and default: options, documentation and checks are made of it."""

from enum import StrEnum
from typing import Final

import msgspec


class Part(StrEnum):
    """A process that uses a setting; `commands` are the verbs that end by themselves."""

    WORKER = "worker"
    GATEWAY = "gateway"
    DESK = "desk"
    CANARY = "canary"
    COMMANDS = "commands"


class Secret(StrEnum):
    """What of a value must not be seen: nothing, all of it, or the password that a URL may bear.

    What is secret may also come from the file that `<variable>_FILE` names.
    """

    NONE = "none"
    WHOLE = "whole"
    URL = "url"


class Holds(StrEnum):
    """What a text stands for, so that it can be checked before anything starts."""

    TEXT = "text"
    FILE = "file"  # must be there
    FOLDER = "folder"  # must be there
    PATH = "path"  # a file or a folder, must be there
    HOME = "home"  # a folder that is made when it is not there
    URL = "url"
    ZONE = "zone"  # a time zone
    NETWORK = "network"  # an address with the bits that count, 10.0.0.0/8
    SERVERS = "servers"  # host:port, several with commas


PROCESSES: Final = (Part.WORKER, Part.GATEWAY, Part.DESK, Part.CANARY)
EVERY: Final = (*PROCESSES, Part.COMMANDS)


class Declared(msgspec.Struct, frozen=True):
    """One setting in words and bounds.

    `flag`: on the command line of its users; `--` is made of the name, an empty one leaves it to environment and file.
    `least` and `most` are allowed themselves. `shape` is a regular expression that a whole text must match.
    """

    help: str
    users: tuple[Part, ...] = EVERY
    flag: str = "--"
    metavar: str = ""
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    holds: Holds = Holds.TEXT
    shape: str = ""
    secret: Secret = Secret.NONE
    example: str = ""
