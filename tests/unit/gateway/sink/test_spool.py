import os
import resource
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from streams.gateway.sink.record import Record
from streams.gateway.sink.spool import DAMAGED, SUFFIX, Spool
from tests.unit.gateway.sink.conftest import Made, records

LARGE = 1 << 30


def read_all(spool: Spool, limit: int = 1 << 20) -> list[Record]:
    """Take everything out."""
    found = []
    while spool.count:
        some, mark = spool.read(limit)
        spool.remove(mark)
        found += some
    return found


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let the system refuse every byte of a file behind this place, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def one_more_file() -> Iterator[None]:
    """Let this process open one file and no other, so that the folder of a new file cannot be opened."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free + 1, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_it_gives_back_in_order_what_was_put(tmp_path: Path, made: Made) -> None:
    """Also in another life, and through many files; none of them is left at the end."""
    spool = Spool(tmp_path, LARGE, segment_bytes=500)
    puts = [made(3), made(), made(2), made(9), made()]
    assert spool.append(puts[:2]) == 2
    assert spool.append(puts[2:4]) == 2
    spool.close()
    spool = Spool(tmp_path, LARGE, segment_bytes=500)
    assert (spool.count, spool.oldest_at) == (15, 1)
    assert spool.append(puts[4:]) == 1
    assert read_all(spool, limit=100) == [record for put in puts for record in put]
    assert (spool.count, spool.size, spool.unread, spool.oldest_at) == (0, 0, 0, 0)
    assert list(tmp_path.iterdir()) == []
    assert spool.read(100)[0] == []


def test_what_is_read_stays_until_it_is_removed(tmp_path: Path, made: Made) -> None:
    """A crash between the two gives it back."""
    spool = Spool(tmp_path, LARGE, LARGE)
    put = made(2)
    spool.append([put, made()])
    assert spool.read(1)[0] == put
    _, mark = spool.read(1)
    assert Spool(tmp_path, LARGE, LARGE).read(1)[0] == put
    spool.remove(mark)
    assert (spool.count, spool.oldest_at) == (1, 3)


def test_a_full_spool_takes_the_first_puts_that_fit(tmp_path: Path, made: Made) -> None:
    """It never holds more bytes than it may, and takes again when something has gone."""
    spool = Spool(tmp_path, 600, segment_bytes=200)
    puts = [made() for _ in range(9)]
    taken = spool.append(puts)
    assert 0 < taken < len(puts)
    assert spool.append(puts[taken:]) == 0
    files = list(tmp_path.iterdir())
    assert sum(file.stat().st_size for file in files) == spool.size <= 600
    assert read_all(spool) == [record for put in puts[:taken] for record in put]
    assert spool.append(puts[:1]) == 1


def test_a_disk_that_takes_no_more_loses_nothing(tmp_path: Path, made: Made) -> None:
    """The put that it did not take whole is nowhere, and later ones come behind the earlier ones."""
    spool = Spool(tmp_path, LARGE, LARGE)
    first, refused, later = made(2), made(2, b"{}" * 200), made()
    spool.append([first])
    with largest_file(spool.size + 100), pytest.raises(OSError, match="too large"):
        spool.append([refused])
    with largest_file(10), pytest.raises(OSError, match="too large"):
        spool.append([refused])
    assert spool.append([later]) == 1
    spool.close()
    again = Spool(tmp_path, LARGE, LARGE)
    assert again.count == 3
    assert read_all(again) == [*first, *later]


def test_a_file_whose_name_is_not_safe_takes_nothing(tmp_path: Path, made: Made) -> None:
    """A folder that cannot be synced refuses the put, and the next one begins a file of its own."""
    spool = Spool(tmp_path, LARGE, LARGE)
    refused, later = made(), made()
    with one_more_file(), pytest.raises(OSError, match="Too many open files"):
        spool.append([refused])
    assert not list(tmp_path.iterdir())
    assert spool.append([later]) == 1
    assert read_all(spool) == later


def test_what_a_crash_cut_off_is_dropped_once(tmp_path: Path, made: Made) -> None:
    """The files are whole afterwards, so that the next start finds nothing to complain of."""
    spool = Spool(tmp_path, LARGE, LARGE)
    spool.append([made(), made()])
    spool.close()
    (path,) = tmp_path.glob(f"*{SUFFIX}")
    path.write_bytes(path.read_bytes()[:-1])
    assert Spool(tmp_path, LARGE, LARGE).count == 1
    assert read_all(Spool(tmp_path, LARGE, LARGE)) == records(1, 1)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_is_kept_for_a_person(tmp_path: Path, made: Made) -> None:
    """What is whole in it goes on, and so does everything in later files."""
    spool = Spool(tmp_path, LARGE, segment_bytes=1)
    for put in (made(), made(), made()):
        spool.append([put])
    spool.close()
    second = sorted(tmp_path.iterdir())[1]
    second.write_bytes(second.read_bytes() + b"x")
    assert read_all(Spool(tmp_path, LARGE, LARGE)) == records(1, 3)
    assert [path.name for path in tmp_path.iterdir()] == [second.with_suffix(DAMAGED).name]


def test_a_disk_that_gives_back_other_bytes_does_not_stop_the_rest(tmp_path: Path, made: Made) -> None:
    """Damage that is only seen while draining is put aside in the same way."""
    spool = Spool(tmp_path, LARGE, segment_bytes=1)
    for put in (made(2), made()):
        spool.append([put])
    first = min(tmp_path.iterdir())
    first.write_bytes(bytes(len(first.read_bytes())))
    assert read_all(spool) == records(3, 1)
    assert [path.suffix for path in tmp_path.iterdir()] == [DAMAGED]


def test_a_file_that_somebody_takes_away_does_not_stop_the_rest(tmp_path: Path, made: Made) -> None:
    """What was in it is gone, and the log says so."""
    spool = Spool(tmp_path, LARGE, segment_bytes=1)
    for put in (made(2), made()):
        spool.append([put])
    min(tmp_path.iterdir()).unlink()
    assert read_all(spool) == records(3, 1)


class AgainstAList(RuleBasedStateMachine):
    """Whatever is done in whatever order, and wherever a crash cuts: the spool is the list of what it promised."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="spool-"))
        self.numbers = count(1)
        self.promised: list[Record] = []
        self.removed: list[Record] = []
        self.spool = Spool(self.folder, LARGE, 300)

    @rule(sizes=st.lists(st.integers(1, 4), min_size=1, max_size=4))
    def append(self, sizes: list[int]) -> None:
        """Put some."""
        puts = [records(next(self.numbers) * 10, size) for size in sizes]
        assert self.spool.append(puts) == len(puts)
        self.promised += [record for put in puts for record in put]

    @precondition(lambda self: self.promised)
    @rule(limit=st.integers(1, 2_000))
    def drain(self, limit: int) -> None:
        """Take some out at the front."""
        found, mark = self.spool.read(limit)
        assert found == self.promised[: len(found)] != []
        self.spool.remove(mark)
        self.removed += found
        self.promised = self.promised[len(found) :]

    @rule(cut=st.integers(0, 200))
    def crash(self, cut: int) -> None:
        """Come back with what a write that was never answered may have left behind the rest."""
        torn = self.folder / "torn"
        torn.mkdir()
        beside = Spool(torn, LARGE, LARGE)
        beside.append([records(next(self.numbers) * 10, 3)])
        (path,) = torn.glob(f"*{SUFFIX}")
        left = path.read_bytes()[:-1][:cut]
        shutil.rmtree(torn)
        files = sorted(self.folder.glob(f"*{SUFFIX}"))
        if files:
            with files[-1].open("ab") as file:
                file.write(left)
        self.spool = Spool(self.folder, LARGE, 300)
        again = self.spool.count - len(self.promised)
        assert again >= 0
        self.promised = self.removed[len(self.removed) - again :] + self.promised
        self.removed = self.removed[: len(self.removed) - again]

    @invariant()
    def counts(self) -> None:
        """Compare what it says of itself."""
        assert self.spool.count == len(self.promised)
        assert self.spool.oldest_at == (self.promised[0].at if self.promised else 0)
        assert self.spool.size == sum(path.stat().st_size for path in self.folder.glob(f"*{SUFFIX}"))

    def teardown(self) -> None:
        """Compare all that is left."""
        assert read_all(self.spool) == self.promised
        shutil.rmtree(self.folder)


TestAgainstAList = AgainstAList.TestCase
TestAgainstAList.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
