"""What the demo says before and after."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from streams.demo.data import BEGINS, LASTS, Material
from streams.demo.tally import Summary

_DAY_SEC: Final = 86_400


@dataclass
class Doors:
    """Where people go in; empty until it serves."""

    desk: str = ""
    gateway: str = ""


def introduction(material: Material, speed: float) -> Iterator[str]:
    """Say what is real, what is simulated, and how fast time goes."""
    ends = BEGINS + LASTS
    yield f"{len(material.touchpoints):,} touchpoints from {BEGINS:%d %B %Y} until {ends:%d %B %Y}, {_pace(speed)}:"
    yield f"  real       {_listed(material.real)}"
    yield f"  simulated  {_listed(material.simulated)}, for customers who are in the real part, too"


def conclusion(summary: Summary) -> Iterator[str]:
    """Say what was counted."""
    yield (
        f"{summary.touchpoints:,} touchpoints ({summary.real:,} real, {summary.simulated:,} simulated), "
        f"{summary.journeys:,} journeys, {summary.alerts:,} alerts, {summary.dead_letters:,} dead letters "
        f"in {summary.seconds:.1f} s"
    )
    if summary.first_alert_seconds is not None:
        yield f"the first alert came after {summary.first_alert_seconds:.1f} s, starting the broker and worker included"
    yield "the bad moments behind the alerts are simulated: the grocery chain's tables know of none"
    yield f"event time stands at {summary.event_time[1]}; promises that are open then stay open"


def further(servers: str, worker: str, doors: Doors, customer: str) -> Iterator[str]:
    """Say where to look next, while all of it is up."""
    at = f"--bootstrap-servers {servers}"
    yield ""
    yield "broker, worker, desk and gateway stay up until Ctrl-C"
    if doors.desk:
        yield "work the alerts at"
        yield f"  {doors.desk}"
    if doors.gateway:
        yield "send touchpoints of your own from"
        yield f"  {doors.gateway}"
    yield "look further with"
    yield f"  touchpoint alerts tail --from-beginning {at}"
    if customer:
        yield f"  touchpoint journey show {customer} --worker {worker}"
    yield f"  touchpoint dead-letters list {at}"
    yield f"  curl {worker}/metrics"


def _pace(speed: float) -> str:
    if not speed:
        return "as fast as it goes"
    if speed == _DAY_SEC:
        return "a day a second"
    return f"{speed:g} times as fast as they happened"


def _listed(sources: dict[str, int]) -> str:
    most = sorted(sources.items(), key=lambda item: -item[1])
    return f"{sum(sources.values()):,}: " + ", ".join(f"{source} {count:,}" for source, count in most)
