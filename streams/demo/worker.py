"""The demo's worker: one `touchpoint worker` on event time."""

from pathlib import Path
from typing import Final

from streams.demo.child import Child
from streams.settings.places import DEPLOY

GROUP: Final = "journeys"  # its consumer group
PARTITIONS: Final = 8
_READY: Final = ": ready: "
# Journeys are written and committed at once.
_ENVIRONMENT: Final = {"TOUCHPOINT_LANE_FLUSH_SEC": "0.5", "TOUCHPOINT_LANE_COMMIT_SEC": "0.5"}


class Worker(Child):
    """One process, which is started and stopped once."""

    def __init__(self, servers: str, folder: Path, metrics_port: int) -> None:
        self.url = f"http://127.0.0.1:{metrics_port}"
        numbers = f"--bootstrap-servers {servers} --partitions {PARTITIONS} --metrics-port {metrics_port}"
        command = ["worker", "--clock", "event", *numbers.split()]
        command += ["--rules", str(DEPLOY / "rules"), "--data-dir", str(folder)]
        super().__init__("worker", command, folder, _ENVIRONMENT, _READY)
