"""What Segment's names stand for: `schemas/aliases/segment.yaml`."""

from functools import cache
from typing import Final

from streams import documents
from streams.documents import Mapping, Scalar
from streams.settings import places

CALLS: Final = frozenset({"page", "screen", "identify", "alias"})  # in the table beside the events of track calls
MAX_CHARS: Final = 128  # of a name that is looked up; a longer one is none of ours


def type_of_call(call: str) -> str:
    """Return the type that one of CALLS stands for; the call itself where the table does not say."""
    return _aliases().get(call, call)


def type_of_event(name: str) -> str:
    """Return the type that an event's name stands for, empty where the table does not say.

    Case, and spaces around words, make no difference.
    """
    plain = " ".join(name.split()).lower() if len(name) <= MAX_CHARS else ""
    return _aliases().get(plain, "") if plain not in CALLS else ""


@cache
def _aliases() -> dict[str, str]:
    path = places.SCHEMAS / "aliases" / "segment.yaml"
    root = documents.read(path.read_text("utf-8"), str(path))
    for key, table in root.entries.items() if isinstance(root, Mapping) else ():
        if key.text == "aliases" and isinstance(table, Mapping):
            return {name.text.lower(): type_.text for name, type_ in table.entries.items() if isinstance(type_, Scalar)}
    return {}
