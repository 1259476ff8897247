"""Whatever a touchpoint carries, it hurts nobody: the fold has no input that ends it (law L8)."""

from typing import Final

import msgspec
import pytest

from streams.rules.model import Absence, Broken, By, Count, Feedback, Predicate, Seen, Selector
from streams.testing.journeys import MINUTE_MS, Harness, at, partition, rfc3339, rule, touchpoint
from streams.touchpoints.touchpoint import Touchpoint

OPERANDS: Final = {
    "equals": "x", "not_equals": "x", "at_least": 3, "at_most": 3, "above": 3, "below": 3, "one_of": ("x", 3),
    "contains": "x", "exists": True,
}  # fmt: skip
RULES: Final = (
    *(
        rule(f"where-{name}", Seen(Selector(("survey.answered",), (Predicate("score", name, operand),))))
        for name, operand in OPERANDS.items()
    ),
    rule("feedback", Feedback(Selector(("survey.answered",)), ("CSAT", "NPS"), 2)),
    rule(
        "unanswered",
        Absence(Selector(("message.received",)), Selector(("message.sent",)), 20 * MINUTE_MS),
        by=By.SUBJECT,
        expires_ms=60 * MINUTE_MS,
    ),
    rule("late", Broken("delivery", 5 * MINUTE_MS), by=By.SUBJECT),
    rule("many", Count(Selector(("payment.failed",)), 33, 60 * MINUTE_MS), by=By.SUBJECT),
)


def raw(kind: str, data: bytes) -> Touchpoint:
    """Return a touchpoint with these bytes as its data."""
    return msgspec.structs.replace(touchpoint(kind, 0), data=data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"null",
        b'{"metric": [], "score": {}}',
        b'{"metric": {"a": 1}, "score": 1}',
        b'{"metric": "CSAT", "score": true}',
        b'{"metric": "CSAT", "score": 1' + b"0" * 400 + b"}",
        b'{"metric": "CSAT", "score": 1, "scale_min": -1' + b"0" * 400 + b', "scale_max": 1' + b"0" * 400 + b"}",
        b'{"metric": "CSAT", "score": 1, "scale_min": 5, "scale_max": 1}',
        b'{"metric": "CSAT", "score": 1e308, "scale_min": -1e308, "scale_max": 1e308}',
        b'{"score": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"score": "\\ud800"}',
        b'{"score": null}',
    ],
    ids=lambda data: data[:24].decode(errors="replace"),
)
def test_no_data_ends_the_fold(data: bytes) -> None:
    """What cannot be read counts as empty."""
    owner = Harness(partition(RULES))
    owner.feed(raw("survey.answered", data))
    owner.feed(touchpoint("page.viewed", 1))
    view = owner.partition.journey(b"c1")
    assert view is not None
    assert view.state.count == 2
    owner.restart()
    assert owner.partition.journey(b"c1") == view


@pytest.mark.parametrize(
    "promised_at",
    ["", "tomorrow", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-W53-7", 17, None, "2026-01-05T09"],
)
def test_no_promise_ends_the_fold(promised_at: object) -> None:
    """A due time that is none promises nothing; one before the order is due at once."""
    owner = Harness(partition(RULES))
    owner.feed(touchpoint("order.completed", 0, subject="order:1", promised_at=promised_at))
    owner.feed(touchpoint("shipment.delayed", 1, subject="order:1", promised_at=promised_at))
    owner.advance(at(10_000))
    assert len(owner.standing()) <= 1


@pytest.mark.parametrize("subject", ["\x1f", "a\x1fb\x1fc", "\x1f0\x1f1\x1f2", "#0", "c*", "'\"\\\n\0"])
def test_a_subject_may_be_any_text(subject: str) -> None:
    """Raised, restarted, retracted and expired under its own name, however it is spelt."""
    owner = Harness(partition(RULES))
    owner.feed(touchpoint("order.completed", 0, subject=subject, promised_at=rfc3339(30)))
    owner.feed(touchpoint("message.received", 0, subject=subject))
    owner.advance(at(40))
    owner.restart()
    said = {(alert.rule, alert.subject, alert.status.value) for alert in owner.standing()}
    assert said == {("late", subject, "firing"), ("unanswered", subject, "firing")}
    owner.feed(touchpoint("shipment.delivered", 20, subject=subject))
    owner.advance(at(100))
    assert [(alert.rule, alert.subject, alert.status.value) for alert in owner.alerts[-2:]] == [
        ("late", subject, "retracted"),
        ("unanswered", subject, "expired"),
    ]
