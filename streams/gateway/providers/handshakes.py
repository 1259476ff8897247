"""What providers ask of an address before they send anything to it.

None of the answers tells more than that somebody is there. Only the confirmation of SNS calls out, and only to Amazon,
for a signed message of a topic that the secret names.
"""

import re
from typing import Final

import msgspec

from streams.gateway.incoming import Incoming
from streams.gateway.providers.fetching import Documents
from streams.gateway.providers.mapping import Handshake, Mapping, Scheme
from streams.gateway.providers.signatures import sns
from streams.gateway.providers.signatures.words import is_any, of_kind

_PING: Final = re.compile(rb"webhook_id=[0-9]{1,20}")
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_.-]{1,200}")


class Challenge(msgspec.Struct, frozen=True):
    """What to answer instead of reading touchpoints."""

    status: int
    body: bytes = b""
    media_type: str = "text/plain"


def challenge(mapping: Mapping, incoming: Incoming, secret: str, documents: Documents) -> Challenge | None:
    """Return the answer where a request is a handshake, None where it is to be checked and read."""
    if incoming.method == "HEAD":
        return Challenge(200)
    if mapping.handshake is Handshake.HUB and incoming.method == "GET":
        return _hub(incoming, secret)
    if mapping.handshake is Handshake.PING and _PING.fullmatch(incoming.body):
        return Challenge(200)
    is_sns = any(signature.scheme is Scheme.SNS for signature in mapping.signatures)
    if is_sns and incoming.method == "POST":
        return _confirmed(incoming, secret, documents)
    return None


def _hub(incoming: Incoming, secret: str) -> Challenge:
    """Answer Meta with its own challenge where it knows the token; digits and letters only, so it is no page."""
    said = incoming.query.get("hub.challenge", "")
    is_known = is_any(incoming.query.get("hub.verify_token", ""), of_kind(secret, "verify:"))
    if incoming.query.get("hub.mode") == "subscribe" and is_known and _CHALLENGE.fullmatch(said):
        return Challenge(200, said.encode())
    return Challenge(403)


def _confirmed(incoming: Incoming, secret: str, documents: Documents) -> Challenge | None:
    """Confirm a subscription that Amazon signed for one of our topics."""
    message = sns.read(incoming)
    if message.get("Type") != sns.CONFIRMATION:
        return None
    url = message.get("SubscribeURL", "")
    # The time plays no part: to confirm twice does no harm.
    if not sns.is_amazon(url) or not sns.is_authentic(message, secret, 0, documents):
        return Challenge(403)
    return Challenge(200) if documents.visit(url) else Challenge(502)
