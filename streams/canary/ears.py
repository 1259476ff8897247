"""Listens for the canary: on the alerts topic, and for the desk's notice."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec
from aiohttp import web
from aiokafka import TopicPartition

from streams.alerts.canary import is_canary
from streams.broker.alerts import RESERVED
from streams.broker.connect import admin, consumer, missing
from streams.codec.alert import decode
from streams.codec.catalogue import ALERTS
from streams.codec.registry import SchemaStore
from streams.desk.notify.webhook import HEADER, check
from streams.errors import CorruptError

POLL_MS: Final = 500
REMEMBERED: Final = 100  # notices, for rounds beside this one
UNHEARD: Final = "unheard"
RETRY_SEC: Final = 1.0
HearAlert = Callable[[str, str], None]
"""Is told subject and id of an alert of the canary."""
HearNotice = Callable[[str], None]
"""Is told the id of the alert that a notice is about."""

_log = logging.getLogger("touchpoint.canary")


class AlertEar:
    """Reads the alerts topic from its end, over all partitions; the broker may come and go."""

    def __init__(
        self, servers: str, registry_url: str, hear: HearAlert, opened: Callable[[bool], None] = lambda _: None
    ) -> None:
        """`opened` is told whenever it begins and ceases to listen."""
        self.partitions: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.is_open = False
        self._servers = servers
        self._hear = hear
        self._opened = opened
        self._schemas = SchemaStore(registry_url)

    async def run(self) -> None:
        """Listen until cancelled. `partitions` is there, and `is_open`, once nothing that comes is missed."""
        try:
            while True:
                try:
                    await self._listen()
                except Exception as error:  # noqa: BLE001 - whatever it is, the missing stage is said by name
                    _log.debug("alerts cannot be read: %r", error)
                self._set(is_open=False)
                await asyncio.sleep(RETRY_SEC)
        finally:
            await self._schemas.close()

    async def _listen(self) -> None:
        async with admin(self._servers) as client:
            topics = {each["topic"]: each["partitions"] for each in await client.describe_topics()}
        places = [TopicPartition(ALERTS, each["partition"]) for each in topics.get(ALERTS, ())]
        if not places:
            raise missing(ALERTS, self._servers)
        async with consumer(self._servers, auto_offset_reset="latest", enable_auto_commit=False) as client:
            client.assign(places)
            for place in places:
                await client.position(place)
            self._set(is_open=True)
            if not self.partitions.done():
                self.partitions.set_result(len(places))
            while True:
                for records in (await client.getmany(timeout_ms=POLL_MS)).values():
                    for record in records:
                        if record.value is not None and not (record.key or b"").startswith(RESERVED):
                            await self._take(record.value)

    async def _take(self, value: bytes) -> None:
        await self._schemas.learn(value)
        try:
            alert = decode(value, self._schemas)
        except CorruptError:  # somebody else's concern; the desk counts these
            return
        if is_canary(alert):
            self._hear(alert.subject, alert.alert_id)

    def _set(self, *, is_open: bool) -> None:
        self.is_open = is_open
        self._opened(is_open)


class _Notice(msgspec.Struct):
    case_id: str


_notice: Final = msgspec.json.Decoder(_Notice).decode


class NoticeEar:
    """Takes the desk's signed notices; what is not signed by the shared secret is refused."""

    def __init__(self, secret: str, hear: HearNotice) -> None:
        self._secret = secret
        self._hear = hear
        self._heard: deque[str] = deque(maxlen=REMEMBERED)

    async def take(self, request: web.Request) -> web.Response:
        """Answer one notice."""
        body = await request.read()
        if check(self._secret, request.headers.get(HEADER, ""), body, int(time.time())) is not None:
            return web.Response(status=401)
        try:
            notice = _notice(body)
        except msgspec.DecodeError:
            return web.Response(status=400)
        self._heard.append(notice.case_id)
        self._hear(notice.case_id)
        return web.Response(status=204)

    async def tell(self, request: web.Request) -> web.Response:
        """Answer whether the notice about an alert was heard; for a round beside this canary."""
        is_heard = request.match_info["alert_id"] in self._heard
        return web.Response(status=204) if is_heard else web.Response(status=404, text=UNHEARD)
