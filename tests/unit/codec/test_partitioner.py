"""The partitioner is Kafka's, bit for bit."""

from aiokafka.partitioner import murmur2
from hypothesis import given
from hypothesis import strategies as st

from streams.codec.partitioner import home_of


@given(st.binary(max_size=200), st.integers(1, 64))
def test_same_as_the_client(key: bytes, partitions: int) -> None:
    """Every key goes where the client's own implementation sends it."""
    assert home_of(key, partitions) == (murmur2(key) & 0x7FFFFFFF) % partitions


def test_known_values() -> None:
    """The values that Kafka's own tests hold (UtilsTest.testMurmur2, positive and modulo 2**31 - 1)."""
    known = {b"21": -973932308, b"foobar": -790332482, b"a-little-bit-long-string": -985981536}
    for key, value in known.items():
        assert home_of(key, 2**31) == value & 0x7FFFFFFF
