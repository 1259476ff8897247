"""Whoever is refused, or has to refuse, ends with one clear line."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from socket import create_server, socket

import pytest

from streams.broker.properties import HOST
from tests.kafka.secure.authority import Authority, Issued
from tests.kafka.secure.cluster import SecureKafka
from tests.kafka.secure.verb import verb

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]
WRONG = "a wrong password that nobody is to see"


def explained(told: dict[str, str], *arguments: str) -> str:
    """Return the one line that a command ends with."""
    done = verb(told, *arguments)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert WRONG not in done.stderr + done.stdout
    return done.stderr


@pytest.mark.parametrize("name", ["worker", "gateway", "desk", "canary"])
def test_a_wrong_password_is_one_line(secure: SecureKafka, tmp_path: Path, name: str) -> None:
    """Of every component, and none tries for ever; it names the user and the settings."""
    told = secure.by_password(name, WRONG) | {"TOUCHPOINT_DATA_DIR": str(tmp_path), "TOUCHPOINT_CANARY_KEY": "made-up"}
    line = explained(told, name)
    assert f"{secure.signed}: the broker refuses the sign-in of `{name}` (see TOUCHPOINT_SASL_USERNAME" in line


def test_who_is_unknown_is_refused_alike(secure: SecureKafka) -> None:
    """So nobody learns which users there are."""
    told = secure.by_password("topics") | {"TOUCHPOINT_SASL_USERNAME": "nobody"}
    assert "the broker refuses the sign-in of `nobody`" in explained(told, "topics", "list")


def test_another_way_to_sign_in_is_named(secure: SecureKafka) -> None:
    """When the listener does not know the mechanism."""
    told = secure.by_password("topics") | {"TOUCHPOINT_SASL_MECHANISM": "PLAIN"}
    assert "the broker does not take PLAIN for a sign-in (see TOUCHPOINT_SASL_MECHANISM" in explained(
        told, "topics", "list"
    )


def test_a_certificate_that_has_ended_is_refused(secure: SecureKafka) -> None:
    """Ours, by the broker; the line names our files."""
    issued = secure.authority.issue("worker", ended=timedelta(hours=1))
    line = explained(secure.by_certificate("worker", issued), "topics", "list")
    assert f"{secure.known}: the broker " in line
    assert "TOUCHPOINT_SSL_CERTFILE" in line


def test_a_certificate_of_somebody_else_is_refused(secure: SecureKafka, tmp_path: Path) -> None:
    """Signed by an authority that the broker does not trust, in whatever name."""
    issued = Authority(tmp_path, "elsewhere").issue("admin")
    line = explained(secure.by_certificate("worker", issued), "worker")
    assert "TOUCHPOINT_SSL_CERTFILE" in line


def test_no_certificate_is_refused(secure: SecureKafka) -> None:
    """Where the broker asks for one."""
    told = secure.by_certificate("worker") | {"TOUCHPOINT_SSL_CERTFILE": "", "TOUCHPOINT_SSL_KEYFILE": ""}
    assert "TOUCHPOINT_SSL_CERTFILE" in explained(told, "topics", "list")


def test_a_broker_by_another_name_is_refused(secure: SecureKafka) -> None:
    """Its certificate is for an address, and we came by a name."""
    told = secure.by_certificate("topics") | {"TOUCHPOINT_BOOTSTRAP_SERVERS": secure.by_another_name}
    line = explained(told, "topics", "list")
    assert "the broker's certificate cannot be trusted: Hostname mismatch" in line
    assert "advertised.listeners" in line


def test_a_broker_of_another_authority_is_refused(secure: SecureKafka, tmp_path: Path) -> None:
    """Whoever stands in the way cannot take our password."""
    told = secure.by_password("topics") | {"TOUCHPOINT_SSL_CAFILE": str(Authority(tmp_path, "elsewhere").file)}
    line = explained(told, "topics", "list")
    assert "the broker's certificate cannot be trusted: " in line
    assert "TOUCHPOINT_SSL_CAFILE" in line


def test_a_broker_whose_certificate_has_ended_is_refused(secure: SecureKafka) -> None:
    """The line says so, and that the clock may be wrong."""
    with serving(secure.authority.issue("late", HOST, ended=timedelta(hours=1))) as server:
        told = secure.by_password("topics") | {"TOUCHPOINT_BOOTSTRAP_SERVERS": server}
        line = explained(told, "topics", "list")
    assert f"{server}: the broker's certificate cannot be trusted: certificate has expired (have it renewed" in line


def test_a_listener_without_tls_is_named(secure: SecureKafka) -> None:
    """The port is that of another listener."""
    told = secure.by_password("topics") | {"TOUCHPOINT_BOOTSTRAP_SERVERS": secure.kafka.bootstrap_servers}
    line = explained(told, "topics", "list")
    assert "the broker closes the connection without a reason (see TOUCHPOINT_SECURITY_PROTOCOL" in line


def test_a_wrong_lock_of_the_key_is_a_wrong_setting(secure: SecureKafka, tmp_path: Path) -> None:
    """Said before anything is connected, and without what was tried."""
    (tmp_path / "lock").write_text(WRONG)
    told = secure.by_certificate("topics") | {"TOUCHPOINT_SSL_PASSWORD_FILE": str(tmp_path / "lock")}
    done = verb(told, "topics", "list")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "a certificate cannot be read" in done.stderr
    assert WRONG not in done.stderr


@contextmanager
def serving(issued: Issued) -> Iterator[str]:
    """Give the address of somebody who shows this certificate to everybody who comes."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(issued.certificate, issued.key)
    with create_server((HOST, 0)) as listener:
        threading.Thread(target=_shake_hands, args=(listener, context), daemon=True).start()
        yield f"{HOST}:{listener.getsockname()[1]}"


def _shake_hands(listener: socket, context: ssl.SSLContext) -> None:
    with suppress(OSError):  # the listener is closed at the end
        while True:
            connection, _ = listener.accept()
            with suppress(OSError), context.wrap_socket(connection, server_side=True):
                pass
