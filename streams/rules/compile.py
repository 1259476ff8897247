"""Rules to closures: compiled once, indexed by touchpoint type, so that a rule on another type costs nothing."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from streams.journeys import promises
from streams.journeys.changes import Borders, Changes
from streams.journeys.choices import Choices
from streams.journeys.folded import State
from streams.journeys.handler import Data, Handler
from streams.journeys.holds import Silence
from streams.journeys.limits import Limits
from streams.journeys.plan import RULE
from streams.journeys.state import EXPIRED, FIRING, SEPARATOR, Episode, Evidence
from streams.rules import episodes, following, hiding
from streams.rules.compiled import CompiledRule
from streams.rules.model import Moment, Rule, Seen, Selector, Severity
from streams.rules.operators.leaf import Leaf
from streams.rules.regime import behaviours
from streams.rules.silence import silences
from streams.rules.stages import MOMENT, STAGE, StageMemory
from streams.touchpoints.touchpoint import Touchpoint
from streams.touchpoints.vocabulary import PromiseKind, Vocabulary

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


@dataclass(kw_only=True, eq=False)
class Plan:
    """The compiled rules and vocabulary; see `journeys.plan.Plan` for the contract.

    `version` is a digest of what the rules say, `does` by rule one of what it does.
    """

    rules: dict[str, Rule]
    promises: dict[str, PromiseKind]
    handlers: dict[str, Handler]
    flood_per_hour: int
    version: str
    does: dict[str, str]
    silence: dict[str, Silence]
    _compiled: dict[str, CompiledRule]  # of customers, in the order in which they are judged
    _followers: list[CompiledRule]
    _leaves: dict[str, Leaf]
    _stages: StageMemory | None
    _broken: dict[str, list[CompiledRule]]  # by kind of promise
    _episodes: int
    borders: Borders = field(default_factory=dict)

    def install(self, vocabulary: Vocabulary, limits: Limits) -> None:
        """Let touchpoints of each type take their steps; once, when all is compiled."""
        if self._stages is not None:
            self._leaves |= {STAGE: self._stages, MOMENT: StageMemory(MOMENT, vocabulary.stages)}
            self._stages.install(self.handlers)
        promises.install(self.handlers, self.promises, limits.promises)
        for order, compiled in enumerate(self._compiled.values()):
            self._install(order, compiled)
        for name in {name for compiled in self._compiled.values() for name in compiled.seen_types}:
            self._see(name)
        if self._followers:
            for handler in self.handlers.values():
                if handler.steps or handler.choices is not None:
                    handler.steps.append(self._hear)
                if handler.choices is not None:
                    handler.choices.always(len(self._compiled), self._hear)

    def bordered(self, borders: Borders) -> "Plan":
        """Return the same plan with borders; everything that was compiled is shared."""
        return replace(self, borders=borders)

    def _install(self, order: int, compiled: CompiledRule) -> None:
        if compiled.rule.follows_journey and self._stages is not None:
            compiled.note_stage = self._stages.note
        for name in sorted(compiled.types):
            handler = self.handlers.setdefault(name, Handler())
            if name not in compiled.seen_types:
                handler.ending[compiled.rule.id] = (order, compiled.step_for(name))
            handler.needs_data = handler.needs_data or compiled.needs_data
        for name in sorted(compiled.course.ending_types):
            self.handlers.setdefault(name, Handler()).closing.append(compiled.close_late)
        for kind in compiled.promise_kinds:
            self._broken.setdefault(kind, []).append(compiled)

    def _see(self, name: str) -> None:
        """Let touchpoints of a type take the steps of the rules that see it, by choice where some ask for a value."""
        handler, choices = self.handlers[name], Choices()
        seeing = [(order, each) for order, each in enumerate(self._compiled.values()) if name in each.seen_types]
        for order, compiled in seeing:
            step, wanted = compiled.step_for(name), compiled.wanted(name)
            if wanted is None:
                handler.steps.append(step)
                choices.always(order, step)
            else:
                choices.where(order, step, wanted, compiled.memory_name)
        if len(handler.steps) < len(seeing):
            handler.choices = choices

    def wake(self, state: State, rule: str, operator: str, subject: str, due: int, changes: Changes) -> None:
        """Fire a timer of a rule; a rule that is no longer in the plan does nothing."""
        compiled = self._compiled.get(rule)
        if compiled is not None:
            compiled.wake(state, operator, subject, due, changes)
        if self._followers:
            self._tell(state, due, changes, is_deadline=True)

    def promise_broken(self, state: State, kind: str, subject: str, due: int, changes: Changes) -> None:
        """Tell the rules that a promise broke at `due`, those that hide others first."""
        for compiled in self._broken.get(kind, ()):
            compiled.promise_broken(state, kind, subject, due, changes)
        if self._followers:
            self._tell(state, due, changes, is_deadline=True)

    def _hear(self, state: State, touchpoint: Touchpoint, data: Data, changes: Changes) -> None:
        """Take what a touchpoint did under all rules, as the last step."""
        if len(changes.episodes) > changes.heard:
            self._tell(state, touchpoint.time, changes, is_deadline=False)

    def _tell(self, state: State, at: int, changes: Changes, *, is_deadline: bool) -> None:
        """Tell the rules that look at others of the episodes that begin to fire; what these open is told nobody."""
        for name in dict.fromkeys(changes.episodes[changes.heard :]):
            episode = state.episodes.get(name)
            if episode is not None and episode.status == FIRING:
                for compiled in self._followers:
                    compiled.episode_fires(state, episode, at, changes, episode.since if is_deadline else None)
        changes.heard = len(changes.episodes)

    def adopt(self, state: State, episode: Episode) -> None:
        """Take an open episode over into a state: from now on this plan's version of its rule leads it to its end."""
        compiled = self._compiled.get(episode.rule)
        episodes.adopt(state, compiled.rule if compiled is not None else FLOODING, episode)

    def owner_of(self, slot: str) -> str:
        """Return the id of the rule whose memory a slot is; what several rules share has no owner."""
        return slot.partition("@")[0] if "#" in slot.partition(SEPARATOR)[0] else ""

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
        if self._stages is not None:
            self._stages.forget(state)
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
    said = [msgspec.structs.replace(rule, path="", line=0, hidden_at=(0, 0), references=()) for rule in rules]
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()[:12]


def compile_rules(rules: Iterable[Rule], vocabulary: Vocabulary, limits: Limits | None = None) -> Plan:
    """Return the plan of these rules, which have passed `rules.load`, over this vocabulary."""
    limits = limits or Limits()
    by_id = {rule.id: rule for rule in (FLOODING, *rules)}
    in_effect = hiding.in_effect(by_id.values())
    of_customers = [rule for rule in in_effect if rule is not FLOODING and rule.crowd is None]
    watched = following.watched(of_customers)
    compiled = {
        rule.id: CompiledRule(rule, vocabulary.kinds, limits.episodes, watched)
        for rule in following.ordered(hiding.ordered(of_customers))
    }
    has_stages = bool(vocabulary.stages.moves) and any(rule.follows_journey for rule in of_customers)
    plan = Plan(
        rules=by_id,
        promises=vocabulary.promises,
        handlers={name: Handler(negative=kind.polarity < 0) for name, kind in vocabulary.kinds.items()},
        flood_per_hour=limits.flood_per_hour,
        version=_version(by_id.values()),
        does=behaviours(by_id.values()),
        silence=silences(by_id.values(), watched, vocabulary),
        _compiled=compiled,
        _followers=[each for each in compiled.values() if following.follows(each.rule)],
        _leaves={leaf.prefix: leaf for each in compiled.values() for leaf in each.leaves},
        _stages=StageMemory(STAGE, vocabulary.stages) if has_stages else None,
        _broken={},
        _episodes=limits.episodes,
    )
    plan.install(vocabulary, limits)
    return plan
