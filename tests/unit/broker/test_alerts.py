"""Each alert revision once."""

from streams.alerts.alert import Alert, Status
from streams.broker.alerts import Seen


def alert(alert_id: str, revision: int) -> Alert:
    """Return a revision of an alert."""
    return Alert(alert_id, revision, Status.FIRING, "r", 1, "FMOT", "high", "ana", "", 0, 0, 0, {}, {})


def test_a_revision_is_new_once() -> None:
    """A worker that crashed says again what it had said; both revisions come in their order."""
    seen = Seen()
    said = [("a", 1), ("a", 1), ("b", 1), ("a", 2), ("a", 1), ("a", 2), ("b", 1)]
    assert [each for at, each in enumerate(said) if seen.is_new(alert(*each))] == [("a", 1), ("b", 1), ("a", 2)]


def test_a_repeated_revision_of_an_old_alert_does_not_pass() -> None:
    """After a jump in revisions the lower ones are old, too."""
    seen = Seen()
    assert [seen.is_new(alert("a", revision)) for revision in (5, 3, 6)] == [True, False, True]


def test_memory_is_bounded() -> None:
    """The alert that was silent for longest is forgotten first."""
    seen = Seen(remembered=2)
    for name in ("a", "b"):
        seen.is_new(alert(name, 1))
    seen.is_new(alert("a", 2))
    seen.is_new(alert("c", 1))
    assert [seen.is_new(alert("a", 2)), seen.is_new(alert("b", 1))] == [False, True]
