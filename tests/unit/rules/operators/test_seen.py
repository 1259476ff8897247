"""`seen` without a window, and `feedback`: the touchpoint at hand decides."""

import pytest

from streams.journeys.folded import State
from streams.journeys.handler import EMPTY
from streams.rules.model import Feedback, Predicate, Selector
from streams.rules.operators.seen import FeedbackNow, SeenNow, usual_score
from streams.testing.journeys import touchpoint


@pytest.mark.parametrize(
    ("data", "score"),
    [
        ({"metric": "NPS", "score": 6}, 6),
        ({"metric": "CSAT", "score": 2}, 2),
        ({"metric": "CSAT", "score": 25, "scale_min": 0, "scale_max": 100}, 2),
        ({"metric": "STARS", "score": 10, "scale_min": 0, "scale_max": 10}, 5),
        ({"metric": "THUMB", "score": 0}, 0),
        ({"metric": "CES", "score": 7, "best": "low"}, 1),
        ({"metric": "CSAT", "score": 9}, 5),
        ({"metric": "CSAT", "score": -3}, 1),
        ({"metric": "CSAT", "score": "2"}, None),
        ({"metric": "CSAT", "score": True}, None),
        ({"metric": "CSAT"}, None),
        ({"metric": "MOOD", "score": 1}, None),
        ({"metric": "CSAT", "score": 1, "scale_min": 3, "scale_max": 3}, None),
        ({"metric": "CSAT", "score": 1, "scale_max": "five"}, None),
        ({}, None),
    ],
)
def test_any_scale_is_read_on_the_metrics_usual_one(data: dict[str, object], score: float | None) -> None:
    """High is good, whichever end the vendor likes; what is no score is None."""
    assert usual_score(data) == score


def test_feedback_holds_at_the_threshold_and_below() -> None:
    """For its own metrics, and where its predicates pass."""
    survey = Selector(("survey.answered",), (Predicate("channel", "equals", "chat"),))
    leaf = FeedbackNow("p", frozenset(survey.types), "clause", Feedback(survey, ("CSAT", "STARS"), 2))

    def holds(**data: object) -> bool:
        return leaf.see(State(), touchpoint("survey.answered", 0), data, "") is not None

    assert holds(metric="CSAT", score=2, channel="chat")
    assert not holds(metric="CSAT", score=3, channel="chat")
    assert not holds(metric="CSAT", score=1, channel="mail")
    assert not holds(metric="NPS", score=1, channel="chat")


def test_seen_holds_for_what_matches_and_keeps_nothing() -> None:
    """It holds at that touchpoint alone."""
    state, selector = State(), Selector(("a",), (Predicate("n", "above", 1),))
    leaf = SeenNow("p", frozenset("a"), "clause", selector)
    evidence = leaf.see(state, touchpoint("a", 0), {"n": 2}, "")
    assert evidence is not None
    assert evidence.touchpoints == ("a@0",)
    assert leaf.see(state, touchpoint("a", 0), EMPTY, "") is None
    assert leaf.holds(state, "", 0) is None
    assert state == State()
