"""What a worker says about the rules that it runs."""

from collections import Counter
from collections.abc import Iterable

from streams.codec.rule_sets import Report
from streams.journeys.limits import Limits
from streams.rules.warming import warming_until
from streams.worker.kit import Kit
from streams.worker.lane import Lane
from streams.worker.rule_follower import now_ms


def report(kit: Kit, lanes: Iterable[Lane]) -> Report:
    """Return what stands now, over the lanes that fold."""
    book, ready = kit.rules, [lane for lane in lanes if lane.is_ready]
    regimes = [lane.rules.regimes[-1] for lane in ready if lane.rules.regimes]
    return Report(
        worker=kit.process.known_as,
        instance=kit.process.instance,
        version=book.version,
        since=max((regime.began_at for regime in regimes), default=kit.process.started_at),
        partitions=dict(Counter(lane.rules.version for lane in ready)),
        waiting=sum(lane.rules.waiting for lane in ready),
        warming=dict(warming_until(book.plan.rules.values(), regimes, Limits().lateness_ms)),
        refused=book.refused,
        written_at=now_ms(),
    )
