"""The Avro schemas that ship with the program: `schemas/avro/<record>/<version>.avsc`, with their declared ids."""

from functools import cache
from pathlib import Path
from typing import Any, Final

import fastavro
import msgspec

from streams.settings.places import SCHEMAS

RECORDS: Final = ("touchpoint", "alert", "dead_letter", "stat", "crowd_count")
ID_ATTRIBUTE: Final = "schema_id"


class Shipped(msgspec.Struct, frozen=True):
    """One version of one record. `schema_id` is the id it travels under where no registry gives another."""

    record: str
    version: int
    schema_id: int
    text: str
    parsed: dict[str, Any]


def load(path: Path) -> Shipped:
    """Read one schema; its folder names the record and its stem the version."""
    text = path.read_text(encoding="utf-8")
    declared = msgspec.json.decode(text)
    return Shipped(
        record=path.parent.name,
        version=int(path.stem),
        schema_id=declared.pop(ID_ATTRIBUTE),
        text=text,
        parsed=parse(declared),
    )


def parse(declared: Any) -> Any:
    """Parse a schema as its JSON says it, sharing no names with other schemas; raises on a schema that is none."""
    parsed = fastavro.parse_schema(declared, named_schemas={})
    for field in parsed.get("fields", ()) if isinstance(parsed, dict) else ():
        # In a schema's JSON the default of bytes is text, one character a byte; the reader takes it as it stands.
        if field["type"] == "bytes" and isinstance(field.get("default"), str):
            field["default"] = field["default"].encode("latin-1")
    return parsed


def load_all(folder: Path) -> tuple[Shipped, ...]:
    """Read every version of the record that a folder holds, oldest first."""
    return tuple(sorted(map(load, folder.glob("*.avsc")), key=lambda shipped: shipped.version))


@cache
def versions(record: str) -> tuple[Shipped, ...]:
    """Return every shipped version of a record, oldest first."""
    return load_all(SCHEMAS / "avro" / record)


def latest(record: str) -> Shipped:
    """Return the version that we write and read as."""
    return versions(record)[-1]
