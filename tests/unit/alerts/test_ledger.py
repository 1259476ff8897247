"""The ledger: what was said, what is still to be acknowledged, and what may be forgotten."""

from typing import Final

import msgspec

from streams.alerts import ledger as ledgers
from streams.alerts.alert import Alert, Status
from streams.alerts.ledger import Ledger, Said
from streams.alerts.render import render
from streams.journeys.state import Episode

BARE: Final = render(Episode("r", 1, "", 0, "firing", "high", 5, 5), None, "c1")


def alert(identity: str, revision: int) -> Alert:
    """Return an alert of which only id and revision matter."""
    return msgspec.structs.replace(BARE, alert_id=identity, revision=revision)


def said(revision: int, status: str = "firing", *, final: bool = False) -> Said:
    """Return an entry."""
    return Said(revision, status, b"digest", 5, "high", final)


def test_what_is_acknowledged_leaves_the_outbox() -> None:
    """By id and revision; what was added meanwhile stays, in order."""
    book = Ledger({}, [alert("a", 1), alert("b", 1), alert("a", 2)])
    book.settle([alert("a", 1)])
    assert [(one.alert_id, one.revision) for one in book.outbox] == [("b", 1), ("a", 2)]
    book.settle([alert("a", 2), alert("b", 1), alert("never", 9)])
    assert book.outbox == []


def test_final_episodes_are_forgotten_once_nothing_is_pending() -> None:
    """Before that the record that says them may still be sent again."""
    book = Ledger({"x": said(2), "y": said(1)}, [alert("x", 2)])
    book.finish(["x", "unknown"], 10)
    assert set(book.said) == {"x", "y"}
    book.settle([alert("x", 2)])
    assert set(book.said) == {"y"}


def test_above_the_limit_retracted_ones_go_and_their_revisions_stay_used() -> None:
    """What stands is never forgotten, however much it is."""
    book = Ledger({f"f{number}": said(1) for number in range(3)}, [])
    book.said |= {f"r{number}": said(4 + number, Status.RETRACTED) for number in range(3)}
    book.finish([], 4)
    assert list(book.said) == ["f0", "f1", "f2", "r2"]
    assert [book.next_revision(name) for name in ("f0", "r2", "r0", "new")] == [2, 7, 6, 6]
    book.finish([], 0)
    assert list(book.said) == ["f0", "f1", "f2"]


def test_a_ledger_survives_its_bytes() -> None:
    """Outbox, revisions, clock and all; an empty one takes no room."""
    book = Ledger({"x": said(2, final=True)}, [alert("x", 2)], 77, 3)
    assert ledgers.decode(ledgers.encode(book)) == book
    assert (ledgers.encode(None), ledgers.encode(Ledger({}, [])), ledgers.decode(b"")) == (b"", b"", None)
    assert ledgers.decode(ledgers.encode(Ledger({}, [], 0, 3))) == Ledger({}, [], 0, 3)
