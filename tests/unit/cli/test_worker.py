"""`touchpoint worker`: what it is told reaches the partitions."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from streams.cli import process
from streams.cli.worker import command
from streams.testing.journeys import at, touchpoint
from streams.worker import run
from streams.worker.run import Worker

PACK = """\
rules:
  - id: failing
    moment: FMOT
    severity: medium
    when: {seen: {type: payment.failed}}
    title: {en: a, es: b}
"""


@pytest.mark.parametrize(("option", "is_held"), [((), True), (("--hold-from", "high"), False)])
def test_who_is_held_is_a_setting(
    option: tuple[str, ...], is_held: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From medium on, or from the severity that the operator says."""
    rules = tmp_path / "rules.yaml"
    rules.write_text(PACK)
    given: list[Any] = []
    monkeypatch.setattr(run, "run", given.append)
    monkeypatch.setattr(process, "begin", lambda *_: None)
    arguments = ("--rules", str(rules), "--data-dir", str(tmp_path), *option)
    assert CliRunner().invoke(command, arguments).exit_code == 0
    partition = Worker(given[0])._kit.new_partition(0)
    partition.fold(0, [(0, b"c1", touchpoint("payment.failed", 0))], at(0))
    assert len(partition.outbox(b"c1")) == 1
    assert bool(partition.holds(b"c1")) is is_held


def test_a_severity_that_is_none_is_refused() -> None:
    """With what there is."""
    answer = CliRunner().invoke(command, ["--hold-from", "severe"])
    assert answer.exit_code == 2
    assert "low" in answer.stderr
