"""Who can be told, as the file names them: receivers with their channels, and teams."""

import msgspec

from streams.desk.routing.digest import DigestPolicy
from streams.desk.routing.rank import Budget
from streams.touchpoints.calendar import Calendar

TEAM = "team"  # in place of a receiver: whoever the case's team names


class Channel(msgspec.Struct, frozen=True):
    """One way to tell a receiver; what `options` must hold depends on the kind. Line and column: of the file."""

    kind: str
    options: dict[str, str]
    line: int = 0
    column: int = 0


class Receiver(msgspec.Struct, frozen=True, kw_only=True):
    """Everything in `channels` is told; `fallback` is the receiver that is told where none of them can be."""

    name: str
    channels: tuple[Channel, ...]
    fallback: str = ""


class Team(msgspec.Struct, frozen=True, kw_only=True):
    """A team: whom to tell (receiver or rota), its working hours where it has its own, and what it can take on."""

    name: str
    receiver: str = ""
    working_hours: Calendar | None = None
    budget: Budget = Budget()
    digest: DigestPolicy = DigestPolicy()
