"""Say the difference between the fold and the ledger."""

from collections.abc import Iterable

import msgspec

from streams.alerts.alert import Alert, Status
from streams.alerts.ledger import Ledger, Said
from streams.alerts.render import digest, render
from streams.journeys.state import NEVER, SEPARATOR, Episode, State
from streams.rules.compile import Plan

RETRACTED = "late touchpoints show that it never was"


class Publisher:
    """Turns changed episodes into revisions in a ledger's outbox. Pure: `clock` and `now` come from the caller."""

    def __init__(self, plan: Plan) -> None:
        """Speak for the rules of this plan."""
        self._rules = plan.rules

    def publish(
        self, customer: str, state: State, ledger: Ledger, names: Iterable[str], clock: int, now: int
    ) -> list[Alert]:
        """Say what is new of these episodes; one that a deadline after `clock` decided is held back.

        What was said of an episode that now begins with such a deadline is taken back until then.

        Returns:
            The revisions added to the outbox.
        """
        added: list[Alert] = []
        for name in names:
            episode = state.episodes.get(name)
            said = ledger.said.get(name)
            if episode is None:
                if said is not None and not said.final and said.status != Status.RETRACTED:
                    added.append(self._retract(customer, name, ledger, said, now))
            elif episode.held_until <= clock:
                alert = self._say(customer, name, ledger, episode, now)
                if alert is not None:
                    added.append(alert)
            elif said is not None and episode.started_at > clock and said.status != Status.RETRACTED:
                added.append(self._retract(customer, name, ledger, said, now))
        if added:
            ledger.outbox += added
            ledger.clock = clock
        return added

    def _say(self, customer: str, name: str, ledger: Ledger, episode: Episode, now: int) -> Alert | None:
        alert = render(episode, self._rules.get(episode.rule), customer)
        content, said = digest(alert), ledger.said.get(name)
        if said is not None and said.digest == content:
            return None
        revision = ledger.next_revision(name)
        ledger.said[name] = Said(revision, alert.status, content, alert.started_at, alert.severity)
        return msgspec.structs.replace(alert, revision=revision, detected_at=now)

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
    """Return the episodes that were held back for a deadline that the clock has reached.

    Status and start decide until when an episode is held, so what was said with the same two holds no news.
    """
    said = ledger.said if ledger is not None else {}
    return [
        name
        for name, episode in state.episodes.items()
        if 0 < episode.held_until <= clock
        and ((last := said.get(name)) is None or (last.status, last.started_at) != (episode.status, episode.started_at))
    ]


def next_held(state: State, clock: int) -> int:
    """Return when the next episode that is held back may be said."""
    return min((e.held_until for e in state.episodes.values() if e.held_until > clock), default=NEVER)
