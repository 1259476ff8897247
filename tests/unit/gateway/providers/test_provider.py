"""A provider as the routes see it."""

from streams.gateway.incoming import Incoming
from streams.gateway.outcome import Ignored, Refused, Why
from streams.gateway.providers.bodies import MAX_EVENTS
from tests.unit.gateway.providers.made import HEAD, mapping, provider


def test_too_many_events_are_refused_as_a_whole() -> None:
    """A request has a bound, and nobody is left to guess which half was taken."""
    adapter = provider(mapping())
    events = b'{"kind":"x","id":1},' * MAX_EVENTS
    assert len(adapter.read(Incoming(body=b"[" + events[:-1] + b"]"), 0)) == MAX_EVENTS
    (item,) = adapter.read(Incoming(body=b"[" + events + b'{"kind":"x"}]'), 0)
    assert isinstance(item, Refused)
    assert item.why is Why.TOO_LARGE


def test_good_and_bad_events_keep_their_order() -> None:
    """One item comes back for each that was sent, so an answer can speak of the third."""
    items = provider(mapping()).read(Incoming(body=b'[{"kind":"late","id":1},5,{"kind":"x"},{"id":2}]'), 0)
    assert [type(item).__name__ for item in items] == ["Candidate", "Refused", "Ignored", "Refused"]
    assert isinstance(items[1], Refused)
    assert items[1].pointer == "/1"
    assert isinstance(items[2], Ignored)


def test_any_of_several_signatures_will_do() -> None:
    """Each is checked with what the secret holds for it, and none lends another its own."""
    both = "signature:\n  - {scheme: sns}\n  - {scheme: secret, header: X-Secret}\n"
    head = HEAD.replace("signature: {scheme: secret, header: X-Secret}\n", both)
    adapter = provider(mapping(head=head))
    topic = "arn:aws:sns:eu-west-1:1:mail"
    assert adapter.may_block
    assert adapter.is_signed(Incoming(headers={"x-secret": "s"}), f"s\n{topic}", 0)
    assert not adapter.is_signed(Incoming(headers={"x-secret": topic}), f"s\n{topic}", 0)
