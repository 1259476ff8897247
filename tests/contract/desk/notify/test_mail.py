"""Mail, through a real SMTP server."""

from collections.abc import AsyncIterator

import pytest

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
