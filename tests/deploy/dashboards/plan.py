"""What is sent, and what must come of it: told from the plan alone, never from what the system says of itself."""

import itertools
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from streams.codec.times import to_rfc3339
from streams.codec.vocabulary import shipped
from streams.touchpoints.touchpoint import Touchpoint

WEB, APP, CHAT, CRM, MAILER = "//web", "//app", "//chat", "//crm", "//mailer"
STORE: Final = "madrid-014"
TILL: Final = f"//pos/{STORE}/till-3"
SLOW_TILL: Final = "//pos/old/till-1"
SLOW_MS: Final = 120_000  # so far is its clock behind
GATEWAY: Final = "//shop.example"  # what the gateway's key is for
EPOCH: Final = 1_790_000_000_000  # any time, where only the number of things counts
LOOKERS: Final = 20
DUE_MS: Final = 1_500
LATE_MS: Final = 30_000
ASKERS: Final = 5  # whose question the chat, which is blind, would answer
POSTED: Final = 4  # touchpoints of a request that fit; one more does not
RECOVERS_EVERY: Final = 2  # one buyer in so many pays in the end

_ids = itertools.count()


def touchpoint(source: str, kind: str, customer: str, at: int, subject: str = "", **data: Any) -> Touchpoint:
    """Return one with an id of its own."""
    body = msgspec.json.encode(data) if data else b""
    return Touchpoint(f"t{next(_ids)}", source, kind, at, customer, subject, body)


def round_of(number: int, now: int) -> list[Touchpoint]:
    """Return what customers do in one second; each round has customers of its own for what goes wrong."""
    buyer, paid = f"buyer-{number}", number % RECOVERS_EVERY == 0
    made = [touchpoint(WEB, "page.viewed", f"looker-{each}", now + each) for each in range(LOOKERS + number % 4 * 6)]
    made += [made[-1], touchpoint(WEB, "page.viewed", "looker-0", now - LATE_MS)]  # known already; late
    made += [touchpoint(WEB, "payment.failed", buyer, now + each) for each in range(3)]
    made += [touchpoint(WEB, "order.completed", buyer, now + 5)] if paid else []
    made += [touchpoint(WEB, "error.shown", f"searcher-{number}", now + each) for each in range(2)]
    made += [
        touchpoint(TILL, "sale.voided", f"shopper-{number}", now + each, f"store:{STORE}", store=STORE)
        for each in range(2)
    ]
    made += [
        touchpoint(CRM, "promise.opened", f"{name}-{number}", now, f"promise:{name}", due_at=to_rfc3339(now + due))
        for name, due in (("waiting", DUE_MS), ("served", 3_600_000))
    ]
    made += [touchpoint(CRM, "promise.kept", f"served-{number}", now + 100, "promise:served")]
    made += [touchpoint(MAILER, "email.complained", f"angry-{number}", now)]
    made += [touchpoint(SLOW_TILL, "sale.completed", "regular", now - SLOW_MS)]
    return made


def questions(now: int) -> list[Touchpoint]:
    """Return what is asked while the chat is blind."""
    return [touchpoint(APP, "message.received", f"asker-{each}", now, f"conversation:{each}") for each in range(ASKERS)]


def answers(now: int) -> list[Touchpoint]:
    """Return what the chat sends while it still does."""
    return [touchpoint(CHAT, "message.sent", "asker-0", now, "conversation:0")]


def posted(number: int) -> list[dict[str, str]]:
    """Return the body of a request to the gateway: the last item is of a type that nobody knows."""
    kinds = ["page.viewed"] * POSTED + ["nothing.known"]
    return [
        {"type": kind, "id": f"p{number}-{place}", "customer": f"visitor-{place}"} for place, kind in enumerate(kinds)
    ]


@dataclass
class Expected:
    """Counts of some rounds."""

    rounds: list[int]
    touchpoints: Counter[tuple[str, str]] = field(default_factory=Counter)  # by moment and channel, each known once
    negative: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def number(self) -> int:
        """How many rounds."""
        return len(self.rounds)

    @property
    def paid(self) -> int:
        """How many buyers paid in the end."""
        return sum(each % RECOVERS_EVERY == 0 for each in self.rounds)


def expected(rounds: list[int]) -> Expected:
    """Return what comes of these rounds."""
    found, kinds = Expected(rounds), shipped().kinds
    for number in rounds:
        for one in {each.id: each for each in round_of(number, EPOCH)}.values():
            found.touchpoints[kinds[one.type].moment, kinds[one.type].channel] += 1
        found.touchpoints["ZMOT", "web"] += POSTED
    for moment, channel, count in (("ZMOT", "web", 1), ("FMOT", "web", 1), ("TMOT", "email", 1)):
        found.negative[moment, channel] = count * found.number
    return found


def customers(rounds: list[int]) -> int:
    """Return how many journeys there are after these rounds, the questions and the gateway's visitors."""
    named = {one.customer for number in rounds for one in round_of(number, EPOCH)}
    return len(named | {one.customer for one in questions(EPOCH)}) + POSTED
