"""What the gate has lately taken for the keys that somebody watches, in this process; nothing personal."""

from collections import OrderedDict, deque
from enum import StrEnum
from typing import Final

import msgspec

from streams.gateway.gate import Taken
from streams.gateway.keys.key import Key
from streams.gateway.outcome import Admitted, Refused, Verdict

MAX_KEYS: Final = 50  # watched at once; the one nobody has asked for longest is forgotten
MAX_SEEN: Final = 20  # of each key; the oldest are forgotten
_SHORTEST: Final = 12  # characters of an id that is shown in part
_SHOWN: Final = 3  # of them, at either end


class Outcome(StrEnum):
    """What became of an item."""

    ACCEPTED = "accepted"
    IGNORED = "ignored"
    REFUSED = "refused"


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One item that came; `number` counts what came with its key, `at` is ms."""

    number: int
    at: int
    outcome: Outcome
    type: str = ""
    id: str = ""  # in part
    why: str = ""
    pointer: str = ""
    nearest: str = ""


class Watch:
    """A few items of a few keys: what a developer looks at while trying."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, deque[Seen]] = OrderedDict()

    def follow(self, key_id: str) -> None:
        """Begin to keep what comes with a key, or go on."""
        if key_id not in self._seen:
            self._seen[key_id] = deque(maxlen=MAX_SEEN)
        self._seen.move_to_end(key_id)
        if len(self._seen) > MAX_KEYS:
            self._seen.popitem(last=False)

    def saw(self, key: Key, taken: Taken, now: int) -> None:
        """Keep the last of what came of a request; called for every one, and does nothing for keys nobody watches."""
        seen = self._seen.get(key.id)
        if seen is None:
            return
        verdicts, number = taken.verdicts, seen[-1].number if seen else 0
        skipped = max(0, len(verdicts) - MAX_SEEN)
        for place, verdict in enumerate(verdicts[skipped:], number + skipped + 1):
            seen.append(_item(place, verdict, now))

    def after(self, key_id: str, number: int) -> list[Seen]:
        """Return what came after this number, the newest first; what is not kept any more is left out."""
        return [one for one in reversed(self._seen.get(key_id, ())) if one.number > number]


def _item(number: int, verdict: Verdict, now: int) -> Seen:
    if isinstance(verdict, Admitted):
        touchpoint = verdict.touchpoint
        return Seen(number=number, at=now, outcome=Outcome.ACCEPTED, type=touchpoint.type, id=masked(touchpoint.id))
    if isinstance(verdict, Refused):
        return Seen(
            number=number,
            at=now,
            outcome=Outcome.REFUSED,
            why=verdict.why,
            pointer=verdict.pointer,
            nearest=verdict.nearest,
        )
    return Seen(number=number, at=now, outcome=Outcome.IGNORED, why=verdict.why)


def masked(id_: str) -> str:
    """Return enough of an id to know it again, and too little to learn anything: nothing of a short one."""
    return f"{id_[:_SHOWN]}…{id_[-_SHOWN:]}" if len(id_) >= _SHORTEST else "…"
