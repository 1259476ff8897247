"""`touchpoint config`: what would be run with, and from where."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from streams.cli import touchpoint
from streams.settings.redacted import MASK


def run(*arguments: str) -> Result:
    """Run the whole command."""
    return CliRunner().invoke(touchpoint, arguments)


def test_flags_are_read_as_the_component_reads_them() -> None:
    """After two dashes, so that a unit file's line can be tried."""
    answer = run("config", "show", "--component", "worker", "--json", "--", "--partitions", "48")
    assert answer.exit_code == 0, answer.output
    assert json.loads(answer.stdout)["partitions"] == {
        "value": 48,
        "origin": "flag",
        "place": "--partitions",
        "variable": "TOUCHPOINT_PARTITIONS",
    }


def test_secrets_are_dots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether one is set is all that is shown."""
    monkeypatch.setenv("TOUCHPOINT_SIGNING_KEY", "0123456789" * 4)
    monkeypatch.setenv("TOUCHPOINT_DATABASE_URL", "postgresql://desk:hunter2@db/desk")
    answer = run("config", "show", "--component", "desk")
    lines = {line.split()[0]: line.split()[1:] for line in answer.stdout.splitlines()}
    assert lines["signing_key"] == [MASK, "environment", "TOUCHPOINT_SIGNING_KEY"]
    assert lines["database_url"][0] == f"postgresql://desk:{MASK}@db/desk"
    assert lines["slack_signing_secret"] == ["default"]


def test_check_names_every_mistake_and_ends_with_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the file too, which stops nothing else here."""
    file = tmp_path / "touchpoint.toml"
    file.write_text("partitons = 3\n")
    monkeypatch.setenv("TOUCHPOINT_CLOK", "wall")
    answer = run("config", "check", "--file", str(file))
    assert answer.exit_code == 1
    assert answer.stdout.splitlines() == [
        f"{file}:1: unknown setting `partitons` (did you mean partitions?)",
        "TOUCHPOINT_CLOK: unknown variable (did you mean TOUCHPOINT_CLOCK?)",
    ]
    listed = json.loads(run("--config", str(file), "config", "check", "--json").stdout)
    assert [one["place"] for one in listed] == [f"{file}:1", "TOUCHPOINT_CLOK"]


def test_right_settings_end_with_0() -> None:
    """And say so."""
    answer = run("config", "check")
    assert (answer.exit_code, answer.stdout) == (0, "every setting is known and has a value that can be\n")


def test_the_shipped_file_of_a_secret_reaches_the_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TOUCHPOINT_DATABASE_URL_FILE stands for the option itself."""
    file = tmp_path / "url"
    file.write_text("sqlite:///elsewhere.db\n")
    monkeypatch.setenv("TOUCHPOINT_DATABASE_URL_FILE", str(file))
    found: list[str] = []
    monkeypatch.setattr("streams.desk.run.serve", lambda settings, _: found.append(settings.database_url))
    monkeypatch.setattr("streams.cli.process.begin", lambda *_: None)
    assert run("desk").exit_code == 0
    assert found == ["sqlite:///elsewhere.db"]
