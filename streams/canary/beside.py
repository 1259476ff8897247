"""A round beside a canary that runs: the desk tells that one, so it is asked whether it was told."""

import asyncio
from collections import OrderedDict
from typing import Final

import aiohttp

from streams.canary.ears import UNHEARD, HearNotice

POLL_SEC: Final = 0.2
_MOST: Final = 20  # alerts that are asked about at a time, the newest
_TIMEOUT: Final = aiohttp.ClientTimeout(2)


class Beside:
    """Asks the canary at `url` (where the desk tells it) about every alert that it is to follow."""

    def __init__(self, url: str, hear: HearNotice) -> None:
        self._url = url.rstrip("/")
        self._hear = hear
        self._asked: OrderedDict[str, None] = OrderedDict()

    async def is_there(self) -> bool:
        """Return whether a canary answers there."""
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as client:
            return await self._answer(client, "nobody") == UNHEARD

    def follow(self, alert_id: str) -> None:
        """Ask about an alert until it was heard."""
        self._asked[alert_id] = None
        if len(self._asked) > _MOST:
            self._asked.popitem(last=False)

    async def run(self) -> None:
        """Ask until cancelled."""
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as client:
            while True:
                for alert_id in list(self._asked):
                    if await self._answer(client, alert_id) == "":
                        self._asked.pop(alert_id, None)
                        self._hear(alert_id)
                await asyncio.sleep(POLL_SEC)

    async def _answer(self, client: aiohttp.ClientSession, alert_id: str) -> str | None:
        """Return an empty text for an alert that was heard, None where no canary answers."""
        try:
            async with client.get(f"{self._url}/{alert_id}") as answer:
                if answer.status == 204:
                    return ""
                return await answer.text() if answer.status == 404 else None
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None
