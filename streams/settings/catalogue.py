"""All settings that there are, by name: those of processes, of the worker's lane, of Kafka's clients, and secrets."""

import difflib
import re
from typing import Final

from streams.settings.canary import CANARY
from streams.settings.declared import Part, Secret
from streams.settings.further import FAMILY_SHAPES, Further
from streams.settings.kafka import KAFKA
from streams.settings.lane import LANE
from streams.settings.setting import Setting, declared_in
from streams.settings.settings import Settings

HANDED: Final = declared_in(Settings)  # to processes
FURTHER: Final = declared_in(Further)
SETTINGS: Final[dict[str, Setting]] = {each.name: each for each in (*HANDED, *KAFKA, *LANE, *CANARY, *FURTHER)}
VARIABLES: Final[dict[str, Setting]] = {each.variable: each for each in SETTINGS.values()}
FILE_VARIABLES: Final[dict[str, Setting]] = {
    each.file_variable: each for each in SETTINGS.values() if each.file_variable
}
NOT_IN_FILE: Final = {
    each.name for each in SETTINGS.values() if each.declared.secret is Secret.WHOLE or each in FURTHER
}
IN_FILE: Final = tuple(name for name in SETTINGS if name not in NOT_IN_FILE)


def of_part(part: Part) -> tuple[Setting, ...]:
    """Return what a process uses."""
    return tuple(each for each in SETTINGS.values() if part in each.declared.users)


def is_variable(name: str) -> bool:
    """Return whether a variable of the environment is one of ours."""
    known = name in VARIABLES or name in FILE_VARIABLES
    return known or any(re.fullmatch(shape, name) for shape in FAMILY_SHAPES)


def suggestion(name: str, known: tuple[str, ...]) -> str:
    """Return the remedy for a name that nobody knows."""
    near = difflib.get_close_matches(name, known, 1)
    return f"did you mean {near[0]}?" if near else "`touchpoint config show` lists what there is"
