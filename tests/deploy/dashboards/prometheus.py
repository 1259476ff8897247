"""A real Prometheus as a process of a test: what it scrapes, and what it answers."""

import json
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from streams.broker.probe import free_port
from streams.testing.patience import PATIENCE_SEC

RULES: Final = Path(__file__).parents[3] / "deploy" / "prometheus" / "rules"
POLL_SEC: Final = 0.1
_INTERVAL: Final = re.compile(r"^( +interval): \w+", re.MULTILINE)


class Prometheus:
    """One process, with the recording rules that are shipped; scrapes and evaluates every so many seconds.

    Use as a context manager; it is gone at the end of the block.
    """

    def __init__(self, folder: Path, targets: Mapping[str, str], scrape_sec: int) -> None:
        """Prepare; `targets` are addresses by the names of their jobs."""
        executable = shutil.which("prometheus")
        if executable is None:
            raise RuntimeError("there is no Prometheus: install it (Debian: apt-get install prometheus)")
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        self.log = folder / "prometheus.log"
        self.scrape_sec = scrape_sec
        every = f"{scrape_sec}s"
        config = {
            "global": {"scrape_interval": every, "scrape_timeout": every, "evaluation_interval": every},
            "rule_files": [str(self._rules(folder, every))],
            "scrape_configs": [
                {"job_name": job, "static_configs": [{"targets": [address]}]} for job, address in targets.items()
            ],
        }
        file = folder / "prometheus.json"
        file.write_text(json.dumps(config), encoding="utf-8")
        self._command = [
            executable,
            f"--config.file={file}",
            f"--storage.tsdb.path={folder / 'prometheus'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=warn",
        ]
        self._process: subprocess.Popen[bytes] | None = None

    @staticmethod
    def _rules(folder: Path, every: str) -> Path:
        """Copy the shipped recording rules, evaluated as often as everything else here."""
        path = folder / "recording.yaml"
        path.write_text(_INTERVAL.sub(rf"\1: {every}", (RULES / "recording.yaml").read_text()), encoding="utf-8")
        return path

    def at(self, query: str, when: float) -> list[dict[str, Any]]:
        """Return what a query gives at one time: labels and values."""
        return self._ask("query", {"query": query, "time": f"{when:.3f}"})

    def over(self, query: str, start: float, end: float, step_sec: int) -> list[dict[str, Any]]:
        """Return what a query gives over a time: labels, and values at each step."""
        times = {"start": f"{start:.3f}", "end": f"{end:.3f}", "step": str(step_sec)}
        return self._ask("query_range", {"query": query, **times})

    def value(self, query: str) -> float:
        """Return the one number that a query gives now, 0 where it gives none."""
        found = self.at(query, time.time())
        return float(found[0]["value"][1]) if found else 0.0

    def _ask(self, way: str, arguments: Mapping[str, str]) -> list[dict[str, Any]]:
        body = urllib.parse.urlencode(arguments).encode()
        try:
            with urllib.request.urlopen(f"{self.url}/api/v1/{way}", body, timeout=PATIENCE_SEC) as answer:  # noqa: S310 - ours
                found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
        except urllib.error.HTTPError as error:
            with error:
                raise ValueError(f"{arguments['query']}: {error.read().decode()}") from error
        return found

    def __enter__(self) -> Self:
        """Start it, and return once it answers."""
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE_SEC
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.__exit__(None, None, None)
                raise RuntimeError(f"Prometheus does not answer:\n{self.log.read_text()[-2000:]}")
            time.sleep(POLL_SEC)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(PATIENCE_SEC)

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready", timeout=1) as answer:  # noqa: S310 - ours
                return bool(answer.status == 200)
        except OSError:
            return False
