"""The buckets of many keys."""

from streams.gateway.keys.bucket import Wait
from streams.gateway.keys.key import Key
from streams.gateway.keys.limits import Limits


def key(id_: str) -> Key:
    """A key that may send one item an hour."""
    return Key(id=id_, source="shop", rate=1 / 3600, burst=1)


def test_each_key_has_a_bucket_of_its_own() -> None:
    """What one has used up, another has not."""
    limits = Limits(10)
    assert limits.spend(key("a"), 1, 0) is None
    assert limits.spend(key("a"), 1, 0) == Wait(3600)
    assert limits.spend(key("b"), 1, 0) is None


def test_memory_is_bounded_however_many_keys_come() -> None:
    """The oldest bucket is forgotten, and so is full again."""
    limits = Limits(3)
    assert [limits.spend(key(name), 1, 0) for name in "abcd"] == [None] * 4
    assert len(limits) == 3
    assert limits.spend(key("d"), 1, 0) == Wait(3600)
    assert limits.spend(key("a"), 1, 0) is None


def test_buckets_of_keys_that_are_gone_are_forgotten() -> None:
    """The others keep what they have left."""
    limits = Limits(3)
    for name in "ab":
        limits.spend(key(name), 1, 0)
    limits.keep({"b"})
    assert len(limits) == 1
    assert limits.spend(key("b"), 1, 0) == Wait(3600)
