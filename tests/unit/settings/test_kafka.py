"""How clients of Kafka show themselves: nothing in a trial, and otherwise as brokers ask for it."""

import ssl
from pathlib import Path
from typing import Any

import pytest

from streams.errors import SettingError
from streams.settings.kafka import client_options


def test_without_settings_connections_are_plain() -> None:
    """And the clients are made as ever."""
    assert client_options({}) == {}


def test_a_password_may_come_from_a_file(tmp_path: Path) -> None:
    """As secret stores mount it."""
    (tmp_path / "password").write_text("hunter2\n")
    environ = {
        "TOUCHPOINT_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
        "TOUCHPOINT_SASL_USERNAME": "worker",
        "TOUCHPOINT_SASL_PASSWORD_FILE": str(tmp_path / "password"),
    }
    assert client_options(environ) == {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "worker",
        "sasl_plain_password": "hunter2",
    }


def test_encrypted_connections_always_ask_for_the_brokers_certificate() -> None:
    """Of its name, signed by an authority: there is no setting that turns it off."""
    context = client_options({"TOUCHPOINT_SECURITY_PROTOCOL": "SSL"})["ssl_context"]
    assert isinstance(context, ssl.SSLContext)
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_our_own_certificate_is_shown_with_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where brokers ask for one."""
    shown: list[Any] = []
    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", lambda _, *given: shown.append(given))
    client_options({
        "TOUCHPOINT_SECURITY_PROTOCOL": "SSL",
        "TOUCHPOINT_SSL_CERTFILE": "worker.pem",
        "TOUCHPOINT_SSL_KEYFILE": "worker.key",
        "TOUCHPOINT_SSL_PASSWORD": "hunter2",
    })  # fmt: skip
    assert shown == [("worker.pem", "worker.key", "hunter2")]


@pytest.mark.parametrize("name", ["TOUCHPOINT_SSL_CAFILE", "TOUCHPOINT_SSL_CERTFILE"])
def test_a_file_that_is_no_certificate_is_named(name: str, tmp_path: Path) -> None:
    """Before anything is connected."""
    (tmp_path / "none.pem").write_text("no certificate")
    with pytest.raises(SettingError, match="a certificate cannot be read") as caught:
        client_options({"TOUCHPOINT_SECURITY_PROTOCOL": "SSL", name: str(tmp_path / "none.pem")})
    assert caught.value.place == str(tmp_path / "none.pem")
