"""Everything that Apprise reaches: Teams, Telegram and a hundred more, by one URL each.

Apprise blocks, so it runs in a few threads; it cannot edit, so a correction is a new message; it does not say why it
failed but in its log, so the status is read from there, and where there is none we try again.
"""

import asyncio
import logging
import re
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import apprise

from streams.desk.notify import texts
from streams.desk.notify.channel import ATTEMPT_SEC, Failed, Reason, Receipt, Sent
from streams.desk.notify.notice import ENDING, Notice
from streams.desk.notify.options import Options
from streams.desk.notify.signing import Links
from streams.desk.notify.web import judge

_THREADS: Final = 4
_STATUS: Final = re.compile(r"error=(\d{3})\b")
_TALKATIVE: Final = ("apprise", "urllib3")  # below warnings they log addresses with their tokens, and payloads
_TYPES: Final = {"critical": apprise.NotifyType.FAILURE, "high": apprise.NotifyType.WARNING}


class Apprise:
    """Sends by one Apprise URL."""

    def __init__(self, service: apprise.NotifyBase, links: Links) -> None:
        self._apprise = apprise.Apprise(asset=service.asset)
        self._apprise.add(service)
        self._links = links
        self._threads = ThreadPoolExecutor(_THREADS, "apprise")

    async def send(self, notice: Notice, earlier: Receipt | None) -> Sent | Failed:
        """Send a message of its own."""
        try:
            async with asyncio.timeout(ATTEMPT_SEC):
                return await asyncio.get_running_loop().run_in_executor(self._threads, self._notify, notice)
        except TimeoutError:
            return Failed(Reason.TIMEOUT, retry=True)

    async def close(self) -> None:
        """Let the threads go; what hangs ends with its socket."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _notify(self, notice: Notice) -> Sent | Failed:
        link = self._links.acknowledge(notice)
        more = (f"{texts.word('acknowledge', notice.language)}: {link}",) if link else ()
        kind = apprise.NotifyType.SUCCESS if notice.kind in ENDING else _TYPES.get(notice.severity)
        result = self._apprise.notify(
            body=texts.body(notice, *more),
            title=texts.headline(notice),
            notify_type=kind or apprise.NotifyType.INFO,
            body_format=apprise.NotifyFormat.TEXT,
            timeout=ATTEMPT_SEC,
        )
        if result:
            return Sent(Receipt())
        if result.timeout_count:
            return Failed(Reason.TIMEOUT, retry=True)
        return _failed([entry.message for entry in result.logs()])


def _failed(messages: list[str]) -> Failed:
    found = [int(status) for message in messages for status in _STATUS.findall(message)]
    return (judge(found[-1]) if found else None) or Failed(Reason.UNREACHABLE, retry=True)


def build(options: Options, links: Links) -> Apprise:
    """Return the channel: `url_env` or `url_file`, since the URL of a service holds its secrets."""
    url = options.secret("url")
    asset = apprise.AppriseAsset(
        app_id="Touchpoint",
        app_desc="Touchpoint desk",
        app_url="",
        async_mode=False,
        secure_logging=True,
        http_redirects=False,
        storage_mode=apprise.PersistentStoreMode.MEMORY,
    )
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    with warnings.catch_warnings():  # its plugins import what Python is about to drop
        warnings.simplefilter("ignore", DeprecationWarning)
        service = apprise.Apprise.instantiate(url, asset=asset)
    if service is None:
        raise options.error("`url` is no address that Apprise knows", "see the list of services in Apprise's wiki")
    return Apprise(service, links)
