"""How many series there are: a scraper's memory is bounded by the catalogue, and not by what a deployment does."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from streams.alerts.alert import Recent, Status
from streams.alerts.figures import Turn
from streams.codec.vocabulary import shipped
from streams.desk.notify.channel import Reason as Failure
from streams.desk.routing.reasons import Reason as Decision
from streams.gateway.api.problems import Code
from streams.gateway.outcome import Why
from streams.rules.model import Moment, Severity
from streams.telemetry import catalogue
from streams.telemetry.catalogue import CHANNEL, GROUP, MOMENT, PROMISE, SEVERITY, Label
from streams.telemetry.desk import DeskReading, DeskRecorder
from streams.telemetry.gateway import GatewayRecorder
from streams.telemetry.recorder import Reading, Recorder
from streams.telemetry.reference import COMPONENTS, series_bound
from streams.testing.alerts import alert
from streams.touchpoints.rejection import Reason
from streams.touchpoints.touchpoint import Touchpoint
from streams.touchpoints.vocabulary import Kind

MOST: Final = 11_000  # series of one process of each kind together, whatever is done to them
ORDINARY: Final = 3_000  # of a deployment as it is meant
CUSTOMER: Final = "customer-who-must-not-be-seen"
TOPICS: Final = [f"touchpoints.{name}" for name in "abcdefghij"]


def worker(*, rules: int, stores: int, sources: int, types: Sequence[Kind]) -> bytes:
    """Return the page of a worker that has seen so many of each, all in each moment, severity and outcome."""
    registry = CollectorRegistry()
    recorder = Recorder(registry)
    recorder.business.kinds = {kind.name: kind for kind in types}
    for topic in TOPICS:
        touchpoints = [Touchpoint("1", "//test", kind.name, 0, CUSTOMER) for kind in types]
        recorder.batch_folded({topic: touchpoints}, {topic: [0] * len(touchpoints)}, 1, 0)
        for reason in Reason:
            recorder.record_refused(topic, reason)
    for number in range(max(rules, stores)):
        rule, source = f"rule-{number % rules}", f"//pos/store-{number % stores}/till"
        fields: dict[str, Any] = {
            "rule": rule,
            "moment": list(Moment)[number % 4].value,
            "severity": list(Severity)[number % 3].value,
            "customer": CUSTOMER,
            "recent": (Recent(1, types[number % len(types)].name, source, "t"),),
        }
        for revision, status in enumerate(Status, 1):
            before = Status.FIRING if revision > 1 else ""
            recorder.alerts_turned([Turn(f"{number}", revision, before)])
            recorder.alerts_said([alert(f"{number}", revision, status, **fields)], 0)
            recorder.business.said(alert(f"{number}-{status}", 1, Status.FIRING, **fields))
    kinds = [f"promise-{number}" for number in range(len(types) // 12)]
    recorder.read = lambda: Reading(
        lag=dict.fromkeys(TOPICS, 1),
        watermark_ms=dict.fromkeys(TOPICS, 1),
        skew_ms={f"//source/{number}": 1 for number in range(sources)},
        promises=dict.fromkeys(((kind, end) for kind in kinds for end in ("made", "kept", "broken", "cancelled")), 1),
    )
    return recorder.board.page("")[0]


def desk(*, teams: int) -> bytes:
    """Return the page of a desk with so many teams, all busy."""
    recorder, names = DeskRecorder(), [f"team-{number}" for number in range(teams)]
    for name in names:
        recorder.acknowledged(name, 1)
        recorder.resolved(name, 1)
        recorder.recovered(name)
        recorder.lost(name)
    for reason in (*Decision, *Failure):
        recorder.decided(reason)
        recorder.failed(reason)
        for channel in range(teams):
            recorder.notified(f"channel-{channel}", reason)
    moments = {(moment.value, severity.value): 1 for moment in Moment for severity in Severity}
    recorder.take(DeskReading(open_cases=dict.fromkeys(names, 1), open_alerts=moments))
    return recorder.page("")[0]


def gateway(*, ways: int) -> bytes:
    """Return the page of a gateway that has given every answer on so many ways in."""
    recorder = GatewayRecorder()
    for way in range(ways):
        for code in Code:
            recorder.answered(f"/way/{way}", code, 0.1)
    for why in Why:
        recorder.refused(why)
    return recorder.page("")[0]


def series(page: bytes) -> Counter[str]:
    """Return how many series of ours a page has, by metric."""
    families = [each for each in text_string_to_metric_families(page.decode()) if each.name.startswith("touchpoint_")]
    return Counter({f.name + ("_total" if f.type == "counter" else ""): len(f.samples) for f in families})


def test_a_thousand_rules_and_five_hundred_stores_stay_within_the_bounds() -> None:
    """Nor do ten thousand sources, two thousand teams and a vocabulary of thousands of words; and nobody is named."""
    words = [Kind(f"g{n}.x", "web", "FMOT", f"channel-{n}", n % 3 - 1) for n in range(2_000)]
    pages = [
        worker(rules=1_000, stores=600, sources=10_000, types=words),
        desk(teams=2_000),
        gateway(ways=100),
    ]
    found = Counter[str]()
    for page in pages:
        assert CUSTOMER.encode() not in page
        found += series(page)
    bounds: dict[str, int] = {metric.name: metric.series_bound for metric in catalogue.CATALOGUE}
    both = {metric.name: 3 for metric in catalogue.PROCESS}  # on each of the three pages
    assert {name: count for name, count in found.items() if count > both.get(name, bounds[name])} == {}
    assert found["touchpoint_store_negative_moments_total"] > 500
    assert found["touchpoint_desk_open_cases"] == bounds["touchpoint_desk_open_cases"]
    assert found.total() <= MOST


def test_the_bounds_of_all_components_add_up() -> None:
    """What the pages can have at most is what the reference says."""
    assert sum(map(series_bound, COMPONENTS.values())) < MOST


def test_an_ordinary_deployment_is_small() -> None:
    """Sixty rules, forty stores, thirty sources, eight teams, and every touchpoint type that is shipped."""
    pages = [
        worker(rules=60, stores=40, sources=30, types=list(shipped().kinds.values())),
        desk(teams=8),
        gateway(ways=6),
    ]
    assert sum(series(page).total() for page in pages) < ORDINARY


def test_what_is_shipped_fits_into_the_bounds() -> None:
    """None of our own words is called other."""
    vocabulary = shipped()
    kinds = vocabulary.kinds.values()
    words: dict[str, tuple[Label, set[str]]] = {
        "moments": (MOMENT, {"none", *Moment, *(kind.moment for kind in kinds)}),
        "channels": (CHANNEL, {"none", *(kind.channel for kind in kinds)}),
        "groups": (GROUP, {kind.group for kind in kinds}),
        "severities": (SEVERITY, {*Severity}),
        "promises": (PROMISE, set(vocabulary.promises)),
    }
    assert {name: len(found) for name, (label, found) in words.items() if len(found) >= label.bound} == {}
