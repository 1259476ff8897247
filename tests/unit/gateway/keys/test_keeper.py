"""How an administrator changes keys."""

from pathlib import Path

import pytest

from streams.errors import UsageError
from streams.gateway.keys.file import place
from streams.gateway.keys.keeper import Keeper
from streams.gateway.keys.key import Key
from streams.gateway.keys.secret import key_id_of

NOW = 1_800_000_000_000
WANTED = Key(id="", source="//shop.example", types=("payment.*",), revoked_at=3)


@pytest.fixture
def keeper(tmp_path: Path) -> Keeper:
    """One that changes the keys of a new folder."""
    return Keeper(place(tmp_path), lambda: NOW)


def test_a_key_is_made_listed_rotated_and_revoked(keeper: Keeper) -> None:
    """The newest stands first; the secret is in no file."""
    first, text = keeper.create(WANTED)
    assert (first.id, first.created_at, first.revoked_at) == (key_id_of(text), NOW, 0)
    rotated = keeper.rotate(first.id)
    assert rotated is not None
    second, _ = rotated
    assert (second.types, second.id == first.id) == (first.types, False)
    assert keeper.all() == [second, first]
    assert keeper.revoke(first.id)
    assert not keeper.revoke(first.id)
    assert keeper.all() == [second]
    assert not keeper.revoke("nobody")
    assert keeper.rotate("nobody") is None


def test_a_third_live_key_is_refused_and_nothing_is_written(keeper: Keeper) -> None:
    """Rotation of a key that has its second already is told the same."""
    keeper.create(WANTED)
    second, _ = keeper.create(WANTED)
    with pytest.raises(UsageError, match="2 live"):
        keeper.create(WANTED)
    with pytest.raises(UsageError, match="2 live"):
        keeper.rotate(second.id)
    assert len(keeper.all()) == 2


def test_no_secret_is_in_the_folder(keeper: Keeper, tmp_path: Path) -> None:
    """Who reads the file can send nothing."""
    _, text = keeper.create(WANTED)
    kept = b"".join(one.read_bytes() for one in place(tmp_path).parent.iterdir())
    assert text.encode() not in kept
    assert text[-43:].encode() not in kept
