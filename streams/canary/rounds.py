"""One round: what is sent, what must be heard of it, and what there is to say when that changes."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

import msgspec

from streams.codec.times import to_rfc3339
from streams.touchpoints.canary import SOURCE

MOST_EARLY: Final = 100  # notices that are kept in one round until its alert is known


class Stage(StrEnum):
    """Where the canary is heard, in the order of the way; also a metric label."""

    ACCEPTED = "accepted"  # the gateway has made it safe
    ALERT = "alert"  # the worker's alert is on its topic
    NOTIFICATION = "notification"  # the desk told us


class Round(msgspec.Struct, frozen=True):
    """What one round is known by."""

    id: str
    customer: str

    @property
    def subject(self) -> str:
        """The business object that no other round is about."""
        return f"round:{self.id}"

    def touchpoint(self, kind: str, now_ms: int) -> dict[str, Any]:
        """Return what is sent of a type at a time; the same again is a duplicate, which counts once."""
        return {
            "id": f"{self.id}-{kind.rpartition('.')[2]}",
            "source": SOURCE,
            "type": kind,
            "time": to_rfc3339(now_ms),
            "customer": self.customer,
            "subject": self.subject,
            "data": {"round": self.id},
        }


class Hearing:
    """What is heard while a round lasts; each method returns the stages that are thereby heard for the first time.

    A notice is about an alert, and it is the alert that says which round it is of. So a notice that comes before our
    own reading of the alert is kept until then, with its time. Times are seconds since the round began.
    """

    def __init__(self, subject: str, asked: Sequence[Stage] = tuple(Stage)) -> None:
        self.delays: dict[Stage, float] = {}
        self._subject = subject
        self._asked = asked
        self._alert_id = ""
        self._early: dict[str, float] = {}

    @property
    def is_whole(self) -> bool:
        """Whether every stage that was asked for has been heard."""
        return len(self.delays) == len(self._asked)

    def accepted(self, at: float) -> list[Stage]:
        """Take note that the gateway has made it safe."""
        return self._heard(Stage.ACCEPTED, at)

    def alert(self, subject: str, alert_id: str, at: float) -> list[Stage]:
        """Take note of an alert of the canary, perhaps of this round."""
        if subject != self._subject:
            return []
        self._alert_id = alert_id
        heard = self._heard(Stage.ALERT, at)
        if (early := self._early.get(alert_id)) is not None:
            heard += self._heard(Stage.NOTIFICATION, early)
        return heard

    def notice(self, alert_id: str, at: float) -> list[Stage]:
        """Take note of a notice of the desk, perhaps about the alert of this round."""
        if alert_id == self._alert_id:
            return self._heard(Stage.NOTIFICATION, at)
        if len(self._early) < MOST_EARLY:
            self._early.setdefault(alert_id, at)
        return []

    def _heard(self, stage: Stage, at: float) -> list[Stage]:
        if stage not in self._asked or stage in self.delays:
            return []
        self.delays[stage] = at
        return [stage]


class Outcome(msgspec.Struct, frozen=True):
    """What was heard of a round, with its delay in seconds by stage, of the stages that were `asked` for.

    `why` is what the gateway said instead of accepting it.
    """

    delays: Mapping[Stage, float]
    asked: tuple[Stage, ...] = tuple(Stage)
    why: str = ""

    @property
    def missing(self) -> Stage | None:
        """The first stage that was not heard; those behind it only follow from it."""
        return next((stage for stage in self.asked if stage not in self.delays), None)


class Change(StrEnum):
    """What is worth a line of the log."""

    LOST = "lost"
    BACK = "back"


def change(before: Outcome | None, after: Outcome) -> Change | None:
    """Return what changed from one round to the next: another stage that is missing is news, the same is none."""
    earlier = before.missing if before is not None else None
    if after.missing is None:
        return Change.BACK if earlier is not None else None
    return Change.LOST if after.missing is not earlier else None
