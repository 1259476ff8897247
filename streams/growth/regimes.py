"""The rules under which journeys of several partitions go on together; pure.

Each partition has numbered its regimes itself, and the borders between them are its own. After a move there is one
regime, number 1. A rule is in force in it since its earliest border, so what was said stays; where the borders lay
apart, and no farther back than touchpoints may be late, what happened between them may be looked at again.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from streams.errors import BrokerError
from streams.rules.regime import Regime, passage

NUMBER: Final = 1
_REMEDY: Final = "start the workers, wait until `touchpoint rules status` shows one version and nothing waiting, stop"


def is_current(regimes: tuple[Regime, ...], number: int) -> bool:
    """Return whether a journey that bears this number is under the last of its partition's regimes."""
    return not regimes or number == regimes[-1].number or passage(regimes, number).is_same


def merged(partitions: Iterable[tuple[Regime, ...]]) -> Regime | None:
    """Return the regime of all partitions together, None where none has any.

    Raises:
        BrokerError: they are not under the same rules.
    """
    last = [regimes[-1] for regimes in partitions if regimes]
    if not last:
        return None
    newest = max(last, key=lambda regime: (regime.version, regime.began_at))
    does = {rule: what for rule, (what, _) in newest.rules.items()}
    if any({rule: what for rule, (what, _) in one.rules.items()} != does for one in last):
        raise BrokerError("the partitions are not all under the same rules", remedy=_REMEDY)
    rules = {rule: (what, min(one.rules[rule][1] for one in last)) for rule, what in does.items()}
    since = min(one.since for one in last)
    return msgspec.structs.replace(newest, number=NUMBER, since=since, rules=rules)


def refuse_waiting(number: int) -> BrokerError:
    """Return the error for a journey that has yet to pass over to the rules in force."""
    return BrokerError(
        "journeys have yet to pass over to the rules in force", place=f"partition {number}", remedy=_REMEDY
    )
