"""The words of a notice."""

import pytest

from streams.desk.notify import texts
from streams.desk.notify.notice import About, Count, Kind
from streams.rules.model import Moment, Severity
from tests.unit.desk.notify.notices import notice


def test_every_text_is_there_in_both_languages() -> None:
    """Nothing is left in English for Spanish readers."""
    assert [name for name, each in texts.TEXTS.items() if set(each) != {"en", "es"} or not all(each.values())] == []


def test_whatever_can_be_named_has_a_text() -> None:
    """Kinds, counts, severities and moments: a new one needs its words."""
    names = {
        *(f"kind.{kind}" for kind in Kind),
        *(f"count.{count}" for count in Count),
        *(f"severity.{severity}" for severity in Severity),
        *(f"moment.{moment}" for moment in Moment),
        *About,
    }
    assert names - texts.TEXTS.keys() == set()


@pytest.mark.parametrize(
    ("language", "headline"),
    [
        ("en", "Critical: Payment keeps failing (Case 12, New)"),
        ("es", "Crítica: El pago falla una y otra vez (Caso 12, Nuevo)"),
        ("fr", "Critical: Payment keeps failing (Case 12, New)"),
    ],
)
def test_the_headline_says_it_all(language: str, headline: str) -> None:
    """How bad, what, which case and what is new, in the receiver's language or else in English."""
    assert texts.headline(notice(language=language)) == headline


def test_the_body_has_moment_counts_and_link() -> None:
    """What the headline leaves out, with the way to the case and further lines at the end."""
    told = notice(about=About.INCIDENT, kind=Kind.INCIDENT, number=3, counts={Count.CUSTOMERS: 312})
    assert texts.body(told, "more") == (
        "Moment: choosing and buying\nCustomers: 312\nOpen: https://desk.example/cases/0a\nmore"
    )


def test_a_fallback_is_told_why_it_is_told() -> None:
    """The receivers that could not be reached are named."""
    told = notice(instead_of=("store-team", "web-team"))
    assert list(texts.lines(told))[-1] == ("You get this because it could not be delivered to store-team, web-team")


def test_a_title_stays_on_one_line_and_within_its_bound() -> None:
    """A title from a file can neither add a header to a mail nor fill a screen."""
    assert texts.title(notice(title={"en": "a\r\nBcc: x@y\t\u2028b"})) == "a Bcc: x@y b"
    assert len(texts.title(notice(title={"en": "x" * 1_000}))) == texts.MOST


def test_what_has_no_text_stands_for_itself() -> None:
    """A moment of a vocabulary of one's own is shown as it is written."""
    assert next(texts.lines(notice(moment="PMOT"))) == "Moment: PMOT"
    assert texts.headline(notice(title={}, severity="", number=0, about=About.DIGEST)).endswith("(Digest, New)")
