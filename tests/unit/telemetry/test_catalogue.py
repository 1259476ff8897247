"""The catalogue keeps to the naming rules of Prometheus and to its own bounds."""

import re

import pytest

from streams.telemetry.catalogue import CATALOGUE, Kind, Metric

UNITS = ("seconds", "bytes", "total", "info", "ratio")
THINGS = ("records", "partitions", "journeys", "sources", "cases", "notifications", "alerts", "deadlines", "ready")
STATES = ("up",)  # as Prometheus itself calls it


@pytest.mark.parametrize("metric", CATALOGUE, ids=lambda metric: metric.name)
class TestMetric:
    """What promtool's linter and a reader of a dashboard ask of each metric."""

    def test_its_name_is_spelled_right(self, metric: Metric) -> None:
        """Lower case with underscores, our prefix, base units, no type in the name."""
        assert re.fullmatch(r"touchpoint_[a-z]+(_[a-z]+)*", metric.name)
        assert metric.name.endswith(UNITS + THINGS + STATES)
        assert not re.search(r"_(counter|gauge|histogram|ms|milliseconds|kb|count|sum|bucket)(_|$)", metric.name)

    def test_counters_and_only_they_end_in_total(self, metric: Metric) -> None:
        """A reader sees from the name whether to take a rate."""
        assert metric.name.endswith("_total") == (metric.kind is Kind.COUNTER)

    def test_it_is_explained(self, metric: Metric) -> None:
        """Help is a sentence, and so is what to do; none is without."""
        assert re.fullmatch(r"[A-Z].{10,}\.", metric.help)
        assert re.fullmatch(r".{20,}[.)]", metric.remedy)

    def test_its_labels_are_bounded(self, metric: Metric) -> None:
        """Nothing makes more than some thousand series, and no label is one that Prometheus keeps for itself."""
        assert metric.series_bound <= 3_100
        assert all(label.name not in {"le", "quantile", "job", "instance"} for label in metric.labels)
        assert all(re.fullmatch("[a-z]+", label.name) for label in metric.labels)

    def test_buckets_go_with_histograms(self, metric: Metric) -> None:
        """A histogram has ascending buckets, nothing else has any."""
        assert bool(metric.buckets) == (metric.kind is Kind.HISTOGRAM)
        assert list(metric.buckets) == sorted(set(metric.buckets))


def test_names_are_declared_once() -> None:
    """Two metrics of one name would be merged by the scraper."""
    assert len({metric.name for metric in CATALOGUE}) == len(CATALOGUE)


def test_labels_say_what_they_are_of() -> None:
    """None has a unit, and none is made for a person."""
    names = {label.name for metric in CATALOGUE for label in metric.labels}
    assert not names & {"customer", "person", "user", "email", "phone", "key", "address", "ip", "id", "alert", "case"}
    assert not {name for name in names if name.endswith(UNITS)}
