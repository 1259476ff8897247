"""What is declared of sources, from YAML; and outages as JSON lines, which a backtest can be given.

```yaml
sources:
  - source: //pos/madrid-*
    group: true              # all of them are one source
    blind_after: 20m         # a longer silence within the opening hours is one too long
    open: [Mon-Fri 09:00-21:30, Sat 10:00-22:00]
    time_zone: Europe/Madrid
    late_after: 5m           # what comes later than this shows a backlog
```
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from streams import documents
from streams.codec.times import from_rfc3339, to_rfc3339
from streams.documents import Items, Mapping, Node, Scalar
from streams.errors import Finding, LoadError, UsageError
from streams.journeys.holds import Outage
from streams.journeys.rhythm import Expectation, Hours, Policy
from streams.rules.fields import Fields, Findings

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY: Final = 1_440
_WEEK: Final = 7 * _DAY
_SPAN: Final = re.compile(r"(\w{3})(?:-(\w{3}))? (\d\d):(\d\d)-(\d\d):(\d\d)")
_OPEN: Final = "write open: [Mon-Fri 09:00-21:30, Sat 10:00-14:00], in full quarters of an hour"
_STARS: Final = 4  # in a pattern
_MOST: Final = 1_000  # declarations
_ROOT: Final = "begin the file with `sources:` and one `- source: ...` for each"
_FIRST_YEAR, _LAST_YEAR = 2000, 2060
_TIMES: Final = ("since", "decided", "until")


def read(paths: Iterable[str | Path]) -> Policy:
    """Return what these files declare, the first file first; none declare nothing. Raises LoadError."""
    findings: list[Finding] = []
    expectations: list[Expectation] = []
    for path in paths:
        try:
            expectations += load(Path(path).read_text("utf-8"), str(path))
        except LoadError as error:
            findings += error.findings
        except (OSError, UnicodeDecodeError) as error:
            remedy = "name a file of sources that exists and is UTF-8 text"
            findings.append(Finding(str(path), 1, 1, f"cannot be read: {error}", remedy))
    if findings:
        raise LoadError(findings)
    return Policy(expectations=tuple(expectations))


def load(text: str, path: str) -> tuple[Expectation, ...]:
    """Return what one file declares, in its order; `path` only names it. Raises LoadError with every finding."""
    findings = Findings(path)
    root = documents.read(text, path)
    found: list[Expectation] = []
    if not isinstance(root, Mapping):
        findings.add(root or Items(1, 1, ()), "a file of sources must be a mapping", _ROOT)
    else:
        fields = Fields(root, "a file of sources", ("sources",), findings)
        node = fields.need("sources", _ROOT)
        if node is not None and not isinstance(node, Items):
            findings.add(node, "`sources` must be a list", _ROOT)
        listed = node.items if isinstance(node, Items) else ()
        if len(listed) > _MOST:
            findings.add(listed[_MOST], f"more than {_MOST} declarations", "use patterns: //pos/*/till-*")
        lines: dict[str, int] = {}
        for each in listed:
            found += _expectation(each, findings, lines)
    findings.raise_any()
    return tuple(found)


def _expectation(node: Node, findings: Findings, lines: dict[str, int]) -> list[Expectation]:
    if not isinstance(node, Mapping):
        findings.add(node, "a source must be a mapping", "write {source: //pos/*, blind_after: 20m}")
        return []
    known = ("source", "group", "blind_after", "open", "time_zone", "late_after")
    fields = Fields(node, "a source", known, findings)
    pattern = fields.text("source", "name the source, with * for any text: source: //pos/*")
    at = fields.node_of("source")
    if pattern.count("*") > _STARS:
        findings.add(at, f"more than {_STARS} `*` in a pattern", "declare the sources in several patterns")
    if pattern in lines:
        findings.add(at, f"`{pattern}` is declared already, at line {lines[pattern]}", "remove one of the two")
    lines[pattern] = at.line
    remedy = "say how long a silence is one too long: blind_after: 20m"
    blind_after_ms = fields.duration("blind_after", remedy, default=0)
    if "open" in fields and not blind_after_ms:
        message = "opening hours alone judge no silence"
        findings.add(fields.node_of("open"), message, "add blind_after: 20m; without both, the rhythm is learnt")
    if "time_zone" in fields and "open" not in fields:
        findings.add(fields.node_of("time_zone"), "a time zone without opening hours", _OPEN)
    late_ms = fields.duration("late_after", "say when a touchpoint is late: late_after: 5m", default=0)
    return [
        Expectation(
            pattern=pattern,
            blind_after_ms=blind_after_ms,
            hours=_hours(fields, findings) if "open" in fields else None,
            late_ms=late_ms,
            is_group=_flag(fields, "group", findings),
        )
    ]


def _flag(fields: Fields, key: str, findings: Findings) -> bool:
    node = fields.node_of(key) if key in fields else None
    if node is None or (isinstance(node, Scalar) and isinstance(node.value, bool)):
        return bool(node is not None and isinstance(node, Scalar) and node.value)
    findings.add(node, f"`{key}` must be true or false", f"write {key}: true, or leave it out")
    return False


def _hours(fields: Fields, findings: Findings) -> Hours:
    node = fields.node_of("open")
    listed = node.items if isinstance(node, Items) else (node,)
    spans = [span for each in listed for span in _spans(each, findings)]
    if not listed:
        findings.add(node, "`open` is an empty list", _OPEN)
    zone = fields.text("time_zone", "name a time zone: time_zone: Europe/Madrid", "UTC")
    try:
        offsets = offsets_of(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f"unknown time zone `{zone}`"
        findings.add(fields.node_of("time_zone"), message, "write a name like Europe/Madrid")
        offsets = ((0, 0),)
    return Hours(tuple(spans), offsets)


def _spans(node: Node, findings: Findings) -> list[tuple[int, int]]:
    """Return the minutes of the week of `Mon-Fri 09:00-21:30`; a span over midnight belongs to the day it begins on."""
    text = node.text if isinstance(node, Scalar) else ""
    found = _SPAN.fullmatch(text)
    days = [_DAYS.index(name) for name in (found[1], found[2] or found[1]) if name in _DAYS] if found else []
    if found is None or len(days) != 2:
        findings.add(node, f"`{text}` does not say when it is open", _OPEN)
        return []
    first, end = int(found[3]) * 60 + int(found[4]), int(found[5]) * 60 + int(found[6])
    if first % 15 or end % 15 or first >= _DAY or end > _DAY or int(found[4]) > 59 or int(found[6]) > 59:
        findings.add(node, f"`{text}` is not in full quarters of an hour of a day", _OPEN)
        return []
    length = end - first if end > first else end - first + _DAY
    spans = []
    for day in range(days[0], days[1] + (1 if days[1] >= days[0] else 8)):
        begins = day % 7 * _DAY + first
        spans.append((begins, min(_WEEK, begins + length)))
        if begins + length > _WEEK:
            spans.append((0, begins + length - _WEEK))
    return spans


@cache
def offsets_of(zone: str) -> tuple[tuple[int, int], ...]:
    """Return from when on (ms since the epoch) local time is UTC plus what (ms), for every change in sixty years."""
    info = ZoneInfo(zone)
    at, end = datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(_LAST_YEAR, 1, 1, tzinfo=UTC)
    found = [(0, _offset_ms(info, at))]
    while at < end:
        later = at + timedelta(days=1)
        if _offset_ms(info, later) != found[-1][1]:
            while _offset_ms(info, at) == found[-1][1]:
                at += timedelta(minutes=15)
            found.append((int(at.timestamp()) * 1_000, _offset_ms(info, at)))
        at = later
    return tuple(found)


def _offset_ms(zone: ZoneInfo, at: datetime) -> int:
    return (at.astimezone(zone).utcoffset() or timedelta()) // timedelta(milliseconds=1)


def outage_to_json(outage: Outage) -> bytes:
    """Return an outage as one JSON line; times are RFC 3339, and `until` is left out while it is not over."""
    fields: dict[str, Any] = msgspec.structs.asdict(outage)
    fields |= {name: to_rfc3339(fields[name]) for name in _TIMES if fields[name]}
    if not outage.until:
        del fields["until"]
    return msgspec.json.encode(fields)


def read_outages(path: str | Path) -> list[Outage]:
    """Return the outages of a file of JSON lines; raises UsageError with the line that is none."""
    outages = []
    try:
        lines = Path(path).read_bytes().splitlines()
    except OSError as error:
        raise UsageError(f"cannot read: {error.strerror}", place=str(path), remedy="name a file of outages") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            outages.append(_outage(line, f"{path}:{number}"))
    return outages


def _outage(line: bytes, place: str) -> Outage:
    try:
        fields = msgspec.json.decode(line, type=dict[str, Any])
        for name in _TIMES:
            at = from_rfc3339(str(fields[name])) if name in fields else 0
            if at is None:
                raise msgspec.ValidationError(f"`{name}` is not a time")
            fields[name] = at
        outage = msgspec.convert(fields, Outage)
    except msgspec.MsgspecError as error:
        remedy = "write them with `touchpoint sources list --outages`"
        raise UsageError(f"this is no outage: {error}", place=place, remedy=remedy) from error
    if not 0 < outage.since <= outage.decided or (outage.until and outage.until < outage.decided):
        raise UsageError("`since`, `decided` and `until` are not in this order", place=place, remedy="mend the times")
    return outage
