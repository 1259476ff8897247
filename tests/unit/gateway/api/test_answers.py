"""What a client reads of each item."""

from typing import Final

import msgspec
import pytest

from streams.gateway.api import answers, problems
from streams.gateway.api.problems import STATUS, TITLES, Code, Problem
from streams.gateway.gate import Taken
from streams.gateway.outcome import Admitted, Ignored, Refused, Verdict, Why
from streams.gateway.port import Stored
from streams.touchpoints.touchpoint import Touchpoint

GOOD: Final = Admitted(Touchpoint("1", "//shop", "page.viewed", 1, "ana"), "touchpoints.web")
IGNORED: Final = Ignored(Why.UNMAPPED, "it stands for nothing")
BAD: Final = Refused(Why.BAD_DATA, "/data/amount", "the value is no number")


@pytest.mark.parametrize(
    ("verdicts", "is_dry", "status", "reason"),
    [
        ([GOOD], False, 202, "ok"),
        ([GOOD, IGNORED], False, 202, "ok"),
        ([IGNORED], False, 202, "ok"),
        ([], False, 202, "ok"),
        ([GOOD, BAD], False, 207, "mixed"),
        ([IGNORED, BAD], False, 207, "mixed"),
        ([BAD], False, 422, "refused"),
        ([BAD, BAD], False, 422, "refused"),
        ([BAD], True, 200, "dry_run"),
        ([GOOD], True, 200, "dry_run"),
    ],
)
def test_the_status_tells_whether_anything_was_refused(
    verdicts: list[Verdict], is_dry: bool, status: int, reason: str
) -> None:
    """And a dry run is none of that."""
    found = answers.answer(Taken.of(verdicts, Stored.BROKER), is_dry=is_dry)
    assert (found.status, found.reason) == (status, reason)
    assert len(msgspec.json.decode(found.body)["items"]) == len(verdicts)


@pytest.mark.parametrize("why", list(Why))
def test_every_reason_has_words(why: Why) -> None:
    """For the person who has to mend it."""
    told = answers.told(Refused(why))
    assert isinstance(told, answers.RefusedItem)
    assert told.type == f"urn:touchpoint:problem:{why}"
    assert told.title


@pytest.mark.parametrize("code", list(Code))
def test_every_problem_has_a_status_and_words(code: Code) -> None:
    """And headers that fit."""
    assert 400 <= STATUS[code] < 600
    assert TITLES[code]
    assert problems.details(Problem(code=code)).status == STATUS[code]
    assert problems.headers(Problem(code=code, wait_sec=3))["Retry-After"] == "3"
