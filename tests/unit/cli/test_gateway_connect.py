"""`touchpoint gateway connect`."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from streams.cli.gateway_connect import command
from streams.gateway.connect.admin import VARIABLE, admin_token
from streams.settings.settings import Settings


def printed(settings: Settings) -> str:
    """Return what it prints."""
    return CliRunner().invoke(command, [], obj=settings, catch_exceptions=False).stdout


def test_the_link_opens_the_page_of_this_gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The token is that of the data folder, behind `#`."""
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.delenv(f"{VARIABLE}_FILE", raising=False)
    said = printed(Settings(data_dir=str(tmp_path)))
    assert said == f"http://127.0.0.1:9104/connect#token={admin_token({}, tmp_path)}\n"


@pytest.mark.parametrize(
    ("settings", "base"),
    [
        (Settings(gateway_url="https://in.example/"), "https://in.example"),
        (Settings(gateway_host="0.0.0.0", gateway_port=80), "http://127.0.0.1:80"),  # noqa: S104 - what people set
        (Settings(gateway_tls_cert="cert.pem", gateway_host="::"), "https://[::1]:9104"),
    ],
)
def test_it_leads_where_people_reach_the_gateway(
    settings: Settings, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its public address, else by that of this machine."""
    monkeypatch.setenv(VARIABLE, "t" * 40)
    assert printed(settings) == f"{base}/connect#token={'t' * 40}\n"
