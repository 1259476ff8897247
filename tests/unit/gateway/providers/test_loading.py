"""Mapping files are checked when they are read, and every mistake is found at once in its place."""

from typing import Final

import pytest

from streams.codec.vocabulary import shipped
from streams.errors import LoadError
from streams.gateway.providers.loading import load
from streams.gateway.providers.mapping import Form, Handshake, Mapping, Place, Scheme

GOOD: Final = """\
vendor: Parcels
reference: https://parcels.example/webhooks
signature: {scheme: hmac, header: X-Parcels-Signature}
event: kind
id: id
aliases:
  late: shipment.delayed
"""


def loaded(text: str) -> Mapping:
    """Return the mapping of a text."""
    mapping = load(text, "parcels.yaml", "parcels", shipped())
    assert mapping is not None
    return mapping


def findings(text: str) -> list[tuple[int, int, str, str]]:
    """Return what is wrong with a text."""
    with pytest.raises(LoadError) as error:
        load(text, "parcels.yaml", "parcels", shipped())
    return [(found.line, found.column, found.message, found.remedy) for found in error.value.findings]


def test_a_small_file_is_enough() -> None:
    """Everything that has a usual value may be left out."""
    mapping = loaded(GOOD)
    assert (mapping.name, mapping.vendor, mapping.forms) == ("parcels", "Parcels", (Form.JSON,))
    assert [each.scheme for each in mapping.signatures] == [Scheme.HMAC]
    assert mapping.signatures[0].header == Place("x-parcels-signature")
    assert (mapping.handshake, mapping.unwrap, mapping.time) == (None, None, None)
    assert [(found.word, found.path.text) for found in mapping.events] == [("", "$")]


def test_a_table_of_names_is_no_mapping() -> None:
    """Files that only map names are for other parts."""
    assert load("vendor: A\nreference: b\naliases: {x: y}\n", "a.yaml", "a", shipped()) is None


def test_what_is_under_a_pattern_goes_over_what_is_for_all() -> None:
    """Fields of a section are for every type, those under a type or a group for these, the later over the earlier."""
    mapping = loaded(
        GOOD
        + """\
  gone: shipment.failed
  sold: order.completed
data:
  carrier: carrier
  shipment.*: {tracking: number, carrier: = van}
  shipment.failed: {reason: why}
subject:
  shipment.*: order:{order}
links: [order.*]
"""
    )
    assert {type_: sorted(fields) for type_, fields in mapping.data.items()} == {
        "shipment.delayed": ["carrier", "tracking"],
        "shipment.failed": ["carrier", "reason", "tracking"],
        "order.completed": ["carrier"],
    }
    assert sorted(mapping.subject) == ["shipment.delayed", "shipment.failed"]
    assert mapping.links == {"order.completed"}


def test_events_may_stand_in_one_of_several_places() -> None:
    """A list is tried from the front; names before paths begin the names of events."""
    tried = loaded(f"{GOOD}events: [batch, $]\n").events
    assert [(found.path.text, found.is_last_resort) for found in tried] == [("batch", False), ("$", True)]
    named = loaded(f"{GOOD}events: {{a: x.*, b: y}}\n").events
    assert [(found.word, found.path.text, found.is_last_resort) for found in named] == [
        ("a", "x.*", False),
        ("b", "y", False),
    ]


def test_handshakes_and_wrappings_are_named() -> None:
    """What comes before and around events is one of a few things."""
    mapping = loaded(f"{GOOD}handshake: hub\nunwrap: {{at: message.data, as: base64 json}}\nbody: [form, json]\n")
    assert mapping.handshake is Handshake.HUB
    assert mapping.unwrap is not None
    assert (mapping.unwrap.text, mapping.wrapping, mapping.forms) == (
        "message.data",
        "base64 json",
        (Form.FORM, Form.JSON),
    )


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("datas: {}", (8, 1, "unknown key `datas` in the mapping file", "did you mean `data`?")),
        ("body: xml", (8, 7, "unknown form `xml`", "write one of json, form, ndjson, csv")),
        ("handshake: hubb", (8, 12, "unknown handshake: hubb", "did you mean `hub`?")),
        ("links: [order.completed]", (8, 9, "no alias leads to `order.completed`", "remove it, or add an alias")),
        ("data: {shipment.late: {a: b}}", (8, 8, "unknown type `shipment.late`", "did you mean `shipment.delayed`?")),
        ("data: {shipment.*: {a: x y}}", (8, 24, "`x y` is not a path", "")),
        ("data: {a: [b]}", (8, 11, "this is not a value", "")),
        ("time: at | unxi", (8, 7, "unknown step `unxi`", "did you mean `unix`?")),
        ("identity: {mail: email}", (8, 12, "unknown key `mail` in `identity`", "did you mean `email`?")),
        ("tables: {number: {A: 1}}", (8, 10, "`number` is a step already", "give the table another name")),
        ("tables: {stars: 5}", (8, 17, "`stars` must be a table of words", "write {FIVE: 5, FOUR: 4}")),
        ("events: a b", (8, 9, "`a b` is not a path", "write one like data.items.*, or $ for the whole")),
        ("unwrap: {as: json}", (8, 9, "`unwrap` lacks `at`", "say where the wrapped event stands: at: Message")),
    ],
)
def test_a_mistake_is_found_in_its_place(line: str, found: tuple[int, int, str, str]) -> None:
    """Each finding has line, column and a remedy, and names what was most likely meant."""
    message = findings(f"{GOOD}{line}\n")
    assert [each[:3] for each in message] == [found[:3]]
    assert message[0][3] == found[3] or (not found[3] and message[0][3])


def test_a_wrong_type_names_the_nearest() -> None:
    """A type that the vocabulary does not have is a slip, and the file says of which word."""
    assert findings(GOOD.replace("shipment.delayed", "shipment.delay")) == [
        (7, 9, "unknown type `shipment.delay`", "did you mean `shipment.delayed`?")
    ]


def test_all_mistakes_are_found_at_once() -> None:
    """A file is mended in one go."""
    text = "vendor: 5\nreference: r\nevent: a b\naliases: {x: y.z}\n"
    assert [(line, message) for line, _, message, _ in findings(text)] == [
        (1, "the mapping file lacks `signature`"),
        (1, "neither `id` nor `time`: a retry could not be told from news"),
        (1, "`vendor` must be text"),
        (3, "`a b` is not a path"),
        (4, "unknown type `y.z`"),
    ]


def test_an_empty_file_is_told_so() -> None:
    """Something that is no mapping is refused as a whole."""
    assert findings("- a\n") == [(1, 1, "a mapping file must be a mapping", "start it with `vendor: Name`")]
