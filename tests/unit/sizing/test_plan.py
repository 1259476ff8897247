"""The arithmetic of sizes, its table, its verb, and the documentation that shows them."""

import json
import re
from pathlib import Path
from typing import Final

import msgspec
import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from streams.cli.size import command
from streams.sizing.figures import GIB, SOURCES, Figures, shown
from streams.sizing.plan import Load, plan
from streams.sizing.table import table

DOCUMENT: Final = Path(__file__).parents[3] / "deploy" / "README.md"
WORKED: Final = (
    Load(touchpoints_per_sec=1_000, journeys=1_000_000),
    Load(touchpoints_per_sec=100_000, journeys=10_000_000),
    Load(touchpoints_per_sec=5_000_000, journeys=500_000_000),
)


def test_the_document_shows_what_the_arithmetic_says() -> None:
    """Both tables, the figures and the three loads, are printed anew and compared."""
    text = DOCUMENT.read_text()
    assert "\n".join(shown()) in text
    assert "\n".join(table([plan(load) for load in WORKED])) in text


def test_every_figure_says_where_it_is_from() -> None:
    """Measured, a setting, simulated, or assumed; none without."""
    assert SOURCES.keys() == {field.name for field in msgspec.structs.fields(Figures)}
    begins = ("measured", "setting", "simulated", "assumed", "the catalogue")
    assert [name for name, each in SOURCES.items() if not each.origin.startswith(begins)] == []


@pytest.mark.parametrize("load", WORKED, ids=lambda load: f"{load.touchpoints_per_sec:.0f}")
def test_one_worker_may_always_be_gone(load: Load) -> None:
    """The others can do its work, and have partitions to share it by."""
    made = plan(load)
    assert made.workers >= 2
    assert made.busiest_share <= Figures().most_busy
    assert made.partitions >= made.workers * Figures().partitions_per_worker / 2


def test_memory_is_for_what_a_survivor_holds() -> None:
    """Two workers: each has room for all journeys, and so in whole GiB no less than their bytes."""
    load = Load(touchpoints_per_sec=1_000, journeys=4_000_000)
    assert plan(load).worker_bytes >= 4_000_000 * Figures().journey_bytes
    assert plan(load).worker_bytes % GIB == 0


def test_more_than_one_group_can_bear_is_several_deployments() -> None:
    """Customers are split over them; none has more workers than its group may."""
    made = plan(WORKED[2])
    assert made.deployments > 1
    assert made.workers <= Figures().most_workers


def test_a_slower_worker_means_more_of_them() -> None:
    """Who has measured other figures gives them."""
    assert plan(WORKED[1], Figures(worker_rate=10_000.0)).workers > plan(WORKED[1]).workers


@pytest.mark.parametrize("name", ["small", "large"])
def test_the_values_of_the_chart_are_those_of_the_arithmetic(name: str) -> None:
    """What the first line of the file promises: partitions, workers, gateways, and memory within the limit."""
    text = (DOCUMENT.parent / "helm" / f"{name}.yaml").read_text()
    rate, journeys = (int(number.replace(",", "")) for number in re.findall(r"[\d,]{5,}", text.splitlines()[0]))
    made = plan(Load(touchpoints_per_sec=rate, journeys=journeys))
    chart = YAML(typ="safe").load((DOCUMENT.parent / "helm" / "touchpoint-tracker" / "values.yaml").read_text())
    given = YAML(typ="safe").load(text)
    worker = chart["worker"] | given.get("worker", {})
    workers = worker["replicas"] if name == "small" else worker["autoscaling"]["min"]
    assert (given["kafka"]["partitions"], workers) == (made.partitions, made.workers)
    assert int(worker["resources"]["limits"]["memory"].removesuffix("Gi")) * GIB >= made.worker_bytes
    # A single gateway is enough for a thousand a second; there are two where requests must not wait for a restart.
    assert given["gateway"]["replicas"] in {1, made.gateways}


def test_the_verb_prints_a_column_for_each_load() -> None:
    """As a table for people and as JSON for programs."""
    arguments = ["--touchpoints-per-second", "1000", "--journeys", "1000000"]
    said = CliRunner().invoke(command, [*arguments, "--touchpoints-per-second", "2000", "--journeys", "5"])
    assert said.output.splitlines()[0].count("|") == 4
    printed = CliRunner().invoke(command, [*arguments, "--json"])
    (found,) = json.loads(printed.output)
    assert (found["workers"], found["partitions"]) == (plan(WORKED[0]).workers, plan(WORKED[0]).partitions)


def test_a_rate_without_journeys_is_refused_with_the_remedy() -> None:
    """They go together, one by one."""
    rates = ["--touchpoints-per-second", "1", "--touchpoints-per-second", "2"]
    said = CliRunner().invoke(command, [*rates, "--journeys", "5"])
    assert "once for each --touchpoints-per-second" in str(said.exception)
