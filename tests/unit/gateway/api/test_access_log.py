"""The access log: a line for each request, or for errors alone, with nothing of anybody."""

import io
import json
import logging
from typing import Final

from streams.gateway.api.access_log import MOST_ERRORS, MOST_LINES, AccessLog, Which
from streams.gateway.api.exchange import Note
from streams.gateway.gate import Counts

NOW: Final = 1_790_000_000_000
NOTE: Final = Note(
    "/v1/touchpoints", "POST", 207, "mixed", 0.0123456, size=42, key_id="k1", counts=Counts(accepted=2, refused=1)
)


def test_a_line_is_json_for_programs() -> None:
    """With the names of all other lines."""
    stream = io.StringIO()
    log = AccessLog(lambda: NOW, as_json=True, stream=stream)
    log.note(NOTE)
    log.flush()
    assert json.loads(stream.getvalue()) == {
        "timestamp": "2026-09-21T14:13:20.000Z",
        "event": "/v1/touchpoints",
        "method": "POST",
        "status": 207,
        "ms": 12.346,
        "reason": "mixed",
        "logger": "touchpoint.gateway.access",
        "level": "info",
        "key": "k1",
        "bytes": 42,
        "accepted": 2,
        "refused": 1,
    }


def test_a_line_is_plain_for_people() -> None:
    """As all other lines are."""
    stream = io.StringIO()
    log = AccessLog(lambda: NOW, as_json=False, stream=stream)
    log.note(NOTE)
    log.flush()
    assert stream.getvalue().startswith("2026-09-21T14:13:20.000Z INFO touchpoint.gateway.access: /v1/touchpoints ")
    assert " status=207 " in stream.getvalue()


def test_lines_wait_for_one_another_but_not_without_end() -> None:
    """One more than the bound, and all are written."""
    stream = io.StringIO()
    log = AccessLog(lambda: NOW, as_json=True, stream=stream)
    for _ in range(MOST_LINES - 1):
        log.note(NOTE)
    assert stream.getvalue() == ""
    log.note(NOTE)
    assert len(stream.getvalue().splitlines()) == MOST_LINES


def test_a_log_that_cannot_be_written_hurts_nobody() -> None:
    """The requests are answered all the same."""
    stream = io.StringIO()
    stream.close()
    log = AccessLog(lambda: NOW, as_json=True, stream=stream)
    log.note(NOTE)
    log.flush()


def noted(statuses: list[int], *, which: Which, least: int = logging.INFO) -> list[tuple[int, str]]:
    """Return status and level of each line that requests with these answers have."""
    stream = io.StringIO()
    log = AccessLog(lambda: NOW, as_json=True, which=which, least=least, stream=stream)
    for status in statuses:
        log.note(Note("/v1/touchpoints", "POST", status, "some"))
    log.flush()
    return [(line["status"], line["level"]) for line in map(json.loads, stream.getvalue().splitlines())]


def test_only_failures_and_wrong_keys_have_a_line_among_errors() -> None:
    """What was taken, or is the sender's to mend, has none: it would drown them."""
    statuses = [202, 207, 400, 401, 403, 404, 422, 429, 499, 500, 503]
    told = [(401, "warning"), (403, "warning"), (500, "error"), (503, "error")]
    assert noted(statuses, which=Which.ERRORS) == told
    assert noted(statuses, which=Which.NONE) == []
    assert [status for status, _ in noted(statuses, which=Which.ALL)] == statuses


def test_what_the_log_leaves_out_is_left_out_here_too() -> None:
    """By the level of each line."""
    assert noted([202, 401, 503], which=Which.ALL, least=logging.WARNING) == [(401, "warning"), (503, "error")]
    assert noted([202, 401, 503], which=Which.ERRORS, least=logging.ERROR) == [(503, "error")]


def test_errors_have_a_bound_and_say_how_many_more_there_were() -> None:
    """A sender that cannot stop fills no disk."""
    now = NOW
    stream = io.StringIO()
    log = AccessLog(lambda: now, as_json=False, which=Which.ERRORS, stream=stream)
    for _ in range(MOST_ERRORS + 5):
        log.note(Note("/v1/touchpoints", "POST", 401, "unauthenticated"))
    log.flush()
    assert len(stream.getvalue().splitlines()) == MOST_ERRORS
    now += 60_000
    for _ in range(2):
        log.note(Note("/v1/touchpoints", "POST", 503, "full"))
    log.flush()
    first, second = stream.getvalue().splitlines()[MOST_ERRORS:]
    assert " ERROR " in first
    assert first.endswith(" left_out=5")
    assert "left_out" not in second
