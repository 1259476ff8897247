"""Made journeys with known bad moments: the same plan gives the same bytes, on every machine.

Every fourth customer lives through one of the bad moments, in turn; the others through a near miss or a routine. Then
come up to two more stories, all fine, on later days, with looking around in between, so that channels and stages mix.
Each story is one label. Customers begin on working days between 08:00 and 14:00 UTC, so a rule that counts working
hours sees what a rule sees that does not.

Nothing here is real; where real tables have it, use those.
"""

import heapq
import math
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import count
from typing import Any, Final, NamedTuple

import msgspec

from streams.datasets.mishaps import AGAIN_MIN, mishaps
from streams.datasets.moments import BAD
from streams.datasets.near_misses import NEAR_MISSES, ROUTINES
from streams.datasets.story import DAY, EARLIEST, HOUR, MINUTE_MS, Dice, Scene, Step, Story
from streams.errors import UsageError
from streams.touchpoints import label
from streams.touchpoints.touchpoint import Touchpoint

# Group of a type -> the system that sends it.
SOURCES: Final = {
    "//shop.example/web": "page product content ad error click cart checkout payment coupon account review loyalty app",
    "//mailer.example/campaigns": "email push sms",
    "//chat.example/widget": "conversation message bot",
    "//calls.example/centre": "call callback",
    "//pos.example/stores": "visit sale return exchange stockout queue click_and_collect kiosk appointment",
    "//orders.example/oms": "order refund",
    "//carriers.example/tracking": "shipment",
    "//surveys.example/answers": "survey complaint",
    "//social.example/listening": "social referral",
    "//desk.example/people": "contact offer recovery apology",
}

_SOURCE_OF: Final = {group: source for source, groups in SOURCES.items() for group in groups.split()}
_FINE: Final = NEAR_MISSES + ROUTINES
_ONE_BAD_IN: Final = 4
_MOST_EXTRAS: Final = 2
_DAYS_BETWEEN: Final = (2, 4)
_HELPED: Final = 0.4  # share of the bad moments in which somebody calls and offers something, mostly too late
_AROUND: Final = ("page.viewed", "product.viewed", "content.viewed", "email.sent", "email.opened", "push.delivered")
_NEWSLETTER: Final = {"campaign": "newsletter"}  # without a campaign a mail would be an answer to somebody's question
_LATE_MIN: Final = (1, 6 * HOUR)
_AGAIN_MIN: Final = (0.05, HOUR)
_OPENING: Final = 8 * HOUR
_OPEN_FOR: Final = 6 * HOUR
_WORKING_DAYS: Final = 5
MONDAY: Final = datetime(2025, 1, 6, tzinfo=UTC)
_AMOUNTS: Final = (15, 180)
_LANGS: Final = ("en", "es", "es")


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to make. `days` is in how many days all journeys begin; they end up to three weeks later.

    `noise` is how many touchpoints of looking around come with each of a story, as a share; `late` and `duplicates` are
    shares of all touchpoints. In each of so many `outages` one source is silent for four hours, and each of so many
    `offline_tills` is a store whose tills are silent for eight and upload twice (`mishaps`). `begins` is midnight UTC
    of the Monday of the first week. `names` are the customers' own, at least as many as customers; without them they
    are called customer-000001 and so on.
    """

    customers: int
    seed: int
    days: int = 30
    noise: float = 0.5
    late: float = 0.0
    duplicates: float = 0.0
    outages: int = 0
    offline_tills: int = 0
    begins: datetime = MONDAY
    names: tuple[str, ...] = ()


class Arrival(NamedTuple):
    """A touchpoint and when the system learns of it (ms since the epoch)."""

    recorded: int
    touchpoint: Touchpoint


class Journey(NamedTuple):
    """All of one customer: `begins` is no later than any of the arrivals, which are in no order."""

    begins: int
    arrivals: list[Arrival]
    labels: list[label.Label]
    stories: list[str]


def arrivals(plan: Plan) -> Iterator[Arrival]:
    """Yield all touchpoints in the order in which they arrive; without late ones and duplicates, in that of time.

    Only journeys that have begun and not ended are held in memory.
    """
    _check(plan)
    waiting: list[tuple[int, int, Touchpoint]] = []
    order = count()
    for number in range(plan.customers):
        made = journey(plan, number)
        while waiting and waiting[0][0] < made.begins:
            yield _next(waiting)
        for arrival in made.arrivals:
            heapq.heappush(waiting, (arrival.recorded, next(order), arrival.touchpoint))
    while waiting:
        yield _next(waiting)


def labels(plan: Plan) -> Iterator[label.Label]:
    """Yield the labels of all stories, customer by customer."""
    _check(plan)
    for number in range(plan.customers):
        yield from journey(plan, number).labels


def journey(plan: Plan, number: int) -> Journey:
    """Return the journey of one customer, whatever the others are; `number` counts from 0."""
    player = _Player(plan, number)
    for ordinal, (start_min, story) in enumerate(_programme(plan, number, player.dice)):
        player.play(story, start_min, ordinal)
    return Journey(player.begins, player.arrivals, player.labels, player.stories)


def _check(plan: Plan) -> None:
    for name, value, least, most in (
        ("customers", plan.customers, 1, math.inf),
        ("days", plan.days, 1, math.inf),
        ("noise", plan.noise, 0, 100),
        ("late", plan.late, 0, 1),
        ("duplicates", plan.duplicates, 0, 1),
        ("outages", plan.outages, 0, math.inf),
        ("offline_tills", plan.offline_tills, 0, math.inf),
    ):
        if not least <= value <= most:
            remedy = f"give at least {least}" + (f" and at most {most}" if most < math.inf else "")
            raise UsageError(f"{value} is out of range", place=name, remedy=remedy)
    if plan.begins.utcoffset() != timedelta() or plan.begins.weekday() or plan.begins.time() != time():
        raise UsageError(f"{plan.begins} is not midnight UTC of a Monday", place="begins", remedy="give such a one")
    if plan.names and len(used := set(plan.names[: plan.customers])) < plan.customers:
        remedy = "give at least as many as customers, each once"
        raise UsageError(f"{len(used)} names for {plan.customers} customers", place="names", remedy=remedy)


def _next(waiting: list[tuple[int, int, Touchpoint]]) -> Arrival:
    recorded, _, touchpoint = heapq.heappop(waiting)
    return Arrival(recorded, touchpoint)


def _programme(plan: Plan, number: int, dice: Dice) -> Iterator[tuple[float, Story]]:
    """Yield the customer's stories with when each begins, in minutes since that Monday."""
    turn, place = divmod(number, _ONE_BAD_IN)
    fine = turn * (_ONE_BAD_IN - 1) + place - 1
    first = BAD[turn % len(BAD)] if place == 0 else _FINE[fine % len(_FINE)]
    start = _beginning(plan, number)
    yield start, first
    told = {first.name}
    for _ in range(0 if first.alone else dice.whole(0, _MOST_EXTRAS)):
        start = _working(start + dice.whole(*_DAYS_BETWEEN) * DAY)
        extra = dice.one_of(_FINE)
        if extra.name not in told:
            told.add(extra.name)
            yield start, extra


def _beginning(plan: Plan, number: int) -> float:
    """Spread the customers evenly over the working days, so that a later number never begins earlier."""
    weeks, rest = divmod(plan.days, 7)
    working_days = max(weeks * _WORKING_DAYS + min(rest, _WORKING_DAYS), 1)
    day, of_day = divmod(number * working_days / plan.customers, 1)
    return (day // _WORKING_DAYS * 7 + day % _WORKING_DAYS) * DAY + _OPENING + of_day * _OPEN_FOR


def _working(minute: float) -> float:
    weekday = minute // DAY % 7
    return minute + (7 - weekday) * DAY if weekday >= _WORKING_DAYS else minute


class _Player:
    """Plays the stories of one customer into arrivals and labels."""

    def __init__(self, plan: Plan, number: int) -> None:
        self.plan = plan
        self.number = number
        self.dice = Dice(f"{plan.seed}/{number}")
        self.customer = plan.names[number] if plan.names else f"customer-{number + 1:06d}"
        self.lang = self.dice.one_of(_LANGS)
        self.begins = self._ms(_beginning(plan, number) + EARLIEST)
        self.arrivals: list[Arrival] = []
        self.labels: list[label.Label] = []
        self.stories: list[str] = []
        self.made = 0
        self.mishaps = mishaps(plan.seed, plan.days, plan.outages, plan.offline_tills)

    def play(self, story: Story, start_min: float, ordinal: int) -> None:
        subject = f"{story.subject}:{self.number + 1}-{ordinal}" if story.subject else ""
        amount = round(self.dice.within(*_AMOUNTS), 2)
        ends_min = self.dice.within(*story.ends)
        bad = story in BAD
        for step in story.steps:
            self._touch(step, start_min, subject, amount)
        if bad and not story.alone and self.dice.happens(_HELPED):
            self._help(start_min + ends_min, subject)
        self._look_around(len(story.steps), start_min, ends_min)
        verdict = label.BAD if bad else label.FINE
        self.labels.append(label.Label(self.customer, subject, self._ms(start_min + ends_min), verdict))
        self.stories.append(story.name)

    def _touch(self, step: Step, start_min: float, subject: str, amount: float) -> None:
        at = self._ms(start_min + self.dice.within(*step.when))
        scene = Scene(self.dice, at, amount, self.lang)
        data = {name: value.of(scene) if hasattr(value, "of") else value for name, value in step.data.items()}
        self._add(at, self.dice.one_of(step.types), subject if step.about_subject else "", data)

    def _help(self, before_min: float, subject: str) -> None:
        self._add(self._ms(before_min - 20), "contact.made", subject, {"channel": "call", "staff": "a21"})
        self._add(
            self._ms(before_min - 15), "offer.made", subject, {"offer": "voucher", "value": 10, "currency": "EUR"}
        )

    def _look_around(self, steps: int, start_min: float, length_min: float) -> None:
        wanted = steps * self.plan.noise
        for _ in range(int(wanted) + self.dice.happens(wanted % 1)):
            at = self._ms(start_min + self.dice.within(0, length_min))
            kind = self.dice.one_of(_AROUND)
            self._add(at, kind, "", _NEWSLETTER if kind.startswith(("email.", "push.")) else {})

    def _add(self, at: int, kind: str, subject: str, data: dict[str, Any]) -> None:
        name = f"{self.number + 1}-{self.made}"
        self.made += 1
        source = _SOURCE_OF[kind.partition(".")[0]]
        touchpoint = Touchpoint(name, source, kind, at, self.customer, subject, msgspec.json.encode(data))
        recorded = self._held_back(source, data, at + self._delay(self.plan.late, _LATE_MIN), touchpoint)
        self.arrivals.append(Arrival(recorded, touchpoint))
        if again := self._delay(self.plan.duplicates, _AGAIN_MIN):
            self.arrivals.append(Arrival(recorded + again, touchpoint))

    def _held_back(self, source: str, data: dict[str, Any], recorded: int, touchpoint: Touchpoint) -> int:
        """Return when it arrives: not before its source is back, and of a till once more after that."""
        minute = (touchpoint.time - self._ms(0)) / MINUTE_MS
        for mishap in self.mishaps:
            if mishap.covers(source, data.get("store", ""), minute):
                recorded = max(recorded, self._ms(mishap.ends_min))
                if mishap.twice:
                    self.arrivals.append(Arrival(recorded + AGAIN_MIN * MINUTE_MS, touchpoint))
        return recorded

    def _delay(self, share: float, minutes: tuple[float, float]) -> int:
        return int(self.dice.within(*minutes) * MINUTE_MS) if share and self.dice.happens(share) else 0

    def _ms(self, minute: float) -> int:
        return int(self.plan.begins.timestamp()) * 1000 + int(minute * MINUTE_MS)
