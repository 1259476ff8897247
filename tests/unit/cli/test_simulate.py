import json
from pathlib import Path

from tests.unit.cli.test_import import touchpoint


def test_simulate_writes_touchpoints_and_labels(tmp_path: Path) -> None:
    """The labels name customers that are in the touchpoints, and packing changes nothing of what is made."""
    output, labels = tmp_path / "s.jsonl", tmp_path / "s.csv"
    done = touchpoint("simulate", "--customers", "9", "--seed", "7", "--output", str(output), "--labels", str(labels))
    assert done.returncode == 0
    customers = {json.loads(line)["customer"] for line in output.read_text().splitlines()}
    assert {row.split(",")[0] for row in labels.read_text().splitlines()[1:]} == customers
    assert len(customers) == 9
    assert touchpoint("simulate", "--customers", "9", "--seed", "7").stdout == output.read_text()


def test_late_touchpoints_say_when_they_were_recorded() -> None:
    """Only those that came late or again carry a recorded time."""
    lines = touchpoint("simulate", "--customers", "20", "--seed", "7", "--late", "0.5").stdout.splitlines()
    late = [line for line in map(json.loads, lines) if "recordedtime" in line]
    assert 0.4 < len(late) / len(lines) < 0.6
    assert all(line["recordedtime"] > line["time"] for line in late)


def test_wrong_use_is_exit_code_2() -> None:
    """No number of customers and a share above one are told by the option's name."""
    assert touchpoint("simulate", "--seed", "9").returncode == 2
    done = touchpoint("simulate", "--customers", "9", "--seed", "1", "--late", "2")
    assert (done.returncode, "--late" in done.stderr) == (2, True)
