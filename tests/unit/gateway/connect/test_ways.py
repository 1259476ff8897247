"""The ways that the page offers."""

from pathlib import Path
from typing import Final

import pytest

from streams.codec import vocabulary
from streams.gateway.connect import ways
from streams.gateway.keys.flaw import check
from streams.gateway.keys.key import Key, Kind

FOLDER: Final = Path(ways.__file__).parent


def test_every_way_has_a_line_and_is_shown_when_it_is_chosen() -> None:
    """The style sheet knows each of them."""
    style = (FOLDER / "static" / "connect.css").read_text("utf-8")
    lines = {path.stem for path in (FOLDER / "templates" / "lines").iterdir()}
    assert lines == set(ways.BY_NAME)
    assert [name for name in ways.BY_NAME if f'#way-{name}:checked) [data-way="{name}"]' not in style] == []


@pytest.mark.parametrize("way", [way for way in ways.WAYS if way.kind], ids=lambda way: way.name)
def test_every_way_asks_for_a_key_that_can_be(way: ways.Way) -> None:
    """Whatever has no meaning for it is left out."""
    provider = way.providers[0] if way.providers else "sendgrid"
    key = ways.wanted(way, " //shop.example ", origin="https://Shop.example/", identifies=True, provider=provider)
    check(key)
    assert key.kind is way.kind
    assert key.source == "//shop.example"
    assert ways.has_its_key(way, key)


def test_what_a_page_may_send_is_in_the_vocabulary_and_says_who_somebody_is_only_where_that_was_wanted() -> None:
    """Anybody may read the key of a page."""
    known = vocabulary.shipped()
    assert [type_ for type_ in (*ways.PAGE_TYPES, *ways.IDENTIFY) if not known.matching(type_)] == []
    web = ways.named("web")
    plain = ways.wanted(web, "s", origin="https://s.example")
    assert [type_ for type_ in ("identity.linked", "customer.updated", "sale.completed") if plain.may_send(type_)] == []
    identifying = ways.wanted(web, "s", origin="https://s.example", identifies=True)
    assert all(map(identifying.may_send, ways.IDENTIFY))


def test_a_provider_that_is_not_offered_is_none() -> None:
    """Nor is there a way for every name."""
    assert ways.wanted(ways.named("shop"), "s", provider="sendgrid").provider == ""
    assert ways.named("nothing") is ways.WAYS[0]
    key = Key(id="k", source="s", kind=Kind.WEBHOOK, provider="sendgrid")
    assert [way.name for way in ways.WAYS if ways.has_its_key(way, key)] == ["mail"]
    assert not any(ways.has_its_key(way, None) for way in ways.WAYS)
