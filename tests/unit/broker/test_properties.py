"""The settings of a single loopback broker."""

from pathlib import Path

from streams.broker.properties import render, server_properties


def test_it_listens_on_the_loopback_alone() -> None:
    """Nobody else on the network reaches a demo's broker."""
    properties = server_properties(port=9092, controller_port=9093, log_dir=Path("/data/kafka"))
    assert properties["listeners"] == "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093"
    assert properties["advertised.listeners"] == "PLAINTEXT://127.0.0.1:9092"
    assert properties["controller.quorum.voters"] == "1@127.0.0.1:9093"


def test_one_node_asks_for_one_copy() -> None:
    """No internal topic waits for brokers that do not exist."""
    properties = server_properties(port=1, controller_port=2, log_dir=Path("/data"))
    assert {value for key, value in properties.items() if key.endswith("replication.factor")} == {"1"}
    assert {value for key, value in properties.items() if key.endswith("min.isr")} == {"1"}


def test_overrides_win() -> None:
    """A test changes one setting and keeps the others."""
    changed = {"log.segment.bytes": "1048576", "num.io.threads": "1"}
    properties = server_properties(port=1, controller_port=2, log_dir=Path("/data"), overrides=changed)
    assert properties.items() >= changed.items()
    assert properties["auto.create.topics.enable"] == "false"


def test_backslashes_survive_the_file_format() -> None:
    """A properties file reads a backslash as the start of an escape."""
    assert render({"b": "1", "a": "x\\y"}) == "a=x\\\\y\nb=1\n"
