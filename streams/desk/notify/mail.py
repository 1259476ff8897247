"""Mail over SMTP: one thread a case, with a signed link that acknowledges.

Apprise can mail too, but sets no Message-ID of ours: there every correction would be a thread of its own.
"""

import asyncio
import smtplib
import ssl
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from typing import Final

import msgspec

from streams.desk.notify import texts
from streams.desk.notify.channel import ATTEMPT_SEC, Failed, Reason, Receipt, Sent
from streams.desk.notify.notice import Notice, delivery_id
from streams.desk.notify.options import Options, is_inside
from streams.desk.notify.signing import Links

_THREADS: Final = 4
_SOCKET_SEC: Final = 10.0
_PORTS: Final = {"starttls": 587, "tls": 465, "none": 25}
_MOST_RECIPIENTS: Final = 50


class Server(msgspec.Struct, frozen=True):
    """How mail leaves; `security` is starttls, tls or none."""

    host: str
    port: int
    security: str
    user: str = ""
    password: str = ""


class Mail:
    """Sends to some addresses; `sender` is the From."""

    def __init__(self, server: Server, sender: str, recipients: tuple[str, ...], links: Links) -> None:
        self._server = server
        self._sender = sender
        self._recipients = recipients
        self._links = links
        self._threads = ThreadPoolExecutor(_THREADS, "mail")

    async def send(self, notice: Notice, earlier: Receipt | None) -> Sent | Failed:
        """Send it, as an answer to what was sent before under this key."""
        message = self._message(notice, earlier)
        try:
            async with asyncio.timeout(ATTEMPT_SEC):
                loop = asyncio.get_running_loop()
                failed = await loop.run_in_executor(self._threads, self._deliver, message)
        except TimeoutError:
            return Failed(Reason.TIMEOUT, retry=True)
        if failed is not None:
            return failed
        first = earlier.ids if earlier is not None else {"root": message["Message-ID"], "subject": message["Subject"]}
        return Sent(Receipt({**first, "last": message["Message-ID"]}))

    async def close(self) -> None:
        """Let the threads go; what hangs ends with its socket."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _message(self, notice: Notice, earlier: Receipt | None) -> EmailMessage:
        """Return the message; its id does not change when it is sent again."""
        message = EmailMessage()
        message["From"], message["To"] = self._sender, ", ".join(self._recipients)
        domain = parseaddr(self._sender)[1].rpartition("@")[2]
        message["Message-ID"] = f"<{delivery_id(notice)}.{notice.dedup_key}@{domain}>"
        message["Date"] = formatdate(notice.at / 1000)
        message["Auto-Submitted"] = "auto-generated"
        message["Subject"] = texts.headline(notice)
        if earlier is not None:
            # Some mail programs thread by the subject as well, so it stays that of the first message.
            del message["Subject"]
            message["Subject"] = f"Re: {earlier.ids['subject']}"
            message["In-Reply-To"] = earlier.ids["last"]
            message["References"] = " ".join(dict.fromkeys((earlier.ids["root"], earlier.ids["last"])))
        link = self._links.acknowledge(notice)
        more = (f"{texts.word('acknowledge', notice.language)}: {link}",) if link else ()
        message.set_content(texts.headline(notice) + "\n\n" + texts.body(notice, *more), cte="quoted-printable")
        return message

    def _deliver(self, message: EmailMessage) -> Failed | None:
        """Say it to the server; a recipient that is refused fails the whole, so that the fallback hears of it."""
        try:
            with self._connect() as smtp:
                if self._server.user:
                    smtp.login(self._server.user, self._server.password)
                refused = smtp.send_message(message, to_addrs=list(self._recipients))
                return _worst([code for code, _ in refused.values()]) if refused else None
        except smtplib.SMTPRecipientsRefused as error:
            return _worst([code for code, _ in error.recipients.values()])
        except smtplib.SMTPAuthenticationError as error:
            return Failed(Reason.UNAUTHORIZED, retry=error.smtp_code < 500)
        except smtplib.SMTPResponseException as error:
            return _worst([error.smtp_code])
        except smtplib.SMTPNotSupportedError:
            return Failed(Reason.REFUSED, retry=False)
        except TimeoutError:
            return Failed(Reason.TIMEOUT, retry=True)
        except (OSError, smtplib.SMTPException):
            return Failed(Reason.UNREACHABLE, retry=True)

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        if server.security == "tls":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(server.host, server.port, timeout=_SOCKET_SEC, context=context)
        smtp = smtplib.SMTP(server.host, server.port, timeout=_SOCKET_SEC)
        if server.security == "starttls":
            try:
                smtp.starttls(context=ssl.create_default_context())
            except BaseException:
                smtp.close()
                raise
        return smtp


def _worst(codes: list[int]) -> Failed:
    """Return what the codes of a server mean: from 500 on it will say the same again."""
    if any(code >= 500 for code in codes):
        return Failed(Reason.REFUSED, retry=False)
    return Failed(Reason.SERVER, retry=True)


def build(options: Options, links: Links) -> Mail:
    """Return the channel: `host`, `from`, `to` (with commas), `security`, `port`, `user`, `password_env`."""
    security = options.choice("security", ("starttls", "tls", "none"))
    host, port = options.text("host"), options.text("port", str(_PORTS[security]))
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        raise options.error(f"`port` is `{port}`", "give a number up to 65535")
    user = options.text("user", "")
    password = options.secret("password") if user else ""
    if security == "none" and (user or not is_inside(host)):
        raise options.error("this would be sent in the clear", "give `security: starttls` or `security: tls`")
    recipients = tuple(each.strip() for each in options.text("to").split(",") if each.strip())
    if not 0 < len(recipients) <= _MOST_RECIPIENTS:
        raise options.error(
            "`to` has none or too many addresses", f"give up to {_MOST_RECIPIENTS}, or a list's address"
        )
    for address in (sender := options.text("from"), *recipients):
        if "@" not in parseaddr(address)[1] or not address.isprintable():
            raise options.error(f"`{address}` is no mail address", "give name@host")
    return Mail(Server(host, int(port), security, user, password), sender, recipients, links)
