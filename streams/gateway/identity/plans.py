"""What is done with each known field, compiled from its privacy class in `schemas/events/<type>.json`."""

import json
from collections.abc import Iterable, Mapping
from enum import Enum, auto
from pathlib import Path
from typing import Any, Final

import msgspec

from streams.errors import Finding, LoadError


class Treatment(Enum):
    """What happens to a text in a field; everything but REMOVE leaves numbers, true and false alone."""

    PASS = auto()  # its schema allows nothing but a few words, or an instant
    KEY = auto()  # names another customer: becomes the key that this name gives, whatever its digits look like
    ID = auto()  # names an object or, by a pseudonym, a person: detectors, but digits are its own
    WORDS = auto()  # may be anything: detectors, and phone numbers of the region where it is more than one word
    PROSE = auto()  # what a customer wrote or did: all detectors
    REMOVE = auto()  # goes no further


class Plan(msgspec.Struct, frozen=True):
    """What is done with the fields of an object; `inside` has the plans of those that hold objects, or lists of them.

    A field that is missing here is unknown.
    """

    treatments: Mapping[str, Treatment] = {}
    inside: Mapping[str, "Plan"] = {}


UNKNOWN: Final = Plan()
_LINKS: Final = "identity."
_CLASSES: Final = {
    "none": Treatment.WORDS,
    "pseudonymous": Treatment.ID,
    "personal": Treatment.PROSE,
    "sensitive": Treatment.REMOVE,
}


def load(folders: Iterable[Path]) -> dict[str, Plan]:
    """Return the plan of each type; a later folder's file replaces an earlier one's.

    A field without a class, or with one of another name, is taken for a personal one. Raises LoadError for a file that
    is not JSON.
    """
    paths = {path.stem: path for folder in folders for path in sorted(folder.glob("*.json"))}
    return {name: _of_type(name, compiled(_read(path))) for name, path in paths.items()}


def _of_type(name: str, plan: Plan) -> Plan:
    """Return the plan of a type: what links two customers names one of them in its pseudonymous fields."""
    if not name.startswith(_LINKS):
        return plan
    keys = {field for field, treatment in plan.treatments.items() if treatment is Treatment.ID}
    return Plan({**plan.treatments, **dict.fromkeys(keys, Treatment.KEY)}, plan.inside)


def compiled(schema: Any) -> Plan:
    """Return the plan of a JSON Schema's properties; of a list, that of its items."""
    if not isinstance(schema, dict):
        return UNKNOWN
    if isinstance(items := schema.get("items"), dict) and "properties" not in schema:
        return compiled(items)
    properties = schema.get("properties")
    fields = {name: field for name, field in properties.items() if isinstance(field, dict)} if properties else {}
    inside = {name: plan for name, field in fields.items() if (plan := compiled(field)) != UNKNOWN}
    return Plan({name: _treatment(field) for name, field in fields.items()}, inside)


def _treatment(field: Mapping[str, Any]) -> Treatment:
    treatment = _CLASSES.get(field.get("x-personal", ""), Treatment.PROSE)
    if treatment is not Treatment.REMOVE and ("enum" in field or field.get("format") == "date-time"):
        return Treatment.PASS  # what it does not allow is refused
    return treatment


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except json.JSONDecodeError as error:
        finding = Finding(str(path), error.lineno, error.colno, f"not JSON: {error.msg}", "mend the schema")
        raise LoadError([finding]) from error
