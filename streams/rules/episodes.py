"""Episodes: one stretch of trouble under one rule and subject, opened, ended and remembered inside the fold."""

from typing import Final

import msgspec

from streams.journeys import promises
from streams.journeys.changes import Changes
from streams.journeys.folded import State
from streams.journeys.plan import RULE, episode_timer, rule_timer
from streams.journeys.state import (
    EXPIRED,
    FIRING,
    FORGOTTEN,
    RECOVERED,
    SEPARATOR,
    WATCHING,
    Episode,
    Evidence,
    Turn,
    key,
)
from streams.rules.model import RANK, Rule, Severity
from streams.touchpoints.calendar import is_open as is_open_at
from streams.touchpoints.calendar import later, next_opening

OWN: Final = "~"  # begins the names of the timers of an episode, as a digit begins those of an operator
GIVE_UP: Final = "~lost"
QUIET: Final = "~quiet"
SETTLE: Final = "~settle"
OPENING: Final = "~open"  # until the calendar of the rule opens
RISE: Final = "~rise"  # with the number of the step behind it
_ORDINAL, _STARTED, _OPEN, _RECOVERED = 0, 1, 2, 3  # fields of state.memory
_NEVER_HELD: Final = Severity.CRITICAL.value  # pages at any hour
_TURNS: Final = 8  # as many of the last turns are remembered


def is_open(state: State, rule: Rule, subject: str) -> bool:
    """Return whether an episode of the rule and subject is open."""
    memory = state.memory.get(key(rule.id, subject))
    return memory is not None and bool(memory[_OPEN])


def is_cooling(state: State, rule: Rule, subject: str, now: int) -> bool:
    """Return whether the last episode started so recently that no new one may open."""
    memory = state.memory.get(key(rule.id, subject))
    return memory is not None and now < memory[_STARTED] + rule.cooldown_ms


def may_open(rule: Rule, at: int, changes: Changes) -> bool:
    """Return whether the rule was in force at `at`; a rule that has no border always was."""
    return not changes.borders or at > changes.borders.get(rule.id, -1)


def is_hidden(state: State, rule: Rule, subject: str) -> bool:
    """Return whether an open episode of a rule that hides this one is about the same subject or the whole customer.

    An episode about the whole customer is hidden by one about any subject.
    """
    return any(
        not episode.ended_at and episode.rule in rule.hidden_by and episode.subject in {subject or episode.subject, ""}
        for episode in state.episodes.values()
    )


def current(state: State, rule_id: str, subject: str) -> Episode | None:
    """Return the open episode of the rule and subject."""
    name = key(rule_id, subject)
    memory = state.memory.get(name)
    return state.episodes.get(key(name, str(memory[_ORDINAL] - 1))) if memory is not None and memory[_OPEN] else None


def start(
    state: State,
    rule: Rule,
    subject: str,
    at: int,
    evidence: tuple[Evidence, ...],
    changes: Changes,
    *,
    limit: int,
    since: int | None = None,
    held_until: int = 0,
) -> None:
    """Open the next episode at `at`; with `limit` open ones the oldest of them ends as expired.

    `since`: a deadline decided it, and this is when what fell due had begun; so it waits for the clock to be said.
    `held_until`: a touchpoint decided it, and this is the last deadline that decided what it rests on; so it waits too.
    """
    if len(state.episodes) >= limit:
        _make_room(state, at, limit, changes)
    name = key(rule.id, subject)
    before = state.memory.get(name) or [state.memory.get(FORGOTTEN, [0])[_ORDINAL]]
    ordinal = before[_ORDINAL]
    state.memory[name] = [ordinal + 1, at, 1, *before[_RECOVERED:]]
    _schedule(state, rule, subject, at)
    episode = Episode(
        rule.id,
        rule.version,
        subject,
        ordinal,
        _begin(state, rule, subject, rule.severity.value, at),
        rule.severity.value,
        at,
        at if since is None else since,
        held_until=held_until if since is None else at,
        evidence=evidence,
        relapse_ms=rule.relapse_ms,
    )
    state.episodes[key(name, str(ordinal))] = episode
    _changed(state, key(name, str(ordinal)), episode, changes)


def reopen(
    state: State,
    rule: Rule,
    subject: str,
    at: int,
    evidence: tuple[Evidence, ...],
    changes: Changes,
    *,
    limit: int,
    since: int | None = None,
    held_until: int = 0,
) -> bool:
    """Open the last episode again if it recovered so recently that this is a relapse; return whether it was one.

    It keeps its start and the severity it had reached; everything else begins as in `start`, whose contract this has.
    """
    name = key(rule.id, subject)
    memory = state.memory.get(name)
    if memory is None or not rule.relapse_ms:
        return False
    identity = key(name, str(memory[_ORDINAL] - 1))
    episode = state.episodes.get(identity)
    if episode is None or episode.status != RECOVERED or at > episode.ended_at + rule.relapse_ms:
        return False
    if len(state.episodes) >= limit:
        _make_room(state, at, limit, changes)
    if since is not None or held_until:
        _turn(episode, held_until if since is None else at)
    memory[_OPEN] = 1
    del memory[_RECOVERED:]
    _schedule(state, rule, subject, at)
    episode.status = _begin(state, rule, subject, episode.severity, at)
    episode.since = at if since is None else since
    episode.ended_at, episode.reason, episode.proven, episode.evidence = 0, "", 0, evidence
    _changed(state, identity, episode, changes)
    return True


def end(
    state: State,
    rule_id: str,
    subject: str,
    at: int,
    status: str,
    reason: str,
    changes: Changes,
    *,
    held: bool = False,
    silent: bool = False,
) -> bool:
    """End the open episode of the rule and subject, if there is one; `at` before its start counts as its start.

    `silent`: nothing happened but that time passed, so what an alert shows stays as it was. `held`: the end rests on
    a deadline and is not said before the clock has reached `at`; it always does where it is silent.
    """
    name = key(rule_id, subject)
    memory = state.memory.get(name)
    if memory is None or not memory[_OPEN]:
        return False
    memory[_OPEN] = 0
    _cancel(state, rule_id, subject)
    identity = key(name, str(memory[_ORDINAL] - 1))
    episode = state.episodes.get(identity)
    if episode is None:
        return False
    if status == RECOVERED:
        memory[_RECOVERED:] = [max(at, episode.started_at)]
    if silent or held:
        _turn(episode, at)
    episode.status, episode.reason, episode.ended_at = status, reason, max(at, episode.started_at)
    if silent:
        changes.episodes.append(identity)
    else:
        _changed(state, identity, episode, changes)
    return True


def rise(
    state: State,
    episode: Episode,
    severity: str,
    evidence: tuple[Evidence, ...],
    changes: Changes,
    held_until: int = 0,
) -> None:
    """Make an open episode more severe; one that is as severe already stays as it is.

    `held_until`: the deadline that decided it, 0 for a touchpoint.
    """
    if RANK[severity] <= RANK[episode.severity]:
        return
    identity = key(episode.rule, episode.subject, str(episode.ordinal))
    if held_until:
        _turn(episode, held_until)
        changes.episodes.append(identity)
    else:
        _changed(state, identity, episode, changes)
    episode.severity = severity
    episode.evidence += evidence
    opening = rule_timer(episode.rule, OPENING, episode.subject)
    if severity == _NEVER_HELD and opening in state.timers:
        state.cancel(opening)
        episode.status = FIRING


def settle(state: State, rule: Rule, episode: Episode, at: int, changes: Changes) -> None:
    """End the time in which a watched episode could heal itself: it fires, at once or at the next opening."""
    if _waits_for_opening(state, rule, episode.subject, episode.severity, at) == FIRING:
        fire(episode, at, changes)


def fire(episode: Episode, at: int, changes: Changes) -> None:
    """Make a watched episode fire from the deadline `at` on."""
    _turn(episode, at)
    episode.status = FIRING
    changes.episodes.append(key(episode.rule, episode.subject, str(episode.ordinal)))


def adopt(state: State, rule: Rule, episode: Episode) -> None:
    """Take over an open episode that another version of the rule has opened; its deadlines are those of this one.

    It keeps its version, start and severity. Nothing from before it was opened can change it any more.
    """
    reopened = [turn.held_until for turn in episode.turns if turn.status == RECOVERED]
    at = max(episode.started_at, episode.since, *reopened)
    name = key(rule.id, episode.subject)
    state.memory[name] = [episode.ordinal + 1, episode.started_at, 1]
    _schedule(state, rule, episode.subject, at)
    status = WATCHING if episode.status == WATCHING and rule.settle_ms else FIRING
    if status == FIRING:
        state.cancel(rule_timer(rule.id, SETTLE, episode.subject))
    if rule.recovers_quiet_ms:  # the last touchpoint that is no more to be seen may have been a bad one
        quiet_at = max(at, state.last) + rule.recovers_quiet_ms
        state.schedule(rule_timer(rule.id, QUIET, episode.subject), quiet_at)
    state.episodes[key(name, str(episode.ordinal))] = msgspec.structs.replace(
        episode, status=status, since=at, turns=(), proven=0, relapse_ms=rule.relapse_ms
    )


def _turn(episode: Episode, held_until: int) -> None:
    """Remember what the episode was before a deadline changes it."""
    before = Turn(held_until, episode.status, episode.severity, episode.ended_at, episode.reason, episode.evidence)
    episode.turns = (*episode.turns[1 - _TURNS :], before)


def _begin(state: State, rule: Rule, subject: str, severity: str, at: int) -> str:
    """Return the status with which an episode opens at `at`, and set the timer that ends it."""
    if rule.settle_ms:
        due = later(at, rule.settle_ms, rule.settle_working)
        state.schedule(rule_timer(rule.id, SETTLE, subject), due)
        return WATCHING
    return _waits_for_opening(state, rule, subject, severity, at)


def _waits_for_opening(state: State, rule: Rule, subject: str, severity: str, at: int) -> str:
    calendar = rule.quiet_outside
    if calendar is None or severity == _NEVER_HELD or is_open_at(calendar, at):
        return FIRING
    state.schedule(rule_timer(rule.id, OPENING, subject), next_opening(calendar, at))
    return WATCHING


def _schedule(state: State, rule: Rule, subject: str, at: int) -> None:
    state.schedule(episode_timer(rule.id, subject), at + rule.expires_ms)
    if rule.lost_after_ms:
        state.schedule(rule_timer(rule.id, GIVE_UP, subject), later(at, rule.lost_after_ms, rule.lost_working))
    if rule.recovers_quiet_ms:
        state.schedule(rule_timer(rule.id, QUIET, subject), later(at, rule.recovers_quiet_ms, rule.quiet_working))
    for number, step in enumerate(rule.raises):
        if step.after_ms:
            due = later(at, step.after_ms, step.working)
            state.schedule(rule_timer(rule.id, f"{RISE}{number}", subject), due)


def _cancel(state: State, rule_id: str, subject: str) -> None:
    state.cancel(episode_timer(rule_id, subject))
    own = key(RULE, rule_id, OWN)
    for timer in [timer for timer in state.timers if timer.startswith(own)]:
        if timer.split(SEPARATOR, 3)[3] == subject:
            state.cancel(timer)


def _make_room(state: State, at: int, limit: int, changes: Changes) -> None:
    still = sorted((e.started_at, e.rule, e.subject) for e in state.episodes.values() if not e.ended_at)
    for _, rule_id, subject in still[: max(0, len(still) - limit + 1)]:
        end(state, rule_id, subject, at, EXPIRED, "too many others since", changes, silent=True)


def _changed(state: State, identity: str, episode: Episode, changes: Changes) -> None:
    if episode.turns and episode.turns[-1].shown is None:
        last = msgspec.structs.replace(episode.turns[-1], shown=(episode.recent, episode.promises))
        episode.turns = (*episode.turns[:-1], last)
    episode.recent = changes.glimpses()
    episode.promises = promises.view(state)
    changes.episodes.append(identity)
