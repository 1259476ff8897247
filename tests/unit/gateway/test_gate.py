"""The gate: nothing is called accepted before it is safe."""

import asyncio
from typing import Final

from streams.codec import vocabulary
from streams.codec.events import EventSchemas
from streams.gateway.candidate import Candidate, Identity
from streams.gateway.door import Door
from streams.gateway.gate import SLICE, Counts, Gate, Taken, Watcher
from streams.gateway.identity.hashing import Hasher
from streams.gateway.identity.masks import Masks
from streams.gateway.keys.key import Key
from streams.gateway.outcome import Admitted, Ignored, Refused, Why
from streams.gateway.port import Full, Stored
from streams.testing.gateway import MemorySink

NOW: Final = 1_790_000_000_000
KEY: Final = Key(id="k", source="//shop.example")
GOOD: Final = Candidate(type="page.viewed", id="1", identity=Identity(customer="ana"))
BAD: Final = Refused(Why.MALFORMED, "/id", "is not a string")


def gate_to(sink: MemorySink, *watchers: Watcher) -> Gate:
    """Return a gate in front of a sink."""
    door = Door(vocabulary.shipped(), EventSchemas(), Hasher(b"s" * 32), Masks())
    return Gate(door, sink, lambda: NOW, watchers)


async def test_the_good_ones_are_stored_and_all_are_answered_in_their_order() -> None:
    """A bad one hurts only itself."""
    sink = MemorySink()
    found = await gate_to(sink).take(KEY, [BAD, GOOD])
    assert isinstance(found, Taken)
    assert found.verdicts == [BAD, sink.admitted[0]]
    assert found.stored is Stored.BROKER


async def test_a_dry_run_and_nothing_good_store_nothing() -> None:
    """They only tell."""
    sink = MemorySink()
    dry = await gate_to(sink).take(KEY, [GOOD], is_dry=True)
    bad = await gate_to(sink).take(KEY, [BAD])
    assert isinstance(dry, Taken)
    assert isinstance(bad, Taken)
    assert isinstance(dry.verdicts[0], Admitted)
    assert (dry.stored, bad.stored, sink.admitted) == (None, None, [])


async def test_without_a_safe_place_nothing_is_called_accepted() -> None:
    """The sender comes again."""
    sink = MemorySink()
    sink.answer = Full(5)
    assert await gate_to(sink).take(KEY, [GOOD]) == Full(5)


async def test_a_large_batch_lets_others_pass() -> None:
    """A small one that comes later is answered before it."""
    gate, order = gate_to(MemorySink()), []

    async def take(name: str, count: int) -> None:
        await gate.take(KEY, [GOOD] * count)
        order.append(name)

    await asyncio.gather(take("large", 20 * SLICE), take("small", 1))
    assert order == ["small", "large"]


async def test_items_are_counted() -> None:
    """By what became of them."""
    found = await gate_to(MemorySink()).take(KEY, [GOOD, Ignored(Why.UNMAPPED), BAD, BAD])
    assert isinstance(found, Taken)
    assert found.counts == Counts(accepted=1, ignored=1, refused=2)


async def test_every_watcher_is_told_what_was_taken() -> None:
    """Also where nothing of it was good."""
    first: list[tuple[Key, Taken, int]] = []
    second: list[tuple[Key, Taken, int]] = []
    gate = gate_to(MemorySink(), lambda *told: first.append(told), lambda *told: second.append(told))
    taken = [await gate.take(KEY, [GOOD]), await gate.take(KEY, [BAD])]
    assert first == [(KEY, each, NOW) for each in taken]
    assert second == first


async def test_no_watcher_is_told_what_was_only_tried_or_sent_away() -> None:
    """It would be counted again when it comes again."""
    told: list[Taken] = []
    sink = MemorySink()
    gate = gate_to(sink, lambda _, taken, __: told.append(taken))
    await gate.take(KEY, [GOOD], is_dry=True)
    sink.answer = Full(5)
    await gate.take(KEY, [GOOD])
    assert told == []
