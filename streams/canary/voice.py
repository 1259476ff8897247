"""Sends the canary's touchpoints to the gateway, as any system would: with a key, over HTTP."""

from types import TracebackType
from typing import Any, Final, Self

import aiohttp

PATH: Final = "/v1/touchpoints"
_ACCEPTED: Final = 202


class Voice:
    """An async context; `timeout_sec` bounds each request."""

    def __init__(self, url: str, key: str, timeout_sec: float) -> None:
        self._url = url.rstrip("/") + PATH
        self._client = aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {key}"}, timeout=aiohttp.ClientTimeout(timeout_sec)
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.close()

    async def send(self, touchpoint: dict[str, Any]) -> str:
        """Send one; return why it was not accepted, an empty text where it was. Nothing is raised."""
        try:
            async with self._client.post(self._url, json=touchpoint) as answer:
                return "" if answer.status == _ACCEPTED else f"the gateway answers {answer.status}"
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return f"the gateway cannot be reached ({type(error).__name__})"
