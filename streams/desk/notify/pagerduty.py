"""PagerDuty, by its Events API v2: trigger, acknowledge and resolve under one key."""

from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from streams.desk.notify import texts
from streams.desk.notify.channel import Failed, Receipt, Sent
from streams.desk.notify.notice import ENDING, Kind, Notice
from streams.desk.notify.options import Options
from streams.desk.notify.web import Web

URL: Final = "https://events.pagerduty.com/v2/enqueue"  # the EU region has events.eu.pagerduty.com
_SEVERITIES: Final = {"critical": "critical", "high": "error", "medium": "warning", "low": "info"}
_ACTIONS: Final = {Kind.ACKNOWLEDGED: "acknowledge", **dict.fromkeys(ENDING, "resolve")}
_MOST_SUMMARY: Final = 1024


class PagerDuty:
    """Sends events; PagerDuty itself merges those of one key."""

    def __init__(self, url: str, key: str, web: Web) -> None:
        self._url = url
        self._key = key
        self._web = web

    async def send(self, notice: Notice, earlier: Receipt | None) -> Sent | Failed:
        """Trigger, or tell that it was acknowledged or is over."""
        body = msgspec.json.encode({"routing_key": self._key, **event(notice)})
        answer = await self._web.send("POST", self._url, body)
        return answer if isinstance(answer, Failed) else Sent(Receipt({"dedup_key": notice.dedup_key}))

    async def close(self) -> None:
        """Own nothing."""


def event(notice: Notice) -> dict[str, Any]:
    """Return the event without its routing key."""
    action = _ACTIONS.get(notice.kind, "trigger")
    head: dict[str, Any] = {"event_action": action, "dedup_key": notice.dedup_key}
    if action != "trigger":
        return head
    return head | {
        "client": "touchpoint",
        "client_url": notice.link,
        "links": [{"href": notice.link, "text": texts.name(notice)}],
        "payload": {
            "summary": texts.headline(notice)[:_MOST_SUMMARY],
            "source": "touchpoint",
            "severity": _SEVERITIES.get(notice.severity, "warning"),
            "timestamp": datetime.fromtimestamp(notice.at / 1000, UTC).isoformat(timespec="milliseconds"),
            "component": notice.moment,
            "class": notice.kind,
            "custom_details": {"number": notice.number, "lines": list(texts.lines(notice))},
        },
    }


def build(options: Options, web: Web) -> PagerDuty:
    """Return the channel: `key_env` (the integration's key), `url`."""
    return PagerDuty(options.url("url", URL), options.secret("key"), web)
