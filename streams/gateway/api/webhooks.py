"""`/v1/webhooks/{provider}`: what mail, chat, call and shop providers report, each in its own form and signed its way.

The address holds a webhook key that is for this provider alone. Providers send again after anything but a success, so
whatever was read is one: what of it became nothing is for metrics and log.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from streams.gateway.api.problems import Code, Problem
from streams.gateway.api.reply import Reply, as_json, as_problem
from streams.gateway.api.request import Request
from streams.gateway.api.way import Facts, Item
from streams.gateway.door import Unknown
from streams.gateway.gate import Taken
from streams.gateway.incoming import Incoming
from streams.gateway.keys.key import Key, Kind
from streams.gateway.providers.handshakes import Challenge
from streams.gateway.providers.provider import Provider

WEBHOOKS: Final = "/v1/webhooks/{provider}"
_DONE: Final = 200
_FORBIDDEN: Final = Problem(code=Code.FORBIDDEN, detail="the key is for another provider")
_SIGNATURE: Final = Problem(code=Code.SIGNATURE)
FORGOTTEN: Final = "no_secret"  # in metrics and log alone: whoever calls reads of a signature, as ever


class Received(msgspec.Struct, frozen=True):
    """How many events of a request came to what."""

    accepted: int
    ignored: int
    refused: int


class Webhook:
    """The address of one provider, who signs with `secret`; `base_url` is how the world calls us."""

    def __init__(self, name: str, provider: Provider, secret: str, base_url: str, now: Callable[[], int]) -> None:
        self.facts = Facts(
            template=WEBHOOKS,
            path=WEBHOOKS.format(provider=name),  # the framework does not route plain ASGI by parameters
            kinds=frozenset({Kind.WEBHOOK}),
            unknown=Unknown.IGNORE,
            methods=("POST", "GET", "HEAD"),
        )
        self._name = name
        self._provider = provider
        self._secret = secret
        self._has_secret = bool(secret.strip())
        self._base_url = base_url
        self._now = now

    def key_text(self, request: Request) -> str:
        """Return the key of the address."""
        return request.query.get("key", "")

    async def read(self, request: Request, key: Key) -> Sequence[Item] | Problem | Reply:
        """Return what the provider reports, or the answer to its challenge."""
        if key.provider != self._name:
            return _FORBIDDEN
        incoming, now = request.incoming(self._base_url), self._now()
        if self._provider.may_block:
            found = await asyncio.to_thread(self._checked, incoming, now)
        else:
            found = self._checked(incoming, now)
        return self._provider.read(incoming, now) if found is None else found

    def _checked(self, incoming: Incoming, now: int) -> Problem | Reply | None:
        """Return the answer where there is nothing to read; None where the provider has signed it."""
        if challenge := self._provider.challenge(incoming, self._secret):
            return Reply(challenge.status, challenge.body, challenge.media_type, reason=self._why(challenge))
        if incoming.method != "POST":
            return Reply(200)  # some look whether anybody is there
        if self._provider.is_signed(incoming, self._secret, now):
            return None
        return _SIGNATURE if self._has_secret else msgspec.structs.replace(self.fail(_SIGNATURE), reason=FORGOTTEN)

    def _why(self, challenge: Challenge) -> str:
        return "challenge" if self._has_secret or challenge.status == _DONE else FORGOTTEN

    def answer(self, taken: Taken, *, is_dry: bool) -> Reply:
        """Return nothing, since some read a body as instructions (Twilio); the counts are for who only tries."""
        counts = taken.counts
        return as_json(Received(counts.accepted, counts.ignored, counts.refused)) if is_dry else Reply(204)

    def fail(self, problem: Problem) -> Reply:
        """Return problem details."""
        return as_problem(problem)
