"""What was answered about an upload is on the disk, and what is kept has its bounds."""

from pathlib import Path

import msgspec
import pytest

from streams.gateway.uploads.store import IDLE_MS, KEPT_MS, Uploads
from streams.gateway.uploads.upload import Form, State, Upload


class Clock:
    """Time moved by hand."""

    now = 1_790_000_000_000

    def __call__(self) -> int:
        """Return it."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock."""
    return Clock()


def opened(folder: Path, clock: Clock, *, most_bytes: int = 1_000, most: int = 3) -> Uploads:
    """Return the uploads of a folder."""
    return Uploads(folder, clock, most_bytes=most_bytes, most=most)


def begun(uploads: Uploads, size: int = 10) -> Upload:
    """Begin one."""
    upload = uploads.begin("k1", Form.CSV, size, "pos")
    assert upload is not None
    return upload


def test_an_upload_goes_on_where_it_was_left(tmp_path: Path, clock: Clock) -> None:
    """Another process finds how much is there, and takes what follows and nothing else."""
    upload = begun(opened(tmp_path, clock))
    assert opened(tmp_path, clock).append(upload, 0, b"0123") == 4
    uploads = opened(tmp_path, clock)
    found = uploads.find(upload.id)
    assert found == upload
    assert uploads.offset(upload) == 4
    assert [uploads.append(upload, 0, b"01"), uploads.append(upload, 5, b"5")] == [None, None]
    assert uploads.append(upload, 4, b"456789 and more") == 10
    with uploads.open(upload) as file:
        assert file.read() == b"0123456789"


def test_what_is_over_gives_its_bytes_back(tmp_path: Path, clock: Clock) -> None:
    """What became of it stays known; no more is taken."""
    uploads = opened(tmp_path, clock)
    upload = begun(uploads)
    done = msgspec.structs.replace(upload, state=State.DONE)
    uploads.save(done)
    assert opened(tmp_path, clock).find(upload.id) == done
    assert uploads.offset(done) == 10
    assert [path.suffix for path in tmp_path.iterdir()] == [".json"]


def test_there_is_room_for_so_much(tmp_path: Path, clock: Clock) -> None:
    """In bytes that are not worked through, and in uploads of any state."""
    uploads = opened(tmp_path, clock)
    first = begun(uploads, 600)
    assert uploads.begin("k1", Form.CSV, 401) is None
    begun(uploads, 400)
    uploads.forget(first)
    begun(uploads, 1)
    begun(uploads, 1)
    assert uploads.begin("k1", Form.CSV, 1) is None


def test_an_old_upload_makes_room(tmp_path: Path, clock: Clock) -> None:
    """One that never became whole, and the oldest that is over; one that is being worked through never."""
    uploads = opened(tmp_path, clock, most=2)
    old, whole = begun(uploads), begun(uploads, 2)
    assert uploads.append(whole, 0, b"ab") == 2
    clock.now += IDLE_MS
    assert uploads.begin("k1", Form.CSV, 1) is None
    clock.now += KEPT_MS
    begun(uploads, 3)
    assert uploads.find(old.id) is None
    assert uploads.begin("k1", Form.CSV, 1) is None
    assert uploads.save(msgspec.structs.replace(whole, state=State.DONE))
    begun(uploads, 4)
    assert uploads.find(whole.id) is None


def test_one_key_has_so_many_under_way(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others have room all the same."""
    monkeypatch.setattr("streams.gateway.uploads.store.MOST_OF_KEY", 2)
    uploads = opened(tmp_path, clock, most=9)
    begun(uploads)
    begun(uploads)
    assert uploads.begin("k1", Form.CSV, 1) is None
    assert uploads.begin("k2", Form.CSV, 1) is not None


def test_the_last_byte_makes_it_whole_whatever_happens_then(tmp_path: Path, clock: Clock) -> None:
    """A process that ends right there leaves work for the next one."""
    uploads = opened(tmp_path, clock)
    upload = begun(uploads, 2)
    assert uploads.append(upload, 0, b"ab") == 2
    assert [each.id for each in uploads.working()] == [upload.id]
    assert [(each.id, each.state) for each in opened(tmp_path, clock).working()] == [(upload.id, State.WORKING)]


def test_what_was_let_go_does_not_come_back(tmp_path: Path, clock: Clock) -> None:
    """Neither by a part that was under way nor by what was known of it; only the owner can read what is here."""
    uploads = opened(tmp_path, clock)
    upload = begun(uploads)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    assert tmp_path.stat().st_mode & 0o777 == 0o700
    uploads.forget(upload)
    assert uploads.append(upload, 0, b"ab") is None
    assert not uploads.save(upload)
    (tmp_path / "orphan.data").write_bytes(b"left by a crash")
    opened(tmp_path, clock)
    assert list(tmp_path.iterdir()) == []


def test_whole_uploads_wait_in_their_order(tmp_path: Path, clock: Clock) -> None:
    """The oldest first, after a restart too; a record that is not ours is passed over."""
    uploads = opened(tmp_path, clock)
    whole = []
    for _ in range(3):
        clock.now += 1
        upload = begun(uploads)
        whole.append(msgspec.structs.replace(upload, state=State.WORKING))
    for upload in reversed(whole):
        assert uploads.save(upload)
    (tmp_path / "other.json").write_text("{")
    assert list(opened(tmp_path, clock).working()) == whole
