"""The request that aiokafka does not have."""

from streams.worker import topics


def test_catalogue_as_the_worker_uses_it() -> None:
    """All touchpoint topics with their stable numbers, under the namespace."""
    found = topics.worker_topics(8, "x-")
    assert found.touchpoints["x-touchpoints.web"] == 0
    assert found.touchpoints["x-touchpoints.linked"] == 9
    assert len(found.touchpoints) == 10
    assert (found.changelog, found.alerts, found.dead) == ("x-journeys-changelog", "x-alerts", "x-touchpoints.dead")
