"""The catalogue of topics."""

from pathlib import Path

import pytest

from streams.codec import catalogue, shipped
from streams.errors import LoadError, SettingError
from streams.touchpoints.vocabulary import TOPICS

FILE = """
name: things
description: Things.
number: 50
key: thing
partitions: N
cleanup: delete
retention: 7d
config: {max.message.bytes: 2MiB, segment.ms: 1h, min.insync.replicas: 2}
producers: [us]
consumers: [you]
"""


def test_numbers_are_stable() -> None:
    """Journey records store them."""
    numbers = {topic.name.removeprefix(catalogue.TOUCHPOINTS): topic.number for topic in catalogue.sources()}
    assert numbers == {
        "web": 0,
        "email": 1,
        "chat": 2,
        "store": 3,
        "call": 4,
        "order": 5,
        "feedback": 6,
        "social": 7,
        "recovery": 8,
        "linked": 9,
    }


def test_every_topic_of_the_vocabulary_is_there() -> None:
    """A type must have somewhere to go."""
    assert {f"{catalogue.TOUCHPOINTS}{name}" for name in TOPICS} <= {topic.name for topic in catalogue.sources()}


def test_the_names_that_the_program_uses_are_there() -> None:
    """The constants beside the catalogue."""
    names = (
        catalogue.ALERTS,
        catalogue.DEAD,
        catalogue.CHANGELOG,
        catalogue.STATS,
        catalogue.SOURCES,
        catalogue.RULES,
    )
    assert [catalogue.topic(name).name for name in names] == list(names)


def test_what_belongs_to_a_customer_is_co_partitioned() -> None:
    """Journey, touchpoints and alerts of a customer share a partition number."""
    group = {topic.name for topic in catalogue.shipped() if topic.copartitioned == catalogue.JOURNEYS}
    assert group == {topic.name for topic in catalogue.sources()} | {catalogue.ALERTS, catalogue.CHANGELOG}
    assert {topic.partitions for topic in catalogue.shipped() if topic.copartitioned} == {"N"}


def test_the_changelog_is_compacted_soon() -> None:
    """With the defaults up to a gigabyte of each partition would never be compacted."""
    assert catalogue.topic(catalogue.CHANGELOG).settings == {
        "cleanup.policy": "compact",
        "max.message.bytes": "33554432",
        "segment.bytes": "67108864",
        "min.cleanable.dirty.ratio": "0.1",
        "max.compaction.lag.ms": "3600000",
    }


def test_every_schema_that_is_named_ships() -> None:
    """And every one that ships is on some topic; counts of crowds share that of the statistics."""
    named = {topic.schema for topic in catalogue.shipped()} - {""}
    assert named | {"crowd_count"} == set(shipped.RECORDS)
    assert catalogue.topic(catalogue.STATS).schema == "stat"


def test_a_deployment_chooses_the_number_of_partitions() -> None:
    """But not of those that every worker reads in full."""
    assert catalogue.topic("alerts").count(48) == 48
    assert catalogue.topic("rules").count(48) == 1


def test_durations_and_sizes_become_kafkas_values(tmp_path: Path) -> None:
    """People write `7d` and `2MiB`."""
    (tmp_path / "things.yaml").write_text(FILE)
    assert catalogue.load(tmp_path)[0].settings == {
        "cleanup.policy": "delete",
        "retention.ms": "604800000",
        "max.message.bytes": "2097152",
        "segment.ms": "3600000",
        "min.insync.replicas": "2",
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("retention: 7d", "retention: soon"), "`soon` is not a duration"),
        (("cleanup: delete", "cleanup: shred"), "shred"),
        (("partitions: N", "partitions: many"), "many"),
        (("number: 50", "nummer: 50"), "nummer"),
        (("name: things", "name: thongs"), "the file is named things, the topic thongs"),
        (("retention: 7d", "retention: ["), "YAML"),
    ],
)
def test_a_mistake_in_a_file_is_found(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    """With the file's name."""
    (tmp_path / "things.yaml").write_text(FILE.replace(*change))
    with pytest.raises(LoadError, match=message) as caught:
        catalogue.load(tmp_path)
    assert "things.yaml" in str(caught.value)


def test_two_topics_with_one_number_are_a_mistake(tmp_path: Path) -> None:
    """A journey could not tell them apart."""
    (tmp_path / "things.yaml").write_text(FILE)
    (tmp_path / "others.yaml").write_text(FILE.replace("name: things", "name: others"))
    with pytest.raises(LoadError, match="the same number 50"):
        catalogue.load(tmp_path)


def test_a_duration_that_is_none_is_a_setting_error() -> None:
    """From a flag or the environment."""
    with pytest.raises(SettingError, match="`long` is not a duration"):
        catalogue.duration_ms("long", "--retention")
