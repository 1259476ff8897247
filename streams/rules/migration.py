"""A journey passes from one regime of rules to another.

Of rules that are the same in both everything stays. Of the others all memory goes but the count of their episodes, and
the tail is folded again, so that the new ones remember what the record holds; what happened before their border opens
nothing. An open episode of a rule that changed goes on, and ends by the new version's deadlines and proofs.
"""

from typing import Final

from streams.journeys import arrival
from streams.journeys.certainty import known
from streams.journeys.folded import State
from streams.journeys.journey import Journey, decode_state, encode_state
from streams.journeys.limits import Limits
from streams.journeys.plan import EPISODE, RULE
from streams.journeys.state import FORGOTTEN, SEPARATOR, Episode
from streams.rules.compile import Plan
from streams.rules.regime import Passage

_NOTHING: Final = encode_state(State())


def migrate(journey: Journey, passage: Passage, plan: Plan, limits: Limits, clock: int) -> frozenset[str]:
    """Fold a journey that is not stale, with what is due by `clock` published, under the rules of `plan`.

    Returns:
        The keys of the open episodes that go on under another version of their rule. Of other episodes of rules that
        are not the same nothing more is known.
    """
    head, base = journey.state, decode_state(journey.snapshot)
    if passage.is_unknown:  # the tail cannot be folded again: nobody could tell what was said of it from what is new
        base = decode_state(encode_state(head))
        journey.floor = max(journey.floor, head.last, clock)
    open_ones = _open_ones(head, passage, clock)
    _strip(base, passage, plan)
    for name, memory in head.memory.items():
        if name != FORGOTTEN and name.partition(SEPARATOR)[0] not in passage.kept:
            base.memory[name] = [*memory[:2], 0]
    for episode in open_ones.values():
        plan.adopt(base, episode)
    section = encode_state(base)
    journey.snapshot = section if section != _NOTHING else b""
    arrival.refold(journey, plan, limits, clock)
    return frozenset(open_ones)


def _open_ones(head: State, passage: Passage, clock: int) -> dict[str, Episode]:
    """Return the episodes of changed rules that are open for all that is certain."""
    found = {}
    for name, episode in head.episodes.items():
        if episode.rule in passage.begun:
            certain = known(episode, clock)
            if certain is not None and not certain.ended_at:
                found[name] = certain
    return found


def _strip(base: State, passage: Passage, plan: Plan) -> None:
    """Forget what rules that are not the same remember."""
    kept = passage.kept
    for slot in [slot for slot in base.slots if (owner := plan.owner_of(slot)) and owner not in kept]:
        del base.slots[slot]
    for timer in list(base.timers):
        kind, name, _ = timer.split(SEPARATOR, 2)
        if kind in (RULE, EPISODE) and name not in kept:
            del base.timers[timer]
    for name in [name for name, episode in base.episodes.items() if episode.rule not in kept]:
        del base.episodes[name]
    for name in [name for name in base.memory if name != FORGOTTEN and name.partition(SEPARATOR)[0] not in kept]:
        del base.memory[name]
