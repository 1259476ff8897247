"""The document of the metrics is what the catalogue says: complete, and up to date."""

import json

from click.testing import CliRunner

from streams.cli.metrics import command
from streams.settings.places import DEPLOY
from streams.telemetry.catalogue import CATALOGUE
from streams.telemetry.reference import markdown


def test_the_document_is_what_the_code_says() -> None:
    """`touchpoint metrics reference > deploy/METRICS.md` makes it anew."""
    assert (DEPLOY / "METRICS.md").read_text() == markdown()


def test_every_metric_is_there_once() -> None:
    """Under its own heading, with what it counts."""
    text = markdown()
    for metric in CATALOGUE:
        assert text.count(f"### `{metric.name}`\n") == 1
        assert metric.help in text


def test_programs_read_it_too() -> None:
    """`--json` has the same metrics."""
    answer = CliRunner().invoke(command, ["reference", "--json"])
    assert answer.exit_code == 0
    assert [each["name"] for each in json.loads(answer.stdout)["metrics"]] == [metric.name for metric in CATALOGUE]
