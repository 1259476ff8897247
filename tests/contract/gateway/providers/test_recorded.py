"""What every provider's mapping makes of the payloads that it documents."""

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from streams.codec.events import EventSchemas
from streams.codec.vocabulary import shipped
from streams.gateway.candidate import Candidate
from streams.gateway.door import Door
from streams.gateway.identity.hashing import Hasher
from streams.gateway.identity.masks import Masks
from streams.gateway.keys.key import Key, Kind
from streams.gateway.outcome import Admitted, Ignored
from streams.gateway.providers.bodies import events_of
from streams.gateway.providers.provider import Provider
from streams.gateway.providers.reading import name_of
from streams.gateway.providers.registry import SHIPPED, load
from streams.settings import places
from tests.contract.gateway.providers import recorded
from tests.contract.gateway.providers.recorded import Recorded

NOW: Final = 1_795_345_200_000  # 2026-11-22T11:00:00Z
PROVIDERS: Final = load(id_key=b"of the deployment")
FILES: Final = recorded.files()
WANTED: Final = (
    "sendgrid mailgun amazon_ses postmark brevo intercom zendesk chatwoot dixa whatsapp amazon_connect twilio shopify "
    "woocommerce magento typeform surveymonkey qualtrics trustpilot google_business_profile social pos"
)
KEY: Final = Key(id="k", source="//hooks.example", kind=Kind.WEBHOOK, types=tuple(shipped().kinds))
MADE_UP: Final = ("ana@mail.example", "ben@mail.example", "34600000001", "192.0.2.10", "Calle Mayor", "Ana", "Gil")


def door() -> Door:
    """Return a door with the shipped vocabulary and schemas."""
    return Door(shipped(), EventSchemas(), Hasher(b"x" * 32), Masks())


def provider(path: Path) -> Provider:
    """Return whose payload a file holds."""
    return PROVIDERS[path.parent.name]


def every(path: Path) -> list[Recorded]:
    """Return a payload and its variants."""
    found = recorded.read(path)
    return [found, *(changed for changed, _ in recorded.variants(found))]


def name(path: Path) -> str:
    """Return how a file is called in a test's id."""
    return f"{path.parent.name}-{path.stem}"


def test_the_agreed_providers_are_there() -> None:
    """Each provider that was promised has its mapping file, and a recorded payload."""
    assert sorted(WANTED.split()) == list(PROVIDERS)
    assert {path.parent.name for path in FILES} == set(PROVIDERS)


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_recorded_payload_gives_what_is_expected(path: Path) -> None:
    """Each event of a payload is the touchpoint that it stands for, or is ignored."""
    found, adapter = recorded.read(path), load()[path.parent.name]
    items = adapter.read(recorded.incoming(found, adapter.mapping), NOW)
    assert [recorded.plain(item) for item in items] == found.expected
    assert any(isinstance(item, Candidate) for item in items)


@pytest.mark.parametrize("path", FILES, ids=name)
def test_variants_of_a_payload_give_their_types(path: Path) -> None:
    """Whatever else comes in the same shape has its own type, or is ignored as standing for none."""
    adapter = provider(path)
    for changed, types in recorded.variants(recorded.read(path)):
        items = adapter.read(recorded.incoming(changed, adapter.mapping), NOW)
        assert [item.type if isinstance(item, Candidate) else type(item).__name__.lower() for item in items] == types


@pytest.mark.parametrize("path", FILES, ids=name)
def test_the_door_admits_what_providers_say(path: Path) -> None:
    """Every touchpoint out of a payload has an owner, a time and data after the schema of its type."""
    adapter, gate = provider(path), door()
    for each in every(path):
        for item in adapter.read(recorded.incoming(each, adapter.mapping), NOW):
            if isinstance(item, Candidate):
                assert isinstance(verdict := gate.admit(item, KEY, NOW), Admitted), verdict
            else:
                assert isinstance(item, Ignored), item


@pytest.mark.parametrize("vendor", PROVIDERS)
def test_every_alias_is_reached(vendor: str) -> None:
    """No line of a mapping file is dead: some payload of the provider comes under each of its names."""
    mapping = PROVIDERS[vendor].mapping
    reached = set()
    for path in recorded.files(vendor):
        for each in every(path):
            for event in events_of(mapping, recorded.incoming(each, mapping)):
                said = name_of(mapping, event)  # type: ignore[arg-type] # a refused event fails right here
                assert isinstance(said, str)
                reached.add(mapping.alias_of(said))
    assert set(mapping.aliases) - reached == set()


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_retry_gives_the_same_ids(path: Path) -> None:
    """A payload that comes again, later and with the marks of another attempt, holds duplicates only."""
    adapter, found = provider(path), recorded.read(path)
    first = adapter.read(recorded.incoming(found, adapter.mapping), NOW)
    again = adapter.read(recorded.incoming(_attempted_again(found), adapter.mapping), NOW + 3_600_000)
    ids = [item.id for item in first if isinstance(item, Candidate)]
    assert [item.id for item in again if isinstance(item, Candidate)] == ids
    assert len(set(ids)) == len(ids)
    assert all(ids)


def _attempted_again(found: Recorded) -> Recorded:
    found.headers |= {"X-WC-Webhook-Delivery-ID": "d2", "X-Touchpoint-Attempt": "2"}
    root: Any = found.body if found.form is None else found.form
    for field, value in (("delivery_attempts", 2), ("token", "tok9"), ("signature", "1")):
        if isinstance(root, dict) and field in root:
            root[field] = value
    return found


@pytest.mark.parametrize("path", FILES, ids=name)
def test_data_holds_declared_fields_and_nothing_personal_beyond_their_class(path: Path) -> None:
    """Addresses, numbers and names of a payload end in the identity, or in fields that are declared personal."""
    adapter = provider(path)
    for each in every(path):
        for item in adapter.read(recorded.incoming(each, adapter.mapping), NOW):
            if not isinstance(item, Candidate):
                continue
            fields = _fields(item.type)
            assert set(item.data) <= set(fields)
            open_fields = {key for key in item.data if fields[key]["x-personal"] in ("none", "pseudonymous")}
            shown = json.dumps([item.id, item.subject, {key: item.data[key] for key in open_fields}])
            assert [word for word in MADE_UP if word in shown] == []


def _fields(type_: str) -> dict[str, Any]:
    schema = json.loads((places.SCHEMAS / "events" / f"{type_}.json").read_text("utf-8"))
    found: dict[str, Any] = schema["properties"]
    return found


def test_payloads_name_nobody() -> None:
    """Whatever looks like an address in the recorded payloads is one of the made-up ones."""
    for path in FILES:
        hosts = re.findall(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)", path.read_text("utf-8"))
        assert {host for host in hosts if not host.endswith(".example")} == set(), path.name


def test_tables_of_names_are_no_providers() -> None:
    """A file that only maps names, like Segment's, is left to whom it is for."""
    tables = {path.stem for path in SHIPPED.glob("*.yaml")} - set(PROVIDERS)
    assert tables == {"anymail", "ga4", "segment"}
