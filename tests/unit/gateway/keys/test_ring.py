"""The keys that are in force, while their file changes under them."""

import logging
import threading
from pathlib import Path

import pytest

from streams.errors import CorruptError
from streams.gateway.keys.bucket import Wait
from streams.gateway.keys.file import place
from streams.gateway.keys.keeper import Keeper
from streams.gateway.keys.key import Key, Kind
from streams.gateway.keys.ring import LOOK_EVERY_MS, Ring
from streams.gateway.port import KeyRing

WANTED = Key(id="", source="//shop.example")


class Clock:
    """Time that is moved by hand."""

    def __init__(self) -> None:
        self.ms = 1_800_000_000_000

    def __call__(self) -> int:
        """Return it."""
        return self.ms


@pytest.fixture
def clock() -> Clock:
    """The time of everything in a test."""
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the keys are."""
    return place(tmp_path)


@pytest.fixture
def keeper(path: Path, clock: Clock) -> Keeper:
    """Changes them as another process does."""
    return Keeper(path, clock)


@pytest.fixture
def ring(path: Path, clock: Clock) -> Ring:
    """A gateway that started before there was any key."""
    return Ring(path, clock)


def asks(ring: KeyRing, text: str) -> Key | None:
    """Ask as the ways in do."""
    return ring.find(text)


def test_a_key_that_is_made_elsewhere_opens_within_a_second(ring: Ring, keeper: Keeper, clock: Clock) -> None:
    """And one that is revoked elsewhere opens nothing after a second."""
    key, text = keeper.create(WANTED)
    clock.ms += LOOK_EVERY_MS
    assert asks(ring, text) == key
    keeper.revoke(key.id)
    clock.ms += LOOK_EVERY_MS
    assert ring.find(text) is None
    assert [one.id for one in ring.all()] == [key.id]


def test_a_change_in_the_same_process_holds_at_once(ring: Ring, keeper: Keeper) -> None:
    """Who made it says so."""
    key, text = keeper.create(WANTED)
    assert ring.find(text) is None
    ring.look()
    assert ring.find(text) == key


def test_a_wrong_secret_opens_nothing(ring: Ring, keeper: Keeper) -> None:
    """Nor does another key's, or none at all."""
    key, text = keeper.create(WANTED)
    other, other_text = keeper.create(WANTED)
    ring.look()
    assert ring.find(f"tpg_{key.id}_{other_text[-43:]}") is None
    assert ring.find(text[:-1] + ("a" if text[-1] != "a" else "b")) is None
    assert ring.find("") is None
    assert ring.find(other_text) == other


def test_a_key_expires_by_itself(ring: Ring, keeper: Keeper, clock: Clock) -> None:
    """To the millisecond, and its origins within a second."""
    wanted = Key(
        id="", source="s", kind=Kind.BROWSER, types=("page.*",), origins=("https://s.example",), expires_at=clock() + 5
    )
    _, text = keeper.create(wanted)
    ring.look()
    assert ring.origins() == {"https://s.example"}
    assert ring.find(text) is not None
    clock.ms += 5
    assert ring.find(text) is None
    clock.ms += LOOK_EVERY_MS
    assert ring.origins() == frozenset()


def test_a_wrong_file_is_an_error_at_the_start(path: Path, keeper: Keeper, clock: Clock) -> None:
    """Better no gateway than one that lets nobody in and does not say why."""
    keeper.create(WANTED)
    path.write_text("{")
    with pytest.raises(CorruptError, match="is no file of keys"):
        Ring(path, clock)


def test_a_file_that_becomes_wrong_changes_nothing_and_is_told_once(
    path: Path, ring: Ring, keeper: Keeper, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor does one that is gone; the next right one counts."""
    key, text = keeper.create(WANTED)
    ring.look()
    right = path.read_bytes()
    with caplog.at_level(logging.ERROR, "touchpoint.gateway.keys"):
        path.write_text("{")
        for _ in range(3):
            clock.ms += LOOK_EVERY_MS
            assert ring.find(text) == key
        path.unlink()
        clock.ms += LOOK_EVERY_MS
        assert ring.find(text) == key
    assert [str(path) in record.message for record in caplog.records] == [True, True]
    assert text not in caplog.text
    path.write_bytes(right)
    keeper.revoke(key.id)
    clock.ms += LOOK_EVERY_MS
    assert ring.find(text) is None


def test_a_clock_that_is_set_back_does_not_keep_an_old_key_alive(ring: Ring, keeper: Keeper, clock: Clock) -> None:
    """The file is looked at all the same."""
    key, text = keeper.create(WANTED)
    ring.look()
    keeper.revoke(key.id)
    clock.ms -= 3_600_000
    assert ring.find(text) is None


def test_a_key_sends_no_more_than_it_may(ring: Ring, clock: Clock) -> None:
    """And goes on when its time has come."""
    key = Key(id="0" * 16, source="s", rate=2, burst=4)
    assert ring.spend(key, 4) is None
    assert ring.spend(key, 1) == Wait(1)
    clock.ms += 500
    assert ring.spend(key, 1) is None


def test_making_keys_and_reading_them_at_once_loses_none(path: Path, ring: Ring, clock: Clock) -> None:
    """Four writers at a time and a reader that never sees half a file."""
    made: list[str] = []
    wrong: list[BaseException] = []

    def make(number: int) -> None:
        keeper = Keeper(path, clock)
        try:
            made.extend(keeper.create(Key(id="", source=f"s{number}/{n}"))[1] for n in range(8))
        except BaseException as error:  # noqa: BLE001 - told by the test's own thread
            wrong.append(error)

    writers = [threading.Thread(target=make, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    seen = [0]
    while any(writer.is_alive() for writer in writers):
        ring.look()
        seen.append(len(ring.all()))
    for writer in writers:
        writer.join()
    ring.look()
    assert wrong == []
    assert seen == sorted(seen)
    assert len(made) == 32
    assert all(ring.find(text) is not None for text in made)
