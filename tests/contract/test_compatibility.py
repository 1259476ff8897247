"""All versions of every Avro record can read one another, pairwise and both ways."""

import io
from collections.abc import Iterable, Iterator
from itertools import permutations
from pathlib import Path
from typing import Any

import fastavro
import pytest
from fastavro.read import SchemaResolutionError

from streams.codec import shipped

TOUCHPOINT = shipped.latest("touchpoint").text
AN_ADDED_FIELD = '{"name": "channel", "type": "string", "default": ""},\n    {"name": "id"'


def disagreements(versions: Iterable[shipped.Shipped]) -> Iterator[tuple[int, int]]:
    """Yield each pair (written with, read as) of versions that cannot be, tried on a made-up record."""
    for old, new in permutations(versions, 2):
        stream = io.BytesIO()
        fastavro.schemaless_writer(stream, old.parsed, _example(old.parsed))
        stream.seek(0)
        try:
            fastavro.schemaless_reader(stream, old.parsed, new.parsed)
        except SchemaResolutionError:
            yield old.version, new.version


def _example(schema: Any) -> Any:
    """Return a value that fills every field, with one item in each array and map, so that all of it is resolved."""
    kind = schema["type"] if isinstance(schema, dict) else schema
    if isinstance(kind, list | dict):
        return _example(kind[-1] if isinstance(kind, list) else kind)
    examples = {"string": "a", "bytes": b"a", "int": 1, "long": 1, "double": 1.0, "float": 1.0, "boolean": True}
    if kind == "record":
        return {field["name"]: _example(field["type"]) for field in schema["fields"]}
    if kind == "array":
        return [_example(schema["items"])]
    if kind == "map":
        return {"a": _example(schema["values"])}
    return examples.get(kind)


@pytest.mark.parametrize("record", shipped.RECORDS)
def test_all_versions_of_a_record_are_compatible(record: str) -> None:
    """A worker that is upgraded last reads what one that was upgraded first wrote, and the other way round."""
    assert list(disagreements(shipped.versions(record))) == []


@pytest.mark.parametrize("record", shipped.RECORDS)
def test_versions_count_from_one_and_have_ids_of_their_own(record: str) -> None:
    """The last byte of an id is the version."""
    found = shipped.versions(record)
    assert [version.version for version in found] == list(range(1, len(found) + 1))
    assert [version.schema_id & 0xFF for version in found] == [version.version for version in found]


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (TOUCHPOINT.replace('{"name": "id"', AN_ADDED_FIELD), []),
        (TOUCHPOINT.replace('{"name": "id"', AN_ADDED_FIELD.replace(', "default": ""', "")), [(1, 2)]),
        (TOUCHPOINT.replace('"name": "subject"', '"name": "about"'), []),
        (TOUCHPOINT.replace('"name": "customer"', '"name": "client"'), [(1, 2), (2, 1)]),
        (TOUCHPOINT.replace('"type": "long"', '"type": "string"'), [(1, 2), (2, 1)]),
    ],
    ids=["added with default", "added without", "renamed with default", "renamed without", "another type"],
)
def test_an_incompatible_version_is_caught(tmp_path: Path, second: str, expected: list[tuple[int, int]]) -> None:
    """A planted second version shows that the test above can fail, and in which direction."""
    (tmp_path / "1.avsc").write_text(TOUCHPOINT)
    (tmp_path / "2.avsc").write_text(second)
    assert sorted(disagreements(shipped.load_all(tmp_path))) == expected
