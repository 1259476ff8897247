"""All keys, and what may become of them: pure changes from one book to the next."""

import re
from collections.abc import Iterable
from typing import Final

import msgspec

from streams.gateway.keys.flaw import Flaw, UnfitError, check
from streams.gateway.keys.key import Key, Kind

MAX_KEYS: Final = 1_000  # revoked and expired ones too; the next one is refused
MAX_LIVE: Final = 2  # of one source, kind and provider: the old and the new one while it is changed over
_ID: Final = re.compile(r"[0-9a-f]{16}\Z")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}\Z")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A key with the digest of its text."""

    key: Key
    digest: str


Book = dict[str, Entry]  # by the id of the key, the oldest first


def read(entries: Iterable[Entry]) -> Book:
    """Return the book of these entries; raise UnfitError for what `add` would not have made."""
    book: Book = {}
    for number, entry in enumerate(entries):
        place = f"keys[{number}]"
        if number >= MAX_KEYS:
            raise UnfitError(Flaw.FULL, f"there are more than {MAX_KEYS} keys", place=place, remedy="leave some out")
        if not _ID.match(entry.key.id) or entry.key.id in book or not _DIGEST.match(entry.digest):
            raise UnfitError(Flaw.ENTRY, "the id or the digest is no such thing, or the id is there twice", place=place)
        check(entry.key, place)
        book[entry.key.id] = entry
    return book


def add(book: Book, entry: Entry, now: int) -> Book:
    """Return the book with one more key; raise UnfitError where that cannot be."""
    key = entry.key
    check(key)
    if key.expires_at and key.expires_at <= now:
        raise UnfitError(Flaw.EXPIRED, "the key would have expired already", remedy="give a time to come")
    if len(book) >= MAX_KEYS:
        raise UnfitError(Flaw.FULL, f"there are {MAX_KEYS} keys", remedy="revoke some twice: then they are forgotten")
    live = [id_ for id_, kept in book.items() if kept.key.is_valid(now) and _is_twin(kept.key, key)]
    if len(live) >= MAX_LIVE:
        remedy = f"revoke the one that nobody uses any more: touchpoint gateway keys revoke {live[0]}"
        raise UnfitError(
            Flaw.LIVE, f"this source has {MAX_LIVE} live {key.kind} keys already", place=key.source, remedy=remedy
        )
    return {**book, key.id: entry}


def revoke(book: Book, key_id: str, now: int) -> Book:
    """Return the book with a key ended, or, where it opened nothing any more, without it."""
    entry = book.get(key_id)
    if entry is None:
        return book
    if not entry.key.is_valid(now):
        return {id_: kept for id_, kept in book.items() if id_ != key_id}
    ended = msgspec.structs.replace(entry.key, revoked_at=now)
    return {**book, key_id: Entry(key=ended, digest=entry.digest)}


def replacement(book: Book, key_id: str, now: int) -> Key | None:
    """Return a key with the rights of a valid one, to take its place; where that expires, as long-lived from now on."""
    entry = book.get(key_id)
    if entry is None or not entry.key.is_valid(now):
        return None
    lives_ms = entry.key.expires_at - entry.key.created_at
    return msgspec.structs.replace(entry.key, expires_at=now + lives_ms if entry.key.expires_at else 0)


def origins(book: Book, now: int) -> frozenset[str]:
    """Return the origins of all pages that may send with a key of their own."""
    return frozenset(
        origin
        for entry in book.values()
        if entry.key.kind is Kind.BROWSER and entry.key.is_valid(now)
        for origin in entry.key.origins
    )


def _is_twin(one: Key, other: Key) -> bool:
    return (one.source, one.kind, one.provider) == (other.source, other.kind, other.provider)
