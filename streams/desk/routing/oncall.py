"""Who is on call: shifts as plain intervals, and the receiver for the hours that nobody has."""

from bisect import bisect_right
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import msgspec

MOST_SHIFTS: Final = 20_000


class Whose(StrEnum):
    """Why these are asked."""

    SHIFT = "shift"
    GAP = "gap"  # nobody's shift: the fallback
    BEYOND = "beyond"  # after what was read of the file: the fallback


class Shift(msgspec.Struct, frozen=True):
    """One receiver's turn, from `starts_at` to before `ends_at` (ms)."""

    receiver: str
    starts_at: int
    ends_at: int


class Rota(msgspec.Struct, frozen=True, kw_only=True):
    """A rotation: from each of `edges` to the next one the receivers at the same place are on call, none is a gap.

    Built by `rota`. The file was read up to `read_until`; afterwards nothing is known.
    """

    name: str
    fallback: str
    read_until: int
    edges: tuple[int, ...] = ()
    turns: tuple[tuple[str, ...], ...] = ()


class OnCall(msgspec.Struct, frozen=True):
    """Who is asked, why these, and until when that holds."""

    receivers: tuple[str, ...]
    whose: Whose
    until: int


def rota(name: str, shifts: Iterable[Shift], *, fallback: str, read_until: int) -> Rota:
    """Return the rotation of these shifts, which may overlap: then all of them are on call."""
    changes: dict[int, list[tuple[str, int]]] = {}
    for each in shifts:
        if each.starts_at < each.ends_at:
            changes.setdefault(each.starts_at, []).append((each.receiver, 1))
            changes.setdefault(each.ends_at, []).append((each.receiver, -1))
    there: dict[str, int] = {}
    turns = []
    edges = tuple(sorted(changes))
    for edge in edges:
        for receiver, change in changes[edge]:
            there[receiver] = there.get(receiver, 0) + change
        turns.append(tuple(sorted(receiver for receiver, count in there.items() if count)))
    return Rota(name=name, fallback=fallback, read_until=read_until, edges=edges, turns=tuple(turns))


def on_call(rotation: Rota, at: int) -> OnCall:
    """Return who is on call at this instant; never nobody."""
    if at >= rotation.read_until:
        return OnCall((rotation.fallback,), Whose.BEYOND, 0)
    place = bisect_right(rotation.edges, at) - 1
    until = min([*rotation.edges[place + 1 : place + 2], rotation.read_until])
    receivers = rotation.turns[place] if place >= 0 else ()
    return OnCall(receivers, Whose.SHIFT, until) if receivers else OnCall((rotation.fallback,), Whose.GAP, until)
