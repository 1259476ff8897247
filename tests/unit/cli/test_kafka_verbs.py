"""What the verbs that speak to Kafka say when they cannot: one line, no traceback, the right exit code."""

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from streams.broker.probe import free_port
from streams.cli import main
from streams.codec.touchpoint import to_json
from streams.touchpoints.touchpoint import Touchpoint

GOOD = to_json(Touchpoint("1", "s", "payment.failed", 1_777_636_800_000, "ana"))


class Done(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def touchpoint(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Run the command as a shell would, but in this process."""
    client_log = logging.getLogger("aiokafka")
    level = client_log.level

    def run(*arguments: str) -> Done:
        monkeypatch.setattr("sys.argv", ["touchpoint", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code
        return Done(code if isinstance(code, int) else 0, *capfd.readouterr())

    yield run
    client_log.setLevel(level)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """One good and two bad lines."""
    path = tmp_path / "touchpoints.jsonl"
    path.write_bytes(GOOD + b"\n" + b"oops\n" + GOOD.replace(b"payment.failed", b"payment.faild") + b"\n")
    return path


@pytest.mark.parametrize(
    "verb",
    [
        ["topics", "check"],
        ["topics", "create"],
        ["topics", "list"],
        ["alerts", "tail"],
        ["dead-letters", "list"],
        ["dead-letters", "show", "touchpoints.web/0/0"],
        ["dead-letters", "reinject", "--all"],
        ["dead-letters", "resume"],
        ["send", "-"],
    ],
    ids=" ".join,
)
def test_a_broker_that_is_not_there_is_one_line(touchpoint: Run, verb: list[str]) -> None:
    """With the remedy, and nothing that the client logs."""
    servers = f"127.0.0.1:{free_port()}"
    done = touchpoint(*verb, "--bootstrap-servers", servers)
    remedy = "start one with `touchpoint broker start`, or name yours with --bootstrap-servers"
    assert done.err.strip() == f"error: {servers}: no Kafka broker answers ({remedy})"
    assert (done.code, done.out) == (1, "")


def test_send_check_names_bad_lines_without_a_broker(touchpoint: Run, file: Path) -> None:
    """Path, line, reason; exit code 1."""
    done = touchpoint("send", "--check", str(file))
    assert done.err.splitlines() == [
        f"{file}:2: undecodable: the value is not valid JSON",
        f"{file}:3: unknown_type: the vocabulary has no type 'payment.faild'; did you mean payment.failed?",
    ]
    assert (done.code, done.out) == (1, "1 of 3 lines are touchpoints\n")


def test_send_check_as_json(touchpoint: Run, file: Path) -> None:
    """For a program."""
    done = touchpoint("send", "--check", "--json", str(file))
    summary = json.loads(done.out)
    assert (summary["lines"], summary["bad"], [bad["line"] for bad in summary["bad_lines"]]) == (3, 2, [2, 3])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["send", "nowhere.jsonl", "--check"], "No such file"),
        (["send", "x", "--speed", "0"], "neither a number above 0 nor max"),
        (["topics", "create", "--partitions", "0"], "--partitions"),
        (["topics", "check", "--bootstrap-servers", "here"], "`here` is not host:port"),
        (["topics", "check", "--retention", "long"], "`long` is not a duration"),
        (["alerts", "tail", "--lang", "fr"], "--lang"),
        (["dead-letters", "show", "touchpoints.web"], "is not TOPIC/PARTITION/OFFSET"),
        (["dead-letters", "reinject"], "which dead letters?"),
        (["dead-letters", "reinject", "--all", "--patch", "[1]"], "--patch is not a JSON object"),
        (["dead-letters", "list", "--since", "soon"], "`soon` is neither"),
        (["dead-letters", "list", "--reason", "whim"], "--reason"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_wrong_use_is_code_2_and_says_what_is_right(touchpoint: Run, arguments: list[str], message: str) -> None:
    """Before anything is connected."""
    done = touchpoint(*arguments)
    assert message in done.err
    assert (done.code, "Traceback" in done.err) == (2, False)


@pytest.mark.parametrize("verb", ["topics create", "topics check", "topics list", "alerts tail", "send",
                                  "dead-letters list", "dead-letters show", "dead-letters reinject",
                                  "dead-letters resume"])  # fmt: skip
def test_every_verb_helps_with_an_example(touchpoint: Run, verb: str) -> None:
    """And can talk to a program."""
    done = touchpoint(*verb.split(), "--help")
    assert done.code == 0
    assert "Example: touchpoint " in done.out
    assert "--json" in done.out
