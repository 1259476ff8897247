"""Rules to closures: compiled once, indexed by touchpoint type, so that a rule on another type costs nothing."""

import hashlib
from collections.abc import Iterable
from typing import Final

import msgspec

from streams.journeys import promises
from streams.journeys.choices import Choices
from streams.journeys.limits import Limits
from streams.journeys.plan import RULE, Changes, Handler
from streams.journeys.state import EXPIRED, SEPARATOR, Evidence, State
from streams.rules import episodes, hiding
from streams.rules.compiled import CompiledRule
from streams.rules.model import Moment, Rule, Seen, Selector, Severity
from streams.touchpoints.vocabulary import Vocabulary

FLOODING: Final = Rule(
    id="customer-flooding",
    moment=Moment.SMOT,
    severity=Severity.LOW,
    owner="operations",
    when=Seen(Selector(())),
    cooldown_ms=86_400_000,
    expires_ms=86_400_000,
    title={"en": "One customer sends absurdly many touchpoints", "es": "Un cliente envía demasiados eventos"},
    advice={
        "en": "Find the source that repeats itself. Until then this customer's touchpoints are only counted.",
        "es": "Localizar la fuente que se repite. Hasta entonces solo se cuentan los eventos de este cliente.",
    },
)


class Plan:
    """The compiled rules and vocabulary; see `journeys.plan.Plan` for the contract."""

    def __init__(self, rules: Iterable[Rule], vocabulary: Vocabulary, limits: Limits) -> None:
        """Compile; the rules have passed `rules.load`."""
        self.rules = {rule.id: rule for rule in (FLOODING, *rules)}
        self.promises = vocabulary.promises
        self.flood_per_hour = limits.flood_per_hour
        self._episodes = limits.episodes
        self.handlers = {name: Handler(negative=kind.polarity < 0) for name, kind in vocabulary.kinds.items()}
        self.version = _version(self.rules.values())
        self._compiled = {
            rule.id: CompiledRule(rule, vocabulary.kinds, limits.episodes)
            for rule in hiding.ordered(self.rules.values())
            if rule is not FLOODING and rule.crowd is None
        }
        self._leaves = {leaf.prefix: leaf for compiled in self._compiled.values() for leaf in compiled.leaves}
        self._broken: dict[str, list[CompiledRule]] = {}
        promises.install(self.handlers, self.promises, limits.promises)
        for order, compiled in enumerate(self._compiled.values()):
            self._install(order, compiled)
        for name in {name for compiled in self._compiled.values() for name in compiled.seen_types}:
            self._offer(name)

    def _install(self, order: int, compiled: CompiledRule) -> None:
        for name in sorted(compiled.types):
            handler = self.handlers.setdefault(name, Handler())
            if name not in compiled.seen_types:
                handler.ending[compiled.rule.id] = (order, compiled.step_for(name))
            elif compiled.wanted(name) is None:
                handler.steps.append(compiled.step_for(name))
            handler.needs_data = handler.needs_data or compiled.needs_data
        for name in sorted(compiled.course.ending_types):
            self.handlers.setdefault(name, Handler()).closing.append(compiled.close_late)
        for kind in compiled.promise_kinds:
            self._broken.setdefault(kind, []).append(compiled)

    def _offer(self, name: str) -> None:
        """Let touchpoints of a type choose among the rules that see it, if some of these ask for a value."""
        seeing = [(at, each) for at, each in enumerate(self._compiled.values()) if name in each.seen_types]
        if all(compiled.wanted(name) is None for _, compiled in seeing):
            return
        choices = self.handlers[name].choices = Choices()
        for order, compiled in seeing:
            if (wanted := compiled.wanted(name)) is None:
                choices.always(order, compiled.step_for(name))
            else:
                choices.where(order, compiled.step_for(name), wanted, compiled.memory_name)

    def wake(self, state: State, rule: str, operator: str, subject: str, due: int, changes: Changes) -> None:
        """Fire a timer of a rule; a rule that is no longer in the plan does nothing."""
        compiled = self._compiled.get(rule)
        if compiled is not None:
            compiled.wake(state, operator, subject, due, changes)

    def promise_broken(self, state: State, kind: str, subject: str, due: int, changes: Changes) -> None:
        """Tell the rules that a promise broke at `due`, those that hide others first."""
        for compiled in self._broken.get(kind, ()):
            compiled.promise_broken(state, kind, subject, due, changes)

    def expire_episode(self, state: State, rule: str, subject: str, due: int, changes: Changes) -> None:
        """End an episode that has been followed for long enough."""
        compiled = self._compiled.get(rule)
        if compiled is not None:
            compiled.reset(state, subject)
        episodes.end(state, rule, subject, due, EXPIRED, "followed for long enough", changes, silent=True)

    def flood(self, state: State, time: int, count: int, changes: Changes) -> None:
        """Open the episode that says that a customer is flooding."""
        if not episodes.is_open(state, FLOODING, "") and not episodes.is_cooling(state, FLOODING, "", time):
            evidence = (Evidence("touchpoints in the hour", count, count),)
            episodes.start(state, FLOODING, "", time, evidence, changes, limit=self._episodes)

    def forget(self, state: State, before: int, slots: int) -> None:
        """Drop operator memory that nothing at or after `before` can use; at most `slots` of it stay."""
        for name in [name for name, slot in state.slots.items() if self._is_stale(name, slot, before)]:
            del state.slots[name]
        for name in list(state.slots)[: max(0, len(state.slots) - slots)]:
            prefix, _, subject = name.partition(SEPARATOR)
            self._leaves[prefix].reset(state, subject)
            state.slots.pop(name, None)  # not all is forgotten with an episode
        if len(state.timers) > slots:
            self._cancel_idle_timers(state)

    def _cancel_idle_timers(self, state: State) -> None:
        for timer in list(state.timers):
            kind, rule, rest = timer.split(SEPARATOR, 2)
            operator, _, subject = rest.partition(SEPARATOR)
            compiled = self._compiled.get(rule)
            if kind == RULE and not (compiled is not None and compiled.is_waiting(state, operator, subject)):
                state.cancel(timer)

    def _is_stale(self, name: str, slot: list[object], before: int) -> bool:
        leaf = self._leaves.get(name.partition(SEPARATOR)[0])
        return leaf is None or leaf.is_stale(slot, before)


def _version(rules: Iterable[Rule]) -> str:
    """Return a digest of what the rules say, wherever they stand."""
    said = [msgspec.structs.replace(rule, path="", line=0, hidden_at=(0, 0)) for rule in rules]
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()[:12]


def compile_rules(rules: Iterable[Rule], vocabulary: Vocabulary, limits: Limits | None = None) -> Plan:
    """Return the plan of these rules over this vocabulary."""
    return Plan(rules, vocabulary, limits or Limits())
