"""One partition as the workers left it, and whether they left it at rest; pure."""

from collections.abc import Mapping
from typing import Final

import msgspec

from streams.alerts.counting import SETTLED, reach
from streams.errors import BrokerError
from streams.growth.regimes import is_current, refuse_waiting
from streams.journeys.journey import peek, peek_regime
from streams.rules.regime import Regime
from streams.worker import meta
from streams.worker.lane_rules import RULES_KEY

_REMEDY: Final = "start the workers, wait until they lag behind nothing, and stop them with SIGTERM"


class Left(msgspec.Struct):
    """What the changelog of one partition holds: journeys by customer, and under reserved keys its own records."""

    number: int
    journeys: dict[bytes, bytes] = {}
    own: dict[bytes, bytes] = {}

    def take(self, key: bytes, value: bytes | None) -> None:
        """Take a record in its order; None is a tombstone."""
        kept = self.own if key.startswith(meta.RESERVED) else self.journeys
        if value is None:
            kept.pop(key, None)
        else:
            kept[key] = value

    @property
    def meta(self) -> meta.Meta | None:
        """What the journeys were folded from; None where nobody has ever noted it."""
        found = self.own.get(meta.META_KEY)
        return meta.decode_meta(found) if found is not None else None

    @property
    def regimes(self) -> tuple[Regime, ...]:
        """The rules that were in force, oldest first."""
        found = self.own.get(RULES_KEY)
        return msgspec.json.decode(found, type=tuple[Regime, ...]) if found is not None else ()

    def refuse_unrest(self, numbers: Mapping[int, str]) -> None:
        """Raise BrokerError where the journeys are not exactly what the meta record says.

        After a clean stop they are. After a kill they are ahead of it, or owe alerts of which nobody has looked up
        whether they were said; a start mends that. `numbers`: the touchpoint topics by their number.
        """
        place, noted = f"partition {self.number}", self.meta
        positions = noted.positions if noted is not None else {}
        folded = {number: positions.get(topic, 0) for number, topic in numbers.items()}
        counted = reach(self.own[SETTLED]) if SETTLED in self.own else {}
        is_behind = any(offset > folded.get(topic, 0) for topic, offset in counted.items())
        regimes = self.regimes
        for record in self.journeys.values():
            is_pending, _, taken = peek(record)
            is_behind = is_behind or is_pending or any(at >= folded.get(topic, 0) for topic, at in taken)
            if is_behind:
                break
            if not is_current(regimes, peek_regime(record)):
                raise refuse_waiting(self.number)
        if is_behind:
            raise BrokerError("a worker was not stopped in order", place=place, remedy=_REMEDY)
