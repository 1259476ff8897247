"""Two sets of rules over the same touchpoints: what the new one says and the old one does not, and what that is worth.

An alert counts in its last revision, unless that one is retracted or only watching. Two alerts of one rule, customer
and subject are the same one when they start at the same time, else when they overlap in time; the same one has changed
when one of CHANGES differs. What is left is lost (only the old rules say it) or gained (only the new ones).
Ids do not decide: they count episodes, so one that is new moves all that follow.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from streams.alerts.alert import Alert, Status
from streams.backtest.labels import ALL_RULES, Score, score
from streams.errors import UsageError
from streams.rules.model import Mode, Rule
from streams.touchpoints.label import Label

CHANGES: Final = ("started_at", "ended_at", "status", "severity", "mode")
_UNCOUNTED: Final = (Status.WATCHING, Status.RETRACTED)
_MS_AN_HOUR: Final = 3_600_000
_NEVER: Final = 1 << 62


class Difference(msgspec.Struct, frozen=True):
    """One alert that is not the same: `old` is None when it is gained, `new` when it is lost; `fields` are of both."""

    old: Alert | None
    new: Alert | None
    fields: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """Return gained, lost or changed."""
        return "gained" if self.old is None else "lost" if self.new is None else "changed"


class Load(msgspec.Struct, frozen=True):
    """What a team has to do: live alerts in all, by the hour on average, and in the worst hour."""

    alerts: int
    per_hour: float
    busiest_hour: int


class Side(msgspec.Struct, frozen=True):
    """What one set of rules says. `teams` is by owner, `rules` counts by rule, `scores` is empty without labels."""

    alerts: int
    rules: dict[str, int]
    teams: dict[str, Load]
    scores: dict[str, Score]


class Comparison(msgspec.Struct, frozen=True):
    """Both sides and what is different, rule by rule in the order of their names."""

    hours: float
    old: Side
    new: Side
    differences: tuple[Difference, ...]

    def count(self, kind: str, rule: str | None = None) -> int:
        """Return how many differences of a kind there are, of one rule or of all."""
        return sum(each.kind == kind and rule in (None, _either(each).rule) for each in self.differences)


class Thresholds(msgspec.Struct, frozen=True):
    """What makes the new rules worse; None is no threshold. `most_per_hour` is of each team, on average."""

    most_lost: int | None = None
    most_gained: int | None = None
    least_precision: float | None = None
    least_recall: float | None = None
    most_per_hour: float | None = None


def compare(
    old: tuple[Iterable[Alert], Sequence[Rule]],
    new: tuple[Iterable[Alert], Sequence[Rule]],
    labels: Sequence[Label] | None,
    hours: float,
) -> Comparison:
    """Compare the last revisions that two sets of rules gave of the same touchpoints, which spanned so many hours."""
    before, after = _counted(old[0]), _counted(new[0])
    found = sorted(_differences(before, after), key=lambda each: _order(_either(each)))
    return Comparison(
        round(hours, 2), _side(before, old[1], labels, hours), _side(after, new[1], labels, hours), tuple(found)
    )


def worse(comparison: Comparison, thresholds: Thresholds) -> list[str]:
    """Return in which ways the new rules are worse than allowed; a share that nobody can know is not enough.

    Raises UsageError for a threshold that needs labels where there were none.
    """
    found = []
    for kind, most in (("lost", thresholds.most_lost), ("gained", thresholds.most_gained)):
        if most is not None and (count := comparison.count(kind)) > most:
            found.append(f"{count} alerts {kind}, more than {most}")
    for name, least in (("precision", thresholds.least_precision), ("recall", thresholds.least_recall)):
        if least is not None:
            if not comparison.new.scores:
                raise UsageError(f"nobody knows the {name}", place=f"--min-{name}", remedy="give --labels as well")
            share: float | None = getattr(comparison.new.scores[ALL_RULES], name)
            if share is None or share < least:
                found.append(f"{name} {'unknown' if share is None else f'{share:.3f}'}, less than {least:g}")
    for team, load in comparison.new.teams.items():
        if thresholds.most_per_hour is not None and load.per_hour > thresholds.most_per_hour:
            found.append(f"{load.per_hour:g} alerts an hour for {team}, more than {thresholds.most_per_hour:g}")
    return found


def _counted(alerts: Iterable[Alert]) -> list[Alert]:
    return [alert for alert in alerts if alert.status not in _UNCOUNTED]


def _differences(old: list[Alert], new: list[Alert]) -> list[Difference]:
    found: list[Difference] = []
    earlier, later = _by_case(old), _by_case(new)
    for case in earlier.keys() | later.keys():
        found += _of_one_case(earlier[case], later[case])
    return found


def _by_case(alerts: list[Alert]) -> defaultdict[tuple[str, str, str], list[Alert]]:
    found: defaultdict[tuple[str, str, str], list[Alert]] = defaultdict(list)
    for alert in sorted(alerts, key=lambda each: each.started_at):
        found[alert.rule, alert.customer, alert.subject].append(alert)
    return found


def _of_one_case(old: list[Alert], new: list[Alert]) -> list[Difference]:
    """Return the differences between the episodes of one rule, customer and subject, which do not overlap on a side."""
    starts = {alert.started_at: alert for alert in old}
    pairs = [(starts.pop(alert.started_at, None), alert) for alert in new]
    left = list(starts.values())
    found = []
    for before, alert in pairs:
        match = before or next((each for each in left if _overlap(each, alert)), None)
        if match is None:
            found.append(Difference(None, alert))
            continue
        if before is None:
            left.remove(match)
        if fields := tuple(name for name in CHANGES if getattr(match, name) != getattr(alert, name)):
            found.append(Difference(match, alert, fields))
    return found + [Difference(alert, None) for alert in left]


def _overlap(one: Alert, other: Alert) -> bool:
    return one.started_at <= (other.ended_at or _NEVER) and other.started_at <= (one.ended_at or _NEVER)


def _side(alerts: list[Alert], rules: Sequence[Rule], labels: Sequence[Label] | None, hours: float) -> Side:
    owners = {rule.id: rule.owner for rule in rules}
    return Side(
        len(alerts),
        dict(sorted(Counter(alert.rule for alert in alerts).items())),
        _loads(alerts, owners, hours),
        score(alerts, labels) if labels is not None else {},
    )


def _loads(alerts: list[Alert], owners: Mapping[str, str], hours: float) -> dict[str, Load]:
    by_team: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for alert in alerts:
        if alert.mode == Mode.LIVE:
            by_team[owners.get(alert.rule, "operations")][alert.started_at // _MS_AN_HOUR] += 1
    return {
        team: Load(count.total(), round(count.total() / max(hours, 1.0), 3), max(count.values()))
        for team, count in sorted(by_team.items())
    }


def _either(difference: Difference) -> Alert:
    alert = difference.new or difference.old
    if alert is None:
        raise ValueError("a difference has an alert on one side at least")
    return alert


def _order(alert: Alert) -> tuple[str, int, str, str]:
    return alert.rule, alert.started_at, alert.customer, alert.subject
