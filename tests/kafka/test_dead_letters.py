"""Dead letters on a real broker: there, read, mended, back."""

import time
from contextlib import aclosing
from typing import Any

import msgspec
import pytest

from streams.broker import dead_letters
from streams.broker.connect import producer
from streams.broker.dead_letters import Choice, Refused, Reinjected
from streams.broker.scan import scan
from streams.codec import repair
from streams.codec.catalogue import DEAD, SOURCES
from streams.codec.dead_letter import DeadLetter, encode
from streams.codec.registry import SchemaStore
from streams.codec.repair import Record
from streams.codec.touchpoint import TouchpointDecoder, from_json
from streams.codec.touchpoint import encode as encode_touchpoint
from streams.codec.vocabulary import shipped
from streams.touchpoints.rejection import Reason, Rejection
from streams.touchpoints.touchpoint import Touchpoint

pytestmark = pytest.mark.kafka

NOW_MS = time.time_ns() // 1_000_000
STORE = SchemaStore()
TOPIC = "touchpoints.social"  # nobody else's here


def letter(offset: int, touchpoint: Touchpoint | None, reason: Reason) -> DeadLetter:
    """Return a dead letter; without a touchpoint it holds bytes that nobody can read."""
    value = encode_touchpoint(touchpoint) if touchpoint else b"\x00\xff junk"
    return DeadLetter(TOPIC, 9, offset, NOW_MS, b"ana", value, (("trace", b"1"),), reason, "because")


def touchpoint(number: int, kind: str = "review.created") -> Touchpoint:
    """Return one of the touchpoints of this test."""
    return Touchpoint(f"dead-{number}", "//test/dead", kind, NOW_MS, "ana", "", b'{"n":1}')


async def bury(servers: str, *letters: DeadLetter) -> None:
    """Write dead letters as the worker does, one of them twice as after a crash."""
    async with producer(servers) as client:
        for each in (*letters, letters[0]):
            await client.send_and_wait(DEAD, encode(each), key=each.place.encode())


async def reinject(servers: str, choice: Choice, mend: dead_letters.Mend, **options: bool) -> Reinjected:
    """Send again with the shipped vocabulary."""
    return await dead_letters.reinject(servers, choice, mend, TouchpointDecoder(shipped(), STORE), STORE, **options)


def as_it_was(refused: Refused) -> Record | Rejection:
    """Mend nothing."""
    return repair.as_it_was(refused.letter)


async def records_of(servers: str, topic: str) -> list[Any]:
    """Return all that a topic holds."""
    async with aclosing(scan(servers, topic)) as records:
        return [record async for record in records]


async def test_dead_letters_are_listed_once_and_filtered(catalogue_servers: str) -> None:
    """By reason, place and time, oldest first."""
    letters = [
        letter(0, touchpoint(0), Reason.BAD_TIME),
        letter(1, None, Reason.UNDECODABLE),
        letter(2, touchpoint(2), Reason.BAD_TIME),
    ]
    await bury(catalogue_servers, *letters)

    async def read(**choice: Any) -> list[DeadLetter]:
        chosen = dead_letters.read(catalogue_servers, Choice(topic=TOPIC, **choice), STORE)
        return [refused.letter async for refused in chosen if refused.letter.offset < 10]

    assert await read() == letters
    assert await read(reason=Reason.UNDECODABLE) == letters[1:2]
    assert await read(places=frozenset({f"{TOPIC}/9/2"})) == letters[2:]
    assert await read(since_ms=NOW_MS + 86_400_000) == []


async def test_a_dead_letter_goes_back_as_it_was(catalogue_servers: str) -> None:
    """Value, key, headers and timestamp; in the partition of its key, wherever it had been; twice if asked twice."""
    original = letter(10, touchpoint(10), Reason.UNKNOWN_TYPE)
    await bury(catalogue_servers, original)
    choice = Choice(places=frozenset({original.place}))
    dry = await reinject(catalogue_servers, choice, as_it_was, dry_run=True)
    assert (dry.ready, dry.sent) == (1, 0)
    for _ in range(2):
        assert (await reinject(catalogue_servers, choice, as_it_was)).sent == 1
    back = [record for record in await records_of(catalogue_servers, TOPIC) if record.value == original.value]
    assert [(record.key, record.timestamp, record.headers) for record in back] == [
        (b"ana", NOW_MS, (("trace", b"1"),))
    ] * 2


async def test_what_would_be_refused_again_stays_unless_forced(catalogue_servers: str) -> None:
    """And is named with the reason; a place that is no dead letter is named, too."""
    original = letter(20, touchpoint(20, "review.craeted"), Reason.UNKNOWN_TYPE)
    await bury(catalogue_servers, original)
    choice = Choice(places=frozenset({original.place, f"{TOPIC}/9/999"}))
    outcome = await reinject(catalogue_servers, choice, as_it_was)
    assert (outcome.sent, list(outcome.refused), outcome.missing) == (0, [original.place], [f"{TOPIC}/9/999"])
    assert "did you mean review.created?" in outcome.refused[original.place]
    assert (await reinject(catalogue_servers, choice, as_it_was, force=True)).sent == 1


async def test_a_patch_mends_all_that_it_fits(catalogue_servers: str) -> None:
    """What cannot be read cannot be patched, and stays; the others go back in the JSON form."""
    letters = [letter(30, touchpoint(30, "review.craeted"), Reason.WRONG_KEY), letter(31, None, Reason.WRONG_KEY)]
    await bury(catalogue_servers, *letters)
    choice = Choice(reason=Reason.WRONG_KEY, topic=TOPIC)
    outcome = await reinject(
        catalogue_servers,
        choice,
        lambda refused: repair.patched(refused.letter, {"type": "review.created"}, refused.source),
    )
    assert (outcome.sent, list(outcome.refused)) == (1, [letters[1].place])
    values = [record.value for record in await records_of(catalogue_servers, TOPIC)]
    mended = [from_json(value) for value in values if value.startswith(b"{")]
    assert mended == [touchpoint(30)]


async def test_resume_tells_all_workers(catalogue_servers: str) -> None:
    """A record on `sources` that a worker reads at its start."""
    before_ms = time.time_ns() // 1_000_000
    resumed_at = await dead_letters.resume(catalogue_servers)
    last = [record for record in await records_of(catalogue_servers, SOURCES) if record.key == b"breaker"][-1]
    assert msgspec.json.decode(last.value) == {"resumed_at": resumed_at}
    assert resumed_at >= before_ms
