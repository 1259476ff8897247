"""The dashboards as they are shipped: what Grafana reads, and nothing of the code that wrote it."""

import json
import re
from dataclasses import dataclass
from typing import Any, Final, Self

from deploy.grafana.code.boards import FOLDER

FILES: Final = tuple(sorted(FOLDER.glob("*.json")))


@dataclass(frozen=True)
class Panel:
    """One panel of a dashboard."""

    board: str
    title: str
    raw: dict[str, Any]

    @property
    def queries(self) -> list[tuple[str, str]]:
        """PromQL with its legend."""
        return [(target["expr"], target["legendFormat"]) for target in self.raw["targets"]]

    @property
    def is_instant(self) -> bool:
        """Whether it asks for one point in time."""
        return bool(self.raw["targets"][0]["instant"])

    @property
    def defaults(self) -> dict[str, Any]:
        """Unit, thresholds, bounds."""
        return dict(self.raw["fieldConfig"]["defaults"])

    def legend(self, template: str, labels: dict[str, str]) -> str:
        """Return the name of a series as the page shows it."""
        name = re.sub(r"\{\{(\w+)\}\}", lambda found: labels.get(found[1], ""), template)
        for step in self.raw.get("transformations", ()):
            found = re.match(step["options"]["regex"], name)
            if found:
                return str(step["options"]["renamePattern"].replace("$1", found[1]))
        return name


@dataclass(frozen=True)
class Dashboard:
    """One dashboard."""

    raw: dict[str, Any]

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a file."""
        return cls(json.loads(text))

    @property
    def uid(self) -> str:
        """Its name in addresses."""
        return str(self.raw["uid"])

    @property
    def panels(self) -> list[Panel]:
        """All panels but the headings."""
        return [Panel(self.uid, raw["title"], raw) for raw in self.raw["panels"] if raw["type"] != "row"]

    @property
    def chosen(self) -> dict[str, str]:
        """What its variables stand for when the page is opened: everything."""
        return {one["name"]: one["allValue"] for one in self.raw["templating"]["list"] if one["type"] == "query"}


def dashboards() -> list[Dashboard]:
    """Return all of them."""
    return [Dashboard.read(path.read_text(encoding="utf-8")) for path in FILES]
