"""`touchpoint gateway`: what its options become."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from streams.cli import gateway
from streams.settings.settings import Settings


def started(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Settings:
    """Return the settings with which it would have been started."""
    found: list[Settings] = []
    monkeypatch.setattr("streams.gateway.run.serve", lambda settings, _: found.append(settings))
    monkeypatch.setattr("streams.cli.process.begin", lambda *_: None)
    result = CliRunner().invoke(gateway.command, arguments)
    assert result.exit_code == 0, result.output
    return found[0]


def test_without_options_it_runs_with_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of which stand in one place."""
    assert started(monkeypatch) == Settings()


def test_options_become_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Under the names of the gateway."""
    found = started(
        monkeypatch,
        *("--host", "0.0.0.0", "--port", "8443", "--data-dir", str(tmp_path), "--spool-mb", "64"),  # noqa: S104 - only said
        *("--unknown", "ignore", "--max-body", "2000", "--tls-cert", "c", "--tls-key", "k", "--region", "ES"),
    )
    assert found == Settings(
        gateway_host="0.0.0.0",  # noqa: S104 - only said
        gateway_port=8443,
        data_dir=str(tmp_path),
        gateway_spool_mb=64,
        gateway_unknown="ignore",
        gateway_max_body=2_000,
        gateway_tls_cert="c",
        gateway_tls_key="k",
        gateway_region="ES",
    )


def test_the_environment_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """For containers."""
    monkeypatch.setenv("TOUCHPOINT_GATEWAY_UNKNOWN", "ignore")
    monkeypatch.setenv("TOUCHPOINT_GATEWAY_PORT", "8080")
    found = started(monkeypatch)
    assert (found.gateway_unknown, found.gateway_port) == ("ignore", 8080)


def test_its_keys_are_made_beside_it(tmp_path: Path) -> None:
    """In the same data folder, without starting it."""
    run = ["--data-dir", str(tmp_path), "keys"]
    assert CliRunner().invoke(gateway.command, [*run, "create", "--source", "//shop"]).exit_code == 0
    assert "//shop" in CliRunner().invoke(gateway.command, [*run, "list"]).output
