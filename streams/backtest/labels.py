"""What alerts are worth, measured by labels.

A label is one known experience: customer, subject, the time by which the customer had made up their mind, 1 = it was
bad, 0 = it was fine. An alert matches a label of the same customer, and of the same subject where both have one.

What counts, for each rule and for all rules together:

- Each alert counts once, in its last revision, unless that one is retracted or only watching. Good news do not count.
- An alert that matches a bad label is right: every bad label it matches is a true positive, once however many alerts
  match it, and a bad label without an alert is a false negative.
- An alert that matches only fine labels is a false positive, charged to the label nearest in time; a label is charged
  once however many alerts come to it.
- An alert that matches no label says nothing about the rule, since nobody knows: it is `unlabelled`.
- The lead is how long before the label's time the first matching alert started; a label is decided before when that
  is more than nothing.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import msgspec

from streams.alerts.alert import POSITIVE, Alert, Status
from streams.codec.times import from_rfc3339
from streams.errors import Finding, LoadError
from streams.touchpoints.label import BAD, COLUMNS, FINE, Label

ALL_RULES: Final = "all"
_UNCOUNTED: Final = (Status.WATCHING, Status.RETRACTED)
_DIGITS: Final = {str(BAD): BAD, str(FINE): FINE}
_MS_AN_HOUR: Final = 3_600_000
_MOST_FINDINGS: Final = 20


class Lead(msgspec.Struct, frozen=True):
    """Quantiles of the lead in hours; negative where the alert came after the label."""

    p10: float
    p50: float
    p90: float


class Score(msgspec.Struct, frozen=True):
    """How one rule, or all, did; a share is None where there is nothing to take a share of."""

    true_positives: int
    false_positives: int
    false_negatives: int
    precision: float | None
    recall: float | None
    decided_before_label: int
    lead_time_hours: Lead | None
    unlabelled: int


class _Case(NamedTuple):
    """What of an alert is matched."""

    rule: str
    customer: str
    subject: str
    started_at: int


def read(lines: Iterable[str], path: str) -> list[Label]:
    """Read a labels file: CSV with the header customer,subject,time,label in any order; other columns are left alone.

    `path` only names the file in findings. Raises LoadError with the line and column of each mistake.
    """
    rows = csv.reader(lines)
    header = [name.strip() for name in next(rows, [])]
    if missing := [name for name in COLUMNS if name not in header]:
        message = f"the header lacks {', '.join(f'`{name}`' for name in missing)}"
        raise LoadError([Finding(path, 1, 1, message, f"start the file with the line {','.join(COLUMNS)}")])
    places = [header.index(name) for name in COLUMNS]
    labels: list[Label] = []
    findings: list[Finding] = []
    for cells in rows:
        if not cells:
            continue
        found = _label(cells, places, path, rows.line_num)
        if isinstance(found, Label):
            labels.append(found)
        else:
            findings.append(found)
        if len(findings) == _MOST_FINDINGS:
            break
    if findings:
        raise LoadError(findings)
    return labels


def _label(cells: list[str], places: list[int], path: str, line: int) -> Label | Finding:
    if len(cells) <= max(places):
        return Finding(path, line, 1, f"the row has {len(cells)} cells", f"it needs {', '.join(COLUMNS)}")
    customer, subject, time, digit = (cells[place].strip() for place in places)
    at, known = from_rfc3339(time), _DIGITS.get(digit)
    if not customer:
        return Finding(path, line, places[0] + 1, "the customer is empty", "name the key that the touchpoints have")
    if at is None:
        remedy = "write RFC 3339 with an offset, like 2018-08-15T04:10:37Z"
        return Finding(path, line, places[2] + 1, f"`{time}` is not a time", remedy)
    if known is None:
        return Finding(path, line, places[3] + 1, f"`{digit}` is not a label", "1 is a bad experience, 0 a fine one")
    return Label(customer, subject, at, known)


def score(alerts: Iterable[Alert], labels: Sequence[Label]) -> dict[str, Score]:
    """Return the score of each rule that raised an alert, by name, and that of ALL_RULES, always there.

    Of several revisions of one alert the highest counts, in whatever order they come.
    """
    by_customer: dict[str, list[Label]] = defaultdict(list)
    for label in labels:
        by_customer[label.customer].append(label)
    by_rule: dict[str, list[_Case]] = {}
    for case in _cases(alerts):
        by_rule.setdefault(case.rule, []).append(case)
    bad = sum(label.label == BAD for label in labels)
    scores = {rule: _score(cases, by_customer, bad) for rule, cases in sorted(by_rule.items())}
    everything = [case for cases in by_rule.values() for case in cases]
    return scores | {ALL_RULES: _score(everything, by_customer, bad)}


def _cases(alerts: Iterable[Alert]) -> list[_Case]:
    last: dict[str, tuple[int, Status, _Case]] = {}
    for alert in alerts:
        if alert.mode == POSITIVE:
            continue
        if alert.alert_id not in last or last[alert.alert_id][0] <= alert.revision:
            case = _Case(alert.rule, alert.customer, alert.subject, alert.started_at)
            last[alert.alert_id] = (alert.revision, alert.status, case)
    return [case for _, status, case in last.values() if status not in _UNCOUNTED]


def _score(cases: list[_Case], by_customer: dict[str, list[Label]], bad: int) -> Score:
    lead_ms: dict[int, int] = {}  # of each bad label that was matched; labels are told apart by identity
    charged: set[int] = set()
    unlabelled = 0
    for case in cases:
        matches = [label for label in by_customer.get(case.customer, ()) if _is_same(label.subject, case.subject)]
        right = [label for label in matches if label.label == BAD]
        for label in right:
            lead = label.time - case.started_at
            lead_ms[id(label)] = max(lead, lead_ms.get(id(label), lead))
        if matches and not right:
            charged.add(id(min(matches, key=lambda label: abs(label.time - case.started_at))))
        unlabelled += not matches
    return _summary(list(lead_ms.values()), len(charged), bad, unlabelled)


def _is_same(one: str, other: str) -> bool:
    return one == other or not one or not other


def _summary(leads_ms: list[int], false_positives: int, bad: int, unlabelled: int) -> Score:
    true_positives = len(leads_ms)
    return Score(
        true_positives=true_positives,
        false_positives=false_positives,
        false_negatives=bad - true_positives,
        precision=_share(true_positives, true_positives + false_positives),
        recall=_share(true_positives, bad),
        decided_before_label=sum(lead > 0 for lead in leads_ms),
        lead_time_hours=_lead([lead / _MS_AN_HOUR for lead in sorted(leads_ms)]),
        unlabelled=unlabelled,
    )


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _lead(hours: list[float]) -> Lead | None:
    return Lead(*(round(_quantile(hours, share), 2) for share in (0.1, 0.5, 0.9))) if hours else None


def _quantile(ordered: list[float], share: float) -> float:
    """Return a quantile of an ordered list, linear between its members."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
