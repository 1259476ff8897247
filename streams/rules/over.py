"""What a crowd is counted over, or an episode is about, and where a touchpoint carries it."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Final

from streams.journeys.handler import Data
from streams.rules.model import Over
from streams.rules.operators.leaf import field
from streams.touchpoints.touchpoint import Touchpoint

TILLS: Final = "//pos/"  # sources of tills: //pos/<store>/<till>
LONGEST: Final = 200  # characters; what is longer names nothing
_PRODUCT: Final = "product:"  # subjects that are products
# Fields of the data that say it, the first one that is there; what else may say it is in `value_of`.
FIELDS: Final[dict[Over, tuple[str, ...]]] = {
    Over.PLACE: ("store",),
    Over.TILL: (),
    Over.SKU: ("sku",),
    Over.PAGE: ("path",),
    Over.CAMPAIGN: ("campaign",),
    Over.CARRIER: ("carrier",),
    Over.PROVIDER: ("provider",),
    Over.PRODUCT: ("product", "sku"),
}
Reads = Callable[[Touchpoint, Data], str]


def value_of(over: Over) -> Reads:
    """Return what reads the value from a touchpoint: empty where it has none, or one that cannot be a name.

    A till is its source. A place is `store` of the data, else that of a till's source. A product is a subject
    `product:...`, else `product` of the data, else its sku.
    """
    names = FIELDS[over]
    if over is Over.TILL:
        return lambda touchpoint, _: named(touchpoint.source) if touchpoint.source.startswith(TILLS) else ""
    if over is Over.PLACE:
        return lambda touchpoint, data: first(data, names) or place_of(touchpoint.source)
    if over is Over.PRODUCT:
        return lambda touchpoint, data: product_of(touchpoint.subject) or first(data, names)
    return lambda _, data: first(data, names)


def subject_in(name: str) -> Callable[[Data], str]:
    """Return what reads the subject from a field of the data, like `campaign:spring`; empty where there is none."""
    path = tuple(name.split("."))

    def reads(data: Data) -> str:
        value = named(field(data, path))
        return f"{name}:{value}" if value else ""

    return reads


def first(data: Data, names: Iterable[str]) -> str:
    """Return the first of these fields that is there and can be a name."""
    for name in names:
        if found := named(data.get(name)):
            return found
    return ""


def product_of(subject: str) -> str:
    """Return the product that a subject is."""
    return named(subject.removeprefix(_PRODUCT)) if subject.startswith(_PRODUCT) else ""


@lru_cache(maxsize=10_000)
def place_of(source: str) -> str:
    """Return the store of a till's source."""
    if not source.startswith(TILLS):
        return ""
    return named(source[len(TILLS) :].partition("/")[0])


def named(value: Any) -> str:
    """Return a text or a whole number as a name; empty for what cannot be one."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or len(value) > LONGEST or not value.isprintable():
        return ""
    return value.strip()
