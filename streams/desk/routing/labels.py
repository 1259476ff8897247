"""What is known of a case in words that can be matched, and the matchers.

A case has several alerts, so a label has several values. `=` and `=~` hold when one of them fits, `!=` and `!~` when
none does; a label without a value counts as the empty text, as in Prometheus. Nothing in here is personal.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Final

import msgspec

from streams.alerts.alert import Alert, Status
from streams.desk.cases.case import Case
from streams.desk.routing import pattern

Labels = Mapping[str, tuple[str, ...]]
NAMES: Final = (
    "rule", "moment", "severity", "status", "mode", "team", "store", "till", "product", "page", "channel", "campaign",
    "carrier", "provider", "tag", "person", "incident",
)  # fmt: skip
MOST_VALUES: Final = 50  # of one label; further ones are left out, the first of the alphabet stay
_LONGEST: Final = pattern.MOST_CHARACTERS
_EMPTY: Final = ("",)
_CUSTOMER: Final = "customer"
# How the subject of an alert over a crowd, or about a thing, says which label it is.
_OF_SUBJECT: Final = {"place": "store", "sku": "product"} | {
    name: name for name in ("store", "till", "product", "page", "campaign", "carrier", "provider")
}
_TILL: Final = re.compile(r"//pos/([^/]+)/.+")
_MATCHER: Final = re.compile(
    r'\s*([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"{},=~][^\s"{},]*))\s*', re.ASCII
)
_ESCAPE: Final = re.compile(r'\\(["\\])')


class Operator(StrEnum):
    """How a matcher compares."""

    IS = "="
    IS_NOT = "!="
    FITS = "=~"
    FITS_NOT = "!~"


class Matcher(msgspec.Struct, frozen=True):
    """One test of one label."""

    label: str
    operator: Operator
    value: str

    def __str__(self) -> str:
        """Return it as it is written."""
        value = self.value.replace("\\", "\\\\").replace('"', '\\"')
        return f'{self.label}{self.operator.value}"{value}"'


class MatcherError(ValueError):
    """Raise when a text is no matcher; the message says why, `remedy` what to write."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


def parse(text: str) -> Matcher:
    """Return the matcher that a person wrote, `severity=~"high|critical"`; raises MatcherError."""
    found = _MATCHER.fullmatch(text)
    if found is None:
        raise MatcherError(f"`{text[:80]}` is no matcher", 'write label="value", or with !=, =~ or !~')
    label, operator, quoted, bare = found.groups()
    value = _ESCAPE.sub(r"\1", quoted) if quoted is not None else bare
    if label not in NAMES:
        raise MatcherError(f"unknown label `{label}`", f"write one of {', '.join(NAMES)}")
    if len(value) > _LONGEST:
        raise MatcherError(f"longer than {_LONGEST} characters", "make it shorter, or several matchers of it")
    matcher = Matcher(label, Operator(operator), value)
    if matcher.operator in {Operator.FITS, Operator.FITS_NOT}:
        try:
            pattern.compiled(value)
        except pattern.PatternError as error:
            remedy = "use characters, ., [...], (...), |, *, + and ?; it means the whole text"
            raise MatcherError(f"`{value}` is no pattern: {error}", remedy) from error
    return matcher


def is_matched(matchers: Iterable[Matcher], labels: Labels) -> bool:
    """Return whether all matchers hold; none at all always do."""
    return all(_TESTS[each.operator](labels.get(each.label) or _EMPTY, each.value) for each in matchers)


_TESTS: Final[dict[Operator, Callable[[tuple[str, ...], str], bool]]] = {
    Operator.IS: lambda values, wanted: wanted in values,
    Operator.IS_NOT: lambda values, wanted: wanted not in values,
    Operator.FITS: lambda values, wanted: any(pattern.is_match(wanted, value[:_LONGEST]) for value in values),
    Operator.FITS_NOT: lambda values, wanted: not any(pattern.is_match(wanted, value[:_LONGEST]) for value in values),
}


def of_case(
    case: Case, alerts: Iterable[Alert], channels: Mapping[str, str], extra: Mapping[str, Iterable[str]] | None = None
) -> Labels:
    """Return the labels of a case.

    Those of its open alerts count, of all of them where none is open. `channels` maps touchpoint types to channels, as
    the vocabulary does; `extra` adds what only the desk knows: store, page, incident.
    """
    every = list(alerts)
    standing = [each for each in every if each.status in {Status.FIRING, Status.WATCHING}] or every
    found: dict[str, set[str]] = {name: set() for name in NAMES}
    for alert in standing:
        found["rule"].add(alert.rule)
        found["moment"].add(alert.moment)
        found["mode"].add(alert.mode)
        kind, _, name = alert.subject.partition(":")
        if kind in _OF_SUBJECT:
            found[_OF_SUBJECT[kind]].add(name)
        for recent in alert.recent:
            found["channel"].add(channels.get(recent.type, ""))
            _add_till(found, recent.source)
        _add_till(found, alert.subject.removeprefix("till:"))
    found["severity"], found["status"], found["team"] = {case.severity}, {case.status.value}, {case.team}
    found["tag"] |= set(case.tags)
    found["person"].add(person_kind(case.person, {alert.customer for alert in every}))
    for name, values in (extra or {}).items():
        found[name] |= set(values)
    return {name: _bounded(values) for name, values in found.items() if values - {""}}


def person_kind(person: str, customers: Iterable[str]) -> str:
    """Return `customer`, or of a case without one what it is about: `source`, `till`, `place`; never who."""
    return _CUSTOMER if person in customers else person.partition(":")[0]


def _add_till(found: dict[str, set[str]], source: str) -> None:
    match = _TILL.fullmatch(source)
    if match is not None:
        found["till"].add(source)
        found["store"].add(match[1])


def _bounded(values: set[str]) -> tuple[str, ...]:
    return tuple(sorted(values - {""})[:MOST_VALUES])
