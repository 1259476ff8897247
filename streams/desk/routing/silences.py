"""Silences and inhibitions: what keeps a case quiet for a while, which one, and until when."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from streams.desk.routing.labels import NAMES, Labels, Matcher, Operator, is_matched

DAY_MS: Final = 86_400_000
LONGEST_MS: Final = 90 * DAY_MS  # of a silence: what is longer is a route, or a rule that should go
RECHECK_MS: Final = 5 * 60_000  # an inhibition has no end of its own: it is asked again after so long
_MOST_MATCHERS: Final = 20
_MOST_CHARACTERS: Final = 500  # of a comment
_ENOUGH: Final = 2  # cases of one key: one of them is another than the one that asks


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """Cases that fit are not told from `starts_at` to before `ends_at`; what still stands then, is."""

    id: str
    matchers: tuple[Matcher, ...]
    starts_at: int
    ends_at: int
    author: str
    comment: str

    def is_active(self, now: int) -> bool:
        """Return whether it counts now."""
        return self.starts_at <= now < self.ends_at


class Flaw(StrEnum):
    """What is wrong with a silence that somebody wants; a text of the console."""

    NO_MATCHER = "no_matcher"  # it would silence everything
    TOO_MANY_MATCHERS = "too_many_matchers"
    ENDS_BEFORE_START = "ends_before_start"
    IN_PAST = "in_past"
    TOO_LONG = "too_long"
    NO_AUTHOR = "no_author"
    NO_COMMENT = "no_comment"
    LONG_COMMENT = "long_comment"
    NOT_A_MATCHER = "not_a_matcher"
    NOT_YOURS = "not_yours"  # of somebody who sees some teams or stores only, it names none of them
    TOO_MANY = "too_many"  # silences at a time


FLAWS: Final[dict[Flaw, dict[str, str]]] = {
    Flaw.NO_MATCHER: {"en": "it would silence everything", "es": "lo silenciaría todo"},
    Flaw.TOO_MANY_MATCHERS: {"en": "too many matchers", "es": "demasiadas condiciones"},
    Flaw.ENDS_BEFORE_START: {"en": "it ends before it starts", "es": "termina antes de empezar"},
    Flaw.IN_PAST: {"en": "it is over already", "es": "ya ha terminado"},
    Flaw.TOO_LONG: {"en": "it lasts longer than 90 days", "es": "dura más de 90 días"},
    Flaw.NO_AUTHOR: {"en": "it has no author", "es": "no tiene autor"},
    Flaw.NO_COMMENT: {"en": "it does not say why", "es": "no dice el motivo"},
    Flaw.LONG_COMMENT: {"en": "its reason is longer than 500 characters", "es": "el motivo supera 500 caracteres"},
    Flaw.NOT_A_MATCHER: {
        "en": f'a matcher is label="value", or with !=, =~ or !~; labels: {", ".join(NAMES)}',
        "es": f'una condición es etiqueta="valor", o con !=, =~ o !~; etiquetas: {", ".join(NAMES)}',
    },
    Flaw.NOT_YOURS: {
        "en": 'it must name one of your teams or stores: team="...", store="..."',
        "es": 'debe nombrar uno de tus equipos o tiendas: team="...", store="..."',
    },
    Flaw.TOO_MANY: {"en": "there are too many already: end one first", "es": "ya hay demasiados: termina uno antes"},
}


def flaw(silence: Silence, now: int) -> Flaw | None:
    """Return what is wrong with a new silence, None when it may be made."""
    if not silence.matchers or all(is_matched([each], {}) for each in silence.matchers):
        return Flaw.NO_MATCHER
    if len(silence.matchers) > _MOST_MATCHERS:
        return Flaw.TOO_MANY_MATCHERS
    if silence.ends_at <= silence.starts_at:
        return Flaw.ENDS_BEFORE_START
    if silence.ends_at <= now:
        return Flaw.IN_PAST
    if silence.ends_at - silence.starts_at > LONGEST_MS:
        return Flaw.TOO_LONG
    if not silence.author.strip():
        return Flaw.NO_AUTHOR
    if len(silence.comment) > _MOST_CHARACTERS:
        return Flaw.LONG_COMMENT
    return None if silence.comment.strip() else Flaw.NO_COMMENT


def within(matchers: Sequence[Matcher], label: str, allowed: Collection[str]) -> bool:
    """Return whether what fits these can only be of one of the allowed values of a label."""
    return any(each.label == label and each.operator is Operator.IS and each.value in allowed for each in matchers)


def silenced_by(silences: Iterable[Silence], labels: Labels, now: int) -> Silence | None:
    """Return the silence that keeps the case quiet the longest from now on, None where none does."""
    active = [each for each in silences if each.is_active(now) and is_matched(each.matchers, labels)]
    return max(active, key=lambda each: (each.ends_at, each.id), default=None)


class Inhibition(msgspec.Struct, frozen=True):
    """While a case fits `source`, others that fit `target` and have the same values of `equal` are not told."""

    name: str
    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: tuple[str, ...] = ()


Key = tuple[tuple[str, ...], ...]
# Inhibition -> values of its equal labels -> cases that fit its source, two at the most.
Sources = Mapping[str, Mapping[Key, tuple[str, ...]]]


def sources(inhibitions: Iterable[Inhibition], live: Iterable[tuple[str, Labels]]) -> Sources:
    """Return what the live cases, id and labels, inhibit: one walk over them for any number of questions.

    A case that an inhibition keeps quiet is no source of those after it in the file. So whatever the inhibitions say,
    no ring of cases keeps all of itself quiet: going round it the inhibitions would have to come ever later.
    """
    told = dict(live)
    found: dict[str, dict[Key, tuple[str, ...]]] = {}
    for each in inhibitions:
        by_key = found[each.name] = {}
        for case_id, labels in told.items():
            if is_matched(each.source, labels):
                key = _key(each, labels)
                by_key[key] = (*by_key.get(key, ()), case_id)[:_ENOUGH]
        told = {case: labels for case, labels in told.items() if not _source(each, by_key, case, labels)}
    return found


def inhibited_by(
    inhibitions: Iterable[Inhibition], standing: Sources, case_id: str, labels: Labels
) -> tuple[str, str] | None:
    """Return the first inhibition that keeps a case quiet, and the case behind it; None where none does.

    A case that fits both sides is not inhibited, or two of them could keep each other quiet for ever.
    """
    for each in inhibitions:
        if source := _source(each, standing.get(each.name, {}), case_id, labels):
            return each.name, source
    return None


def _source(inhibition: Inhibition, by_key: Mapping[Key, tuple[str, ...]], case_id: str, labels: Labels) -> str:
    """Return another case that keeps this one quiet; empty where none does."""
    if not is_matched(inhibition.target, labels) or is_matched(inhibition.source, labels):
        return ""
    return next((other for other in by_key.get(_key(inhibition, labels), ()) if other != case_id), "")


def _key(inhibition: Inhibition, labels: Labels) -> Key:
    return tuple(labels.get(name, ()) for name in inhibition.equal)
