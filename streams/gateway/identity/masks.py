"""What is personal in `data` goes no further: masked by the classes of its fields, and where a detector finds it.

The rule of the house: rules and agents keep what they decide and answer by, and nothing by which a stranger could find
the person. What becomes of a field is decided by its class (`x-personal` of its schema):

- *none* and numbers of any class stay as they are;
- *pseudonymous* stays: it names an order, a parcel, a colleague. A name that is an e-mail address or a phone number, or
  holds an address, becomes the key that a customer of that name has, so that it still tells two apart. In a path only
  the address is masked. What links two customers (`to`) is treated exactly as a customer's own name, so it still does;
- *personal* stays: `score`, `text`, `lang`, `reason`, `tier` are what the alert is about. A text goes through every
  detector;
- *sensitive* goes no further: a text leaves a mark, anything else leaves nothing;
- an *unknown* field stays, unless its name speaks for itself (`names`).

Detectors go over every text of every field, known or not, and over the names of unknown ones (`detectors`). Whatever
they find is replaced by `[email]`, `[phone]`, `[card]` or `[iban]`, and the rest of the text stays. How much of that
one touchpoint may cause is bounded (`effort`), and so is how deep objects may lie within each other; beyond it nothing
is shown.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from streams.gateway.identity import cards, detectors, glances, names, plans
from streams.gateway.identity.effort import Effort
from streams.gateway.identity.hashing import Hasher
from streams.gateway.identity.plans import UNKNOWN, Plan, Treatment
from streams.gateway.identity.resolve import CUSTOMER, pseudonym
from streams.settings import places

MAX_DEPTH: Final = 16  # objects within objects; below it nobody looks, so nothing passes
SENSITIVE: Final = "[sensitive]"
NESTED: Final = "[nested]"

_REMOVED: Final = object()
_KEPT_NAMES: Final = 4096  # field names that senders made up, remembered with what they say
_find_suspicious: Final = detectors.find_suspicious
_SMALLEST_CARD: Final = detectors.SMALLEST_CARD
_PASS: Final = Treatment.PASS  # a member of an enumeration costs more than all else that is asked of a field
_REMOVE: Final = Treatment.REMOVE


class Masks:
    """Masks data by type.

    Without a hasher an address in a pseudonymous field is removed with its field. `region` is that of phone numbers
    written without a country code.
    """

    def __init__(
        self, hasher: Hasher | None = None, region: str = "", folders: Iterable[Path] = (places.SCHEMAS / "events",)
    ) -> None:
        self._hasher = hasher
        self._region = region
        self._plans = plans.load(folders)
        self._shown = {
            type_: frozenset([name for name, treatment in plan.treatments.items() if treatment is not _REMOVE])
            for type_, plan in self._plans.items()
        }
        self._is_plain: Callable[[str], bool] = lru_cache(_KEPT_NAMES)(_is_plain)

    def apply(self, type_: str, data: dict[str, Any]) -> dict[str, Any]:
        """Return the data as it may travel; the same object where nothing had to be masked."""
        plan = self._plans.get(type_, UNKNOWN)
        return self._masked(data, plan, 1, Effort()) if self._is_suspicious(data, plan, 1) else data

    def are_needless(self, type_: str, data: dict[str, Any], encoded: bytes) -> bool:
        """Return whether data, which is `encoded` as JSON, may travel as it is: for most, all that they cost.

        False decides nothing.
        """
        shown = self._shown.get(type_)
        if shown is None or not glances.is_harmless(encoded):
            return False
        for name, value in data.items():
            if name not in shown or (type(value) is float and value >= _SMALLEST_CARD):
                return False
        return True

    def _is_suspicious(self, data: dict[str, Any], plan: Plan, depth: int) -> bool:
        """Return whether something may have to be masked: a look at each field."""
        treatments = plan.treatments
        for name, value in data.items():
            treatment = treatments.get(name)
            if treatment is None and (len(name) > names.MAX_CHARS or not self._is_plain(name)):
                return True
            if treatment is _REMOVE:
                return True
            kind = type(value)
            if kind is str:
                if treatment is not _PASS and _find_suspicious(value) is not None:
                    return True
            elif kind is int or kind is float:
                if value >= _SMALLEST_CARD:
                    return True
            elif kind is dict or kind is list:
                inside = plan.inside.get(name, UNKNOWN)
                if depth >= MAX_DEPTH or self._is_suspicious_inside(value, inside, depth + 1):
                    return True
        return False

    def _is_suspicious_inside(self, value: dict[str, Any] | list[Any], plan: Plan, depth: int) -> bool:
        if isinstance(value, dict):
            return self._is_suspicious(value, plan, depth)
        for item in value:
            kind = type(item)
            if kind is dict:
                if self._is_suspicious(item, plan, depth):
                    return True
            elif kind is str:
                if _find_suspicious(item) is not None:
                    return True
            elif kind is int or kind is float:
                if item >= _SMALLEST_CARD:
                    return True
            elif kind is list:
                return True  # rare: look closer
        return False

    def _masked(self, data: dict[str, Any], plan: Plan, depth: int, effort: Effort) -> dict[str, Any]:
        """Return the data as it may travel; the same object where a closer look finds nothing."""
        masked: dict[str, Any] = {}
        has_changed = False
        for name, value in data.items():
            treatment = plan.treatments.get(name)
            new_name, new = name, value
            if treatment is None and (len(name) > names.MAX_CHARS or not self._is_plain(name)):
                new_name, mark = self._name(name, effort)
                new = mark if mark and not _says_nothing(value) else value
            if new is value:
                new = self._value(value, treatment or Treatment.WORDS, plan.inside.get(name, UNKNOWN), depth, effort)
            has_changed = has_changed or new is not value or new_name is not name
            if new is not _REMOVED:
                masked[new_name] = new
        return masked if has_changed else data

    def _name(self, name: str, effort: Effort) -> tuple[str, str]:
        """Return an unknown field's name as it may travel, and the mark for its value if the name asks for one."""
        mark = names.mark_of(name)
        if len(name) > names.MAX_CHARS:
            return names.MARK, mark
        if _find_suspicious(name):
            return detectors.clean(name, "", effort, is_prose=False), mark
        return name, mark

    def _value(self, value: Any, treatment: Treatment, inside: Plan, depth: int, effort: Effort) -> Any:
        kind = type(value)
        if treatment is _REMOVE:
            return SENSITIVE if kind is str else _REMOVED
        if kind is str:
            return self._text(value, treatment, effort) if _find_suspicious(value) else value
        if kind is int or kind is float:
            return cards.MARK if detectors.is_card(value) else value
        if kind is not dict and kind is not list:
            return value
        if depth >= MAX_DEPTH:
            return NESTED
        if kind is dict:
            return self._masked(value, inside, depth + 1, effort)
        new = [self._value(item, treatment, inside, depth + 1, effort) for item in value]
        if all(one is other for one, other in zip(new, value, strict=True)):
            return value
        return [item for item in new if item is not _REMOVED]

    def _text(self, text: str, treatment: Treatment, effort: Effort) -> Any:
        if treatment is _PASS:
            return text
        if treatment is Treatment.KEY and self._hasher is not None:
            return pseudonym(text, CUSTOMER, self._hasher, self._region) or text
        if treatment is Treatment.ID or treatment is Treatment.KEY:
            return self._id(text, effort)
        is_prose = treatment is Treatment.PROSE or len(text.split(None, 1)) > 1
        return detectors.clean(text, self._region, effort, is_prose=is_prose)

    def _id(self, text: str, effort: Effort) -> Any:
        """Return a name that tells two objects apart as it did, and nobody who they are; a path keeps its shape."""
        if text.startswith("/") or "://" in text:
            return detectors.clean(text, "", effort, is_prose=False)
        if self._hasher is not None and (key := pseudonym(text, CUSTOMER, self._hasher, self._region)):
            return key
        cleaned = detectors.clean(text, "", effort, is_prose=False)
        return _REMOVED if self._hasher is None and cleaned is not text else cleaned


def _is_plain(name: str) -> bool:
    """Return whether an unknown field's name neither speaks for itself nor holds anything personal."""
    return not names.mark_of(name) and _find_suspicious(name) is None


def _says_nothing(value: Any) -> bool:
    """Return whether a value tells nobody anything: `has_email: true`, `phone: null`."""
    return value is None or value is True or value is False or value in ("", [], {})
