"""One rule, compiled: its leaves, its condition as a closure, and what a touchpoint or a timer does to it."""

from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any

from streams.journeys.changes import Changes
from streams.journeys.choices import OPERATOR
from streams.journeys.folded import State
from streams.journeys.handler import Data
from streams.journeys.handler import Step as FoldStep
from streams.journeys.state import Episode, Evidence
from streams.rules import episodes, timing
from streams.rules.course import Course
from streams.rules.model import (
    Absence,
    AllOf,
    AnyOf,
    Broken,
    By,
    Condition,
    Count,
    Distinct,
    Feedback,
    Measure,
    Not,
    OtherEpisode,
    Rate,
    Rule,
    Score,
    Seen,
    Selector,
    Sequence,
    Step,
    Trait,
)
from streams.rules.operators.broken import BrokenLeaf
from streams.rules.operators.count import EXACT, BucketCount, ExactCount
from streams.rules.operators.distinct import DistinctLeaf
from streams.rules.operators.episode import EpisodeLeaf
from streams.rules.operators.leaf import Leaf, choosing, duration, expand, words
from streams.rules.operators.measure import MeasureLeaf
from streams.rules.operators.rate import RateLeaf
from streams.rules.operators.score import ScoreLeaf
from streams.rules.operators.seen import FeedbackNow, SeenNow
from streams.rules.operators.sequence import SequenceLeaf
from streams.rules.operators.trait import TraitLeaf
from streams.rules.over import subject_in
from streams.rules.parts import parts, reads_data, selectors
from streams.touchpoints.calendar import Working
from streams.touchpoints.touchpoint import Touchpoint
from streams.touchpoints.vocabulary import Kind

Known = Mapping[str, Kind]
Verdict = tuple[Evidence, ...] | None  # None = does not hold
Ask = Callable[[int], Evidence | None]  # what the leaf of this number says at the instant that is judged
Judge = Callable[[Ask], Verdict]
NoteStage = Callable[[State, str, str, int], None]  # key of an episode that opens, its subject, and when


class CompiledRule:
    """A rule as the fold runs it. The condition is judged at touchpoints of its types and at its own deadlines."""

    def __init__(self, rule: Rule, known: Known, limit: int, watched: frozenset[str] = frozenset()) -> None:
        """Compile a rule that has passed `rules.load`; `limit` episodes of a customer may be open.

        `watched` are the rules whose episodes it looks at where it names none.
        """
        self.rule = rule
        self._limit = limit
        self.memory_name = f"{rule.id}@{rule.version}"  # how slots name this rule, see `journeys.choices`
        self._known = known
        self._watched = watched
        self.note_stage: NoteStage | None = None  # of the journey, where the rule follows it
        self.leaves: list[Leaf] = []
        self._asking: list[tuple[Selector, ...]] = []  # by leaf, what it looks for; empty where it looks at everything
        self._leading: list[Leaf] = []  # what an episode comes of: neither under `not` nor under `unless`
        self._judge = self._compile(rule.when, leads=True)
        self._own = len(self.leaves)  # the leaves of `when`; those of `unless` follow
        self._is_single = rule.unless is None and self._leading == self.leaves and len(self.leaves) == 1
        self._hinder = self._compile(rule.unless, leads=False) if rule.unless is not None else None
        self._rises = self._compile_rises()
        self._others = [leaf for leaf in self.leaves if isinstance(leaf, EpisodeLeaf)]
        self._when_types = frozenset[str]().union(*(leaf.types for leaf in self.leaves[: self._own]))
        self.course = Course(rule, known)
        self.seen_types = frozenset[str]().union(*(leaf.types for leaf in self.leaves))
        self.types = self.course.types | self.seen_types
        self.promise_kinds = {leaf.kind for leaf in self.leaves if isinstance(leaf, BrokenLeaf)}
        self.needs_data = any(
            reads_data(part) or any(selector.where for selector in selectors(part)) for part in parts(rule)
        )
        self.needs_data = self.needs_data or self.course.needs_data or bool(rule.by_field)
        self._reads = subject_in(rule.by_field) if rule.by_field else None

    def step_for(self, name: str) -> FoldStep:
        """Return the step that takes a touchpoint of this type, one of `types`."""
        ends, troubles = name in self.course.ending_types, name in self.course.troubles
        decides = name in self._when_types
        rising = [(step, judge) for step, judge, first, end in self._rises if name in self._types_of(first, end)]
        seeing = [(at, leaf) for at, leaf in enumerate(self.leaves) if name in leaf.types]
        by_subject, reads = self.rule.by is By.SUBJECT, self._reads
        traits = [leaf for _, leaf in seeing if isinstance(leaf, TraitLeaf)]

        def step(state: State, touchpoint: Touchpoint, data: Data, changes: Changes) -> None:
            subject = touchpoint.subject if by_subject else ""
            if reads is not None:
                subject = reads(data)
            ended = ends and state.memory and self._ends(state, touchpoint, data, subject, changes)
            if reads is not None and not subject:  # it is about nothing, but the customer stays who they are
                for each in traits:
                    each.see(state, touchpoint, data, subject)
                return
            seen = {at: leaf.see(state, touchpoint, data, subject) for at, leaf in seeing}
            if decides and not ended:
                self._decide(state, seen, subject, touchpoint.time, changes)
            for number, judge in rising:
                self._rise(state, number, judge, seen, subject, touchpoint.time, changes)
            if troubles and state.memory:
                self.course.disturb(state, subject, touchpoint.time)

        if not self._is_single or ends or rising or troubles or reads is not None:
            return step
        leaf = self.leaves[0]

        def single(state: State, touchpoint: Touchpoint, data: Data, changes: Changes) -> None:
            subject = touchpoint.subject if by_subject else ""
            evidence = leaf.see(state, touchpoint, data, subject)
            if evidence is not None:
                self._decide(state, {0: evidence}, subject, touchpoint.time, changes)

        return single

    def wanted(self, name: str) -> list[tuple[str, Any]] | None:
        """Return which values of which fields a touchpoint of this type must have one of, or else it does nothing.

        Unless the journey remembers something of the rule. None where that cannot be said.
        """
        if any(isinstance(leaf, EpisodeLeaf) for leaf in self.leaves):
            return None  # it looks at what other rules remember
        if name in self.course.types or any(name in self._types_of(first, end) for _, _, first, end in self._rises):
            return None
        found: list[tuple[str, Any]] = []
        for leaf, wanted in zip(self.leaves, self._asking, strict=True):
            if name in leaf.types:
                pairs = [choosing(each) for each in wanted if name in expand(each, self._known)]
                if not pairs or [] in pairs:
                    return None
                found += chain.from_iterable(pairs)
        return found

    def close_late(self, state: State, touchpoint: Touchpoint, data: Data, changes: Changes) -> None:
        """Take a touchpoint from before the floor: it may end an episode that it is no older than, and nothing else."""
        subject = touchpoint.subject if self.rule.by is By.SUBJECT else ""
        if self._reads is not None:
            subject = self._reads(data)
        self._ends(state, touchpoint, data, subject, changes)

    def wake(self, state: State, operator: str, subject: str, due: int, changes: Changes) -> None:
        """Take a timer that one of the leaves or an episode had set."""
        if operator.startswith(episodes.OWN):
            if self.course.wake(state, operator, subject, due, changes):
                self.reset(state, subject)
            return
        at = self._find(operator)
        if at is not None:
            self._pulse(state, at, self.leaves[at].wake(state, subject, due), subject, due, changes)

    def is_waiting(self, state: State, operator: str, subject: str) -> bool:
        """Return whether a timer of one of the leaves, or of an episode, would still find what it was set for."""
        if operator.startswith(episodes.OWN):
            return episodes.is_open(state, self.rule, subject)
        at = self._find(operator)
        return at is not None and self.leaves[at].is_waiting(state, subject)

    def _find(self, operator: str) -> int | None:
        at = int(operator) if operator.isdigit() else len(self.leaves)
        return at if at < len(self.leaves) else None

    def promise_broken(self, state: State, kind: str, subject: str, due: int, changes: Changes) -> None:
        """Take a promise that broke at `due`."""
        for at, leaf in enumerate(self.leaves):
            if isinstance(leaf, BrokenLeaf) and leaf.kind == kind:
                self._pulse(state, at, leaf.break_(state, subject, due), subject, due, changes)

    def episode_fires(self, state: State, episode: Episode, at: int, changes: Changes, since: int | None) -> None:
        """Take an episode of another rule that begins to fire or becomes worse; `since`: a deadline decided it."""
        about = episode.subject if self.rule.by is By.SUBJECT else ""
        for number, leaf in enumerate(self.leaves):
            pulse = leaf.fires(episode) if isinstance(leaf, EpisodeLeaf) else None
            if pulse is None:
                continue
            if number < self._own:
                self._decide(state, {number: pulse}, about, at, changes, since)
            for step, judge, first, end in self._rises:
                if first <= number < end:
                    held = 0 if since is None else at
                    self._rise(state, step, judge, {number: pulse}, about, at, changes, held_until=held)

    def reset(self, state: State, subject: str) -> None:
        """Forget what led to an episode that has ended; what hinders one is not forgotten."""
        for leaf in self._leading:
            leaf.reset(state, subject)

    def _pulse(self, state: State, at: int, pulse: Evidence | None, subject: str, due: int, changes: Changes) -> None:
        if pulse is None:
            return
        about = subject if self.rule.by is By.SUBJECT else ""
        if at < self._own:
            self._decide(state, {at: pulse}, about, due, changes, self.leaves[at].began(state, subject, due))
        for number, judge, first, end in self._rises:
            if first <= at < end:
                self._rise(state, number, judge, {at: pulse}, about, due, changes, held_until=due)

    def _decide(
        self,
        state: State,
        seen: Mapping[int, Evidence | None],
        subject: str,
        at: int,
        changes: Changes,
        since: int | None = None,
    ) -> None:
        """Open an episode if the rule holds; `seen` is what those leaves say whose turn it is, the others are asked."""

        def ask(number: int) -> Evidence | None:
            return seen[number] if number in seen else self.leaves[number].holds(state, subject, at)

        evidence = self._judge(ask)
        if evidence is None or episodes.is_open(state, self.rule, subject):
            return
        if not episodes.may_open(self.rule, at, changes):
            return
        if self._hinder is not None and self._hinder(ask) is not None:
            return
        if self.rule.hidden_by and episodes.is_hidden(state, self.rule, subject):
            return
        rule, limit = self.rule, self._limit
        held = max((leaf.rests_on(state, subject) for leaf in self._others), default=0)
        if episodes.reopen(state, rule, subject, at, evidence, changes, limit=limit, since=since, held_until=held):
            return
        if not episodes.is_cooling(state, rule, subject, at):
            episodes.start(state, rule, subject, at, evidence, changes, limit=limit, since=since, held_until=held)
            if self.note_stage is not None:
                self.note_stage(state, changes.episodes[-1], subject, at)

    def _rise(
        self,
        state: State,
        number: int,
        judge: Judge,
        seen: Mapping[int, Evidence | None],
        subject: str,
        at: int,
        changes: Changes,
        held_until: int = 0,
    ) -> None:
        """Make the open episode more severe if the condition of this step of the ladder holds."""
        episode = episodes.current(state, self.rule.id, subject)
        if episode is None or not episodes.may_open(self.rule, at, changes):
            return

        def ask(number: int) -> Evidence | None:
            return seen[number] if number in seen else self.leaves[number].holds(state, subject, at)

        evidence = judge(ask)
        if evidence is not None:
            episodes.rise(state, episode, self.rule.raises[number].to.value, evidence, changes, held_until)

    def _compile_rises(self) -> list[tuple[int, Judge, int, int]]:
        """Return number, condition, first leaf and end of the leaves of each step that has a condition."""
        found = []
        for number, step in enumerate(self.rule.raises):
            if step.when is not None:
                first = len(self.leaves)
                judge = self._compile(step.when, leads=True)
                found.append((number, judge, first, len(self.leaves)))
        return found

    def _types_of(self, first: int, end: int) -> frozenset[str]:
        return frozenset[str]().union(*(leaf.types for leaf in self.leaves[first:end]))

    def _ends(self, state: State, touchpoint: Touchpoint, data: Data, subject: str, changes: Changes) -> bool:
        if subject or self.rule.by is By.CUSTOMER:
            ended = self.course.take(state, touchpoint, data, subject, changes)
            if ended:
                self.reset(state, subject)
            return ended
        over = self.course.take_for_all(state, touchpoint, data, changes)
        for each in over:
            self.reset(state, each)
        return "" in over

    def _compile(self, condition: Condition, *, leads: bool) -> Judge:
        if isinstance(condition, AllOf):
            parts = [self._compile(part, leads=leads) for part in condition.parts]
            return lambda ask: _all(parts, ask)
        if isinstance(condition, AnyOf):
            parts = [self._compile(part, leads=leads) for part in condition.parts]
            return lambda ask: _any(parts, ask)
        if isinstance(condition, Not):
            part = self._compile(condition.part, leads=False)
            return lambda ask: () if part(ask) is None else None
        if isinstance(condition, Trait) and len(condition.where) > 1:
            return self._compile(AllOf(tuple(Trait((test,)) for test in condition.where)), leads=leads)
        at = len(self.leaves)
        self.leaves.append(self._leaf(condition, f"{self.memory_name}{OPERATOR}{at}"))
        self._asking.append(tuple(selectors(condition)))
        if leads:
            self._leading.append(self.leaves[at])
        return lambda ask: None if (evidence := ask(at)) is None else (evidence,)

    def _leaf(self, condition: Condition, prefix: str) -> Leaf:
        known = self._known
        if isinstance(condition, Count | Seen):
            types = expand(condition.selector, known)
            if isinstance(condition, Seen) and not condition.within_ms:
                return SeenNow(prefix, types, f"seen {words(condition.selector)}", condition.selector)
            at_least = condition.at_least if isinstance(condition, Count) else 1
            count = Count(condition.selector, at_least, condition.within_ms)
            clause = f"{words(condition.selector)} within {duration(condition.within_ms)}"
            return (ExactCount if at_least <= EXACT else BucketCount)(prefix, types, clause, count)
        if isinstance(condition, Measure):
            clause = f"{condition.function} of {_amount(condition)}"
            return MeasureLeaf(prefix, expand(condition.selector, known), clause, condition)
        if isinstance(condition, Distinct):
            clause = f"different {_amount(condition)}"
            return DistinctLeaf(prefix, expand(condition.selector, known), clause, condition, known)
        if isinstance(condition, Rate):
            return RateLeaf(prefix, expand(condition.selector, known), _comparison(condition), condition)
        if isinstance(condition, Score):
            weights = ", ".join(f"{name} {weight:g}" for name, weight in condition.weights)
            clause = f"score of {weights}, halved every {duration(condition.half_life_ms)}"
            return ScoreLeaf(prefix, clause, condition, known)
        if isinstance(condition, Trait):
            return TraitLeaf(condition.where[0])
        if isinstance(condition, Sequence):
            return SequenceLeaf(prefix, self.rule.id, _story(condition.steps), condition.steps, known)
        if isinstance(condition, Absence):
            silence = Step(condition.of, condition.within_ms, absent=True, working=condition.working)
            steps = (Step(condition.after), silence)
            return SequenceLeaf(prefix, self.rule.id, _story(steps), steps, known)
        if isinstance(condition, Broken):
            grace = f" for {_time(condition.grace_ms, condition.working)}" if condition.grace_ms else ""
            return BrokenLeaf(prefix, self.rule.id, f"{condition.kind} promise broken{grace}", condition)
        if isinstance(condition, OtherEpisode):
            return EpisodeLeaf(prefix, _other(condition), condition, self._watched)
        if isinstance(condition, Feedback):
            clause = f"{' or '.join(condition.metrics)} at most {condition.at_most:g}"
            return FeedbackNow(prefix, expand(condition.selector, known), clause, condition)
        raise TypeError(type(condition).__name__)


def _all(parts: list[Judge], ask: Ask) -> Verdict:
    found: list[Evidence] = []
    for part in parts:
        verdict = part(ask)
        if verdict is None:
            return None
        found += verdict
    return tuple(found)


def _any(parts: list[Judge], ask: Ask) -> Verdict:
    held = [verdict for part in parts if (verdict := part(ask)) is not None]
    return tuple(evidence for verdict in held for evidence in verdict) if held else None


def _story(steps: tuple[Step, ...]) -> str:
    told = []
    for step in steps:
        within = f" within {_time(step.within_ms, step.working)}" if step.within_ms else ""
        times = f" {step.repeats} times" if step.repeats > 1 else ""
        told.append(f"{'no ' if step.absent else ''}{words(step.selector)}{times}{within}")
    return ", then ".join(told)


def _time(duration_ms: int, working: Working | None) -> str:
    return duration(duration_ms) if working is None else timing.show(duration_ms, working)


def _amount(part: Measure | Distinct) -> str:
    bounds = [
        f"{name} {bound:g}"
        for name, bound in (("at least", part.at_least), ("at most", part.at_most))
        if bound is not None
    ]
    return f"{part.of} {' and '.join(bounds)}: {words(part.selector)} within {duration(part.within_ms)}"


def _comparison(part: Rate) -> str:
    of, period = f"{part.of} of " if part.of else "", duration(part.within_ms)
    before = f"the {period} before" if part.baseline == 1 else f"an average {period} of the {part.baseline} before"
    return f"{of}{words(part.selector)} within {period}, {part.times:g} times {before}"


def _other(part: OtherEpisode) -> str:
    within = f" within {duration(part.within_ms)}" if part.within_ms else ""
    severity = f" as {part.severity.value} or worse" if part.severity is not None else ""
    return f"{' or '.join(part.rules) or 'another rule'} {part.state.value}{severity}{within}"
