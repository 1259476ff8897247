"""The texts of the page."""

import re
from pathlib import Path

import pytest

from streams.gateway.connect import ways
from streams.gateway.connect.texts import LANGUAGES, Texts, choose
from streams.gateway.connect.watch import Outcome
from streams.gateway.keys.flaw import Flaw
from streams.gateway.keys.key import Kind
from streams.gateway.outcome import Why

TEMPLATES = Path(ways.__file__).parent / "templates"
NAMES = {
    "flaw": [*Flaw, "disk", "title"],
    "why": list(Why),
    "outcome": list(Outcome),
    "kind": list(Kind),
    "way": list(ways.BY_NAME),
    "about": list(ways.BY_NAME),
    "provider": [*ways.SHOPS, *ways.MAILERS],
}


def test_both_languages_have_the_same_texts() -> None:
    """None is missing, none is empty, and none is left over."""
    both = [Texts(language).all for language in LANGUAGES]
    assert set(both[0]) == set(both[1])
    assert [key for texts in both for key, text in texts.items() if not text.strip()] == []


def test_every_word_the_page_may_need_is_there() -> None:
    """Every reason and every way, and what the templates ask for."""
    known = Texts("en").all
    asked = {f"{group}.{name}" for group, names in NAMES.items() for name in names}
    for template in TEMPLATES.glob("*.html"):
        asked |= set(re.findall(r'\bt\("([a-z_.]+)"\)', template.read_text("utf-8")))
        asked |= set(re.findall(r'hint\("[a-z-]+", "([a-z_.]+)"\)', template.read_text("utf-8")))
    assert asked - set(known) == set()


@pytest.mark.parametrize(
    ("wanted", "accepted", "chosen"),
    [
        ("es", "en-GB,en", "es"),
        ("", "fr, es-MX;q=0.8, en;q=0.5", "es"),
        ("", "fr", "en"),
        ("xx", "", "en"),
        ("", "," * 10_000, "en"),
    ],
)
def test_the_language_is_the_chosen_one_or_the_browsers(wanted: str, accepted: str, chosen: str) -> None:
    """English for all others."""
    assert choose(wanted, accepted) == chosen
