"""The recording rules of deploy/prometheus, as dashboards may use them: name, labels, and what they are made of."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ruamel.yaml import YAML

FILE: Final = Path(__file__).parents[2] / "prometheus" / "rules" / "recording.yaml"
_KEPT: Final = re.compile(r"\bby \(([^)]*)\)")
_METRIC: Final = re.compile(r"\btouchpoint_[a-z0-9_]+")


@dataclass(frozen=True)
class Recorded:
    """One rule: `labels` are those that its aggregations keep, `metrics` the series that it reads."""

    labels: frozenset[str]
    metrics: tuple[str, ...]


def read(text: str) -> dict[str, Recorded]:
    """Return the recording rules of a file by their names."""
    rules = [rule for group in YAML(typ="safe").load(text)["groups"] for rule in group["rules"]]
    return {
        rule["record"]: Recorded(
            frozenset(label.strip() for kept in _KEPT.findall(rule["expr"]) for label in kept.split(",")),
            tuple(dict.fromkeys(_METRIC.findall(rule["expr"]))),
        )
        for rule in rules
        if "record" in rule
    }


RECORDED: Final = read(FILE.read_text(encoding="utf-8"))
