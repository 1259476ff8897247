"""One event of a provider as a candidate, or why it is none."""

from typing import Any, Final

import pytest

from streams.gateway.candidate import Candidate, Identity
from streams.gateway.incoming import Incoming
from streams.gateway.outcome import Ignored, Refused, Why
from tests.unit.gateway.providers.made import mapping, provider

SECTIONS: Final = """\
time: at | unix
subject: order:{order}
identity:
  customer: person.id
  email: person.mail
data:
  reason: why
  promised_at: due | unix | instant
links: [shipment.delayed]
"""


def read(body: bytes, text: str = SECTIONS, named: str = "event: [kind, how]\nid: id\n", id_key: bytes = b"") -> Any:
    """Return what becomes of the one event of a body."""
    (item,) = provider(mapping(text, named=named), id_key=id_key).read(Incoming(body=body), 0)
    return item


def test_an_event_becomes_what_it_stands_for() -> None:
    """Every part of a candidate comes from where the mapping says."""
    body = (
        b'{"kind":"late","id":5,"at":1795341600,"order":12,"person":{"id":9,"mail":"a@b.example"},"why":"snow","due":0}'
    )
    assert read(body) == Candidate(
        type="shipment.delayed",
        id="5",
        time=1_795_341_600_000,
        subject="order:12",
        identity=Identity(customer="9", email="a@b.example"),
        data={"reason": "snow", "promised_at": "1970-01-01T00:00:00.000Z"},
        links=True,
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"kind":"late:by air","id":5}', "shipment.delayed"),
        (b'{"kind":"late","how":"air","id":5}', "shipment.delayed"),
        (b'{"kind":"gone","how":"air","id":5}', "shipment.failed"),
        (b'{"kind":"gone","id":5}', None),
        (b'{"kind":"later","id":5}', None),
    ],
)
def test_a_name_falls_under_the_longest_alias(body: bytes, expected: str | None) -> None:
    """What follows a colon may be more than the mapping knows; a name that it does not have stands for nothing."""
    item = read(body)
    assert item.type == expected if expected else item.why is Why.UNMAPPED


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"id":5}', Refused(Why.MISSING_FIELD, "/kind", "the name of the event is missing")),
        (b'{"kind":"late","id":5,"at":"soon"}', Refused(Why.BAD_TIME, "/at", "this is no time of the form mapped")),
        (b'{"kind":"late","id":5,"due":[]}', Refused(Why.BAD_DATA, "/due", "this does not fit `unix`")),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(body: bytes, expected: Refused) -> None:
    """A value of another kind than the mapping says is pointed at, and not shown."""
    assert read(body) == expected


def test_a_list_of_names_or_values_is_no_identity() -> None:
    """An identity is one text; something else in its place is none."""
    assert read(b'{"kind":"late","id":5,"person":{"id":["a"]}}').identity == Identity()


def test_an_event_without_an_id_gets_one_of_what_it_says() -> None:
    """The same said twice is a duplicate; anything else is not."""
    first = read(b'{"kind":"late","at":1795341600,"order":1}')
    again = read(b'{"kind":"late","at":1795341600,"order":1,"attempt":2}')
    other = read(b'{"kind":"late","at":1795341601,"order":1}')
    assert len(first.id) == 32
    assert first.id == again.id
    assert first.id != other.id


def test_made_ids_tell_recipients_apart_only_with_a_key() -> None:
    """Without a secret an address stays out of the id, since one could be tried after the other."""
    one, two = (b'{"kind":"late","at":1795341600,"person":{"mail":"%s@b.example"}}' % name for name in (b"a", b"b"))
    assert read(one).id == read(two).id
    assert read(one, id_key=b"k").id != read(two, id_key=b"k").id
    assert read(one, id_key=b"k").id != read(one, id_key=b"l").id


def test_an_unmapped_event_is_ignored() -> None:
    """A provider that sends more than we know is answered with success, and does not try again."""
    assert isinstance(read(b'{"kind":"new","id":5}'), Ignored)
