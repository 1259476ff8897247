"""The table at the end of a soak, and how to have the same run again."""

from collections.abc import Sequence

from tests.bench import machine
from tests.soak.run import Outcome
from tests.soak.schedule import Fault, Kind


def lines(outcome: Outcome, *, name: str, command: str, load: str) -> list[str]:
    """Return the report."""
    verdict = outcome.verdict
    rows = [(str(kind), outcome.faults[kind]) for kind in Kind]
    return [
        f"{name}: {'nothing lost, nothing doubled' if outcome.is_clean else 'NOT clean'}",
        machine.summary(),
        f"load of the machine at the start and the end: {load}",
        f"again: {command}",
        "",
        f"{'faults':56}{'':>12}",
        *[f"  {kind:54}{count:>12,}" for kind, count in rows],
        f"  {'in all, of ' + str(outcome.planned) + ' planned':54}{outcome.faults.total():>12,}",
        "",
        *[f"{label:56}{value:>12}" for label, value in _figures(outcome)],
        *(["", "ended by themselves and started again by the supervisor:"] if outcome.ended else []),
        *[f"  {count} x {why}" for why, count in outcome.ended.most_common()],
        *(["", "troubles:"] if outcome.troubles else []),
        *[f"  {trouble}" for trouble in outcome.troubles],
        *(["", "for example:"] if verdict.examples else []),
        *[f"  {example}" for example in verdict.examples],
    ]


def plan(faults: Sequence[Fault]) -> list[str]:
    """Return the schedule, one fault a line."""
    return [
        f"{fault.at_sec:7.1f} s  {fault.kind}; worker {fault.worker}, {fault.seconds} s, rest {fault.rest_sec} s"
        for fault in faults
    ]


def _figures(outcome: Outcome) -> list[tuple[str, str]]:
    verdict = outcome.verdict
    delays = verdict.delays_ms
    figures = [
        ("seconds under load", f"{outcome.seconds:,.0f}"),
        ("touchpoints sent", f"{outcome.sent:,}"),
        ("  of which the producer never learnt whether they landed", f"{outcome.unsure:,}"),
        ("  and beside them in transactions that were not committed", f"{outcome.undone:,}"),
        ("touchpoints in journeys, each once", f"{verdict.touchpoints:,}"),
        ("journeys", f"{verdict.customers:,}"),
        ("touchpoints lost", f"{verdict.lost:,}"),
        ("touchpoints doubled", f"{verdict.doubled:,}"),
        ("longest pause of a partition, s", f"{outcome.longest_pause_sec:.1f}"),
        ("usual time between its commits, s", f"{outcome.median_pause_sec:.1f}"),
        ("seconds to catch up at the end", f"{outcome.settled_sec:.1f}"),
    ]
    if verdict.revisions:
        figures += [
            ("alerts that must stand", f"{verdict.alerts:,}"),
            ("revisions said", f"{verdict.revisions:,}"),
            ("alerts lost", f"{verdict.alerts_lost:,}"),
            ("alerts that should not be", f"{verdict.alerts_made_up:,}"),
            ("alerts with another content", f"{verdict.alerts_different:,}"),
            ("revisions said with two contents", f"{verdict.revisions_doubled:,}"),
            ("touchpoints missing in statistics", f"{verdict.counted_less:,}"),
            ("touchpoints counted twice in statistics", f"{verdict.counted_more:,}"),
            ("records written to the changelog", f"{verdict.changelog:,}"),
            ("  of which the broker's cleaner has removed", f"{verdict.compacted:,}"),
        ]
    else:  # a baseline, which has nothing but its counts
        figures.append(("  offsets that it never committed", f"{verdict.unread:,}"))
    if delays:
        figures += [
            (
                f"touchpoint to alert under faults, ms, {name}",
                f"{delays[min(len(delays) - 1, int(len(delays) * share))]:,}",
            )
            for name, share in (("median", 0.5), ("9 of 10", 0.9), ("99 of 100", 0.99))
        ]
    return figures
