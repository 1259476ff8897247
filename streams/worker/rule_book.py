"""The rules that this process runs: the published ones, or as long as there are none, those of its files.

A version that cannot be loaded here is refused with its reason, and the one before stays. The partitions look at the
book between two batches and turn its page, each at a border of its own.
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Final

from streams.codec import rule_sets
from streams.codec.rule_sets import Refusal, RuleSet
from streams.errors import CorruptError, LoadError
from streams.rules.compile import Plan, compile_rules
from streams.rules.model import Rule
from streams.touchpoints.vocabulary import Vocabulary
from streams.worker.signals import Signals

REASON_CHARS: Final = 2_000  # of a refusal in a report: the log has all of it
_log = logging.getLogger("touchpoint.worker")


class RuleBook:
    """What is in force: `version` (0: the files), `plan`, and `past`, rules of the version before, by id."""

    def __init__(self, rules: tuple[Rule, ...], vocabulary: Vocabulary, signals: Signals) -> None:
        """Begin with the rules of the files."""
        self.version = 0
        self.newest = 0  # of all versions there are, those refused included
        self.plan = compile_rules(rules, vocabulary)
        self.past: Mapping[str, Rule] = {}
        self.published_at = 0
        self.refused: Refusal | None = None
        self._vocabulary = vocabulary
        self._signals = signals

    async def begin(self, kept: Mapping[int, bytes]) -> None:
        """Take the newest of the kept versions that this program can run; say why it is not the newest of all."""
        for version in sorted(kept, reverse=True):
            refused = self.refused
            if await self.take(version, kept[version]):
                self.refused = refused or self.refused
                before = kept.get(rule_sets.decode(kept[version]).follows)
                if before is not None and (rules := await self._load(before)) is not None:
                    self.past = {rule.id: rule for rule in rules}
                return

    async def take(self, version: int, value: bytes) -> bool:
        """Put a version in force, if it is newer; return whether it is. One that cannot be run is refused."""
        self.newest = max(self.newest, version)
        if version <= self.version:
            return False
        try:
            published = rule_sets.decode(value)
            plan = await asyncio.to_thread(self._compile, published)
        except (LoadError, CorruptError) as error:
            self._refuse(version, str(error))
            return False
        except Exception as error:  # noqa: BLE001 - a newer program's rules must not end this one
            self._refuse(version, f"{type(error).__name__} while compiling")
            return False
        self.past = {**self.past, **self.plan.rules} if len(self.past) <= len(self.plan.rules) else self.plan.rules
        self.plan, self.version, self.published_at, self.refused = plan, version, published.published_at, None
        _log.info("rules: version %d is in force (%d rules)", version, len(plan.rules) - 1)
        return True

    def _compile(self, published: RuleSet) -> Plan:
        return compile_rules(rule_sets.rules_of(published, self._vocabulary), self._vocabulary)

    async def _load(self, value: bytes) -> tuple[Rule, ...] | None:
        try:
            return await asyncio.to_thread(rule_sets.rules_of, rule_sets.decode(value), self._vocabulary)
        except (LoadError, CorruptError):
            return None

    def _refuse(self, version: int, reason: str) -> None:
        self.refused = Refusal(version, reason[:REASON_CHARS])
        self._signals.rules_refused(version)
        _log.error("rules: version %d is refused, version %d stays in force: %s", version, self.version, reason)
