"""All that somebody wrote down of who is told what and when: plain data, read by `desk.settings`."""

from collections.abc import Mapping
from typing import Final

import msgspec

from streams.desk.routing.digest import DigestPolicy
from streams.desk.routing.escalation import Escalation
from streams.desk.routing.oncall import Rota, on_call
from streams.desk.routing.quiet import QuietPolicy
from streams.desk.routing.rank import Budget, RankPolicy
from streams.desk.routing.receivers import TEAM, Receiver, Team
from streams.desk.routing.silences import Inhibition, Silence
from streams.desk.routing.tree import Route
from streams.touchpoints.calendar import Calendar

ROOT: Final = Route(name="root", receiver="")


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the desk. Without one nobody is told: every case is in the queue or in the digest.

    Names of receivers, rotas and teams are of one space. `silences` are those of the file; others come from people.
    """

    route: Route = ROOT
    receivers: Mapping[str, Receiver] = {}
    rotas: Mapping[str, Rota] = {}
    teams: Mapping[str, Team] = {}
    escalations: Mapping[str, Escalation] = {}
    calendars: Mapping[str, Calendar] = {}
    inhibitions: tuple[Inhibition, ...] = ()
    silences: tuple[Silence, ...] = ()
    quiet: QuietPolicy = QuietPolicy()
    rank: RankPolicy = RankPolicy()
    digest: DigestPolicy = DigestPolicy()  # of teams that say nothing of theirs

    def team(self, name: str) -> Team:
        """Return a team; one that the file does not know has only its name and the digest of all."""
        return self.teams.get(name) or Team(name=name, digest=self.digest)

    def budgets(self) -> dict[str, Budget]:
        """Return what each team can take on."""
        return {name: team.budget for name, team in self.teams.items()}

    def receivers_of(self, name: str, team: str, at: int) -> tuple[str, ...]:
        """Return the receivers that a name stands for at this instant; none for a name that stands for nobody.

        `team` is whoever the case's team names, and where that is nobody, whoever the root does.
        """
        if name == TEAM:
            name = self.team(team).receiver or self.route.receiver
        elif name in self.teams:
            name = self.teams[name].receiver
        if name in self.rotas:
            return on_call(self.rotas[name], at).receivers
        return (name,) if name in self.receivers else ()
