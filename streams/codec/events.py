"""Check the data of touchpoints against the JSON Schema of their type."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs
import msgspec

from streams.codec.shapes import Shape
from streams.errors import Finding, LoadError
from streams.settings import places
from streams.touchpoints.touchpoint import Touchpoint

_MASK = "the value"  # what a customer wrote never gets into a message
_decode = msgspec.json.Decoder().decode


class Problem(NamedTuple):
    """One thing wrong with a touchpoint: a JSON pointer into its JSON form, and why; never the value itself."""

    pointer: str
    reason: str


class EventSchemas:
    """The schemas of a set of folders, each `<type>.json`; a later folder's file replaces an earlier one's.

    A schema is read and compiled when the first touchpoint of its type comes, and kept. A type without a schema may
    carry any JSON object.
    """

    def __init__(self, folders: Iterable[Path] = (places.SCHEMAS / "events",)) -> None:
        self._paths = {path.stem: path for folder in folders for path in sorted(folder.glob("*.json"))}
        self._validators: dict[str, jsonschema_rs.Draft202012Validator] = {}
        self._shapes: dict[str, Shape] = {}

    def validate(self, touchpoint: Touchpoint) -> list[Problem]:
        """Return what is wrong with the data of `touchpoint`; empty when nothing is.

        Raises LoadError when the schema of its type is not a JSON Schema.
        """
        try:
            data = _decode(touchpoint.data or b"{}")
        except (msgspec.DecodeError, UnicodeDecodeError):
            return [Problem("/data", "is not JSON")]
        if not isinstance(data, dict):
            return [Problem("/data", "is not a JSON object")]
        return self.validate_object(touchpoint.type, data)

    def validate_object(self, type_: str, data: dict[str, Any]) -> list[Problem]:
        """Return what is wrong with decoded data of a type; raises LoadError as `validate` does."""
        shape = self._shapes.get(type_)
        if shape is not None and shape.is_usual(data):
            return []
        validator = self._validator(type_)
        if validator is None:
            return []
        if validator.is_valid(data):
            self._shapes[type_].learn(data)
            return []
        return [Problem(_pointer(error.instance_path), error.message) for error in validator.iter_errors(data)]

    def _validator(self, name: str) -> jsonschema_rs.Draft202012Validator | None:
        if name in self._paths and name not in self._validators:
            path = self._paths[name]
            schema = _read(path)
            self._validators[name] = _compiled(path, schema)
            self._shapes[name] = Shape(schema)
        return self._validators.get(name)


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except json.JSONDecodeError as error:
        finding = Finding(str(path), error.lineno, error.colno, f"not JSON: {error.msg}", "mend the schema")
        raise LoadError([finding]) from error


def _compiled(path: Path, schema: Any) -> jsonschema_rs.Draft202012Validator:
    try:
        return jsonschema_rs.Draft202012Validator(schema, validate_formats=True, mask=_MASK)
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        finding = Finding(str(path), 1, 1, f"not a JSON Schema: {error.args[0]}", "mend it after draft 2020-12")
        raise LoadError([finding]) from error


def _pointer(path: list[str | int]) -> str:
    return "".join(["/data", *(f"/{_escaped(part)}" for part in path)])


def _escaped(part: str | int) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")
