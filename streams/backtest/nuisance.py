"""How often people are paged for nothing.

- A page is an alert of a live rule that was said to be firing with severity high or critical. It counts once, from the
  first such revision on, since all revisions of an alert share one id.
- A page would have healed itself when its alert recovered, the touchpoint that proves it happened within
  HEALS_WITHIN_MS of the page, and none of our people had turned to the customer by then: no touchpoint of BY_PEOPLE
  since the alert began. What proves it is the last touchpoint of a type in the rule's `recovers_on`, or the end of the
  alert where quiet alone does; a time of quiet after that touchpoint is spent on the proof, not in trouble.
- A page is retracted when a later revision takes the alert back. One that is taken back at the instant of its detection
  reached nobody and does not count: a replay answers each touchpoint by itself, while a worker says what came of a
  whole batch, and after an outage a source sends all that it held back at once.

The shares are of all pages; None where there are none.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from streams.alerts.alert import Alert, Status
from streams.rules.model import Mode, Rule, Severity
from streams.touchpoints.touchpoint import Touchpoint

HEALS_WITHIN_MS: Final = 24 * 3_600_000  # a page in working hours has been seen by somebody a day later
BY_PEOPLE: Final = frozenset(
    {
        "apology.sent",
        "call.connected",
        "callback.done",
        "complaint.answered",
        "contact.made",
        "conversation.assigned",
        "message.sent",
        "offer.made",
        "recovery.accepted",
        "recovery.offered",
        "review.replied",
        "social.replied",
    }
)
_PAGING: Final = (Severity.HIGH, Severity.CRITICAL)
_DIGITS: Final = 4


class Nuisance(msgspec.Struct, frozen=True):
    """The pages of one rule, or of all, and how many of them were for nothing."""

    pages: int
    healed_themselves: int
    retracted: int
    healed_share: float | None
    retracted_share: float | None


class Page(msgspec.Struct):
    """A page and what became of its alert; times in ms since the epoch, `ended_at` 0 unless it has recovered.

    `proofs` and `helped` are the times of touchpoints of the customer that may prove recovery, and of BY_PEOPLE.
    """

    rule: str
    at: int
    started_at: int
    ended_at: int = 0
    retracted: bool = False
    proofs: list[int] = []
    helped: list[int] = []

    @property
    def healed(self) -> bool:
        """Whether it would have healed itself."""
        if not self.ended_at:
            return False
        proven = max((each for each in self.proofs if each <= self.ended_at), default=self.ended_at)
        return proven - self.at <= HEALS_WITHIN_MS and not any(each <= proven for each in self.helped)


class Pages:
    """The pages of some customers. Touchpoints and alert revisions come in the order in which a worker sees them."""

    def __init__(self, rules: Mapping[str, Rule]) -> None:
        """Start with none; `rules` by id are those that speak."""
        self._types = {
            name: {each for proof in rule.recovers_on for each in proof.types} for name, rule in rules.items()
        }
        self._pages: dict[str, Page] = {}
        self._of_customer: defaultdict[str, list[Page]] = defaultdict(list)

    def take(self, touchpoint: Touchpoint) -> None:
        """Take note of what happens to a customer; one without a page costs a look into a table."""
        for page in self._of_customer.get(touchpoint.customer, ()):
            self._note(page, touchpoint.type, touchpoint.time)

    def add(self, alert: Alert) -> None:
        """Take note of a revision."""
        page = self._pages.get(alert.alert_id)
        if page is None:
            if not is_page(alert):
                return
            page = self._pages[alert.alert_id] = Page(alert.rule, alert.detected_at, alert.started_at)
            self._of_customer[alert.customer].append(page)
            for each in alert.recent:
                self._note(page, each.type, each.time)
        if alert.status is Status.RETRACTED and alert.detected_at == page.at and not page.retracted:
            self._of_customer[alert.customer].remove(self._pages.pop(alert.alert_id))
            return
        page.ended_at = alert.ended_at if alert.status is Status.RECOVERED else 0
        page.retracted = page.retracted or alert.status is Status.RETRACTED

    def found(self) -> list[Page]:
        """Return all pages."""
        return list(self._pages.values())

    def _note(self, page: Page, kind: str, at: int) -> None:
        if at < page.started_at:
            return
        proofs = self._types.get(page.rule, ())
        if kind in proofs or kind.partition(".")[0] + ".*" in proofs:
            page.proofs.append(at)
        if kind in BY_PEOPLE:
            page.helped.append(at)


def is_page(alert: Alert) -> bool:
    """Return whether this revision calls somebody."""
    return alert.status is Status.FIRING and alert.mode == Mode.LIVE and alert.severity in _PAGING


def count(found: Iterable[Page]) -> Nuisance:
    """Return how many pages there are, and how many of them were for nothing."""
    pages = list(found)
    healed = sum(page.healed for page in pages)
    retracted = sum(page.retracted for page in pages)
    return Nuisance(len(pages), healed, retracted, _share(healed, len(pages)), _share(retracted, len(pages)))


def by_rule(found: Iterable[Page]) -> dict[str, Nuisance]:
    """Return the count of each rule that paged, by name."""
    rules: dict[str, list[Page]] = {}
    for page in found:
        rules.setdefault(page.rule, []).append(page)
    return {rule: count(pages) for rule, pages in sorted(rules.items())}


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, _DIGITS) if whole else None
