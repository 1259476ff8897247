"""The Avro schemas that ship."""

from streams.alerts.alert import Alert
from streams.alerts.stat import Stat
from streams.codec import shipped
from streams.codec.dead_letter import DeadLetter
from streams.settings.places import SCHEMAS
from streams.touchpoints.touchpoint import Touchpoint


def test_ids_are_declared_and_unlike_any_that_a_registry_gives() -> None:
    """`TP`, the record, the version: registries count from 1."""
    ids = [hex(version.schema_id) for record in shipped.RECORDS for version in shipped.versions(record)]
    assert ids == ["0x54500101", "0x54500201", "0x54500301", "0x54500401", "0x54500501"]


def test_each_record_has_the_fields_of_its_struct() -> None:
    """In the same order."""
    structs = {"touchpoint": Touchpoint, "alert": Alert, "dead_letter": DeadLetter, "stat": Stat}
    assert set(shipped.RECORDS) - set(structs) == {"crowd_count"}  # made of a contribution and its owner
    for record, struct in structs.items():
        fields = tuple(field["name"] for field in shipped.latest(record).parsed["fields"])
        assert fields == struct.__struct_fields__


def test_the_touchpoint_is_flat() -> None:
    """No unions, no logical types: decoding it is the hottest line of the program."""
    assert {str(field["type"]) for field in shipped.latest("touchpoint").parsed["fields"]} == {
        "string",
        "long",
        "bytes",
    }


def test_every_folder_is_a_known_record() -> None:
    """A schema that nobody reads would be a promise that nobody keeps."""
    folders = {path.parent.name for path in SCHEMAS.glob("avro/*/*.avsc")}
    assert folders == set(shipped.RECORDS)
