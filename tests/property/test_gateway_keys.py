"""Whatever an administrator does to keys, what is promised of them holds."""

from collections import Counter

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from streams.gateway.keys import book
from streams.gateway.keys.book import MAX_LIVE, Book, Entry
from streams.gateway.keys.flaw import Flaw, UnfitError
from streams.gateway.keys.key import Key, Kind

DAY = 86_400_000


class Life(RuleBasedStateMachine):
    """Keys are made, replaced, ended and forgotten while time goes by."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1_800_000_000_000
        self.book: Book = {}
        self.ever: set[str] = set()
        self.ended: set[str] = set()

    def add(self, key: Key) -> None:
        """Make a key, or be told why there can be no third."""
        id_ = f"{len(self.ever):016x}"
        made = msgspec.structs.replace(key, id=id_, created_at=self.now)
        wanted = Entry(key=made, digest="0" * 64)
        try:
            self.book = book.add(self.book, wanted, self.now)
        except UnfitError as error:
            assert error.flaw is Flaw.LIVE  # noqa: PT017 - any other is a mistake of this test
            return
        self.ever.add(id_)

    @rule(source=st.sampled_from(["shop", "shop/eu", "mail"]), provider=st.sampled_from(["", "sendgrid"]),
          days=st.integers(0, 3))  # fmt: skip
    def create(self, source: str, provider: str, days: int) -> None:
        """Ask for a new key."""
        kind = Kind.WEBHOOK if provider else Kind.SERVER
        self.add(
            Key(id="", source=source, kind=kind, provider=provider, expires_at=self.now + days * DAY if days else 0)
        )

    @precondition(lambda self: self.book)
    @rule(data=st.data())
    def replace(self, data: st.DataObject) -> None:
        """Ask for another one with the rights of one that there is."""
        new = book.replacement(self.book, data.draw(st.sampled_from(sorted(self.book))), self.now)
        if new is not None:
            self.add(new)

    @precondition(lambda self: self.book)
    @rule(data=st.data())
    def revoke(self, data: st.DataObject) -> None:
        """End a key, or forget it."""
        id_ = data.draw(st.sampled_from(sorted(self.book)))
        self.book = book.revoke(self.book, id_, self.now)
        self.ended.add(id_)

    @rule(days=st.integers(1, 2))
    def wait(self, days: int) -> None:
        """Let time go by."""
        self.now += days * DAY

    @invariant()
    def no_source_has_more_than_two_live_keys_of_a_kind(self) -> None:
        """So a rotation comes to an end."""
        live = Counter(
            (entry.key.source, entry.key.kind, entry.key.provider)
            for entry in self.book.values()
            if entry.key.is_valid(self.now)
        )
        assert max(live.values(), default=0) <= MAX_LIVE

    @invariant()
    def what_was_revoked_never_opens_anything_again(self) -> None:
        """Whatever happened since."""
        assert [id_ for id_ in self.ended if id_ in self.book and self.book[id_].key.is_valid(self.now)] == []

    @invariant()
    def every_book_can_be_read_again(self) -> None:
        """What is written is no wrong file."""
        assert book.read(self.book.values()) == self.book


TestLife = Life.TestCase
