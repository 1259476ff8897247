"""What was said last under each key, for as long as it is news."""

from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """A dictionary with a bound: the newest keys stay, and none longer than its time (ms) after it was put."""

    def __init__(self, most: int, kept_ms: int, now: Callable[[], int]) -> None:
        self._most = most
        self._kept_ms = kept_ms
        self._now = now
        self._values: dict[str, tuple[int, Value]] = {}

    def put(self, key: str, value: Value) -> None:
        """Keep a value in the place of the one before."""
        self._values.pop(key, None)
        self._values[key] = self._now(), value
        if len(self._values) > self._most:
            del self._values[next(iter(self._values))]

    def get(self, key: str) -> Value | None:
        """Return the value, None where there is none any more."""
        at, value = self._values.get(key, (0, None))
        return value if self._now() - at <= self._kept_ms else None
