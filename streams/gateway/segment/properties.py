"""Properties of Segment's events as our `data`: fixed fields by their names here, all others as they are."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from streams.gateway.segment import values

# Our field: what Segment's spec calls it, the first that is there, and how it is read.
_FIELDS: Final[tuple[tuple[str, tuple[str, ...], Callable[[Any], Any]], ...]] = (
    ("amount", ("amount", "total", "revenue", "value"), values.number),
    ("currency", ("currency",), values.currency),
    ("items", ("items", "products"), values.items),
    ("sku", ("sku", "product_id"), values.text),
    ("coupon", ("coupon", "coupon_id"), values.text),
    ("campaign", ("campaign", "campaign_name", "campaign_id", "promotion_id"), values.campaign),
    ("path", ("path", "url"), values.path),
    ("query", ("query",), values.text),
    ("results", ("results",), values.number),
    ("step", ("step",), values.text),
    ("reason", ("reason",), values.text),
    ("error", ("error",), values.text),
    ("network", ("network", "share_via"), values.text),
    ("review", ("review", "review_id"), values.text),
    ("staff", ("staff", "agent_id"), values.text),
    ("text", ("text", "review_body", "message_body", "share_message"), values.text),
)
# The business object: the first that is there, as promises and rules tell objects apart.
_SUBJECTS: Final = (
    ("order_id", "order"),
    ("conversation_id", "conversation"),
    ("checkout_id", "checkout"),
    ("cart_id", "cart"),
    ("email_id", "email"),
)
_LEFT_OUT: Final = frozenset({"url", "search"})  # said by `path`; a query may hold anything
_ADDRESSES: Final = ("referrer", "link_url", "image_url")
_STARS: Final = {"metric": "STARS", "scale_min": 1, "scale_max": 5, "best": "high"}  # what reviews of products have


def subject_of(properties: Mapping[str, Any]) -> str:
    """Return the business object; empty where there is none."""
    for name, kind in _SUBJECTS:
        if found := values.text(properties.get(name)):
            return f"{kind}:{found}"
    return ""


def data_of(type_: str, properties: Mapping[str, Any], locale: Any = None) -> dict[str, Any]:
    """Return the data of an event that has one of Segment's names; `locale` is the customer's."""
    subject_names = {name for name, _ in _SUBJECTS}
    rest = {name: value for name, value in properties.items() if name not in subject_names}
    data: dict[str, Any] = {}
    for field, names, read in _FIELDS:
        for name in names:
            if name in rest and (value := read(rest[name])) is not None:
                data[field] = value
                del rest[name]
                break
    if type_.startswith("review.") and (score := values.number(rest.get("rating"))) is not None:
        data |= {**_STARS, "score": score}
        del rest["rating"]
    if "text" in data and (language := values.language(locale)):
        data.setdefault("lang", language)
    for name in _ADDRESSES:
        if isinstance(address := rest.get(name), str):
            rest[name] = values.address(address)
    return {name: value for name, value in rest.items() if name not in _LEFT_OUT} | data


def traits_of(traits: Mapping[str, Any]) -> dict[str, Any]:
    """Return the traits that rules know; all others are the customer's own business and stay behind."""
    address = traits.get("address")
    found = {
        "tier": values.text(traits.get("tier")) or values.text(traits.get("plan")),
        "lifetime_value": _first(values.number, traits, "lifetime_value", "lifetimeValue", "ltv"),
        "language": _first(values.language, traits, "language", "locale"),
        "country": values.country(traits.get("country"))
        or (values.country(address.get("country")) if isinstance(address, dict) else None),
    }
    return {name: value for name, value in found.items() if value is not None}


def _first(read: Callable[[Any], Any], traits: Mapping[str, Any], *names: str) -> Any:
    return next((value for name in names if (value := read(traits.get(name))) is not None), None)
