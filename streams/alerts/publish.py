"""Say the difference between the fold and the ledger."""

from collections import deque
from collections.abc import Container, Iterable, Mapping
from typing import Final

import msgspec

from streams.alerts import holds
from streams.alerts.alert import Alert, Status
from streams.alerts.figures import Turn, new_turns
from streams.alerts.ledger import Ledger, Said
from streams.alerts.render import digest, render
from streams.journeys.certainty import known, rests_on
from streams.journeys.folded import State
from streams.journeys.holds import Holds
from streams.journeys.journey import Journey
from streams.journeys.state import SEPARATOR, Episode
from streams.rules.compile import Plan
from streams.rules.model import Rule, Severity
from streams.rules.regime import Passage
from streams.rules.stages import moment_of

RETRACTED: Final = "late touchpoints show that it never was"
REMOVED: Final = "rule-removed: the rule is no longer in force"
CHANGED: Final = "rule-changed: the rule was replaced before this was certain"


class Publisher:
    """Turns changed episodes into revisions in a ledger's outbox. Pure: `clock` and `now` come from the caller."""

    def __init__(
        self,
        plan: Plan,
        holds: Holds,
        past: Mapping[str, Rule] | None = None,
        hold_from: Severity | None = None,
        turns: deque[Turn] | None = None,
    ) -> None:
        """Speak for the rules of this plan, of what does not wait for a blind source.

        `past`: rules that were in force before, by id. `hold_from`: from which severity on customers are put on hold,
        if they are at all. `turns` gets one for each revision.
        """
        self._rules = {**(past or {}), **plan.rules}
        self._holds = holds
        self._hold_from = hold_from
        self._turns = turns if turns is not None else new_turns()

    def publish(
        self, customer: str, state: State, ledger: Ledger, names: Iterable[str], clock: int, now: int
    ) -> list[Alert]:
        """Say what is new of these episodes; what a deadline after `clock` decided is held back.

        What was said of an episode that is gone, or now begins with such a deadline, is taken back.

        Returns:
            The revisions added to the outbox.
        """
        added: list[Alert] = []
        for name in names:
            episode, said = state.episodes.get(name), ledger.said.get(name)
            opening, course = _limits(episode, said, clock, self._holds)
            certain = known(episode, opening, course) if episode is not None else None
            if episode is not None and certain is not None:
                rests = rests_on(episode, opening, course)
                added += self._say(customer, name, ledger, certain, now, rests, moment_of(state, name))
            elif said is not None and not said.final and said.status != Status.RETRACTED:
                added.append(self._retract(customer, name, ledger, said, now, RETRACTED))
        if added:
            ledger.outbox += added
            if self._hold_from is not None:
                holds.follow(ledger, self._rules, customer, added, now, self._hold_from)
            ledger.clock = clock
        return added

    def withdraw(self, customer: str, ledger: Ledger, passage: Passage, names: Container[str], now: int) -> list[Alert]:
        """Close what is said to be open of rules that are no longer the same, but for these episodes, which go on.

        What was said of ended episodes of such rules stands: it can change no more. What was taken back stays in the
        ledger, since an episode of the same ordinal may come again.

        Returns:
            The revisions added to the outbox.
        """
        over = [n for n in ledger.said if n.partition(SEPARATOR)[0] not in passage.kept and n not in names]
        added = []
        for name in over:
            said = ledger.said[name]
            if said.status in (Status.WATCHING, Status.FIRING):
                why = REMOVED if passage.is_removed(name.partition(SEPARATOR)[0]) else CHANGED
                added.append(self._retract(customer, name, ledger, said, now, why))
        ledger.outbox += added
        if added and self._hold_from is not None:
            holds.follow(ledger, self._rules, customer, added, now, self._hold_from)
        for name in over:
            ledger.said[name].final = ledger.said[name].status != Status.RETRACTED
        ledger.settle([])
        return added

    def _say(
        self, customer: str, name: str, ledger: Ledger, episode: Episode, now: int, rests_on: int, moment: str
    ) -> list[Alert]:
        alert = render(episode, self._rules.get(episode.rule), customer, moment)
        content, said = digest(alert), ledger.said.get(name)
        if said is not None and said.digest == content:
            return []
        revision = ledger.next_revision(name)
        ledger.said[name] = Said(revision, alert.status, content, alert.started_at, alert.severity, rests_on=rests_on)
        self._turns.append(Turn(alert.alert_id, revision, said.status if said is not None else ""))
        return [msgspec.structs.replace(alert, revision=revision, detected_at=now)]

    def _retract(self, customer: str, name: str, ledger: Ledger, said: Said, now: int, why: str) -> Alert:
        rule_id, _, rest = name.partition(SEPARATOR)
        subject, _, ordinal = rest.rpartition(SEPARATOR)
        rule = self._rules.get(rule_id)
        gone = Episode(
            rule_id,
            rule.version if rule else 0,
            subject,
            int(ordinal),
            Status.RETRACTED,
            said.severity,
            said.started_at,
            since=said.started_at,
            ended_at=said.started_at,
            reason=why,
        )
        alert = render(gone, rule, customer)
        revision = said.revision + 1
        self._turns.append(Turn(alert.alert_id, revision, said.status))
        ledger.said[name] = Said(revision, alert.status, digest(alert), said.started_at, said.severity)
        return msgspec.structs.replace(alert, revision=revision, detected_at=now)


def everything(journey: Journey) -> list[str]:
    """Return the episodes of a journey, and those of which something was said."""
    said = journey.ledger.said if journey.ledger is not None else {}
    return [*journey.state.episodes, *(name for name in said if name not in journey.state.episodes)]


def released(state: State, ledger: Ledger | None, clock: int, holds: Holds) -> list[str]:
    """Return the episodes of which the clock has made something certain that was not said yet.

    Where no later turn was decided by a deadline, what was said with the same status and start holds no news.
    """
    said = ledger.said if ledger is not None else {}
    news = []
    for name, episode in state.episodes.items():
        last = said.get(name)
        certain = known(episode, *_limits(episode, last, clock, holds))
        if certain is not None and (
            last is None or episode.turns or (last.status, last.started_at) != (certain.status, certain.started_at)
        ):
            news.append(name)
    return news


def waiting(state: State, ledger: Ledger | None, clock: int, holds: Holds) -> list[str]:
    """Return the episodes of which something that the clock has reached waits for a blind source."""
    said = ledger.said if ledger is not None else {}
    found = []
    for name, episode in state.episodes.items():
        opening, course = _limits(episode, said.get(name), clock, holds)
        if opening < episode.held_until <= clock or any(course < turn.held_until <= clock for turn in episode.turns):
            found.append(name)
    return found


def _limits(episode: Episode | None, said: Said | None, clock: int, holds: Holds) -> tuple[int, int]:
    """Return up to when deadlines are certain: the one that opened the episode, and the later ones."""
    if episode is None or not holds.is_active:
        return clock, clock
    opening, course = holds.limits(episode.rule)
    said_until = said.rests_on if said is not None else 0
    return min(clock, max(opening, said_until)), min(clock, max(course, said_until))
