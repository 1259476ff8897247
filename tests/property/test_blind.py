"""Law L7 beside L5: a source that is blind delays what is said, and changes nothing of what stands in the end.

A random day of a few customers: two sources, one of which goes blind now and then and delivers its backlog late, and
single touchpoints that are late of their own. The partition is told of the outages as they are found out; it is also
restarted and compacted in between.
"""

import os
from collections.abc import Sequence
from typing import Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.alerts.alert import Status
from streams.journeys.holds import Outage
from streams.journeys.limits import DAY_MS, Limits
from streams.rules.model import Absence, Broken, By, Count, Rise, Rule, Selector, Severity
from streams.testing import naive
from streams.testing.journeys import MINUTE_MS, Harness, at, partition, rfc3339, rule, touchpoint
from streams.testing.journeys import standing as standing_of
from streams.touchpoints.touchpoint import Touchpoint

SOAK: Final = os.environ.get("HYPOTHESIS_PROFILE") == "soak"
END: Final = 1_000  # minutes; the last touchpoint is at 600
CHAT: Final = ("message.sent", "shipment.delivered", "order.cancelled")  # what the source that goes blind produces
SHOP_TYPES: Final = ("message.received", "order.completed", "payment.failed", "page.viewed")
RECEIVED, SENT = Selector(("message.received",)), Selector(("message.sent",))
SILENT: Final = (  # rules whose alerts a deadline alone can open
    rule("unanswered", Absence(RECEIVED, SENT, 20 * MINUTE_MS), by=By.SUBJECT, recovers_on=(SENT,)),
    rule("late", Broken("delivery"), by=By.SUBJECT, expires_ms=300 * MINUTE_MS),
    rule("very-late", Broken("delivery", 30 * MINUTE_MS), recovers_on=(Selector(("shipment.delivered",)),)),
    rule("no-reply", Broken("reply"), lost_after_ms=40 * MINUTE_MS, recovers_on=(SENT,)),
)
OTHERS: Final = (
    rule(
        "failing",
        Count(Selector(("payment.failed",)), 2, 60 * MINUTE_MS),
        settle_ms=15 * MINUTE_MS,
        raises=(Rise(Severity.CRITICAL, 40 * MINUTE_MS),),
        recovers_on=(SENT,),
        recovers_quiet_ms=90 * MINUTE_MS,
        relapse_ms=60 * MINUTE_MS,
    ),
)
RULES: Final[tuple[Rule, ...]] = (*SILENT, *OTHERS)

Happening = tuple[int, str, str, str, int]  # minute, type, customer, subject, time until what it promises is due
CUSTOMERS: Final = st.sampled_from(("c1", "c2"))
SUBJECTS: Final = st.sampled_from(("", "order:1"))
anything: Final = st.builds(
    lambda *fields: [fields],
    st.integers(0, 600),
    st.sampled_from((*CHAT, *SHOP_TYPES)),
    CUSTOMERS,
    SUBJECTS,
    st.sampled_from((5, 30, 120)),
)


def kept(opens: str, keeps: str) -> st.SearchStrategy[list[Happening]]:
    """Return something that waits, and what it waits for some time later."""
    return st.builds(
        lambda minute, later, customer, subject: [
            (minute, opens, customer, subject, later + 1),
            (minute + later, keeps, customer, subject, 0),
        ],
        st.integers(0, 500),
        st.sampled_from((1, 15, 25, 90)),
        CUSTOMERS,
        SUBJECTS,
    )


happenings: Final = st.lists(
    kept("message.received", "message.sent") | kept("order.completed", "shipment.delivered") | anything, max_size=9
).map(lambda groups: [one for group in groups for one in group])
outages: Final = st.lists(
    st.tuples(st.integers(0, 550), st.integers(10, 200), st.integers(0, 30)), min_size=1, max_size=4
)


def history(drawn: list[Happening]) -> list[Touchpoint]:
    """Return touchpoints, each with an id of its own, in the order in which they happened."""
    return [
        touchpoint(
            kind,
            minute,
            identity=f"{number}",
            subject=subject,
            customer=customer,
            **({"promised_at": rfc3339(minute + due)} if kind == "order.completed" else {}),
        )
        for number, (minute, kind, customer, subject, due) in enumerate(sorted(drawn))
    ]


def apart(drawn: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Return outages (since, decided, until, in minutes) that do not touch each other."""
    found: list[tuple[int, int, int]] = []
    for since, lasts, noticed in sorted(drawn):
        if not found or since > found[-1][2]:
            found.append((since, since + min(lasts, noticed), since + lasts))
    return found


class Day:
    """Plays one day, minute by minute."""

    def __init__(self, limits: Limits, blind: list[tuple[int, int, int]], late: Sequence[int] = (0,)) -> None:
        """Begin with nothing; `late` are minutes by which touchpoints are late of their own, one after the other."""
        self.owner = Harness(partition(RULES, limits=limits))
        self._blind = blind
        self._late = late

    def facts(self, minute: int) -> list[Outage]:
        """Return the outages that are known at a minute."""
        return [
            Outage(
                source="//chat",
                since=at(since),
                decided=at(decided),
                until=at(until) if minute >= until else 0,
                types=CHAT,
            )
            for since, decided, until in self._blind
            if decided <= minute
        ]

    def arrives(self, one: Touchpoint) -> int:
        """Return the minute at which a touchpoint reaches us: what a blind source saw comes when it is back."""
        minute = (one.time - at(0)) // MINUTE_MS
        behind = [until for since, _, until in self._blind if one.type in CHAT and since < minute <= until]
        return max([minute, *behind]) + self._late[int(one.id) % len(self._late)]

    def play(self, touchpoints: list[Touchpoint], restarts: set[int]) -> None:
        """Let everything arrive and time pass to the end."""
        for minute in range(END):
            if minute in restarts:
                self.owner.restart(at(minute - 1))
                self.owner.partition.blind(self.facts(minute - 1))
            due = [one for one in touchpoints if self.arrives(one) == minute]
            if due:
                self.owner.feed(*due, now=at(minute))
            self.owner.partition.blind(self.facts(minute))
            self.owner.advance(at(minute), at(minute))


@settings(
    max_examples=600 if SOAK else 60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    happenings,
    outages,
    st.sets(st.integers(1, 700), max_size=2),
    st.lists(st.sampled_from((0, 0, 3, 70)), min_size=1, max_size=5),
    st.booleans(),
)
def test_outages_delay_what_is_said_and_change_nothing_that_stands(
    drawn: list[Happening],
    blind: list[tuple[int, int, int]],
    restarts: set[int],
    late: list[int],
    compacts: bool,
) -> None:
    """After the last outage the standing alerts are those of perfect delivery, with the time of their deadlines."""
    limits = Limits(lateness_ms=DAY_MS, compact_entries=4 if compacts else 48, context_entries=30)
    day, touchpoints = Day(limits, apart(blind), late), history(drawn)
    day.play(touchpoints, restarts)
    expected = naive.alerts(touchpoints, day.owner.partition.plan, limits, at(END - 1))
    assert day.owner.standing() == standing_of(expected.values())
    assert len(day.owner.partition.waiting) == 0


@settings(
    max_examples=600 if SOAK else 60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(happenings, outages, st.sets(st.integers(1, 700), max_size=2))
def test_what_the_backlog_shows_to_be_kept_never_alerts(
    drawn: list[Happening], blind: list[tuple[int, int, int]], restarts: set[int]
) -> None:
    """Where an outage is noticed at once, nothing that silence decided has to be taken back."""
    at_once = [(since, since, until) for since, _, until in apart(blind)]
    day = Day(Limits(lateness_ms=DAY_MS), at_once)
    day.play(history(drawn), restarts)
    silent = {each.id for each in SILENT}
    assert [each for each in day.owner.alerts if each.rule in silent and each.status == Status.RETRACTED] == []
