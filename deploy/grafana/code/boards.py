"""All dashboards, and where they are written to."""

from pathlib import Path
from typing import Final

from deploy.grafana.code.alerts import ALERTS
from deploy.grafana.code.experience import EXPERIENCE
from deploy.grafana.code.pipeline import PIPELINE
from deploy.grafana.code.sources import SOURCES

BOARDS: Final = (EXPERIENCE, ALERTS, PIPELINE, SOURCES)
FOLDER: Final = Path(__file__).parents[1] / "dashboards"
