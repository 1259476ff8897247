from collections.abc import Iterable
from contextlib import nullcontext

import pytest

from streams.alerts.alert import Alert, Status
from streams.demo.screen import Screen
from streams.demo.tally import RuleCount, Summary, Tally
from tests.unit.demo.test_tally import alert


def two_lines(shown: Alert) -> Iterable[str]:
    """Return a headline and one line of evidence."""
    return (f"{shown.status} {shown.alert_id}", f"    evidence of {shown.alert_id} [sic]")


@pytest.fixture
def screen() -> Screen:
    """Not on a terminal, which tests never are."""
    return Screen(two_lines, lambda: nullcontext(lambda *_: None))


def test_evidence_is_shown_when_an_alert_fires(screen: Screen, capsys: pytest.CaptureFixture[str]) -> None:
    """All of it when it fires, one line when it ends, nothing while it only watches."""
    for status in (Status.WATCHING, Status.FIRING, Status.RECOVERED):
        screen.tell(alert("a", status))
    assert capsys.readouterr().out.splitlines() == ["firing a", "    evidence of a [sic]", "recovered a"]


def test_progress_is_a_line_where_there_is_no_terminal(screen: Screen, capsys: pytest.CaptureFixture[str]) -> None:
    """It has the event date, and comes at most every few seconds."""
    tally = Tally()
    tally.add_sent(1_509_984_000_000)
    tally.add_alert(alert("a", Status.FIRING))
    screen.begin(2)
    for _ in range(3):
        screen.draw(tally)
    screen.end()
    shown = "[Mon 06 Nov 2017 16 h] 1 sent · 0 journeys · 1 firing · 0 recovered · 0 dead letters\n"
    assert capsys.readouterr().out == shown
    screen._drawn_sec = 0.0  # long ago
    screen.draw(tally)
    assert capsys.readouterr().out == ""


def test_the_summary_is_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    """One row a rule with its moment, only the statuses that occur, on standard error where a program reads."""
    screen = Screen(two_lines, lambda: nullcontext(lambda *_: None), to_error=True)
    screen.summarise(
        Summary(
            touchpoints=3,
            real=2,
            simulated=1,
            journeys=1,
            alerts=3,
            dead_letters=0,
            seconds=1.0,
            broker_seconds=0.1,
            ready_seconds=0.2,
            first_alert_seconds=0.3,
            speed=None,
            event_time=("", ""),
            sources={},
            statuses={"firing": 2, "lost": 1},
            moments={"FMOT": 3},
            rules={"payment-failing": RuleCount("FMOT", 3, {"firing": 2, "lost": 1})},
        )
    )
    printed = capsys.readouterr()
    rows = [line.split() for line in printed.err.splitlines() if line.strip()]
    assert printed.out == ""
    assert rows == [
        ["moment", "rule", "alerts", "firing", "lost"],
        ["FMOT", "payment-failing", "3", "2", "1"],
        ["all", "3", "2", "1"],
    ]
