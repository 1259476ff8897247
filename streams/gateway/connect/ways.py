"""The ways to send that the page offers, and the key that each of them needs."""

from typing import Final

import msgspec

from streams.gateway.keys.key import Key, Kind

# What the snippet sends by itself, or a page through it.
PAGE_TYPES: Final = (
    "page.*", "product.*", "content.*", "cart.*", "checkout.*", "click.*", "error.*", "payment.failed", "coupon.denied",
    "consent.*",
)  # fmt: skip
SHOPS: Final = ("shopify", "woocommerce", "magento")
MAILERS: Final = ("sendgrid", "mailgun", "amazon_ses", "postmark", "brevo")
# By these a page says who somebody is, and that the visitor's past is theirs; so may whoever reads its key, of a past
# whose anonymous id they know (`door`).
IDENTIFY: Final = ("customer.updated", "identity.linked")
PLACEHOLDER: Final = "YOUR_KEY"
PROVIDER: Final = "PROVIDER"  # where nobody has chosen one


class Way(msgspec.Struct, frozen=True):
    """One way; `kind` is None where no key is needed."""

    name: str
    kind: Kind | None
    providers: tuple[str, ...] = ()


WAYS: Final = (
    Way("curl", Kind.SERVER),
    Way("python", Kind.SERVER),
    Way("javascript", Kind.SERVER),
    Way("php", Kind.SERVER),
    Way("till", Kind.SERVER),
    Way("web", Kind.BROWSER),
    Way("shop", Kind.WEBHOOK, SHOPS),
    Way("mail", Kind.WEBHOOK, MAILERS),
    Way("kafka", None),
)
BY_NAME: Final = {way.name: way for way in WAYS}


def named(name: str) -> Way:
    """Return the way of this name, the first for any other."""
    return BY_NAME.get(name, WAYS[0])


def wanted(way: Way, source: str, *, origin: str = "", identifies: bool = False, provider: str = "") -> Key:
    """Return the key that was asked for; whether it can be, `flaw` says."""
    is_page, is_hook = way.kind is Kind.BROWSER, way.kind is Kind.WEBHOOK
    return Key(
        id="",
        source=source.strip(),
        kind=way.kind or Kind.SERVER,
        types=PAGE_TYPES + (IDENTIFY if identifies else ()) if is_page else (),
        origins=(origin.strip().rstrip("/").lower(),) if is_page and origin.strip() else (),
        provider=provider if is_hook and provider in way.providers else "",
    )


def has_its_key(way: Way, key: Key | None) -> bool:
    """Whether a key that was made is for this way."""
    return key is not None and way.kind is key.kind and (key.kind is not Kind.WEBHOOK or key.provider in way.providers)
