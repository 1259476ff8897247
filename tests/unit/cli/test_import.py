import json
import subprocess
import sys
from pathlib import Path

import pytest

from streams.testing.patience import PATIENCE_SEC
from tests.unit.datasets.test_olist import TABLES


def touchpoint(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a shell would."""
    command = [sys.executable, "-c", "from streams.cli import main; main()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_SEC)


def test_completejourney_goes_to_standard_output_line_by_line() -> None:
    """Touchpoints are on standard output, what is said about them on standard error, without a bar in a pipe."""
    done = touchpoint("import", "completejourney", "--households", "2", "--since", "2017-03-01", "--limit", "3")
    assert done.returncode == 0
    made = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["customer"] for line in made] == ["household-2", "household-1", "household-1"]
    assert made[0]["time"] >= "2017-03-01"
    assert done.stderr == "3 touchpoints\n"


def test_olist_writes_touchpoints_and_labels(tmp_path: Path) -> None:
    """Both files are there, and the labels are counted."""
    for name, text in TABLES.items():
        (tmp_path / f"olist_{name}_dataset.csv").write_text(text, "utf-8")
    output, labels = tmp_path / "o.jsonl", tmp_path / "o.csv"
    done = touchpoint("import", "olist", str(tmp_path), "--output", str(output), "--labels", str(labels))
    assert done.stderr == "8 touchpoints\n2 labels, 1 of them bad\n"
    assert len(output.read_text().splitlines()) == 8
    assert labels.read_text().splitlines()[0] == "customer,subject,time,label"


@pytest.mark.parametrize(
    "arguments", [("olist", "{}/none"), ("olist", "{}"), ("completejourney", "--output", "{}/none/x")]
)
def test_what_is_missing_is_told_in_one_line(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Exit code 2, the place and the remedy, and no traceback."""
    done = touchpoint("import", *(each.format(tmp_path) for each in arguments))
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {tmp_path}/")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("verb", [(), ("completejourney",), ("olist",)])
def test_help_has_an_example(verb: tuple[str, ...]) -> None:
    """Nobody has to guess how it is called."""
    assert "Example: touchpoint import" in touchpoint("import", *verb, "--help").stdout
