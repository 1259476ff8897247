"""Which check belongs to which scheme."""

from collections.abc import Callable, Mapping
from typing import Final

from streams.gateway.incoming import Incoming
from streams.gateway.providers.fetching import Documents
from streams.gateway.providers.mapping import Scheme, Signature
from streams.gateway.providers.signatures import ecdsa, google, hmac_digest, mailgun, shared_secret, sns, twilio

Check = Callable[[Signature, Incoming, str, int], bool]
FetchingCheck = Callable[[Signature, Incoming, str, int, Documents], bool]

CHECKS: Final[Mapping[Scheme, Check]] = {
    Scheme.HMAC: hmac_digest.is_signed,
    Scheme.ECDSA: ecdsa.is_signed,
    Scheme.MAILGUN: mailgun.is_signed,
    Scheme.TWILIO: twilio.is_signed,
    Scheme.SECRET: shared_secret.is_signed,
}
FETCHING: Final[Mapping[Scheme, FetchingCheck]] = {Scheme.SNS: sns.is_signed, Scheme.GOOGLE: google.is_signed}


def is_signed(signature: Signature, incoming: Incoming, secret: str, now: int, documents: Documents) -> bool:
    """Whether a request is the provider's own; never without a secret."""
    if not secret.strip():
        return False
    if check := CHECKS.get(signature.scheme):
        return check(signature, incoming, secret, now)
    return FETCHING[signature.scheme](signature, incoming, secret, now, documents)
