"""Topics on a broker against topics of the catalogue."""

import msgspec
import pytest

from streams.broker.topics import Deployment, Difference, TopicState, What, compare
from streams.codec import catalogue
from streams.errors import SettingError

CHANGELOG = catalogue.topic(catalogue.CHANGELOG)
WEB = catalogue.topic("touchpoints.web")
WANTED = Deployment(partitions=8).wants(CHANGELOG)


def differences(**changes: object) -> list[tuple[What, str, str, str]]:
    """Return what differs when the changelog is there with some changes."""
    found = msgspec.structs.replace(WANTED, **changes)
    return [(each.what, each.name, each.expected, each.actual) for each in compare([WANTED], {WANTED.name: found})]


def test_a_topic_as_it_should_be_differs_in_nothing() -> None:
    """Also with configuration that the catalogue does not speak of, numbers in another spelling, more replicas."""
    config = WANTED.config | {"min.cleanable.dirty.ratio": "0.10", "flush.ms": "7"}
    assert differences(config=config, replication_factor=3) == []


def test_a_missing_topic_is_named_with_the_command_that_makes_it() -> None:
    """And nothing else is said of it."""
    found = compare([WANTED], {})
    assert [str(each) for each in found] == ["journeys-changelog: missing (touchpoint topics create)"]


def test_each_difference_is_named() -> None:
    """Partitions, replicas, configuration."""
    config = WANTED.config | {"cleanup.policy": "delete"}
    assert differences(partitions=4, replication_factor=0, config=config) == [
        (What.PARTITIONS, "partitions", "8", "4"),
        (What.REPLICATION, "replication_factor", "1", "0"),
        (What.CONFIG, "cleanup.policy", "compact", "delete"),
    ]


def test_a_difference_reads_as_a_sentence_with_its_remedy() -> None:
    """Copied into a ticket it still makes sense."""
    difference = Difference("alerts", What.PARTITIONS, "partitions", "8", "4", "use --partitions 4")
    assert str(difference) == "alerts: partitions is 4 instead of 8 (use --partitions 4)"


@pytest.mark.parametrize(("text", "expected"), [("", "604800000"), ("30d", "2592000000"), ("forever", "-1")])
def test_a_deployment_may_keep_touchpoints_longer(text: str, expected: str) -> None:
    """A replay of 2017 into a topic that keeps seven days would be gone before it is read."""
    assert Deployment(retention=text).wants(WEB).config["retention.ms"] == expected


def test_retention_is_of_touchpoints_alone() -> None:
    """Journeys are compacted, dead letters have a retention of their own."""
    assert Deployment(retention="forever").wants(CHANGELOG).config == WANTED.config


def test_a_retention_that_is_none_is_a_setting_error() -> None:
    """With where it came from."""
    with pytest.raises(SettingError, match="`long` is not a duration"):
        Deployment(retention="long").wants(WEB)


def test_a_deployment_gives_each_topic_its_partitions() -> None:
    """N, or what the catalogue fixes."""
    wants = Deployment(partitions=48, replication_factor=3).wants
    states = [wants(catalogue.topic(name)) for name in ("alerts", "rules")]
    assert [(state.partitions, state.replication_factor) for state in states] == [(48, 3), (1, 3)]
    assert isinstance(states[0], TopicState)
