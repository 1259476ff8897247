"""All metrics of a component on its page."""

from collections.abc import Callable, Iterable
from typing import Final

import pytest
from prometheus_client.metrics_core import Metric as Exposed
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from streams.telemetry import catalogue
from streams.telemetry.board import Board
from streams.telemetry.catalogue import Metric
from streams.telemetry.reference import COMPONENTS

OPENMETRICS: Final = "application/openmetrics-text; version=1.0.0"
Read = Callable[[str], Iterable[Exposed]]
TRACE: Final = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize("accept", ["", OPENMETRICS])
@pytest.mark.parametrize(("component", "metrics"), COMPONENTS.items())
def test_a_page_is_the_catalogue_of_its_component(component: str, metrics: list[Metric], accept: str) -> None:
    """Every declared metric is there from the start, with its type and help; nothing else of ours is."""
    content, media_type = Board(component, metrics).page(accept)
    assert media_type.partition(";")[0] == ("application/openmetrics-text" if accept else "text/plain")
    families = _parsed(content, accept).values()
    shown = {f.name: (f.type, f.documentation) for f in families if f.name.startswith("touchpoint_")}
    assert shown == {m.name.removesuffix("_total"): (str(m.kind), m.help) for m in metrics}


def test_a_page_names_the_component_and_its_version() -> None:
    """A roll-out is seen on the dashboards."""
    (sample,) = _samples(Board("desk", catalogue.DESK), "touchpoint_build_info")
    assert sample.startswith('touchpoint_build_info{component="desk",version="')
    assert sample.endswith('"} 1.0')


def test_readiness_is_a_number() -> None:
    """Nothing is ready before it says so."""
    board = Board("desk", catalogue.DESK)
    assert _samples(board, "touchpoint_ready") == ["touchpoint_ready 0.0"]
    board.ready(True)
    assert _samples(board, "touchpoint_ready") == ["touchpoint_ready 1.0"]


def test_exemplars_are_in_openmetrics_alone() -> None:
    """The older format has no place for them, and the newer one ends with a mark."""
    board = Board("worker", catalogue.WORKER)
    board.histogram(catalogue.TIME_TO_ALERT).observe(0.004, TRACE)
    old, new = board.page("")[0], board.page(OPENMETRICS)[0]
    assert TRACE not in old.decode()
    assert new.endswith(b"# EOF\n")
    samples = _parsed(new, OPENMETRICS)[catalogue.TIME_TO_ALERT.name].samples
    found = [sample.exemplar for sample in samples if sample.exemplar is not None]
    assert [(exemplar.labels, exemplar.value) for exemplar in found] == [({"trace_id": TRACE}, 0.004)]


def test_label_values_cannot_break_out_of_their_quotes() -> None:
    """A rule's name is a user's text."""
    board, name = Board("worker", catalogue.WORKER), 'a"} 1\ntouchpoint_ready 1 \\'
    board.family(catalogue.RAISED).add(1, name, "live")
    for accept in ("", OPENMETRICS):
        families = _parsed(board.page(accept)[0], accept)
        assert [sample.labels["rule"] for sample in families["touchpoint_alerts_raised"].samples] == [name]
        assert [sample.value for sample in families["touchpoint_ready"].samples] == [0.0]


def test_what_stands_is_read_when_a_page_is_made() -> None:
    """And not before: registering asks nobody."""
    asked: list[int] = []
    board = Board("gateway", catalogue.GATEWAY, refresh=lambda: asked.append(1))
    assert asked == []
    board.page("")
    assert asked == [1]


def _parsed(page: bytes, accept: str) -> dict[str, Exposed]:
    read: Read = read_openmetrics if accept else read_text
    return {family.name: family for family in read(page.decode())}


def _samples(board: Board, name: str) -> list[str]:
    return [line for line in board.page("")[0].decode().splitlines() if line.startswith(name)]
