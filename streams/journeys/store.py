"""Where the records of a partition's journeys are kept: what `alerts.partition` asks of it, whatever keeps them."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import Any, Final, NamedTuple, Protocol


class Survey(NamedTuple):
    """What the headers of all records say: (due, key) of each, keys by flag, and the largest offset of each topic.

    Of a topic it may be more than any record says, when the record that said it has been replaced.
    """

    due: list[tuple[int, bytes]]
    pending: list[bytes]
    waiting: list[bytes]
    taken: dict[int, int]


class Store(Protocol):
    """Records by key, as `journey.encode` made them. Nothing is decoded, and nothing need survive the process.

    The changelog is the truth: whoever has claimed the partition begins with an empty store and restores it.
    """

    @property
    def bytes_held(self) -> int:
        """Bytes of all records."""

    def restore(self, pairs: Iterable[tuple[bytes, bytes | None]]) -> None:
        """Take changelog records in order, in today's layout (see `layouts`); None is a tombstone."""

    def survey(self) -> Survey:
        """Read every header; raises CorruptError for one that cannot be read, if `restore` has not."""

    def get(self, key: bytes) -> bytes | None:
        """Return the record, or None."""

    def due(self, key: bytes) -> int:
        """Return when the journey of the record is due, or -1 when there is none."""

    def put(self, key: bytes, record: bytes) -> None:
        """Keep a record instead of the one before, if there was one."""

    def drop(self, key: bytes) -> None:
        """Forget a record, if there is one."""

    def keys(self) -> AbstractSet[bytes]:
        """Return the keys as they are; not to be changed meanwhile."""

    def regimes(self) -> Iterator[tuple[bytes, int]]:
        """Yield each key and the number of the rules under which its journey was folded."""

    def __len__(self) -> int:
        """Return how many records there are."""

    def __contains__(self, key: object) -> bool:
        """Return whether there is a record."""


class _Released:
    """No store any more: an empty one would say that all journeys have been deleted."""

    bytes_held = 0

    def __len__(self) -> int:
        """Return that there are none: metrics may look once more."""
        return 0

    def __contains__(self, key: object) -> bool:
        """Refuse."""
        raise LookupError("the journeys have been let go")

    def __getattr__(self, name: str) -> Any:
        """Refuse."""
        raise LookupError(f"the journeys have been let go: {name}")


RELEASED: Final[Any] = _Released()
