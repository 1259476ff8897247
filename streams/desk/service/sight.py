"""What of the cases somebody may see: as a question to the store, and of one case at hand."""

from streams.desk.access.roles import Right, may
from streams.desk.access.scope import covers, scope_of
from streams.desk.access.viewer import Viewer
from streams.desk.store.cases import Kept
from streams.desk.store.queue import Wanted


def seen_by(viewer: Viewer) -> Wanted:
    """Return all cases of a viewer's teams and stores, closed ones too."""
    scope = scope_of(viewer)
    return Wanted(teams_seen=scope.teams or (), stores_seen=scope.stores or (), closed=None)


def is_seen_by(viewer: Viewer, kept: Kept) -> bool:
    """Return whether a viewer may see a case."""
    return may(viewer, Right.SEE) and covers(scope_of(viewer), kept.case.team, kept.summary.places)
