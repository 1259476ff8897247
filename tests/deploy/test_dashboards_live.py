"""Every panel gives an answer, and the right one, about real processes that a real Prometheus has scraped."""

from collections.abc import Iterator
from typing import Final

import pytest

from streams.canary.walk import EACH
from tests.deploy.dashboards import plan
from tests.deploy.dashboards.asked import Series, ask
from tests.deploy.dashboards.scene import ALERTS, CANARY_SEC, JOBS, PARTITIONS, ROUNDS, Played, played
from tests.deploy.dashboards.shipped import Dashboard, Panel, dashboards

pytestmark = pytest.mark.kafka

SHIPPED: Final = dashboards()
PANELS: Final = {f"{one.uid}: {panel.title}": (one, panel) for one in SHIPPED for panel in one.panels}
ROUGHLY: Final = 0.1  # Prometheus extrapolates a count to the whole of the range, by what lies between two scrapes
LATE_SEC: Final = 10.0  # on a machine that has much else to do
LINES: Final = 0.1  # and a sum over the points of a line is rougher still
ZMOT, FMOT, SMOT, TMOT = (
    "ZMOT researching", "FMOT choosing and buying", "SMOT using and being served", "TMOT sharing and recommending"
)  # fmt: skip


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """Broker, worker, desk and gateway have worked; their Prometheus still answers."""
    with played(tmp_path_factory.mktemp("dashboards")) as one:
        yield one


def shown(scene: Played, title: str, **chosen: str) -> list[Series]:
    """Return what a panel shows; `chosen` are choices at the top of its page."""
    board, panel = PANELS[title]
    return ask(scene.prometheus, panel, scene.shown, board.chosen | chosen)


@pytest.mark.parametrize("title", PANELS)
def test_no_panel_is_empty(scene: Played, title: str) -> None:
    """A number for each query, 0 where all is well: `No data` would look like a broken page."""
    board, panel = PANELS[title]
    for target in panel.raw["targets"]:
        one = Panel(panel.board, panel.title, panel.raw | {"targets": [target]})
        assert ask(scene.prometheus, one, scene.shown, board.chosen), target["expr"]


@pytest.mark.parametrize("title", PANELS)
def test_series_have_names_of_their_own(scene: Played, title: str) -> None:
    """Two lines of one name could not be told apart, and nothing is left of the templates."""
    names = [series.name for series in shown(scene, title)]
    assert len(set(names)) == len(names)
    assert not any("{" in name for name in names)


def numbers(load: plan.Expected) -> dict[str, dict[str, float]]:
    """Return what panels that show numbers or bars must show, told from what was sent in the time that is shown."""
    n, paid = load.number, load.paid
    links = {
        f"{TMOT} · email": n / load.touchpoints["TMOT", "email"],
        f"{FMOT} · store": n / load.touchpoints["FMOT", "store"],
        f"{FMOT} · web": n / load.touchpoints["FMOT", "web"],
        f"{SMOT} · recovery": n / load.touchpoints["SMOT", "recovery"],
        f"{ZMOT} · web": n / load.touchpoints["ZMOT", "web"],
    }
    return {
        "touchpoint-experience: Weak links: negative moments per touchpoint": links,
        "touchpoint-experience: By channel": {"web": 2 * n, "email": n, "store": n, "recovery": n},
        "touchpoint-experience: Stores with most of them": {plan.STORE: n},
        "touchpoint-experience: Promises": {"made": 2 * n, "kept": n, "broken": n},
        "touchpoint-experience: Broken, of those that were kept or broken": {"promise": 0.5},
        "touchpoint-experience: Recovered, of what is over": {"": 1.0},
        "touchpoint-experience: How they ended": {"recovered": paid},
        "touchpoint-alerts: Customers kept and lost": {"fine again: support": paid, "lost: nothing yet": 0},
        "touchpoint-alerts: Rules on trial: what they would have raised": {"on-trial": n},
        "touchpoint-alerts: Nobody was told": {"": 0},
        "touchpoint-pipeline: Dead letters": {"undecodable touchpoints.web": n},
        "touchpoint-pipeline: Versions": {f"{component} 0.1.0": 1 for component in JOBS},
        "touchpoint-pipeline: Turned away or set aside": {"turned away": 0, "set aside": 0},
        "touchpoint-sources: Refused by the gateway": {"unknown_type": n},
    }


@pytest.mark.parametrize("title", numbers(plan.expected([1])))
def test_numbers_are_those_of_what_was_sent(scene: Played, title: str) -> None:
    """Counted from the plan, not from the system."""
    found = {series.name: series.last for series in shown(scene, title)}
    expected = numbers(scene.load)[title]
    assert {name: found.get(name) for name in expected} == pytest.approx(expected, rel=ROUGHLY)
    assert all(value == 0 for name, value in found.items() if name not in expected)


def test_what_stands_is_what_nothing_has_healed(scene: Played) -> None:
    """By severity and by moment: all that was raised since the start, less the buyers who paid, and the blind chat."""
    rounds, unpaid = scene.all.number, scene.all.number - scene.all.paid
    severities = {series.name: series.last for series in shown(scene, "touchpoint-alerts: Standing alerts")}
    assert severities["critical"] == severities["low"] == severities["medium"] == rounds
    assert severities["high"] - rounds - unpaid in {0, 1}  # `source-blind` is one of them
    moments = {series.name: series.last for series in shown(scene, "touchpoint-experience: Standing now")}
    assert (moments[ZMOT], moments[FMOT], moments[TMOT]) == (rounds, rounds + unpaid, rounds)


def test_the_weak_link_is_first(scene: Played) -> None:
    """The bar on top is the moment and channel where most goes wrong, and its score is the lowest."""
    links = shown(scene, "touchpoint-experience: Weak links: negative moments per touchpoint")
    assert links[0].name == f"{TMOT} · email"
    assert [one.last for one in links] == sorted((one.last for one in links), reverse=True)
    scores = {
        series.name: series.last for series in shown(scene, "touchpoint-experience: Score of each moment of truth")
    }
    assert min(scores, key=lambda name: scores[name]) == TMOT
    assert max(scores, key=lambda name: scores[name]) == ZMOT


def test_what_is_late_or_known_is_counted(scene: Played) -> None:
    """One late and one known touchpoint in each round; none below the floor."""
    found = {series.name: series.last for series in shown(scene, "touchpoint-sources: What became of touchpoints")}
    assert [found[name] for name in ("late", "duplicate", "journeys folded again")] == pytest.approx(
        [ROUNDS] * 3, rel=ROUGHLY
    )
    assert found["before_floor"] == found["flooded"] == 0


def test_a_silent_source_is_seen_and_waited_for(scene: Played) -> None:
    """The chat alone is blind; whoever asked it something waits."""
    assert shown(scene, "touchpoint-sources: Blind now")[0].last == 1
    states = {series.name: series.last for series in shown(scene, "touchpoint-sources: Sources by how they stand")}
    assert {name: states[name] for name in ("silent", "lagging", "gone")} == {"silent": 1, "lagging": 0, "gone": 0}
    assert shown(scene, "touchpoint-sources: Journeys that wait for them")[0].last == plan.ASKERS


def test_lines_add_up_to_what_was_sent(scene: Played) -> None:
    """The area below a rate is the count."""
    topics = {series.name: series for series in shown(scene, "touchpoint-pipeline: Touchpoints folded")}
    area = _area(topics["touchpoints.store"], scene)
    assert area == pytest.approx(scene.load.number * 3, rel=LINES)  # two voided sales, one of the slow till
    requests = {series.name: series for series in shown(scene, "touchpoint-pipeline: Answers")}
    assert _area(requests["mixed"], scene) == pytest.approx(scene.load.number, rel=LINES)


def test_the_pipeline_is_well(scene: Played) -> None:
    """Ready, all partitions owned, nothing left over, every journey there, and nothing that must not happen."""
    ready = shown(scene, "touchpoint-pipeline: Ready")
    assert sorted(series.name.split()[0] for series in ready) == sorted(JOBS)
    assert all(series.last == 1 for series in ready)
    recovery = {series.name: series.last for series in shown(scene, "touchpoint-pipeline: Recovery")}
    assert recovery == {"owned": PARTITIONS, "being read back": 0}
    assert shown(scene, "touchpoint-pipeline: Not folded yet")[0].last == 0
    journeys = shown(scene, "touchpoint-pipeline: Journeys")[0].last
    assert 0 < journeys - plan.customers(scene.all.rounds) <= PARTITIONS * EACH  # those of the canary come on top
    assert {series.last for series in shown(scene, "touchpoint-pipeline: What must not happen")} == {0}


def test_the_canary_is_heard_and_counts_nowhere(scene: Played) -> None:
    """At every stage within its interval, and in no figure that is compared here."""
    heard = {series.name: series.last for series in shown(scene, "touchpoint-pipeline: Since the canary was heard")}
    assert "canary" not in {series.name for series in shown(scene, "touchpoint-alerts: Taken back, of what was raised")}
    told = shown(scene, "touchpoint-alerts: Notifications in the hour before")
    assert [series.name for series in told] == ["sent webhook"]
    assert sorted(heard) == ["accepted", "alert", "notification"]
    assert max(heard.values()) < CANARY_SEC + LATE_SEC


def test_people_are_seen_to_work(scene: Played) -> None:
    """Cases that were ended are no longer open; those who took note took less than the test."""
    cases = {series.name: series.last for series in shown(scene, "touchpoint-alerts: Open cases by team")}
    assert cases.keys() >= {"crm", "stores", "support", "web"}
    unhealed = ALERTS * scene.all.number - scene.all.paid
    assert sum(cases.values()) + scene.resolved - unhealed in {0, 1}  # the blind chat is a case, too
    waits = shown(scene, "touchpoint-alerts: Time to acknowledge")
    assert {series.name for series in waits} >= {"crm · half", "crm · 9 of 10"}


def test_a_choice_narrows_what_is_shown(scene: Played) -> None:
    """One moment of truth, one topic."""
    moments = shown(scene, "touchpoint-experience: Standing now", moment="FMOT")
    assert [series.name for series in moments] == [FMOT]
    assert [series.name for series in shown(scene, "touchpoint-pipeline: Lag", topic="touchpoints.web")] == [
        "touchpoints.web"
    ]


@pytest.mark.parametrize("one", SHIPPED, ids=lambda one: one.uid)
def test_there_is_something_to_choose(scene: Played, one: Dashboard) -> None:
    """Each choice at the top of a page has values."""
    for choice in one.raw["templating"]["list"]:
        if choice["type"] == "query":
            metric, label = choice["query"].removeprefix("label_values(").removesuffix(")").split(", ")
            assert scene.prometheus.at(f"count by ({label}) ({metric})", scene.shown.end), choice["query"]


def _area(series: Series, scene: Played) -> float:
    """Return what is below a line."""
    return sum(value for _, value in series.points) * scene.shown.step_sec
