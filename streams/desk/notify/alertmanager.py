"""Prometheus Alertmanager, by its API v2. It forgets what is not repeated, so what is open is told again and again."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from streams.desk.notify import texts
from streams.desk.notify.channel import Failed, Receipt, Sent
from streams.desk.notify.notice import ENDING, About, Notice
from streams.desk.notify.options import Options
from streams.desk.notify.web import Web

NAME: Final = "TouchpointCase"
HOLD_SEC: Final = 3_600  # an alert ends by itself if the desk is silent for so long
AGAIN_SEC: Final = 900.0
_UNSET: Final = "-"  # a label without a value is no label


class Alertmanager:
    """Posts alerts; `now` is in ms."""

    def __init__(self, url: str, authorization: str, web: Web, now: Callable[[], int]) -> None:
        self._url = f"{url}/api/v2/alerts"
        self._headers = {"Authorization": authorization} if authorization else {}
        self._web = web
        self._now = now

    async def send(self, notice: Notice, earlier: Receipt | None) -> Sent | Failed:
        """Post it. Where its labels have changed, the alert under the old labels ends in the same request."""
        now, labels = self._now(), labels_of(notice)
        is_over = notice.kind in ENDING
        alerts = [alert(notice, labels, now if is_over else now + HOLD_SEC * 1000)]
        if earlier is not None and earlier.ids and earlier.ids != labels:
            alerts.append(alert(notice, earlier.ids, now))
        answer = await self._web.send("POST", self._url, msgspec.json.encode(alerts), self._headers)
        if isinstance(answer, Failed):
            return answer
        # Nobody ends a digest, so it ends by itself.
        return Sent(Receipt(labels), 0.0 if is_over or notice.about is About.DIGEST else AGAIN_SEC)

    async def close(self) -> None:
        """Own nothing."""


def labels_of(notice: Notice) -> dict[str, str]:
    """Return what identifies the alert there, and what its routes may match."""
    return {
        "alertname": NAME,
        "dedup_key": notice.dedup_key,
        "about": notice.about.value,
        "number": str(notice.number),
        "severity": notice.severity or _UNSET,
        "moment": notice.moment or _UNSET,
        "receiver": notice.receiver,
    }


def alert(notice: Notice, labels: dict[str, str], ends_at: int) -> dict[str, Any]:
    """Return one alert of the API; it must not end before it starts."""
    return {
        "labels": labels,
        "annotations": {"summary": texts.headline(notice), "description": "\n".join(texts.lines(notice))},
        "startsAt": _instant(min(notice.opened_at, ends_at)),
        "endsAt": _instant(ends_at),
        "generatorURL": notice.link,
    }


def _instant(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")


def build(options: Options, web: Web, now: Callable[[], int]) -> Alertmanager:
    """Return the channel: `url`; `token_env`, or `user` and `password_env`, where it asks for them."""
    url, token, user = options.url("url"), options.secret("token", ""), options.text("user", "")
    authorization = f"Bearer {token}" if token else ""
    if user:
        pair = f"{user}:{options.secret('password')}"
        authorization = "Basic " + base64.b64encode(pair.encode()).decode()
    return Alertmanager(url, authorization, web, now)
