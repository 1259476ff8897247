"""The numbers behind the metrics."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.telemetry.catalogue import Kind, Label, Metric
from streams.telemetry.instruments import Bounded, Family, Histogram, Histograms

SIZES = Metric("sizes", Kind.HISTOGRAM, "Sizes.", buckets=(0.0, 1.0, 5.0))


def test_a_label_never_has_more_values_than_declared() -> None:
    """Whatever comes after the bound is `other`, and what was let in stays in."""
    bounded = Bounded(Label("rule", 4))
    assert [bounded(value) for value in "abcdea"] == ["a", "b", "c", "other", "other", "a"]


def test_an_unlabelled_family_begins_at_zero() -> None:
    """A counter that never moved is shown, so that its first step is a step and not a birth."""
    assert list(Family(Metric("n_total", Kind.COUNTER, "N.")).samples()) == [((), 0.0)]


def test_counting_by_labels() -> None:
    """Each combination of labels has its own number."""
    family = Family(Metric("n_total", Kind.COUNTER, "N.", labels=(Label("a", 3), Label("b", 3))))
    family.add(1, "x", "y")
    family.add(2, "x", "z")
    family.add(3, "x", "y")
    assert dict(family.samples()) == {("x", "y"): 4, ("x", "z"): 2}


def test_a_value_on_the_edge_belongs_to_the_lower_bucket() -> None:
    """`le` means less or equal."""
    histogram = Histogram(SIZES)
    for value in (0.0, 1.0, 1.1, 99.0):
        histogram.observe(value)
    assert list(histogram.cumulative()) == [("0.0", 1), ("1.0", 2), ("5.0", 3), ("+Inf", 4)]
    assert histogram.sum == 101.1


@given(st.lists(st.integers(0, 9_000)), st.integers(0, 5))
def test_a_batch_counts_as_its_values_one_by_one(past_ms: list[int], zeros: int) -> None:
    """Counting times at once is a shortcut, not another result."""
    one_by_one, at_once, now_ms = Histogram(SIZES), Histogram(SIZES), 9_000
    for time_ms in past_ms:
        one_by_one.observe((now_ms - time_ms) / 1000)
    for _ in range(zeros):
        one_by_one.observe(0.0)
    at_once.observe_delays(past_ms, now_ms)
    at_once.observe_many(0.0, zeros)
    assert list(at_once.cumulative()) == list(one_by_one.cumulative())
    assert at_once.sum == pytest.approx(one_by_one.sum)


def test_a_bucket_shows_its_newest_trace() -> None:
    """One for each bucket, so there are never more than buckets; values without a trace leave it."""
    histogram = Histogram(SIZES)
    for value, trace_id in ((0.5, "a"), (0.7, "b"), (0.6, None), (0.6, ""), (99.0, "c")):
        histogram.observe(value, trace_id)
    shown = [(found.trace_id, found.value) if found else None for found in histogram.exemplars()]
    assert shown == [None, ("b", 0.7), None, ("c", 99.0)]


def test_labelled_histograms_are_apart_and_bounded() -> None:
    """Past the bound they are one."""
    histograms = Histograms(Metric("sizes", Kind.HISTOGRAM, "Sizes.", "", (Label("team", 3),), (1.0,)))
    assert list(histograms.all()) == []
    for team in "abcd":
        histograms.of(team).observe(2.0)
    assert {labels: histogram.sum for labels, histogram in histograms.all()} == {("a",): 2, ("b",): 2, ("other",): 4}
