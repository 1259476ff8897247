"""Mail, through a real SMTP server."""

import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from streams.desk.notify import mail
from streams.desk.notify.channel import Failed, Reason, Receipt, Sent
from streams.desk.notify.notice import Kind
from streams.desk.notify.options import Options
from streams.desk.notify.receiver import ChannelSpec
from streams.desk.notify.signing import Allowed, Grant, Signer
from streams.errors import SettingError
from tests.contract.desk.notify.smtp import SmtpServer
from tests.unit.desk.notify.notices import KEY, LINK, LINKS, NOON, notice

TO = "lead@shop.example, night@shop.example"


def built(at: int, **more: str) -> mail.Mail:
    """Return the channel as the configuration makes it."""
    given = {
        "host": "127.0.0.1", "port": str(at), "security": "none", "from": "Desk <desk@shop.example>", "to": TO, **more
    }  # fmt: skip
    options = Options("team", ChannelSpec("mail", given), {"PASSWORD": "secret"})
    channel = mail.build(options, LINKS)
    options.finish()
    return channel


@pytest.fixture
async def server() -> AsyncIterator[SmtpServer]:
    """Give a server that takes everything."""
    async with SmtpServer() as found:
        yield found


async def test_a_mail_has_the_link_to_the_case_and_a_signed_one_that_acknowledges(server: SmtpServer) -> None:
    """In the language of the receiver, to all its addresses, marked as sent by a program."""
    channel = built(server.port)
    assert isinstance(await channel.send(notice(language="es"), None), Sent)
    await channel.close()
    (message,) = server.messages
    text = message.get_content()
    assert server.recipients == [["lead@shop.example", "night@shop.example"]]
    assert message["Subject"] == "Crítica: El pago falla una y otra vez (Caso 12, Nuevo)"
    assert message["Auto-Submitted"] == "auto-generated"
    assert f"Abrir: {LINK}" in text
    token = text.partition("/acknowledge/")[2].split()[0]
    grant = Signer([KEY]).read(token, Allowed.ACKNOWLEDGE, NOON)
    assert isinstance(grant, Grant)
    assert grant.case_id == "0a"


async def test_what_follows_is_an_answer_in_the_same_thread(server: SmtpServer) -> None:
    """By its headers, and by its subject for programs that look at that."""
    channel = built(server.port)
    receipt: Receipt | None = None
    for revision, kind in enumerate((Kind.OPENED, Kind.CORRECTED, Kind.RESOLVED), 1):
        sent = await channel.send(notice(kind=kind, revision=revision), receipt)
        assert isinstance(sent, Sent)
        receipt = sent.receipt
    await channel.close()
    first, second, third = server.messages
    assert first["In-Reply-To"] is None
    assert second["In-Reply-To"] == second["References"] == first["Message-ID"]
    assert third["In-Reply-To"] == second["Message-ID"]
    assert third["References"].split() == [first["Message-ID"], second["Message-ID"]]
    assert second["Subject"] == third["Subject"] == f"Re: {first['Subject']}"
    assert "acknowledge" not in third.get_content()


async def test_a_mail_that_is_sent_twice_has_the_same_id(server: SmtpServer) -> None:
    """So that mail programs show it once."""
    channel = built(server.port)
    await channel.send(notice(), None)
    await channel.send(notice(), None)
    await channel.send(notice(kind=Kind.ESCALATED), None)
    await channel.close()
    first, second, other = (message["Message-ID"] for message in server.messages)
    assert first == second != other


async def test_a_title_adds_no_header(server: SmtpServer) -> None:
    """A line break in a title is a space."""
    channel = built(server.port)
    await channel.send(notice(title={"en": "a\r\nBcc: thief@evil.example"}), None)
    await channel.close()
    assert server.messages[0]["Bcc"] is None
    assert server.recipients == [["lead@shop.example", "night@shop.example"]]


@pytest.mark.parametrize(
    ("says", "outcome"),
    [
        ({"": "421 too busy"}, Failed(Reason.SERVER, retry=True)),
        ({"": "554 not you"}, Failed(Reason.REFUSED, retry=False)),
        ({"MAIL": "451 later"}, Failed(Reason.SERVER, retry=True)),
        ({"MAIL": "550 not from you"}, Failed(Reason.REFUSED, retry=False)),
        ({"RCPT": "450 mailbox busy"}, Failed(Reason.SERVER, retry=True)),
        ({"RCPT": "550 no such user"}, Failed(Reason.REFUSED, retry=False)),
        ({"RCPT TO:<night@shop.example>": "550 no such user"}, Failed(Reason.REFUSED, retry=False)),
        ({"DATA": "452 disk full"}, Failed(Reason.SERVER, retry=True)),
        ({"DATA": "554 spam"}, Failed(Reason.REFUSED, retry=False)),
        ({"": "nonsense"}, Failed(Reason.SERVER, retry=True)),
    ],
)
async def test_the_codes_of_a_server_say_whether_to_try_again(says: dict[str, str], outcome: Failed) -> None:
    """4xx may pass, 5xx stays; one address of two that is refused is a failure, so that the fallback hears of it."""
    async with SmtpServer(says) as server:
        channel = built(server.port)
        assert await channel.send(notice(), None) == outcome
        await channel.close()


async def test_a_server_that_cannot_encrypt_gets_no_password() -> None:
    """STARTTLS is asked for, and without it nothing is said."""
    async with SmtpServer() as server:
        channel = built(server.port, security="starttls", user="desk", password_env="PASSWORD")  # noqa: S106 # a name
        assert await channel.send(notice(), None) == Failed(Reason.REFUSED, retry=False)
        await channel.close()
    assert server.messages == []


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_the_password_travels_encrypted(
    security: str, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the first byte or after STARTTLS, to a server whose certificate is trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    says = {"EHLO": "250-test\r\n250-STARTTLS\r\n250 AUTH PLAIN", "AUTH": "235 welcome"}
    async with SmtpServer(says, context(certificate), is_late=security == "starttls") as server:
        channel = built(server.port, host="localhost", security=security, user="desk", password_env="PASSWORD")  # noqa: S106 # a name
        assert isinstance(await channel.send(notice(), None), Sent)
        await channel.close()
    talked = [command.partition(" ")[0] for command in server.commands]
    assert (
        talked[: talked.index("AUTH") + 1] == ["EHLO", "AUTH"]
        if security == "tls"
        else ["EHLO", "STARTTLS", "EHLO", "AUTH"]
    )
    assert len(server.messages) == 1


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_a_server_that_nobody_vouches_for_gets_nothing(security: str, certificate: tuple[Path, Path]) -> None:
    """Neither password nor mail; it may be mended, so it is tried again."""
    async with SmtpServer(
        {"EHLO": "250-test\r\n250 STARTTLS"}, context(certificate), is_late=security == "starttls"
    ) as server:
        channel = built(server.port, host="localhost", security=security)
        assert await channel.send(notice(), None) == Failed(Reason.UNREACHABLE, retry=True)
        await channel.close()
    assert server.messages == []


async def test_a_wrong_password_is_not_tried_again(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays wrong until somebody changes it, and the account would be locked."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    says = {"EHLO": "250-test\r\n250 AUTH PLAIN", "AUTH": "535 wrong"}
    async with SmtpServer(says, context(certificate)) as server:
        channel = built(server.port, host="localhost", security="tls", user="desk", password_env="PASSWORD")  # noqa: S106 # a name
        assert await channel.send(notice(), None) == Failed(Reason.UNAUTHORIZED, retry=False)
        await channel.close()


def context(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    """Return what a server with this certificate needs."""
    found = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    found.load_cert_chain(*certificate)
    return found


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Make a certificate for localhost that signs itself; return it and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("certificate")
    files = folder / "cert.pem", folder / "key.pem"
    files[0].write_bytes(made.public_bytes(Encoding.PEM))
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files


async def test_nobody_there_is_worth_another_try() -> None:
    """A server that is down comes back."""
    async with SmtpServer() as server:
        port = server.port
    channel = built(port)
    assert await channel.send(notice(), None) == Failed(Reason.UNREACHABLE, retry=True)
    await channel.close()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"host": "mail.example.com"}, "sent in the clear"),
        ({"user": "desk", "password_env": "PASSWORD"}, "sent in the clear"),
        ({"port": "smtp"}, "`port` is `smtp`"),
        ({"security": "ssl"}, "give one of starttls, tls, none"),
        ({"to": " , "}, "none or too many"),
        ({"to": ",".join(["a@b"] * 51)}, "none or too many"),
        ({"to": "lead"}, "`lead` is no mail address"),
        ({"from": "a@b\nBcc: c@d"}, "is no mail address"),
        ({"password": "secret"}, "`password` is a secret|unknown option"),
    ],
)
def test_a_wrong_setting_stops_the_desk(more: dict[str, str], message: str) -> None:
    """Before the first mail, with the place."""
    with pytest.raises(SettingError, match=message) as caught:
        built(25, **more)
    assert caught.value.place == "receivers: team: mail"
