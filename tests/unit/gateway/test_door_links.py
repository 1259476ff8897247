"""What a sign-in says beside itself: that the weaker keys are the strongest one's."""

import msgspec
import pytest

from streams.codec.events import EventSchemas
from streams.codec.vocabulary import shipped
from streams.gateway.candidate import Candidate, Identity
from streams.gateway.door import LINKED, Door
from streams.gateway.identity.hashing import Hasher
from streams.gateway.identity.masks import Masks
from streams.gateway.identity.resolve import keys_of
from streams.gateway.keys.key import Key, Kind
from streams.gateway.outcome import Admitted, Refused, Why
from streams.touchpoints.touchpoint import Touchpoint

NOW = 1_777_636_800_000
HASHER = Hasher(b"s" * 32)
WEB = Key(id="k", source="//shop.example/web")
PAGE = msgspec.structs.replace(WEB, kind=Kind.BROWSER, types=("order.*", LINKED))
ANA = Identity(customer="C-7", anonymous_id="b-1", email="ana@shop.example")


def admitted(
    identity: Identity, *, links: bool = True, type_: str = "order.completed", at: int = NOW, key: Key = WEB
) -> Admitted:
    """Return what the door makes of a touchpoint of somebody."""
    door = Door(shipped(), EventSchemas(), HASHER, Masks(HASHER), "ES")
    verdict = door.admit(Candidate(type=type_, identity=identity, time=at, links=links), key, NOW)
    assert isinstance(verdict, Admitted)
    return verdict


def test_each_weaker_key_is_linked_to_the_strongest() -> None:
    """Under the weaker key, at the same time, from the same system, and valid as a touchpoint of its own."""
    verdict = admitted(ANA)
    strongest, *weaker = keys_of(ANA, HASHER)
    touchpoints = [link.touchpoint for link in verdict.links]
    assert [link.customer for link in touchpoints] == weaker
    assert {(link.type, link.source, link.time) for link in touchpoints} == {(LINKED, WEB.source, NOW)}
    assert [msgspec.json.decode(link.data) for link in touchpoints] == [
        {"to": strongest, "namespace": "email_sha256"},
        {"to": strongest, "namespace": "anonymous_id"},
    ]
    assert [EventSchemas().validate(link) for link in touchpoints] == [[], []]
    assert {link.topic for link in verdict.links} == {verdict.topic} == {"touchpoints.order"}


def test_a_link_said_again_is_a_duplicate() -> None:
    """Its id is that of the pair, whatever says it and when; another pair has another."""

    def ids(verdict: Admitted) -> list[str]:
        return [link.touchpoint.id for link in verdict.links]

    first, again = ids(admitted(ANA)), ids(admitted(ANA, type_="customer.updated", at=NOW - 5))
    other = ids(admitted(msgspec.structs.replace(ANA, customer="C-8")))
    assert first == again
    assert len({*first, *other}) == 4


def test_only_what_says_so_links() -> None:
    """A page view on a shared computer makes no two people one."""
    assert admitted(ANA, links=False).links == ()


def test_one_key_has_nothing_to_link() -> None:
    """Nor has one that was said twice."""
    assert admitted(Identity(customer="C-7")).links == ()
    assert admitted(Identity(customer="ana@shop.example", email="Ana@shop.example")).links == ()


def test_the_topic_is_that_of_the_system() -> None:
    """A link arrives in order with what the same system sends."""
    assert admitted(ANA, type_="customer.updated").links[0].topic == "touchpoints.web"
    assert isinstance(admitted(ANA).links[0].touchpoint, Touchpoint)


def test_a_key_that_may_send_no_links_makes_none() -> None:
    """Else anybody who reads a page's write key could tie a journey of their own to a customer's."""
    page = msgspec.structs.replace(WEB, kind=Kind.BROWSER, types=("order.*",))
    assert admitted(ANA, key=page).links == ()
    server = msgspec.structs.replace(page, kind=Kind.SERVER, types=("order.*", LINKED))
    assert len(admitted(ANA, key=server).links) == 2


def test_a_page_gives_away_its_own_past_alone() -> None:
    """Its anonymous id, where nobody can guess it: an address, a number or a card could be anybody's."""
    long = "3f6c1a52-7d0e-4b1c-9a44-0b8e6f0d2c11"
    whole = msgspec.structs.replace(ANA, phone="+34600123456", loyalty_card="7001", anonymous_id=long)
    (link,) = admitted(whole, key=PAGE).links
    assert (link.touchpoint.customer, msgspec.json.decode(link.touchpoint.data)["to"]) == (
        f"anonymous_id:{long}",
        "C-7",
    )
    assert admitted(msgspec.structs.replace(whole, anonymous_id="b-1"), key=PAGE).links == ()
    assert admitted(msgspec.structs.replace(whole, anonymous_id="(ana.maria@shop.example)"), key=PAGE).links == ()


@pytest.mark.parametrize(
    ("identity", "is_refused"),
    [
        (Identity(anonymous_id="3f6c1a52-7d0e-4b1c-9a44-0b8e6f0d2c11"), False),
        (Identity(anonymous_id="b-1"), True),
        (Identity(customer="C-8"), True),
        (Identity(customer="anonymous_id:3f6c1a52-7d0e-4b1c-9a44-0b8e6f0d2c11"), True),
        (Identity(customer="C-8", anonymous_id="3f6c1a52-7d0e-4b1c-9a44-0b8e6f0d2c11"), True),
        (Identity(email="ana@shop.example"), True),
        (Identity(phone="+34600123456"), True),
        (Identity(loyalty_card="7001"), True),
    ],
)
def test_a_link_that_is_sent_as_such_is_no_way_around(identity: Identity, is_refused: bool) -> None:
    """What a page may not link by a sign-in it may not link by saying so; a back end may."""
    door = Door(shipped(), EventSchemas(), HASHER, Masks(HASHER), "ES")
    candidate = Candidate(type=LINKED, identity=identity, time=NOW, data={"to": "C-7"})
    verdict = door.admit(candidate, PAGE, NOW)
    assert isinstance(verdict, Refused) is is_refused
    if isinstance(verdict, Refused):
        assert (verdict.why, verdict.pointer) == (Why.NOT_ALLOWED, "/customer")
    assert isinstance(door.admit(candidate, WEB, NOW), Admitted)


def test_a_key_that_no_journey_can_have_is_not_linked() -> None:
    """What the topic would refuse is not sent."""
    assert len(admitted(msgspec.structs.replace(ANA, anonymous_id="x" * 2_000)).links) == 1
