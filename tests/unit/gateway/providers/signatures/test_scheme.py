"""Which check belongs to which scheme."""

from streams.gateway.providers.mapping import Scheme
from streams.gateway.providers.signatures.scheme import CHECKS, FETCHING


def test_each_scheme_has_one_check() -> None:
    """A scheme that a mapping file may name is checked, and by one module."""
    assert sorted([*CHECKS, *FETCHING]) == sorted(Scheme)
