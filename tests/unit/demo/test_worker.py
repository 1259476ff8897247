import os
import signal
from pathlib import Path

import pytest

from streams.demo.worker import Worker
from streams.testing.patience import PATIENCE_SEC


@pytest.mark.parametrize("ending", ["by itself", "killed"])
def test_a_worker_that_ends_is_explained(tmp_path: Path, ending: str) -> None:
    """The error has the code or the signal, the log's place and its last lines."""
    worker = Worker("127.0.0.1:1", tmp_path, 0)
    started: list[int] = []
    worker.start(started.append)
    if ending == "killed":
        os.kill(started[0], signal.SIGKILL)
    assert worker._process is not None
    worker._process.wait(PATIENCE_SEC)
    error = worker.explain_end()
    assert error.place == str(tmp_path / "worker.log")
    if ending == "killed":
        assert "killed by SIGKILL" in error.message
    else:
        assert f"ended with code {worker.code}" in error.message
        assert "no Kafka broker answers" in error.message
