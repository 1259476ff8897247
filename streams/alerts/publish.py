"""Say the difference between the fold and the ledger."""

from collections.abc import Iterable

import msgspec

from streams.alerts import holds
from streams.alerts.alert import Alert, Status
from streams.alerts.ledger import Ledger, Said
from streams.alerts.render import digest, render
from streams.journeys.certainty import known
from streams.journeys.state import SEPARATOR, Episode, State
from streams.rules.compile import Plan
from streams.rules.model import Severity
from streams.rules.stages import moment_of

RETRACTED = "late touchpoints show that it never was"


class Publisher:
    """Turns changed episodes into revisions in a ledger's outbox. Pure: `clock` and `now` come from the caller."""

    def __init__(self, plan: Plan, hold_from: Severity | None = None) -> None:
        """Speak for the rules of this plan; from which severity on customers are put on hold, if they are at all."""
        self._hold_from = hold_from
        self._rules = plan.rules

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
            certain = known(episode, clock) if episode is not None else None
            if certain is not None:
                added += self._say(customer, name, ledger, certain, moment_of(state, name), now)
            elif said is not None and not said.final and said.status != Status.RETRACTED:
                added.append(self._retract(customer, name, ledger, said, now))
        if added:
            ledger.outbox += added
            if self._hold_from is not None:
                holds.follow(ledger, self._rules, customer, added, now, self._hold_from)
            ledger.clock = clock
        return added

    def _say(self, customer: str, name: str, ledger: Ledger, episode: Episode, moment: str, now: int) -> list[Alert]:
        alert = render(episode, self._rules.get(episode.rule), customer, moment)
        content, said = digest(alert), ledger.said.get(name)
        if said is not None and said.digest == content:
            return []
        revision = ledger.next_revision(name)
        ledger.said[name] = Said(revision, alert.status, content, alert.started_at, alert.severity)
        return [msgspec.structs.replace(alert, revision=revision, detected_at=now)]

    def _retract(self, customer: str, name: str, ledger: Ledger, said: Said, now: int) -> Alert:
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
            reason=RETRACTED,
        )
        alert = render(gone, rule, customer)
        revision = said.revision + 1
        ledger.said[name] = Said(revision, alert.status, digest(alert), said.started_at, said.severity)
        return msgspec.structs.replace(alert, revision=revision, detected_at=now)


def released(state: State, ledger: Ledger | None, clock: int) -> list[str]:
    """Return the episodes of which the clock has made something certain that was not said yet.

    Where no later turn was decided by a deadline, what was said with the same status and start holds no news.
    """
    said = ledger.said if ledger is not None else {}
    news = []
    for name, episode in state.episodes.items():
        last, certain = said.get(name), known(episode, clock)
        if certain is not None and (
            last is None or episode.turns or (last.status, last.started_at) != (certain.status, certain.started_at)
        ):
            news.append(name)
    return news
