"""Which cases are in a person's view: plain sets, for a predicate here and for a WHERE clause in the store."""

from collections.abc import Collection

import msgspec

from streams.desk.access.roles import Right, may
from streams.desk.access.viewer import Viewer


class Scope(msgspec.Struct, frozen=True):
    """A case is in view when its team is one of `teams` and it touches one of `stores`; None leaves it open.

    For a scope that names them, a case without a team, or without any store, is out of view: what belongs to nobody in
    particular is for those who see everything. In SQL: `team IN (...)` and `EXISTS` a store of the case `IN (...)`,
    each only where it is not None. An empty set is never in here.
    """

    teams: frozenset[str] | None = None
    stores: frozenset[str] | None = None

    @property
    def is_open(self) -> bool:
        """Whether every case is in view, so that nothing has to be asked."""
        return self.teams is None and self.stores is None


def scope_of(viewer: Viewer) -> Scope:
    """Return what is in view of somebody; who sees every team keeps to the own stores all the same."""
    teams = None if may(viewer, Right.EVERY_TEAM) else viewer.teams or None
    return Scope(teams, viewer.stores or None)


def covers(scope: Scope, team: str, stores: Collection[str] = ()) -> bool:
    """Return whether a case of this team and these stores is in view."""
    if scope.teams is not None and team not in scope.teams:
        return False
    return scope.stores is None or not scope.stores.isdisjoint(stores)
