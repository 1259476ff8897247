"""Journeys with something in every corner of their records, cut in the middle: what was, and what comes after."""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

import msgspec

from streams.alerts.partition import Partition
from streams.journeys.holds import Outage
from streams.journeys.limits import Limits
from streams.rules.compile import compile_rules
from streams.rules.model import (
    Absence,
    Broken,
    By,
    Count,
    Distinct,
    Measure,
    Rate,
    Rise,
    Rule,
    Score,
    Selector,
    Sequence,
    Severity,
    Step,
)
from streams.rules.regime import Regime
from streams.testing.journeys import MINUTE_MS, SHOP, Harness, at, rfc3339, rule, touchpoint
from streams.touchpoints import canary
from streams.touchpoints.touchpoint import Touchpoint

Do = Callable[[Harness], object]

FAILED: Final = Selector(("payment.failed",))
BOUGHT: Final = Selector(("order.completed",))
ASKED: Final = Selector(("message.received",))
RULES: Final = (
    rule("failing", Count(FAILED, 2, 60 * MINUTE_MS), recovers_on=(BOUGHT,), relapse_ms=30 * MINUTE_MS),
    rule("often", Count(Selector(("page.viewed",)), 40, 600 * MINUTE_MS)),
    rule("unanswered", Absence(ASKED, Selector(("message.sent",)), 20 * MINUTE_MS), settle_ms=5 * MINUTE_MS),
    rule("late", Broken("delivery"), by=By.SUBJECT, lost_after_ms=600 * MINUTE_MS),
    rule(
        "in-order",
        Sequence((Step(Selector(("checkout.started",))), Step(FAILED, 60 * MINUTE_MS, times=2))),
        raises=(Rise(Severity.CRITICAL, 90 * MINUTE_MS),),
    ),
    rule("dear", Measure(BOUGHT, "sum", "amount", 300 * MINUTE_MS, at_least=100.0)),
    rule("many-shops", Distinct(Selector(("page.viewed",)), "data.shop", 300 * MINUTE_MS, at_least=4)),
    rule("more-than-ever", Rate(Selector(("error.shown",)), 60 * MINUTE_MS, 4, 2.0, 3)),
    rule("tired", Score((("error.shown", 2.0), ("order.completed", -3.0)), 120 * MINUTE_MS, 5.0)),
)  # fmt: skip
CHANGED: Final = (msgspec.structs.replace(RULES[0], when=Count(FAILED, 3, 60 * MINUTE_MS)), *RULES[1:])
LIMITS: Final = Limits(lateness_ms=60 * MINUTE_MS, compact_entries=6, context_entries=2)
KINDS: Final = (
    "page.viewed", "payment.failed", "message.received", "order.completed", "error.shown", "checkout.started",
    "message.sent", "shipment.delayed", "page.viewed", "error.shown", "shipment.delivered",
)  # fmt: skip


class History(NamedTuple):
    """`before` is what the record holds, `after` what is folded from it."""

    before: tuple[Do, ...]
    after: tuple[Do, ...]
    hold_from: Severity | None = None
    outages: tuple[Outage, ...] = ()  # known all the time


class Kept(msgspec.Struct, frozen=True):
    """What a worker finds of one partition: its clock, the regimes of its rules, the records by customer."""

    clock: int
    regimes: tuple[Regime, ...]
    records: dict[str, bytes]


def feed(*touchpoints: Touchpoint) -> Do:
    """Fold these, acknowledge what is said."""
    return lambda owner: owner.feed(*touchpoints)


def owe(*touchpoints: Touchpoint) -> Do:
    """Fold these, and end before the broker has acknowledged what is said."""

    def do(owner: Harness) -> None:
        inputs = [(1_000 + number, one.customer.encode(), one) for number, one in enumerate(touchpoints)]
        owner.partition.fold(3, inputs, 0)

    return do


def advance(minute: float) -> Do:
    """Let time pass."""
    return lambda owner: owner.advance(at(minute))


def change(rules: Iterable[Rule]) -> Do:
    """Put other rules in force."""
    plan = compile_rules(rules, SHOP, LIMITS)
    return lambda owner: owner.change(plan)


def outage(since: float, until: float = 0) -> Outage:
    """Return a time in which answers could not be seen."""
    end = at(until) if until else 0
    return Outage(source="//test", since=at(since), decided=at(since + 5), until=end, types=("message.sent",))


def back(since: float, until: float) -> Do:
    """Let all that was said in an outage be known."""
    return lambda owner: owner.partition.blind([outage(since, until)])


def walk(first: int, end: int, source: str = "//test") -> tuple[Do, ...]:
    """Lead seven customers through everything, one batch every half hour; every eleventh touchpoint is 45 min late."""
    batches: dict[int, list[Touchpoint]] = {}
    for number in range(first, end):
        kind = KINDS[(number * number * 7 + number * 3) % len(KINDS)]
        minute = number * 3 - (45 if number % 11 == 5 else 0)
        one = touchpoint(
            kind, minute, identity=f"w{number}", customer=f"c{number * 5 % 7}", subject=f"order:{number % 4}",
            promised_at=rfc3339(minute + 70), amount=number % 5 * 12.5, shop=f"s{number % 6}",
        )  # fmt: skip
        batches.setdefault(number * 3 // 30, []).append(msgspec.structs.replace(one, source=source))
    return tuple(do for half, batch in batches.items() for do in (feed(*batch), advance(half * 30 + 30)))


def views(minute: float, count: int) -> Do:
    """Let one customer look at many pages."""
    return feed(*(touchpoint("page.viewed", minute + one / 10, identity=f"v{minute}-{one}") for one in range(count)))


HISTORIES: Final = {
    "walk": History(walk(0, 120), walk(120, 200)),
    "first": History((feed(touchpoint("page.viewed", 0)),), (views(1, 45), advance(300))),
    "late": History(
        (
            feed(touchpoint("order.completed", 0, subject="order:1", promised_at=rfc3339(300))),
            feed(*(touchpoint("page.viewed", minute, path="/shoes") for minute in (1, 2, 3))),
            advance(120),
            feed(touchpoint("payment.failed", 110, identity="0b34a17c-9a4b-4f65-a3b1-50b4f7d2c8e1")),
            feed(touchpoint("message.received", 100, subject="conversation:ñ"), touchpoint("checkout.started", 90)),
        ),
        (feed(touchpoint("payment.failed", 95)), advance(200), feed(touchpoint("message.sent", 105)), advance(1_000)),
    ),
    "crowded": History((views(0, 30), advance(90), views(91, 9)), (views(120, 40), advance(800))),
    "owed": History(
        (owe(touchpoint("payment.failed", 0), touchpoint("payment.failed", 1, identity="second")),),
        (feed(touchpoint("order.completed", 5, promised_at=rfc3339(10))), advance(60), advance(2_000)),
        Severity.MEDIUM,
    ),
    "held": History(
        (feed(touchpoint("message.received", 0, subject="conversation:1")), advance(60)),
        (advance(90), back(-10, 95), feed(touchpoint("message.sent", 10)), advance(300),
         feed(touchpoint("message.received", 310)), advance(400)),
        outages=(outage(-10),),
    ),
    "still-blind": History(
        (feed(touchpoint("message.received", 0, subject="conversation:1")), advance(60)),
        (back(-10, 65), advance(300)),
        outages=(outage(-10),),
    ),
    "changed-rules": History(
        (*walk(0, 40), change(CHANGED), *walk(40, 60)), (*walk(60, 90), change(RULES), *walk(90, 130))
    ),
    "canary": History(walk(0, 40, canary.SOURCE), walk(40, 80, canary.SOURCE)),
}  # fmt: skip


def owner_of(history: History) -> Harness:
    """Return an empty partition under the rules, and its owner."""
    owner = Harness(Partition(0, compile_rules(RULES, SHOP, LIMITS), LIMITS, history.hold_from))
    owner.partition.blind(history.outages)
    return owner


def kept(history: History) -> Kept:
    """Return what is on the changelog after the first part."""
    owner = owner_of(history)
    for do in history.before:
        do(owner)
    core = owner.partition
    records = {key.decode(): core.value(key) or b"" for key in sorted(core.customers())}
    return Kept(core.clock, owner.regimes, records)
