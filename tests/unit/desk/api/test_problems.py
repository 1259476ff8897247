"""Problem details."""

import msgspec
import pytest

from streams.desk.api import problems, texts
from streams.desk.api.problems import STATUS, Code, Problem, ProblemDetails, details, headers, misfit
from streams.desk.cases.command import Command
from streams.desk.cases.refusal import Refusal


def test_every_problem_and_every_refusal_has_a_status_and_a_title_in_both_languages() -> None:
    """A new one is given them before anybody can meet it."""
    every = {*Code, *Refusal}
    assert set(STATUS) == every
    for reason in every:
        english, spanish = texts.title(reason.value, "en"), texts.title(reason.value, "es")
        assert english != spanish
        assert texts.title(reason.value, "fr") == english


def test_a_problem_says_what_rfc_9457_says() -> None:
    """What is not there is left out."""
    found = msgspec.to_builtins(details(Problem(reason=Refusal.HELD), "es"))
    assert found == {
        "type": "urn:touchpoint:problem:held",
        "title": "Otra persona tiene el caso",
        "status": 409,
        "reason": "held",
    }
    assert msgspec.convert(found, ProblemDetails).status == 409


def test_headers_say_how_to_do_better() -> None:
    """How to prove who one is, when to come again, which methods there are."""
    assert headers(Problem(reason=Code.UNAUTHENTICATED)) == {"WWW-Authenticate": 'Bearer realm="touchpoint desk"'}
    assert headers(Problem(reason=Code.TOO_MANY, wait_sec=7)) == {"Retry-After": "7"}
    assert headers(Problem(reason=Code.METHOD, allow="GET")) == {"Allow": "GET"}
    assert headers(Problem(reason=Code.NOT_FOUND)) == {}


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b'{"do":"note","text":5}', "$.text: Expected `str`, got `int`"),
        (b'{"do":"note"}', "$: Object missing required field `text`"),
        (b'{"do":"secret@example.com"}', "$.do: a name or value that is not known"),
        (b'{"do":"reach","how":"secret@example.com"}', "$.how: a name or value that is not known"),
        (
            b'{"do":"reach","how":"called","data":{"secret@example.com":[]}}',
            "$.data[...]: Expected `int | float | str`",
        ),
        (b"5", "$: Expected `object`, got `int`"),
    ],
)
def test_a_misfit_says_where_and_what_is_expected_but_not_what_was_given(body: bytes, detail: str) -> None:
    """What was given may be personal."""
    with pytest.raises(msgspec.ValidationError) as error:
        msgspec.json.decode(body, type=Command)
    found = misfit(error.value)
    assert found.detail.startswith(detail)
    assert "secret" not in found.detail
    assert problems.STATUS[found.reason] == 422
