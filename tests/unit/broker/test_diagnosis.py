"""Why a broker ended, from its log."""

from pathlib import Path

import pytest

from streams.broker.diagnosis import explain_end

LOG = Path("/data/broker.log")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("java.io.IOException: No space left on device", "no disk space is left"),
        ("java.net.BindException: Address already in use", "port 9092"),
        ("KafkaException: Failed to acquire lock on file .lock in /data", "another broker is using this data folder"),
        ("java.io.FileNotFoundException: /data/x (Permission denied)", "cannot be written"),
        ("java.lang.OutOfMemoryError: Java heap space", "memory"),
    ],
)
def test_known_causes_are_named(line: str, message: str) -> None:
    """Each known sign in the log gives its cause and a remedy."""
    error = explain_end(1, f"INFO starting\n{line}\nINFO shut down\n", LOG, 9092)
    assert message in error.message
    assert error.remedy


def test_an_unknown_cause_shows_the_last_error() -> None:
    """What is not known is quoted, with the place of the log."""
    error = explain_end(1, "INFO starting\n2026 ERROR Foo: it broke\nINFO done\n", LOG, 9092)
    assert error.message == "the broker ended with code 1: 2026 ERROR Foo: it broke"
    assert error.place == str(LOG)


def test_a_killed_broker_says_the_signal() -> None:
    """The out-of-memory killer leaves no log line, only signal 9."""
    assert explain_end(-9, "", LOG, 9092).message == "the broker was killed by signal 9"
