"""When which source was blind in recorded touchpoints: by the same pure code as live, from the same touchpoints."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from streams.alerts import blind
from streams.alerts.alert import Alert
from streams.backtest.replay import Intake, Taken, merged
from streams.codec.files import Line
from streams.journeys.holds import Outage
from streams.journeys.rhythm import Policy
from streams.journeys.sources import Sightings, Source, Watch
from streams.touchpoints.vocabulary import Vocabulary

_STEP_MS: Final = 10_000  # of event time, after which what was sighted is looked at


class Sights(NamedTuple):
    """All outages, what is said of them, and what is known of each source at the end."""

    outages: list[Outage]
    alerts: list[Alert]
    sources: list[Source]


def derive(files: dict[str, Iterable[Line]], vocabulary: Vocabulary, policy: Policy, until: int | None) -> Sights:
    """Look at all lines once, time passing as in a replay, and to `until` (ms; default: the last event time)."""
    watch, sightings = Watch(policy), Sightings(1 << 20)
    found: dict[tuple[str, int], Outage] = {}
    alerts: list[Alert] = []

    def judge(now: int) -> None:
        for sighting in sightings.take():
            watch.observe(sighting)
        for source in watch.judge(now):
            outage = source.outages[-1]
            found[source.source, source.ordinal] = outage
            alerts.extend(blind.alerts(source, outage.until or outage.decided))
            source.said = source.revision

    latest = 0
    for _, at, touchpoint in _lines(files, vocabulary):
        if at // _STEP_MS > latest // _STEP_MS:
            judge(at // _STEP_MS * _STEP_MS - 1)
        latest = max(latest, at)
        sightings.add(touchpoint.source, touchpoint.type, touchpoint.time, max(at, latest))
    judge(max(latest, until or 0))
    return Sights(list(found.values()), alerts, list(watch.sources.values()))


def told(outages: Iterable[Outage], policy: Policy) -> list[Alert]:
    """Return what was said of outages that are given rather than found."""
    ordinals: dict[str, int] = {}
    alerts = []
    for outage in sorted(outages, key=lambda each: each.decided):
        ordinal = ordinals[outage.source] = ordinals.get(outage.source, -1) + 1
        alerts.append(blind.alert(outage, ordinal, 1, outage.decided, gone=False))
        if outage.until:
            is_gone = outage.until >= outage.since + policy.hold_most_ms
            alerts.append(blind.alert(outage, ordinal, 2, outage.until, gone=is_gone))
    return alerts


def _lines(files: dict[str, Iterable[Line]], vocabulary: Vocabulary) -> Iterator[Taken]:
    return merged(Intake(path, vocabulary).touchpoints(lines) for path, lines in files.items())
