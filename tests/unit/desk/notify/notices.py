"""Notices for tests."""

from typing import Any, Final

from streams.desk.notify.notice import About, Kind, Notice, dedup_key
from streams.desk.notify.signing import Links, Signer

NOON: Final = 1_795_348_800_000  # 2026-11-22 12:00 UTC, in ms
LINK: Final = "https://desk.example/cases/0a"
KEY: Final = b"0123456789abcdef0123456789abcdef"
LINKS: Final = Links("https://desk.example", Signer([KEY]))


def notice(**changes: Any) -> Notice:
    """Return a page about case 12, changed as told; the key follows case and receiver."""
    receiver = changes.get("receiver", "store-team")
    fields: dict[str, Any] = {
        "dedup_key": dedup_key(About.CASE, changes.get("case_id", "0a"), receiver),
        "receiver": receiver,
        "about": About.CASE,
        "kind": Kind.OPENED,
        "revision": 1,
        "number": 12,
        "at": NOON,
        "opened_at": NOON - 60_000,
        "severity": "critical",
        "moment": "FMOT",
        "link": LINK,
        "title": {"en": "Payment keeps failing", "es": "El pago falla una y otra vez"},
        "case_id": "0a",
        **changes,
    }
    return Notice(**fields)
