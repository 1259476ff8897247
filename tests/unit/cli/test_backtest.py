"""`touchpoint backtest`, as a person and as a program sees it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.test_import import touchpoint

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return simulated touchpoints, with the labels beside them."""
    path = tmp_path_factory.mktemp("backtest") / "s.jsonl"
    words = ("--customers", "120", "--seed", "7", "--output", str(path), "--labels", str(path.with_suffix(".csv")))
    assert touchpoint("simulate", *words).returncode == 0
    return path


def summary(printed: str) -> dict[str, Any]:
    """Return what `--json` printed, without the time it took."""
    found: dict[str, Any] = json.loads(printed)
    assert found.pop("seconds") > 0
    return found


def test_the_number_of_cores_changes_nothing(events: Path, tmp_path: Path) -> None:
    """The summary, the scores and the file of alerts are the same, byte by byte."""
    found = []
    for cores in ("1", "2"):
        output = tmp_path / f"alerts-{cores}.jsonl"
        words = ("--rules", str(ROOT / "deploy" / "rules"), "--events", str(events), "--output", str(output), "--json")
        done = touchpoint("backtest", *words, "--labels", str(events.with_suffix(".csv")), "--cores", cores)
        assert done.returncode == 0, done.stderr
        found.append((summary(done.stdout), output.read_bytes()))
    assert found[0] == found[1]
    assert found[0][0]["alerts"]


def test_no_core_at_all_is_wrong_use() -> None:
    """Exit code 2, and the option's name."""
    done = touchpoint("backtest", "--rules", "x", "--events", "y", "--cores", "0")
    assert (done.returncode, "--cores" in done.stderr) == (2, True)
