"""What is said of customers becomes metrics."""

from typing import Any, Final

import pytest

from streams.alerts.alert import POSITIVE, Alert, Evidence, Recent, Status
from streams.alerts.figures import Turn
from streams.codec.vocabulary import shipped
from streams.telemetry import business, catalogue
from streams.telemetry.board import Board
from streams.telemetry.business import Business
from streams.testing.alerts import START_MS, alert
from streams.touchpoints import canary

HOUR_MS: Final = 3_600_000
MISSED: Final = Recent(START_MS, "call.missed", "//calls", "t1")
VOIDED: Final = Recent(START_MS, "sale.voided", "//pos/madrid-014/till-3", "t2")


class Kit:
    """Business metrics on a board of their own."""

    def __init__(self) -> None:
        self.board = Board("worker", catalogue.WORKER)
        self.business = Business(self.board)
        self.business.kinds = shipped().kinds

    def say(self, said: Alert, before: str | None = None) -> None:
        """Let a revision be acknowledged; `before` is what was said, None where another worker said it."""
        if before is not None:
            self.business.turned([Turn(said.alert_id, said.revision, before)])
        self.business.said(said)

    def values(self, metric: catalogue.Metric) -> dict[tuple[str, ...], float]:
        """Return the series of a counter."""
        return dict(self.board.family(metric).samples())


@pytest.fixture
def kit() -> Kit:
    """Business metrics at zero."""
    return Kit()


def test_touchpoints_are_counted_by_what_their_type_means(kit: Kit) -> None:
    """Moment of truth, channel and polarity; the canary and what nobody knows are left out."""
    kit.business.folded({"payment.failed": 3, "order.completed": 2, canary.SANG: 9, canary.RESTED: 9, "what.ever": 9})
    kinds = shipped().kinds
    assert kit.values(catalogue.MOMENT_TOUCHPOINTS) == {
        (kinds["payment.failed"].moment, kinds["payment.failed"].channel, "negative"): 3,
        (kinds["order.completed"].moment, kinds["order.completed"].channel, "positive"): 2,
    }


def test_a_negative_moment_counts_once_by_where_it_happened(kit: Kit) -> None:
    """Watched, it is none yet; worse later, it is the same."""
    seen: dict[str, Any] = {"recent": (MISSED,), "evidence": (Evidence("seen", 1.0, 1.0, ("t1",)),)}
    kit.say(alert(revision=1, status=Status.WATCHING, **seen), "")
    assert kit.values(catalogue.NEGATIVE_MOMENTS) == {}
    kit.say(alert(revision=2, **seen), Status.WATCHING)
    kit.say(alert(revision=3, severity="critical", **seen), Status.FIRING)
    assert kit.values(catalogue.NEGATIVE_MOMENTS) == {("FMOT", shipped().kinds["call.missed"].channel, "high"): 1}
    assert kit.values(catalogue.STORE_NEGATIVE_MOMENTS) == {}


def test_one_in_a_store_counts_there_too(kit: Kit) -> None:
    """By the till that decided."""
    kit.say(alert(recent=(VOIDED,)), "")
    kit.say(alert("a2", customer="", subject="place:madrid-014", moment=""), "")
    assert kit.values(catalogue.STORE_NEGATIVE_MOMENTS) == {("madrid-014", "FMOT"): 1, ("madrid-014", "none"): 1}


@pytest.mark.parametrize("status", [Status.RECOVERED, Status.LOST, Status.EXPIRED, Status.RETRACTED])
def test_the_end_counts_by_how_it_came(kit: Kit, status: Status) -> None:
    """And how long it took where the customer is fine again; an update of what is over is no other end."""
    kit.say(alert(), "")
    kit.say(alert(revision=2, status=status, ended_at=START_MS + HOUR_MS), Status.FIRING)
    kit.say(alert(revision=3, status=status, ended_at=START_MS + HOUR_MS), status)
    assert kit.values(catalogue.ALERTS_CLOSED) == {("FMOT", str(status)): 1}
    found = kit.board.histogram(catalogue.TIME_TO_RECOVER, "FMOT")
    assert found.sum == (HOUR_MS / 1000 if status is Status.RECOVERED else 0)


@pytest.mark.parametrize(
    "other",
    [
        alert(mode="shadow"),
        alert(mode=POSITIVE),
        alert(rule="canary", customer="canary-1"),
    ],
)
def test_only_live_alerts_of_real_customers_count(kit: Kit, other: Alert) -> None:
    """Not a rule on trial, good news or the canary."""
    kit.say(other, "")
    assert kit.values(catalogue.NEGATIVE_MOMENTS) == {}


def test_what_another_worker_owed_is_taken_to_have_fired(kit: Kit) -> None:
    """After a kill nobody knows what was said before: a first revision begins, a later one can end."""
    kit.say(alert("a1"))
    kit.say(alert("a2", 2))
    kit.say(alert("a3", 2, Status.RECOVERED))
    assert sum(kit.values(catalogue.NEGATIVE_MOMENTS).values()) == 1
    assert kit.values(catalogue.ALERTS_CLOSED) == {("FMOT", "recovered"): 1}


def test_revisions_that_are_never_acknowledged_do_not_pile_up(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest make room, and count as another worker's."""
    monkeypatch.setattr(business, "PENDING_MOST", 2)
    kit.business.turned(Turn(f"a{number}", 2, Status.WATCHING) for number in range(3))
    for number in range(3):
        kit.say(alert(f"a{number}", 2))
    assert sum(kit.values(catalogue.NEGATIVE_MOMENTS).values()) == 2


def test_promises_are_counted_by_kind_and_outcome(kit: Kit) -> None:
    """As the partitions tell."""
    kit.business.promised({("delivery", "made"): 2, ("delivery", "broken"): 1})
    kit.business.promised({("delivery", "made"): 1})
    assert kit.values(catalogue.PROMISES) == {("delivery", "made"): 3, ("delivery", "broken"): 1}
