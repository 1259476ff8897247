"""Which rules are in force on a partition since when, and what a change of them leaves of a journey's memory.

A *regime* begins at a border between two batches. It bears a number, which every journey folded under it bears as well,
and what each rule does as a digest. So a journey of an earlier regime, however much earlier, shows which of its rules
are still the same: their memory stays, that of all others is of no use any more.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from streams.rules import hiding
from streams.rules.model import Mode, Rule

KEPT: Final = 8  # regimes that are remembered; a journey of an earlier one counts as folded under unknown rules
NUMBERS: Final = 63  # a journey's header has six bits for the number; 0 = from before there were any
# What a rule says and to whom: it may change without a change of what the rule does.
_WORDS: Final = {
    "moment": "", "owner": "", "mode": Mode.LIVE, "legal_basis": "", "title": {}, "advice": {},
    "path": "", "line": 0, "hidden_at": (0, 0), "references": (),
}  # fmt: skip


class Regime(msgspec.Struct, frozen=True):
    """The rules in force from a border on.

    `version`: of the published set, 0 for rules from files. `digest`: of all that the rules say. `since`: the
    partition's clock at the border, `began_at` the wall clock then; ms since the epoch. `rules`: by id what the rule
    does, as a digest, and the clock since which it has been in force without a change; 0 = from the beginning.
    """

    number: int
    version: int
    digest: str
    since: int
    began_at: int
    rules: dict[str, tuple[str, int]]


class Passage(msgspec.Struct, frozen=True):
    """The way of a journey from one regime to another.

    `kept`: rules that have been the same all the way. `begun`: the others of the new one. `is_same`: both have the same
    rules, and nothing is to be done. `is_unknown`: nobody knows what the old rules did.
    """

    kept: frozenset[str]
    begun: frozenset[str]
    is_same: bool = False
    is_unknown: bool = False

    def is_removed(self, rule: str) -> bool:
        """Return whether the new regime has no rule of this id."""
        return rule not in self.kept and rule not in self.begun


def behaviours(rules: Iterable[Rule]) -> dict[str, str]:
    """Return by id a digest of what each rule does; what it does depends on those that hide it.

    Title, advice, owner, moment, legal basis and mode are words: they do not count. The version does.
    """
    found: dict[str, str] = {}
    for rule in hiding.ordered(hiding.in_effect(rules)):
        bare = msgspec.structs.replace(rule, **_WORDS)
        hiders = [found.get(name, "") for name in rule.hidden_by]
        found[rule.id] = hashlib.sha256(msgspec.json.encode([bare, hiders])).hexdigest()[:12]
    return found


def succeed(
    regimes: tuple[Regime, ...], does: Mapping[str, str], *, version: int, digest: str, clock: int, now: int
) -> tuple[Regime, ...]:
    """Return the regimes, oldest first, after rules that do this came into force at `clock`.

    The first ones of a partition are in force from the beginning. Where only words changed, the last regime goes on.
    """
    last = regimes[-1] if regimes else None
    if last is None:
        rules = {rule: (what, 0) for rule, what in does.items()}
        return (Regime(1, version, digest, 0, now, rules),)
    if {rule: what for rule, (what, _) in last.rules.items()} == does:
        if (last.version, last.digest) == (version, digest):
            return regimes
        return (*regimes[:-1], msgspec.structs.replace(last, version=version, digest=digest, began_at=now))
    rules = {}
    for rule, what in does.items():
        before, since = last.rules.get(rule, ("", clock))
        rules[rule] = (what, since if before == what else clock)
    following = Regime(last.number % NUMBERS + 1, version, digest, clock, now, rules)
    return (*regimes, following)[-KEPT:]


def passage(regimes: tuple[Regime, ...], number: int) -> Passage:
    """Return the way from the regime of this number to the last one.

    A journey without a number was folded under the first rules. Of an unknown regime no rule counts as the same, nor
    does one that was away in between.
    """
    last = regimes[-1]
    known = {regime.number: regime for regime in regimes}
    if not number and regimes[0].number == 1:
        number = 1
    if number not in known:
        return Passage(frozenset(), frozenset(last.rules), is_unknown=True)
    before = known[number].rules
    kept = frozenset(rule for rule, begun in last.rules.items() if before.get(rule) == begun)
    return Passage(kept, frozenset(last.rules) - kept, is_same=len(kept) == len(last.rules) == len(before))


def borders(regime: Regime) -> dict[str, int]:
    """Return by rule since when it is in force; those from the beginning are left out."""
    return {rule: since for rule, (_, since) in regime.rules.items() if since}
