"""The file of keys on a real disk."""

import json
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.errors import CorruptError, TouchpointError
from streams.gateway.keys import file, flaw
from streams.gateway.keys.book import Book, Entry
from streams.gateway.keys.key import Key, Kind

ENTRY = Entry(key=Key(id="0" * 16, source="//shop.example", created_at=5), digest="a" * 64)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the keys of a new data folder are."""
    return file.place(tmp_path / "data")


def put(path: Path, *entries: Entry) -> Book:
    """Write these keys."""
    return file.change(path, lambda _: {entry.key.id: entry for entry in entries})


def test_the_file_is_its_users_alone(path: Path) -> None:
    """Nobody else reads it, and nothing is left beside it but the lock."""
    old = os.umask(0)
    try:
        put(path, ENTRY)
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert {one.name for one in path.parent.iterdir()} == {"keys.json", "keys.lock"}


def test_before_the_first_key_there_is_no_file(path: Path) -> None:
    """That is no error, unless there was one."""
    assert file.read(path) == {}
    assert file.stamp(path) == file.Stamp()
    with pytest.raises(CorruptError, match="cannot be read"):
        file.read(path, must_exist=True)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "truncated"),
        ("[]", "object"),
        ('{"version": 1, "keys": [{}]}', "required field"),
        ('{"version": 2}', "version 2"),
        ('{"version": 1, "key": []}', "unknown field"),
        (json.dumps({"version": 1, "keys": [{"id": "0" * 16, "source": "s", "secret_sha256": "x"}]}), "digest"),
        (json.dumps({"version": 1, "keys": [{"id": "0" * 16, "source": "", "secret_sha256": "a" * 64}]}), "source"),
        (json.dumps({"version": 1, "keys": [{"id": "0" * 16, "source": "s", "secret_sha256": "a" * 64, "expire": 1}]}),
         "unknown field"),
        ("\udcff", "is no file of keys"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_named_with_what_is_wrong_and_what_to_do(path: Path, content: str, message: str) -> None:
    """And it is never written over: somebody may still mend it."""
    path.parent.mkdir(parents=True)
    path.write_bytes(content.encode(errors="surrogateescape"))
    before = path.read_bytes()
    with pytest.raises(CorruptError, match=message) as error:
        file.read(path)
    assert (error.value.place, bool(error.value.remedy)) == (str(path), True)
    with pytest.raises(CorruptError):
        put(path, ENTRY)
    assert path.read_bytes() == before


def test_a_change_that_fails_leaves_the_file_as_it_was(path: Path) -> None:
    """Nothing half-written, and the next change goes through."""
    put(path, ENTRY)

    def fail(_: Book) -> Book:
        raise TouchpointError("no")

    with pytest.raises(TouchpointError, match="no"):
        file.change(path, fail)
    assert file.read(path) == {ENTRY.key.id: ENTRY}
    assert put(path) == {}


def test_a_folder_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    """With the place and the remedy."""
    (tmp_path / "data").write_text("a file")
    with pytest.raises(TouchpointError, match="cannot be written") as error:
        put(file.place(tmp_path / "data"), ENTRY)
    assert error.value.remedy


def test_each_change_has_another_stamp(path: Path) -> None:
    """So that it is seen without reading."""
    stamps = [file.stamp(path)]
    for entries in ((ENTRY,), (), (ENTRY,)):
        put(path, *entries)
        stamps.append(file.stamp(path))
    assert len(set(stamps)) == len(stamps)


ENTRIES = st.builds(
    Entry,
    digest=st.text("0123456789abcdef", min_size=64, max_size=64),
    key=st.builds(
        Key,
        id=st.text("0123456789abcdef", min_size=16, max_size=16),
        source=st.from_regex(r"//[a-zé]{1,20}", fullmatch=True),
        kind=st.just(Kind.BROWSER),
        types=st.lists(st.sampled_from(["page.*", "payment.failed"]), min_size=1, unique=True).map(tuple),
        origins=st.just(("https://shop.example",)),
        rate=st.floats(0.001, flaw.MAX_RATE),
        burst=st.integers(1, flaw.MAX_BURST),
        created_at=st.integers(0, 1 << 50),
        expires_at=st.integers(0, 1 << 50),
        revoked_at=st.integers(0, 1 << 50),
    ),
)


@given(st.lists(ENTRIES, max_size=5, unique_by=lambda entry: entry.key.id))
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, entries: list[Entry]) -> None:
    """Every field of every key, in the same order."""
    path = file.place(tmp_path_factory.mktemp("keys"))
    put(path, *entries)
    assert list(file.read(path).values()) == entries
