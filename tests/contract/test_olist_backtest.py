"""The shipped rule for late deliveries against real orders and their reviews."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from streams.testing.patience import PATIENCE_SEC

ROOT: Final = Path(__file__).parents[2]
SHARED: Final = ROOT.parent / "shared"
OLIST: Final = SHARED / "data" / "olist"

pytestmark = pytest.mark.skipif(not SHARED.exists(), reason="the real tables are not part of this repository")


def touchpoint(*arguments: str | Path) -> str:
    """Run a command and return what it printed."""
    command = [sys.executable, "-m", "streams.cli", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_SEC)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what the backtest says of the shipped pack."""
    folder = tmp_path_factory.mktemp("olist")
    events, labels = folder / "olist.jsonl.zst", folder / "olist.csv"
    touchpoint("import", "olist", OLIST, "--output", events, "--labels", labels)
    arguments = ("--rules", ROOT / "deploy" / "rules", "--events", events, "--labels", labels, "--json")
    found: dict[str, Any] = json.loads(touchpoint("backtest", *arguments))
    return found


def test_a_broken_delivery_promise_foretells_the_bad_review(report: dict[str, Any]) -> None:
    """Of all reviews of one or two stars most are foreseen, and most that is foreseen comes true."""
    late = report["rules"]["delivery-late"]
    assert late["precision"] >= 0.70
    assert late["recall"] >= 0.80


def test_the_report_says_how_many_were_decided_before_the_review(report: dict[str, Any]) -> None:
    """Nearly all of them are, by days."""
    late = report["rules"]["delivery-late"]
    assert late["decided_before_label"] / late["true_positives"] > 0.9
    assert late["lead_time_hours"]["p50"] > 48


def test_nothing_of_the_tables_is_refused(report: dict[str, Any]) -> None:
    """Every touchpoint that the import writes is one."""
    assert (report["refused"], report["touchpoints"] > 18_000) == (0, True)
