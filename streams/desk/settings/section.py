"""What every section of the file is read with: names that must be declared, lists of texts, bounded lists."""

from collections.abc import Collection, Mapping

from streams.desk.routing.receivers import TEAM
from streams.documents import Items, Node, Scalar
from streams.documents import Mapping as MappingNode
from streams.rules.fields import Fields, Findings, did_you_mean
from streams.touchpoints.calendar import Calendar


class Names:
    """What the file declares, to be named elsewhere in it; `people` are receivers and rotas, and teams beside them."""

    def __init__(self, findings: Findings, calendars: Mapping[str, Calendar]) -> None:
        self.findings = findings
        self.calendars = dict(calendars)
        self.declared: dict[str, int] = {}  # receivers, rotas and teams: name -> line
        self.receivers: set[str] = set()
        self.rotas: set[str] = set()
        self.teams: set[str] = set()
        self.escalations: set[str] = set()
        self.silent: set[str] = set()  # teams without a receiver: nobody can be told by their name

    def declare(self, kind: set[str], node: Node, name: str) -> None:
        """Note a receiver, rota or team; no two have the same name."""
        if name == TEAM:
            self.findings.add(node, f"`{TEAM}` means the case's team", "choose another name")
        elif name in self.declared:
            message = f"`{name}` is there already, at line {self.declared[name]}"
            self.findings.add(node, message, "receivers, rotas and teams share one space of names: choose another")
        self.declared.setdefault(name, node.line)
        kind.add(name)

    @property
    def tellable(self) -> set[str]:
        """Whom a route or a step may name."""
        return self.declared.keys() - self.silent

    def check(self, node: Node, name: str, known: Collection[str], what: str) -> None:
        """Note a name that nothing declares."""
        if name and name not in known:
            remedy = did_you_mean(name, sorted(known)) if known else f"declare the {what} in this file"
            self.findings.add(node, f"unknown {what} `{name}`", remedy)

    def calendar(self, fields: Fields, key: str) -> Calendar | None:
        """Return the calendar that a key names; None where it names none."""
        name = fields.text(key, f"name a calendar: {key}: office", "")
        self.check(fields.node_of(key), name, self.calendars, "calendar")
        return self.calendars.get(name)


def texts(fields: Fields, key: str, remedy: str) -> tuple[Scalar, ...]:
    """Return a list of texts, one text alone being a list of it; none where the key is not there."""
    if key not in fields:
        return ()
    node = fields.node_of(key)
    found = []
    for each in node.items if isinstance(node, Items) else (node,):
        if isinstance(each, Scalar) and isinstance(each.value, str) and each.text.strip():
            found.append(each)
        else:
            fields.findings.add(each, f"`{key}` must be a list of texts", remedy)
    return tuple(found)


def listed(fields: Fields, key: str, what: str, remedy: str, most: int) -> tuple[MappingNode, ...]:
    """Return a list of mappings, at most so many; none where the key is not there."""
    if key not in fields:
        return ()
    node, found = fields.node_of(key), []
    if not isinstance(node, Items):
        fields.findings.add(node, f"`{key}` must be a list", remedy)
        return ()
    if len(node.items) > most:
        fields.findings.add(node.items[most], f"more than {most} in `{key}`", "leave some out")
    for each in node.items[:most]:
        if isinstance(each, MappingNode):
            found.append(each)
        else:
            fields.findings.add(each, f"{what} must be a mapping", remedy)
    return tuple(found)


def inner(fields: Fields, key: str, what: str, known: tuple[str, ...], remedy: str) -> Fields | None:
    """Return the keys of a mapping inside; None where it is not there, or is none."""
    node = fields.mapping(key, remedy) if key in fields else None
    return None if node is None else Fields(node, what, known, fields.findings)
