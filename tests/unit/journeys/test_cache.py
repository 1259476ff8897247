"""The generations of decoded journeys."""

from streams.journeys.cache import Cache
from streams.journeys.journey import Journey


def filled(limit: int, *keys: bytes) -> Cache:
    """Return a cache that took these in, one after the other, letting go in between."""
    cache = Cache(limit)
    for key in keys:
        cache.put(key, Journey(key.decode()))
        cache.leaving()
    return cache


def names(count: int) -> list[bytes]:
    """Return so many keys."""
    return [f"c{number:03}".encode() for number in range(count)]


def test_never_more_than_the_limit_stay() -> None:
    """Whatever comes in, and whoever leaves comes out of `leaving` once."""
    cache, gone = Cache(10), []
    for key in names(200):
        cache.put(key, Journey(key.decode()))
        gone += [left for left, _ in cache.leaving()]
        assert len(cache) <= 10
    assert len(gone) == len(set(gone)) == 200 - len(cache)
    assert not cache.keys() & set(gone)


def test_whoever_is_used_stays() -> None:
    """Even when a thousand others pass by."""
    cache = filled(10, b"loyal")
    for key in names(1_000):
        cache.put(key, Journey(key.decode()))
        cache.leaving()
        assert cache.get(b"loyal") is not None


def test_one_leaves_for_each_that_comes() -> None:
    """No turn is held up by many at once, once the cache has filled."""
    cache = filled(100, *names(300))
    assert {len(left) for left in _turns(cache, 500)} == {1}


def test_all_of_the_limit_is_used() -> None:
    """Nobody leaves before there is need, and of those who come again and again nobody leaves at all."""
    cache, regulars = filled(100, *names(100)), names(70)
    assert len(cache) == 100
    for key in regulars:
        cache.get(key)
        cache.leaving()
    for turn in range(2_000):
        assert cache.get(regulars[turn % len(regulars)]) is not None
        if turn % 10 == 0:
            cache.put(f"once{turn}".encode(), Journey("once"))
            cache.leaving()
    assert len(cache) == 100


def test_what_is_taken_out_is_gone() -> None:
    """From either generation, and nobody else with it."""
    cache = filled(4, *names(4))
    for key in names(4):
        cache.pop(key)
        assert key not in cache
        assert cache.get(key) is None
    cache.pop(b"nobody")
    assert (len(cache), cache.leaving()) == (0, [])


def _turns(cache: Cache, count: int) -> list[list[tuple[bytes, Journey]]]:
    turns = []
    for number in range(count):
        cache.put(f"new{number}".encode(), Journey("new"))
        turns.append(cache.leaving())
    return turns


def test_to_be_looked_at_is_not_to_be_used() -> None:
    """Who reads a journey out to write it does not keep it from leaving."""
    cache, gone = filled(4, b"idle"), []
    for key in names(20):
        assert b"idle" in gone or cache.find(b"idle") is not None
        cache.put(key, Journey(key.decode()))
        gone += [left for left, _ in cache.leaving()]
    assert b"idle" in gone
