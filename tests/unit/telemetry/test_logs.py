"""What is logged, and how it looks."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from streams.telemetry.logs import LIBRARIES, OURS, configure_logs


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    """Leave logging to other tests as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in (OURS, *LIBRARIES)}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


def test_lines_for_people_name_what_and_who() -> None:
    """One line with time, level, logger, message and fields."""
    output = io.StringIO()
    configure_logs(stream=output)
    logging.getLogger("touchpoint.worker").info("ready: partitions %s", [0, 1], extra={"seconds": 2})
    time, _, rest = output.getvalue().partition(" ")
    assert time.endswith("Z")
    assert rest == "INFO touchpoint.worker: ready: partitions [0, 1] seconds=2\n"


def test_a_traceback_for_people_comes_below_its_line() -> None:
    """An exception is shown as Python shows it."""
    output = io.StringIO()
    configure_logs(stream=output)
    try:
        raise ValueError("broken")  # noqa: TRY301 - the traceback is the point
    except ValueError:
        logging.getLogger("touchpoint.worker").exception("crashed")
    first, second, *_, last = output.getvalue().splitlines()
    assert first.endswith("ERROR touchpoint.worker: crashed")
    assert second.startswith("Traceback")
    assert last == "ValueError: broken"


def test_json_lines_are_objects_with_their_fields() -> None:
    """A log collector finds level, time, logger, event and every extra field."""
    output = io.StringIO()
    configure_logs(as_json=True, stream=output)
    logging.getLogger("touchpoint.worker").warning("slow", extra={"seconds": 2})
    line = json.loads(output.getvalue())
    assert line.items() >= {"event": "slow", "level": "warning", "logger": "touchpoint.worker", "seconds": 2}.items()
    assert line["timestamp"].endswith("Z")


def test_json_keeps_a_traceback_on_its_line() -> None:
    """An exception does not break the rule of one object a line."""
    output = io.StringIO()
    configure_logs(as_json=True, stream=output)
    try:
        raise ValueError("broken")  # noqa: TRY301 - the traceback is the point
    except ValueError:
        logging.getLogger("touchpoint.worker").exception("crashed")
    line = json.loads(output.getvalue())
    assert line["exception"][0]["exc_value"] == "broken"


def test_a_traceback_shows_no_values() -> None:
    """What a variable holds may be a customer's, and goes into no log."""
    output = io.StringIO()
    configure_logs(as_json=True, stream=output)
    customer = "ana@shop.example"
    try:
        raise ValueError(len(customer))  # noqa: TRY301 - as above
    except ValueError:
        logging.getLogger("touchpoint.worker").exception("it failed")
    assert json.loads(output.getvalue())["exception"][0]["exc_type"] == "ValueError"
    assert customer not in output.getvalue()


@pytest.mark.parametrize("library", LIBRARIES)
def test_libraries_are_quiet(library: str) -> None:
    """They warn about what they mend by themselves; only their errors are for people."""
    output = io.StringIO()
    configure_logs(stream=output)
    logging.getLogger(f"{library}.inner").warning("retrying")
    assert output.getvalue() == ""
    logging.getLogger(f"{library}.inner").error("failed")
    assert "failed" in output.getvalue()


def test_the_level_is_ours() -> None:
    """At warning our own information is silent."""
    output = io.StringIO()
    configure_logs("warning", stream=output)
    logging.getLogger("touchpoint.worker").info("ready")
    assert output.getvalue() == ""
