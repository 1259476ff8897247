"""Clocks: this machine's against those of what it speaks to."""

from typing import Final

from streams.broker.connect import consumer
from streams.broker.places import places_of
from streams.codec.catalogue import ALERTS, SOURCES, STATS
from streams.doctor.finding import Finding, failed, ok
from streams.doctor.patient import Patient

NAME: Final = "clock"
_OURS: Final = (ALERTS, SOURCES, STATS)  # written by workers, with the time of their machines
_REMEDY: Final = "let both machines follow the same time servers (chronyc tracking, timedatectl)"


def apart(patient: Patient, whose: str, told: float, exact_sec: float = 0.0) -> list[Finding]:
    """Return a finding where another clock, in seconds and as exact as that, is further from ours than the bound."""
    ahead = told - patient.now()
    if abs(ahead) <= patient.skew_sec + exact_sec:
        return []
    seen = f"the clock of {whose} is {abs(ahead):.1f} s {'ahead of' if ahead > 0 else 'behind'} this machine's"
    return [failed(NAME, seen, _REMEDY)]


async def of_records(patient: Patient) -> list[Finding]:
    """Look for records of ours from a time that is still to come: a worker's clock is ahead, or ours behind."""
    bound_ms = int((patient.now() + patient.skew_sec) * 1000)
    async with consumer(patient.settings.bootstrap_servers) as client:
        places = [place for topic in _OURS for place in await places_of(client, topic)]
        later = await client.offsets_for_times(dict.fromkeys(places, bound_ms))
    told = max((found.timestamp for found in later.values() if found is not None), default=0)
    return apart(patient, "who wrote the newest records", told / 1000) if told else []


def together(patient: Patient, whose: list[str]) -> Finding:
    """Return that the clocks that were seen are close enough."""
    if not whose:
        return ok(NAME, "nothing was reached that has a clock of its own")
    return ok(NAME, f"within {patient.skew_sec:g} s of {', '.join(whose)}")
