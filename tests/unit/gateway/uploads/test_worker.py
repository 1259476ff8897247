"""Every line of an upload comes to something, whatever breaks off in between."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from streams.codec import vocabulary
from streams.codec.events import EventSchemas
from streams.gateway.api import native
from streams.gateway.door import Door
from streams.gateway.gate import Gate, Taken
from streams.gateway.identity.hashing import Hasher
from streams.gateway.identity.masks import Masks
from streams.gateway.keys.key import Key
from streams.gateway.outcome import Refused, Why
from streams.gateway.port import Full, Stored
from streams.gateway.publishing import Item
from streams.gateway.uploads import portions
from streams.gateway.uploads.store import Uploads
from streams.gateway.uploads.upload import Flaw, Form, State, Upload
from streams.gateway.uploads.worker import RETRY_SEC, Worker
from streams.testing.gateway import NOW, SERVER, MemoryRing, MemorySink


def _full(_: Upload) -> bool:
    raise OSError(28, "No space left on device")


GOOD, BAD, UNNAMED = (
    b'{"id":"%d","type":"page.viewed","customer":"c1"}\n',
    b'{"id":"%d","type":"page.view","customer":"c1"}\n',
    b'{"type":"page.viewed","customer":"c%d"}\n',
)


class Kit:
    """Uploads in a folder, worked through into memory; `now` is the clock of turns."""

    def __init__(self, folder: Path) -> None:
        self.uploads = Uploads(folder, lambda: NOW, most_bytes=100_000)
        self.ring = MemoryRing()
        self.sink = MemorySink()
        self.judged = 0
        self.folder = folder
        self.spoils = b""
        self.now = 1_000.0
        door = Door(vocabulary.shipped(), EventSchemas(), Hasher(b"s" * 32), Masks())
        gate = Gate(door, self.sink, lambda: NOW, [self.judge])
        self.worker = Worker(self.uploads, gate, self.ring, self.read, lambda: self.now)

    def read(self, upload: Upload, body: bytes) -> Sequence[Item]:
        """Read touchpoints in our own form; what `spoils` a body leaves one refusal of it."""
        is_spoilt = self.spoils and self.spoils in body
        return [Refused(Why.MALFORMED)] if is_spoilt else native.lines(body)

    def judge(self, _: Key, taken: Taken, __: int) -> None:
        """Count what came to something."""
        self.judged += len(taken.verdicts)

    def whole(self, *lines: bytes) -> Upload:
        """Return an upload that is whole."""
        content = b"".join(lines)
        upload = self.uploads.begin(self.ring.keys[SERVER].id, Form.LINES, len(content))
        assert upload is not None
        assert self.uploads.append(upload, 0, content) == len(content)
        return upload

    async def work(self, upload: Upload, most: int = 50) -> Upload:
        """Give so many turns, or all that there are to give; return what became of an upload."""
        for _ in range(most):
            if await self.worker.turn() is None:
                break
        found = self.uploads.find(upload.id)
        assert found is not None
        return found

    def ids(self) -> list[str]:
        """Return the ids of all touchpoints that are safe."""
        return [touchpoint.id for touchpoint in self.sink.touchpoints]


@pytest.fixture
def kit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kit:
    """Portions of two lines."""
    monkeypatch.setattr(portions, "MOST_LINES", 2)
    return Kit(tmp_path)


async def test_each_line_is_counted_and_a_bad_one_named(kit: Kit) -> None:
    """By the line that an editor shows."""
    done = await kit.work(kit.whole(GOOD % 1, b"\n", GOOD % 2, BAD % 3, b"no JSON\n", GOOD % 4))
    assert (done.state, done.lines, done.accepted, done.refused, done.worked) == (State.DONE, 6, 3, 2, done.size)
    assert [(flaw.line, flaw.refused.why, flaw.refused.nearest) for flaw in done.flaws] == [
        (4, Why.UNKNOWN_TYPE, "page.viewed"),
        (5, Why.MALFORMED, ""),
    ]
    assert kit.ids() == ["1", "2", "4"]
    assert kit.judged == 5
    assert kit.uploads.find(done.id) == done


async def test_what_broke_off_goes_on_and_gives_duplicates_at_most(kit: Kit, tmp_path: Path) -> None:
    """A line without an id has the same one when another process reads it again."""
    upload = kit.whole(*(UNNAMED % number for number in range(5)))
    await kit.work(upload, most=1)
    left = kit.uploads.find(upload.id)
    await kit.work(upload, most=1)
    again = Kit(tmp_path)
    assert left is not None
    again.uploads.save(left)
    done = await again.work(upload)
    assert (done.state, done.accepted) == (State.DONE, 5)
    assert again.ids()[:2] == kit.ids()[2:]
    assert len({*kit.ids(), *again.ids()}) == 5


async def test_a_full_disk_does_not_send_a_portion_again(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """How far it is is remembered until it can be written."""
    upload = kit.whole(*(GOOD % number for number in range(6)))
    with monkeypatch.context() as patched:
        patched.setattr(kit.uploads, "save", _full)
        await kit.work(upload, most=1)
        kit.now += RETRY_SEC
        await kit.work(upload, most=1)
    kit.now += RETRY_SEC
    done = await kit.work(upload)
    assert (done.state, kit.ids()) == (State.DONE, [str(number) for number in range(6)])


async def test_who_has_to_wait_lets_others_pass(kit: Kit) -> None:
    """For room or for what a key may send; a file that cannot be read waits too."""
    broken, slow = kit.whole(GOOD % 1), kit.whole(GOOD % 2)
    kit.uploads.open(broken).close()
    (kit.folder / f"{broken.id}.data").unlink()
    kit.sink.answer = Full(7)
    await kit.work(slow, most=2)
    assert await kit.worker.turn() == RETRY_SEC
    kit.sink.answer = Stored.BROKER
    other = kit.whole(GOOD % 3)
    assert (await kit.work(other, most=2)).state is State.DONE
    kit.now += 7
    kit.ring.left = 0
    await kit.work(slow, most=2)
    kit.ring.left, kit.now = 100, kit.now + 7
    assert (await kit.work(slow, most=5)).accepted == 1


async def test_a_line_that_spoils_a_portion_takes_no_other_with_it(kit: Kit) -> None:
    """Each is then read by itself, and named by its number."""
    kit.spoils = b"spoilt"
    done = await kit.work(kit.whole(GOOD % 1, b"spoilt\n", GOOD % 2))
    assert (done.accepted, done.refused, kit.ids()) == (2, 1, ["1", "2"])
    assert [flaw.line for flaw in done.flaws] == [2]


async def test_a_revoked_key_ends_its_uploads(kit: Kit) -> None:
    """What was taken before stays."""
    upload = kit.whole(GOOD % 1)
    del kit.ring.keys[SERVER]
    done = await kit.work(upload)
    assert (done.state, done.accepted, kit.ids()) == (State.ENDED, 0, [])


async def test_many_flaws_are_counted_and_the_first_listed(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """The record of an upload stays small."""
    monkeypatch.setattr("streams.gateway.uploads.worker.MOST_FLAWS", 3)
    done = await kit.work(kit.whole(*(BAD % number for number in range(5))))
    assert done.refused == 5
    assert [flaw.line for flaw in done.flaws] == [1, 2, 3]
    assert isinstance(done.flaws[0], Flaw)


async def test_an_upload_that_was_let_go_is_not_sent(kit: Kit) -> None:
    """Also where it was being worked through."""
    upload = kit.whole(*(GOOD % number for number in range(6)))
    await kit.worker.turn()
    kit.uploads.forget(upload)
    assert await kit.worker.turn() is None
    assert kit.ids() == ["0", "1"]
