"""Who was blind in recorded touchpoints, and what that holds back, by the command a person types."""

from pathlib import Path
from typing import Final

import msgspec
import pytest
from click.testing import CliRunner

from streams.alerts.alert import Alert, Status
from streams.cli.backtest import command
from streams.codec.alert import from_json
from streams.codec.sources import outage_to_json
from streams.codec.times import to_rfc3339
from streams.journeys.holds import Outage
from streams.testing.journeys import at

DECLARED: Final = "sources: [{source: //chat, blind_after: 10m}]\n"
RULE: Final = """
rules:
  - id: unanswered
    moment: SMOT
    severity: medium
    by: subject
    when: {absence: {after: {type: message.received}, of: {type: message.sent}, within: 30m}}
    title: {en: "Nobody answers", es: "Nadie responde"}
    advice: {en: "Answer.", es: "Responder."}
"""


def line(kind: str, minute: float, source: str, subject: str = "", recorded: float | None = None) -> bytes:
    """Return a touchpoint as a line of a file."""
    fields = {
        "id": f"{kind}@{minute}{subject}",
        "source": source,
        "type": kind,
        "time": to_rfc3339(at(minute)),
        "customer": f"c{subject}",
        "subject": subject,
    }
    if recorded is not None:
        fields["recordedtime"] = to_rfc3339(at(recorded))
    return msgspec.json.encode(fields)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a rule, a declaration, and a chat that is silent for two hours and brings its backlog."""
    (tmp_path / "rules.yaml").write_text(RULE)
    (tmp_path / "sources.yaml").write_text(DECLARED)
    lines = [line("message.sent", minute, "//chat", "0") for minute in range(0, 30, 5)]
    lines += [line("message.received", minute, "//app", "1") for minute in (26,)]
    lines += [line("message.received", minute, "//app", "2") for minute in (27,)]
    lines += [line("page.viewed", minute, "//web") for minute in range(30, 150)]
    lines += [line("message.sent", 40, "//chat", "1")]  # the backlog, at 150
    lines += [line("message.sent", minute, "//chat", "0") for minute in range(150, 200, 5)]
    lines += [line("page.viewed", minute, "//web") for minute in range(196, 205)]
    (tmp_path / "events.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    return tmp_path


def run(folder: Path, *arguments: str) -> list[Alert]:
    """Return the alert revisions of a backtest."""
    output = folder / "alerts.jsonl"
    base = ["--rules", str(folder / "rules.yaml"), "--events", str(folder / "events.jsonl"), "--output", str(output)]
    result = CliRunner().invoke(command, [*base, *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return [from_json(each) for each in output.read_bytes().splitlines()]


def told(alerts: list[Alert]) -> list[tuple[str, str, str, int]]:
    """Return rule, subject, status and time of each."""
    return [(one.rule, one.subject, one.status.value, one.detected_at) for one in alerts]


def test_a_backlog_keeps_what_it_had_kept(folder: Path) -> None:
    """Nothing false is said of the answered one; the other one waits, and begins when it fell due."""
    alerts = run(folder, "--sources", str(folder / "sources.yaml"))
    assert told(alerts) == [
        ("source-blind", "source://chat", "firing", at(35)),
        ("source-blind", "source://chat", "recovered", at(151)),
        ("unanswered", "2", "firing", at(151)),
    ]
    assert [alert.started_at for alert in alerts] == [at(25), at(25), at(57)]
    assert (alerts[0].customer, alerts[0].revision, alerts[1].revision, alerts[1].ended_at) == ("", 1, 2, at(151))
    assert alerts[0].alert_id == alerts[1].alert_id
    assert set(alerts[0].title) == {"en", "es"}


def test_without_it_the_same_file_raises_a_false_alarm(folder: Path) -> None:
    """Which is then taken back."""
    assert [one.status for one in run(folder) if one.subject == "1"] == [Status.FIRING, Status.RETRACTED]


def test_outages_of_a_live_run_may_be_given(folder: Path) -> None:
    """The same facts, the same alerts."""
    found = Outage(source="//chat", since=at(25), decided=at(35), until=at(151), types=("message.sent",))
    (folder / "outages.jsonl").write_bytes(outage_to_json(found))
    given = run(folder, "--sources", str(folder / "outages.jsonl"))
    assert given == run(folder, "--sources", str(folder / "sources.yaml"))


def test_a_till_ahead_of_its_record_makes_nothing_due(folder: Path) -> None:
    """Ten minutes ahead: with its recorded time the clock knows better than it."""
    lines = [
        line("message.received", 0, "//app", "1", 0),
        line("page.viewed", 35, "//till", "3", 25),
        line("message.sent", 29, "//chat", "1", 29),
    ]
    (folder / "events.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    assert run(folder) == []
