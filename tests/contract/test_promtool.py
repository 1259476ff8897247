"""The pages of all components pass the linter of Prometheus: names, types and help as others expect them."""

import shutil
import subprocess
from collections.abc import Sequence
from typing import Final

import pytest

from streams.telemetry.board import Board
from streams.telemetry.catalogue import Kind, Metric
from streams.telemetry.reference import COMPONENTS

PROMTOOL: Final = shutil.which("promtool") or ""

pytestmark = pytest.mark.skipif(not PROMTOOL, reason="promtool is not installed (Debian: apt-get install prometheus)")


def linted(page: bytes) -> tuple[int, str]:
    """Return what promtool comes to, and what it says."""
    answer = subprocess.run([PROMTOOL, "check", "metrics"], input=page, capture_output=True, check=False)
    return answer.returncode, (answer.stdout + answer.stderr).decode()


@pytest.mark.parametrize(("component", "metrics"), COMPONENTS.items())
def test_every_page_is_clean(component: str, metrics: Sequence[Metric]) -> None:
    """With a series in every metric, those with labels too."""
    board = Board(component, metrics)
    for metric in metrics:
        values = [label.name for label in metric.labels]
        if metric.kind is Kind.HISTOGRAM:
            board.histogram(metric, *values).observe(1.0)
        else:
            board.family(metric).add(1.0, *values)
    page = board.page("")[0]
    assert all(metric.name.encode() in page for metric in metrics)
    assert linted(page) == (0, "")


def test_the_linter_finds_faults() -> None:
    """A counter without its suffix is named, so a clean page says something."""
    code, said = linted(b"# HELP things Things.\n# TYPE things counter\nthings 1\n")
    assert code != 0
    assert "_total" in said
