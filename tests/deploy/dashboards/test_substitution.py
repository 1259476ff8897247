"""Queries are asked as Grafana asks them."""

import pytest

from tests.deploy.dashboards.substitution import Window, fill

HOUR = Window(1_000.0, 4_600.0, 15)


def test_a_rate_is_taken_over_four_scrapes_or_a_step_and_one() -> None:
    """Whichever is longer, as Grafana's documentation has it."""
    assert fill("rate(a[$__rate_interval])", HOUR, {}) == "rate(a[60s])"
    day = Window(0.0, 86_400.0, 15)
    assert fill("rate(a[$__rate_interval])", day, {}) == f"rate(a[{day.step_sec + 15}s])"


def test_choices_and_the_range_are_put_in() -> None:
    """In either way of writing a variable."""
    query = 'increase(a{topic=~"$topic",x="${x}"}[$__range])'
    assert fill(query, HOUR, {"topic": ".*", "x": "y"}) == 'increase(a{topic=~".*",x="y"}[3600s])'


def test_what_nobody_has_chosen_is_a_mistake() -> None:
    """Grafana would leave it in the query, and Prometheus would refuse that."""
    with pytest.raises(KeyError, match="store"):
        fill('a{store="$store"}', HOUR, {"topic": ".*"})
