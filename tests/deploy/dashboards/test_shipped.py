"""The dashboards that are shipped load in Grafana, lie well, and speak only of what there is."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models
from ruamel.yaml import YAML

from deploy.grafana.code.boards import BOARDS, FOLDER
from deploy.grafana.code.compose import COLUMNS, TAG, to_json
from deploy.grafana.code.promql import DECLARED, JOBS, UndeclaredError, check, metrics_in, or_zero, share_within
from deploy.grafana.code.recorded import RECORDED
from deploy.grafana.code.unit import Unit
from tests.deploy.dashboards.shipped import FILES, Dashboard, Panel, dashboards
from tests.deploy.dashboards.substitution import Window, fill

SHIPPED: Final = dashboards()
PANELS: Final = [panel for one in SHIPPED for panel in one.panels]
CHOICES: Final = {one.uid: one.chosen for one in SHIPPED}
ANY: Final = Window(0.0, 3_600.0, 15)
TYPES: Final = {"timeseries", "stat", "bargauge", "state-timeline"}  # of panels that Grafana itself comes with
GRAFANA: Final = FOLDER.parent
LARGEST_PICTURE: Final = 200_000  # bytes
SCRAPING: Final = GRAFANA.parent / "prometheus" / "prometheus.yml"
MOUNTED: Final = "/var/lib/grafana/dashboards"

each_dashboard = pytest.mark.parametrize("one", SHIPPED, ids=lambda one: one.uid)
each_panel = pytest.mark.parametrize("panel", PANELS, ids=lambda panel: f"{panel.board}: {panel.title}")


def named(panel: Panel) -> str:
    """Return all the PromQL of a panel."""
    return "\n".join(query for query, _ in panel.queries)


def test_the_files_are_what_the_code_says() -> None:
    """`make dashboards` writes them anew."""
    assert {path.name: path.read_text(encoding="utf-8") for path in FILES} == {
        f"{board.uid}.json": to_json(board) for board in BOARDS
    }


@each_dashboard
def test_a_dashboard_is_of_the_types_that_grafana_publishes(one: Dashboard) -> None:
    """Read into Grafana's own types and written again, it says the same: no key is misspelt or in the wrong place."""
    plugins.register_default_plugins()
    again = json.loads(json.dumps(models.Dashboard.from_json(one.raw), cls=JSONEncoder))
    assert again == one.raw


@each_dashboard
def test_panels_lie_side_by_side(one: Dashboard) -> None:
    """On the grid, each cell once; every id is there once."""
    taken: dict[tuple[int, int], str] = {}
    for panel in one.raw["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= COLUMNS, panel["title"]
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert taken.setdefault((x, y), panel["title"]) == panel["title"]
    ids = [panel["id"] for panel in one.raw["panels"]]
    assert len(set(ids)) == len(ids)


@each_dashboard
def test_rows_are_filled(one: Dashboard) -> None:
    """No hole in the page: what begins a line ends it, too."""
    widths: dict[int, int] = {}
    for panel in one.raw["panels"]:
        place = panel["gridPos"]
        widths[place["y"]] = widths.get(place["y"], 0) + place["w"]
    assert set(widths.values()) == {COLUMNS}


@each_dashboard
def test_a_dashboard_finds_its_data_and_the_others(one: Dashboard) -> None:
    """A choice of data source, links to all of ours, our own alerts as marks, a range and a refresh of its own."""
    kinds = {choice["name"]: choice["type"] for choice in one.raw["templating"]["list"]}
    assert kinds.pop("datasource") == "datasource"
    assert set(kinds.values()) == {"query"}
    assert one.raw["tags"] == one.raw["links"][0]["tags"] == [TAG]
    assert one.raw["annotations"]["list"][0]["expr"].startswith("ALERTS{")
    assert re.fullmatch(r"now-\d+[hd]", one.raw["time"]["from"])
    assert re.fullmatch(r"\d+[sm]", one.raw["refresh"])
    assert one.raw["description"].endswith((".", "?"))


@each_dashboard
def test_every_choice_is_used_and_every_variable_can_be_chosen(one: Dashboard) -> None:
    """A choice that changes nothing would mislead, a variable that nobody sets would be an error."""
    used = {name for panel in one.panels for name in re.findall(r"\$(\w+)", named(panel))}
    assert {name for name in used if not name.startswith("__")} == set(one.chosen)
    for choice in one.raw["templating"]["list"]:
        if choice["type"] == "query":
            found = re.fullmatch(r"label_values\((\w+), (\w+)\)", choice["query"])
            assert found is not None
            assert found[2] in {label.name for label in DECLARED[found[1]].labels}


@each_panel
def test_a_panel_is_one_that_grafana_has(panel: Panel) -> None:
    """A known type and unit, and PromQL that comes from the chosen data source."""
    assert panel.raw["type"] in TYPES
    assert panel.defaults["unit"] in set(Unit)
    assert panel.raw["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    assert [target["refId"] for target in panel.raw["targets"]] == list("ABCDEFGH")[: len(panel.queries)]


@each_panel
def test_a_panel_says_what_it_asks_and_what_to_do(panel: Panel) -> None:
    """The question comes first; then what is counted and the remedies, in the catalogue's words."""
    description = panel.raw["description"]
    assert description.partition("\n")[0].endswith(("?", ".", ")"))
    for metric in metrics_in(named(panel)):
        assert metric.help in description
        assert metric.remedy in description
    assert "What to do" in description or not any(metric.remedy for metric in metrics_in(named(panel)))


@each_panel
def test_a_panel_speaks_of_what_is_declared(panel: Panel) -> None:
    """Metrics and labels of the catalogue, or of the recording rules, and nothing else."""
    for query, legend in panel.queries:
        assert check(query) == query
        kept = set(re.findall(r"\{\{(\w+)\}\}", legend))
        assert all(re.search(rf"\b{label}\b", query) or query.startswith("touchpoint:") for label in kept)


def test_what_is_not_declared_is_refused() -> None:
    """While the dashboards are built, with the word that is wrong."""
    with pytest.raises(UndeclaredError, match="touchpoint_lags_total"):
        check("sum(rate(touchpoint_lags_total[1m]))")
    with pytest.raises(UndeclaredError, match="no label shop"):
        check('touchpoint_consumer_lag_records{shop="1"}')
    with pytest.raises(UndeclaredError, match="the label shop"):
        check("sum by (shop) (touchpoint_consumer_lag_records)")
    with pytest.raises(UndeclaredError, match=r"ends at 0\.7"):
        share_within(0.7, "touchpoint_time_to_alert_seconds", "5m")
    assert check("touchpoint_time_to_alert_seconds_bucket{le='1.0'}")


def test_zero_is_said_by_whoever_would_know() -> None:
    """A desk that is away leaves a gap, and not a queue that seems empty."""
    assert or_zero("sum(touchpoint_desk_open_cases)").endswith('or on() 0 * max(up{job="desk"} == 1)')
    assert or_zero("sum(touchpoint_alerts_total)").endswith('or on() 0 * max(up{job="worker"} == 1)')
    jobs = {one["job_name"] for one in YAML(typ="safe").load(SCRAPING.read_text())["scrape_configs"]}
    assert set(JOBS) <= jobs


def test_every_expression_is_promql(tmp_path: Path) -> None:
    """Prometheus' own parser reads each, with its variables filled in, and each choice of the page."""
    promtool = shutil.which("promtool")
    assert promtool is not None, "install Prometheus (Debian: apt-get install prometheus)"
    queries = [fill(query, ANY, CHOICES[panel.board]) for panel in PANELS for query, _ in panel.queries]
    rules = [{"record": f"q{number}", "expr": query} for number, query in enumerate(queries)]
    path = tmp_path / "rules.yaml"
    path.write_text(json.dumps({"groups": [{"name": "all", "rules": rules}]}), encoding="utf-8")
    told = subprocess.run([promtool, "check", "rules", str(path)], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert f"{len(queries)} rules found" in told.stdout


def test_recorded_figures_are_used_as_they_are_recorded() -> None:
    """A score of each moment of truth is there, by moment, from the two counters that it is made of."""
    score = RECORDED["touchpoint:moment_score:ratio_rate1h"]
    assert score.labels == {"moment"}
    assert set(score.metrics) == {"touchpoint_negative_moments_total", "touchpoint_moment_touchpoints_total"}


def provisioned(kind: str) -> dict[str, Any]:
    """Return one of the provisioning files."""
    (path,) = (GRAFANA / "provisioning" / kind).glob("*.yaml")
    found: dict[str, Any] = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    return found


def test_grafana_is_provisioned_with_them() -> None:
    """Prometheus (the default) and Alertmanager as data sources, and a folder that only the code changes."""
    sources = provisioned("datasources")
    assert sources["apiVersion"] == 1
    assert [(one["type"], one.get("isDefault", False)) for one in sources["datasources"]] == [
        ("prometheus", True),
        ("alertmanager", False),
    ]
    assert len({one["uid"] for one in sources["datasources"]}) == len(sources["datasources"])
    (provider,) = provisioned("dashboards")["providers"]
    assert provider["options"]["path"] == MOUNTED
    assert provider["type"] == "file"
    assert provider["allowUiUpdates"] is False


def test_no_secret_is_shipped() -> None:
    """Neither the settings of Grafana nor its data sources hold a password, a token or a key."""
    texts = [path.read_text() for path in (*GRAFANA.rglob("*.yaml"), *GRAFANA.rglob("*.ini"))]
    lines = [line for text in texts for line in text.splitlines() if not line.startswith("#")]
    assert [line for line in lines if re.search(r"(?i)password|secret|token|basicAuth|api_?key", line)] == []


def test_the_first_page_is_one_of_them() -> None:
    """Who opens Grafana sees how customers fare."""
    home = re.search(r"default_home_dashboard_path = (\S+)", (GRAFANA / "grafana.ini").read_text())
    assert home is not None
    assert home[1] in {f"{MOUNTED}/{path.name}" for path in FILES}


@each_dashboard
def test_the_documentation_shows_it(one: Dashboard) -> None:
    """With a picture that a page loads at once, and its file."""
    text = (GRAFANA / "README.md").read_text()
    picture = GRAFANA / "pictures" / f"{one.uid}.png"
    assert f"](pictures/{picture.name})" in text
    assert f"](dashboards/{one.uid}.json)" in text
    assert 10_000 < picture.stat().st_size < LARGEST_PICTURE
