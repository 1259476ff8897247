"""The channels of all receivers, built at the start, so that a missing variable stops the desk and not a page."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from streams.desk.notify import alertmanager, apprise_, mail, pagerduty, slack, ticket, webhook
from streams.desk.notify.channel import Channel
from streams.desk.notify.options import Options
from streams.desk.notify.receiver import Receiver
from streams.desk.notify.signing import Links
from streams.desk.notify.web import Web
from streams.errors import SettingError

Address = tuple[str, str]  # a receiver's name and the name of one of its channels
_Build = Callable[[Options, Web, Links, Callable[[], int]], Channel]

KINDS: Final[dict[str, _Build]] = {
    "alertmanager": lambda options, web, _links, now: alertmanager.build(options, web, now),
    "apprise": lambda options, _web, links, _now: apprise_.build(options, links),
    "mail": lambda options, _web, links, _now: mail.build(options, links),
    "pagerduty": lambda options, web, _links, _now: pagerduty.build(options, web),
    "slack": lambda options, web, links, _now: slack.build(options, links, web),
    "ticket": lambda options, web, _links, _now: ticket.build(options, web),
    "webhook": lambda options, web, _links, now: webhook.build(options, web, now),
}


class Channels:
    """Every channel of every receiver by its address, and what they share."""

    def __init__(self, by_address: Mapping[Address, Channel], web: Web) -> None:
        self.by_address = by_address
        self._web = web

    async def close(self) -> None:
        """Close all."""
        for channel in self.by_address.values():
            await channel.close()
        await self._web.close()


def build(
    receivers: Iterable[Receiver], *, environ: Mapping[str, str], links: Links, now: Callable[[], int]
) -> Channels:
    """Return the channels of these receivers; nothing is connected yet. `now` is in ms.

    Raises:
        SettingError: an option, a variable or a file is missing or wrong; its place names receiver and channel.
    """
    web = Web()
    receivers = tuple(receivers)
    _check_names(receivers)
    by_address: dict[Address, Channel] = {}
    for receiver in receivers:
        for slot, spec in receiver.slots():
            options = Options(receiver.name, spec, environ)
            make = KINDS.get(spec.kind)
            if make is None:
                raise options.error(f"unknown kind `{spec.kind}`", f"give one of {', '.join(KINDS)}")
            by_address[receiver.name, slot] = make(options, web, links, now)
            options.finish()
    return Channels(by_address, web)


def _check_names(receivers: tuple[Receiver, ...]) -> None:
    names = [receiver.name for receiver in receivers]
    for receiver in receivers:
        place = f"receivers: {receiver.name}"
        if names.count(receiver.name) > 1:
            raise SettingError("two receivers have this name", place=place, remedy="rename one of them")
        if not receiver.channels:
            raise SettingError("it has no channels", place=place, remedy="give at least one, such as {kind: mail}")
        if receiver.fallback and (receiver.fallback not in names or receiver.fallback == receiver.name):
            remedy = "name another receiver of this file, or remove it"
            raise SettingError(f"`fallback` is `{receiver.fallback}`", place=place, remedy=remedy)
