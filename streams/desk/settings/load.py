"""The desk's file to a policy: every mistake found in one pass, with its line, column and remedy."""

from collections.abc import Mapping as Map
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from streams import documents
from streams.codec import calendars
from streams.codec.vocabulary import shipped
from streams.desk.routing.digest import DigestPolicy
from streams.desk.routing.policy import ROOT, Policy
from streams.desk.routing.quiet import BY_SEVERITY, DAY_MS, QuietPolicy, Urgency
from streams.desk.routing.rank import HOUR_MS, WEIGHTS, RankPolicy
from streams.desk.settings import matchers, people, receivers, rotas, routes
from streams.desk.settings.section import Names, inner
from streams.documents import Items, Mapping
from streams.errors import Finding, LoadError
from streams.rules.fields import Fields, Findings
from streams.touchpoints.calendar import Calendar

KEYS: Final = (
    "calendars",
    "receivers",
    "on_call",
    "teams",
    "digest",
    "severities",
    "working_hours",
    "page_horizon",
    "rank",
    "escalations",
    "route",
    "inhibitions",
    "silences",
    *people.KEYS,
)
_ROOT: Final = "begin with `receivers:` and `route: {receiver: ...}`"
_SEVERITIES: Final = "write severities: {low: digest, medium: queue, high: page_in_hours, critical: page}"
_RANK: Final = "write rank: {weights: {critical: 8}, value_unit: 100, soon: 24h}"
_MOST_CHARACTERS: Final = 1_000_000


def read(path: Path, now: datetime | None = None) -> Policy:
    """Return the policy of a file and of the rotas that it names; raises LoadError with every mistake.

    Rotas are read for half a year from `now` on: read the file again at least every day.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        remedy = "name a file of the desk that exists and is UTF-8 text"
        raise LoadError([Finding(str(path), 1, 1, "cannot be read", remedy)]) from error
    return load(text, str(path), path.parent, now or datetime.now(UTC))


def rota_files(path: Path) -> tuple[Path, ...]:
    """Return the files of rotas that a file names; none where it cannot be read or is wrong."""
    try:
        node = documents.read(path.read_text("utf-8"), str(path))
    except (OSError, UnicodeDecodeError, LoadError):
        return ()
    if not isinstance(node, Mapping):
        return ()
    return rotas.files(Fields(node, "a file of the desk", KEYS, Findings(str(path))), path.parent)


def load(text: str, path: str, folder: Path, now: datetime, known: Map[str, Calendar] | None = None) -> Policy:
    """Return the policy that a text says; `path` names it, files of rotas are looked for from `folder` on.

    `known` are calendars that it may name beside its own: those of the shipped vocabulary, unless others are given.
    """
    findings = Findings(path)
    if len(text) > _MOST_CHARACTERS:
        raise LoadError([Finding(path, 1, 1, f"more than {_MOST_CHARACTERS} characters", "leave some out")])
    node = documents.read(text, path)
    if not isinstance(node, Mapping):
        findings.add(node or Items(1, 1, ()), "a file of the desk must be a mapping", _ROOT)
        findings.raise_any()
        return Policy()
    names = Names(findings, shipped().calendars if known is None else known)
    policy = _policy(Fields(node, "a file of the desk", KEYS, findings), names, folder, now)
    findings.raise_any()
    return policy


def _policy(fields: Fields, names: Names, folder: Path, now: datetime) -> Policy:
    if "calendars" in fields:
        names.calendars |= calendars.read(fields.node_of("calendars"), names.findings)
    people.of(fields)  # which notes what is wrong with them; who signs people in reads them again
    receivers.declare(fields, names)
    digest = receivers.digest(
        inner(fields, "digest", "`digest`", receivers.DIGEST_KEYS, "write digest: {receiver: support-mail}"),
        names,
        DigestPolicy(),
    )
    return Policy(
        receivers=receivers.receivers(fields, names),
        teams=receivers.teams(fields, names, digest),
        digest=digest,
        quiet=_quiet(fields, names),
        rank=_rank(fields),
        escalations=routes.escalations(fields, names),
        route=routes.root(fields, "route", names) or ROOT,
        inhibitions=matchers.inhibitions(fields),
        silences=matchers.silences(fields),
        rotas=rotas.read(fields, names, folder, now),
        calendars=names.calendars,
    )


def _quiet(fields: Fields, names: Names) -> QuietPolicy:
    one = inner(fields, "severities", "`severities`", tuple(BY_SEVERITY), _SEVERITIES)
    urgency = {
        severity: default if one is None else one.choice(severity, Urgency, default)
        for severity, default in BY_SEVERITY.items()
    }
    return QuietPolicy(
        urgency=urgency,
        working_hours=names.calendar(fields, "working_hours"),
        horizon_ms=fields.duration("page_horizon", "write page_horizon: 24h", default=DAY_MS),
    )


def _rank(fields: Fields) -> RankPolicy:
    one = inner(fields, "rank", "`rank`", ("weights", "value_unit", "soon"), _RANK)
    if one is None:
        return RankPolicy()
    inside = inner(one, "weights", "`weights`", tuple(WEIGHTS), _RANK)
    weights = {
        severity: default if inside is None or severity not in inside else _positive(inside, severity)
        for severity, default in WEIGHTS.items()
    }
    return RankPolicy(
        weights=weights,
        value_unit=_positive(one, "value_unit") if "value_unit" in one else 100.0,
        soon_ms=one.duration("soon", _RANK, default=24 * HOUR_MS),
    )


def _positive(fields: Fields, key: str) -> float:
    value = fields.number(key, _RANK)
    if value <= 0:
        fields.findings.add(fields.node_of(key), f"`{key}` must be more than nothing", _RANK)
    return value
