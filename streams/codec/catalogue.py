"""The catalogue of topics: `schemas/topics/<topic>.yaml`, the one place that says what each topic is.

A file holds `name`, `number` (stable: journeys store it), `key` (what it is, in words), `partitions` (`N`, the
deployment's setting, or a number), `copartitioned` (topics of one group have the same number of partitions and the
same partitioner), `retention` (a duration, or left out to keep everything), `cleanup` (delete or compact), `config`
(Kafka's own names; durations as `1h` and sizes as `64MiB` are allowed), `schema`, `producers` and `consumers`.
"""

import re
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from streams import documents
from streams.errors import Finding, LoadError, SettingError
from streams.rules import durations
from streams.settings.places import SCHEMAS

TOUCHPOINTS: Final = "touchpoints."  # `web` of the vocabulary is the topic `touchpoints.web`
ALERTS: Final = "alerts"
DEAD: Final = "touchpoints.dead"
CHANGELOG: Final = "journeys-changelog"
STATS: Final = "journey-stats"
SOURCES: Final = "sources"
RULES: Final = "rules"
DESK_ACTIONS: Final = "desk-actions"
JOURNEYS: Final = "journeys"  # the co-partitioned group
FOREVER: Final = -1

_SIZE: Final = re.compile(r"([0-9]+)(KiB|MiB|GiB)")
_SIZES: Final = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


class Topic(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One topic as it should be. `partitions` is `N` or a number; `config` holds Kafka's own values."""

    name: str
    number: int
    description: str
    key: str
    partitions: Literal["N"] | int
    cleanup: Literal["delete", "compact"]
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    copartitioned: str = ""
    retention: str = ""
    config: dict[str, str] = {}
    schema: str = ""

    def count(self, deployment: int) -> int:
        """Return the number of partitions in a deployment of `deployment` partitions."""
        return deployment if self.partitions == "N" else self.partitions

    @property
    def retention_ms(self) -> int:
        """How long records are kept; FOREVER where no retention is given."""
        return (durations.parse(self.retention) or FOREVER) if self.retention else FOREVER

    @property
    def settings(self) -> dict[str, str]:
        """The topic's configuration in Kafka's names and values."""
        own: dict[str, str] = {"cleanup.policy": self.cleanup}
        if self.cleanup == "delete":
            own["retention.ms"] = str(self.retention_ms)
        return own | {name: _kafka_value(value) for name, value in self.config.items()}


@cache
def shipped() -> tuple[Topic, ...]:
    """Return the catalogue, by number."""
    return load(SCHEMAS / "topics")


def load(folder: Path) -> tuple[Topic, ...]:
    """Read every file of a folder; raises LoadError for a file that is no topic, or two with one number."""
    topics = sorted(map(_read, sorted(folder.glob("*.yaml"))), key=lambda topic: topic.number)
    for one, next_ in pairwise(topics):
        if one.number == next_.number:
            message = f"{one.name} and {next_.name} have the same number {one.number}"
            raise LoadError([Finding(str(folder / f"{next_.name}.yaml"), 1, 1, message, "take a free number")])
    return tuple(topics)


def topic(name: str) -> Topic:
    """Return a topic of the shipped catalogue; raises KeyError for one that it does not have."""
    return _by_name()[name]


def sources() -> tuple[Topic, ...]:
    """Return the topics that carry touchpoints into journeys, by number."""
    return tuple(topic for topic in shipped() if topic.schema == "touchpoint")


def duration_ms(text: str, place: str) -> int:
    """Return a duration that an operator wrote in ms; raises SettingError for one that is none."""
    parsed = durations.parse(text)
    if parsed is None:
        raise SettingError(f"`{text}` is not a duration", place=place, remedy="write `7d` or `12h`")
    return parsed


@cache
def _by_name() -> Mapping[str, Topic]:
    return {topic.name: topic for topic in shipped()}


def _read(path: Path) -> Topic:
    try:
        topic = msgspec.convert(_plain(documents.read(path.read_text(encoding="utf-8"), str(path))), Topic)
    except msgspec.ValidationError as error:
        raise LoadError([Finding(str(path), 1, 1, str(error), "see the other files of the folder")]) from error
    if topic.name != path.stem:
        raise LoadError([Finding(str(path), 1, 1, f"the file is named {path.stem}, the topic {topic.name}")])
    if topic.retention and durations.parse(topic.retention) is None:
        raise LoadError([Finding(str(path), 1, 1, f"retention `{topic.retention}` is not a duration", "write `7d`")])
    return topic


def _plain(node: documents.Node | None) -> Any:
    """Return a document as plain values; what stands under `config` stays as it was written."""
    if isinstance(node, documents.Mapping):
        return {
            key.text: _texts(value) if key.text == "config" else _plain(value) for key, value in node.entries.items()
        }
    if isinstance(node, documents.Items):
        return [_plain(item) for item in node.items]
    return node.value if node else None


def _texts(node: documents.Node) -> Any:
    if not isinstance(node, documents.Mapping):
        return None
    return {key.text: getattr(value, "text", None) for key, value in node.entries.items()}


def _kafka_value(value: str) -> str:
    if size := _SIZE.fullmatch(value):
        return str(int(size[1]) * _SIZES[size[2]])
    duration_ms = durations.parse(value)
    return value if duration_ms is None else str(duration_ms)
