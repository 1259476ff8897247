"""The plainest thing that could be right: the episodes of crowds, every five minutes counted again from nothing."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from streams.rules.model import Rule, Selector
from streams.rules.over import value_of
from streams.touchpoints.touchpoint import Touchpoint

STEP_MS: Final = 300_000


class Row(NamedTuple):
    """One episode: times in ms since the epoch, `ended_at` 0 while open, `ids` of the first matches."""

    rule: str
    subject: str
    ordinal: int
    status: str
    started_at: int
    ended_at: int
    value: float
    usual: float | None
    ids: tuple[str, ...]


def episodes(touchpoints: Iterable[Touchpoint], rules: Iterable[Rule], clock: int) -> set[Row]:
    """Return what stands at `clock`. Selectors name whole types, and have no `where`."""
    unique = list({(one.source, one.id): one for one in touchpoints}.values())
    found: set[Row] = set()
    for rule in rules:
        assert rule.crowd is not None  # noqa: S101 - a test's own rule
        read = value_of(rule.crowd.over)
        values = {read(one, _data(one)) for one in unique} - {""}
        for value in values:
            own = sorted((one for one in unique if read(one, _data(one)) == value), key=lambda one: (one.time, one.id))
            found |= set(_of_one(own, rule, f"{rule.crowd.over}:{value}", clock))
    return found


def is_of(touchpoint: Touchpoint, rule: Rule, subject: str) -> bool:
    """Return whether a touchpoint is of this crowd."""
    assert rule.crowd is not None  # noqa: S101 - a test's own rule
    return f"{rule.crowd.over}:{value_of(rule.crowd.over)(touchpoint, _data(touchpoint))}" == subject


def _of_one(own: Sequence[Touchpoint], rule: Rule, subject: str, clock: int) -> Iterable[Row]:
    crowd = rule.crowd
    assert crowd is not None  # noqa: S101
    bad = [one for one in own if one.type in crowd.selector.types]
    good = [one for one in own if one.type in (crowd.clean or Selector(())).types]
    if not bad:
        return

    def within(begin: int, end: int) -> list[Touchpoint]:
        return [one for one in bad if begin <= one.time < end]

    def amount(end: int) -> int:
        there = within(end - crowd.within_ms, end)
        return len({one.customer for one in there if one.customer}) if crowd.of else len(there)

    def usual(end: int) -> float:
        if not crowd.baseline_ms:
            return 0.0
        windows = crowd.baseline_ms // crowd.within_ms
        return sum(amount(end - number * crowd.within_ms) for number in range(1, windows + 1)) / windows

    begin = bad[0].time // STEP_MS * STEP_MS
    last = max(own[-1].time, clock) // STEP_MS * STEP_MS
    row: Row | None = None
    ordinal, last_start, calm, clean, limit = 0, -(1 << 60), None, 0, 0.0
    for now in range(begin, last + 2 * STEP_MS, STEP_MS):
        if row is not None and (ended := _ended(row, rule, calm, clean, now, clock)):
            yield row._replace(status=ended[0], ended_at=ended[1])
            row = None
        if row is None:
            value = amount(now + STEP_MS)
            average = usual(now + STEP_MS)
            news = within(now, now + STEP_MS) and now - last_start >= rule.cooldown_ms
            if news and value >= crowd.at_least and not (crowd.times and value < crowd.times * average):
                ordinal, last_start, calm, clean = ordinal + 1, now, None, 0
                limit = max(1.0, crowd.below * average)
                ids = tuple(one.id for one in within(now + STEP_MS - crowd.within_ms, now + STEP_MS))
                shown = crowd.at_least
                while shown * 2 <= value:
                    shown *= 2
                told = round(average, 2) if crowd.times else None
                row = Row(rule.id, subject, ordinal, "firing", now, 0, shown, told, ids[: min(10, crowd.at_least)])
        else:
            sold = sum(now <= one.time < now + STEP_MS for one in good)
            clean = 0 if within(now, now + STEP_MS) else clean + sold
        if row is not None:
            calm = None if amount(now + STEP_MS) >= limit else (calm or now)
    if row is not None:
        yield row


def _ended(row: Row, rule: Rule, calm: int | None, clean: int, now: int, clock: int) -> tuple[str, int] | None:
    """Say whether it has ended by `now`, the beginning of five minutes, as far as the clock knows."""
    crowd = rule.crowd
    assert crowd is not None  # noqa: S101
    if crowd.clean_count and clean >= crowd.clean_count and now <= clock:
        return "recovered", now
    ends = [(row.started_at + rule.expires_ms, "expired")]
    if rule.lost_after_ms:
        ends.insert(0, (row.started_at + rule.lost_after_ms, "lost"))
    if crowd.calm_ms and calm is not None:
        ends.insert(0, (calm + crowd.calm_ms, "recovered"))
    at, status = min(ends, key=lambda end: end[0])
    return (status, at) if at <= min(now, clock) else None


def _data(touchpoint: Touchpoint) -> dict[str, Any]:
    return msgspec.json.decode(touchpoint.data) if touchpoint.data else {}
