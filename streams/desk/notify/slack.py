"""Slack, by its Web API: one message a case, edited as the case goes on, with a button that acknowledges."""

from typing import Any, Final

import msgspec

from streams.desk.notify import texts
from streams.desk.notify.channel import Failed, Reason, Receipt, Sent
from streams.desk.notify.notice import Kind, Notice
from streams.desk.notify.options import Options
from streams.desk.notify.signing import Links
from streams.desk.notify.web import Web

URL: Final = "https://slack.com/api"
ACKNOWLEDGE: Final = "touchpoint_acknowledge"  # the action's id, by which a press is known
# An edit makes no sound, so these are said in the thread as well: worse news, and what opens or is repeated.
_LOUD: Final = {Kind.OPENED, Kind.WORSE, Kind.ESCALATED, Kind.INCIDENT}
# Slack answers 200 with `ok: false` and one of its own words.
_RETRY: Final = {
    "internal_error": Reason.SERVER,
    "fatal_error": Reason.SERVER,
    "service_unavailable": Reason.SERVER,
    "request_timeout": Reason.TIMEOUT,
    "ratelimited": Reason.RATE_LIMITED,
    "rate_limited": Reason.RATE_LIMITED,
}
_UNAUTHORIZED: Final = {
    "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "missing_scope", "no_permission"
}  # fmt: skip
_GONE: Final = {"message_not_found", "cant_update_message", "edit_window_closed", "update_failed"}


class Slack:
    """Posts to one channel with the token of a bot (scope chat:write)."""

    def __init__(self, url: str, token: str, channel: str, links: Links, web: Web) -> None:
        self._url = url
        self._token = token
        self._channel = channel
        self._links = links
        self._web = web

    async def send(self, notice: Notice, earlier: Receipt | None) -> Sent | Failed:
        """Post it, or edit what was posted before; what must be heard is said in its thread as well."""
        message = self._message(notice)
        if earlier is None or "ts" not in earlier.ids:
            return await self._post(message)
        edited = await self._call(
            "chat.update", {**message, "channel": earlier.ids["channel"], "ts": earlier.ids["ts"]}
        )
        if isinstance(edited, str):  # the message is no longer there, or too old to be edited
            return await self._post(message)
        if isinstance(edited, Failed) or notice.kind not in _LOUD:
            return edited
        reply = {
            "channel": earlier.ids["channel"],
            "text": message["text"],
            "thread_ts": earlier.ids["ts"],
            "reply_broadcast": True,
        }
        said = await self._post(reply)
        return said if isinstance(said, Failed) else edited

    async def close(self) -> None:
        """Own nothing."""

    async def _post(self, message: dict[str, Any]) -> Sent | Failed:
        said = await self._call("chat.postMessage", {"channel": self._channel, **message})
        return Failed(Reason.REFUSED, retry=False) if isinstance(said, str) else said

    async def _call(self, method: str, payload: dict[str, Any]) -> Sent | Failed | str:
        """Call a method; a text is Slack's word for a message that cannot be edited."""
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json; charset=utf-8"}
        answer = await self._web.send("POST", f"{self._url}/{method}", msgspec.json.encode(payload), headers)
        return answer if isinstance(answer, Failed) else _outcome(answer.json())

    def _message(self, notice: Notice) -> dict[str, Any]:
        text = escape(texts.headline(notice))
        below = "\n".join(escape(line) for line in texts.lines(notice))
        section = f"*{text}*" + (f"\n{below}" if below else "")
        open_it: dict[str, Any] = {
            "type": "button", "action_id": "touchpoint_open", "url": notice.link,
            "text": {"type": "plain_text", "text": texts.word("open", notice.language)},
        }  # fmt: skip
        buttons = [open_it]
        if token := self._links.token(notice):
            label = {"type": "plain_text", "text": texts.word("acknowledge", notice.language)}
            acknowledge = {
                "type": "button",
                "action_id": ACKNOWLEDGE,
                "style": "primary",
                "value": token,
                "text": label,
            }
            buttons.insert(0, acknowledge)
        return {
            "text": text,
            "blocks": [
                {"type": "section", "text": {"type": "mrkdwn", "text": section}},
                {"type": "actions", "elements": buttons},
            ],
            "unfurl_links": False,
            "metadata": {"event_type": "touchpoint_notice", "event_payload": {"dedup_key": notice.dedup_key}},
        }


def escape(text: str) -> str:
    """Return a text in which nothing is a mention, a link or a channel to Slack, nor bold."""
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return plain.replace("*", "\u2217").replace("`", "\u2019").replace("~", "\u223c")


def _outcome(answer: object) -> Sent | Failed | str:
    if not isinstance(answer, dict):
        return Failed(Reason.GARBLED, retry=True)
    if answer.get("ok") is True:
        ids = {name: answer.get(name) for name in ("channel", "ts")}
        return Sent(Receipt({name: value for name, value in ids.items() if isinstance(value, str)}))
    error = str(answer.get("error", ""))
    if error in _GONE:
        return error
    if error in _RETRY:
        return Failed(_RETRY[error], retry=True)
    return Failed(Reason.UNAUTHORIZED if error in _UNAUTHORIZED else Reason.REFUSED, retry=False)


def build(options: Options, links: Links, web: Web) -> Slack:
    """Return the channel: `token_env` (of a bot), `channel` (its id), `url`."""
    return Slack(options.url("url", URL), options.secret("token"), options.text("channel"), links, web)
