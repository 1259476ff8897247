"""Whether touchpoints flow: the group's lag, dead letters, and the breaker."""

import asyncio
from typing import Final

from streams.broker.connect import consumer
from streams.broker.lag import lag as lag_of
from streams.broker.places import places_of
from streams.codec import catalogue
from streams.doctor.finding import Finding, failed, ok, warning
from streams.doctor.patient import Patient
from streams.worker import breaker_log
from streams.worker.kit import GROUP

LAG: Final = "lag"
DEAD_LETTERS: Final = "dead letters"
BREAKER: Final = "breaker"
LOOKS: Final = 3
APART_SEC: Final = 1.0  # of the looks at the lag; workers commit every second, or once in a flush
SMALL: Final = 10_000  # records that a worker reads in a moment
RECENT_SEC: Final = 3_600


async def lag(patient: Patient) -> list[Finding]:
    """Look at how far the workers are behind, and where that is far, whether they catch up."""
    servers, before = patient.settings.bootstrap_servers, patient.lane.namespace
    sources = {f"{before}{topic.name}" for topic in catalogue.sources()}
    group = f"{before}{GROUP}"
    first = latest = await lag_of(servers, group, sources)
    for _ in range(LOOKS - 1):
        if latest <= SMALL or latest < first:
            break
        await asyncio.sleep(APART_SEC)
        latest = await lag_of(servers, group, sources)
    if latest > SMALL and latest >= first:
        remedy = (
            "see that workers run and are ready (/readyz), and look again; add workers up to the number of partitions"
        )
        return [warning(LAG, f"{latest:,} touchpoints wait and do not become fewer ({first:,} at first)", remedy)]
    return [ok(LAG, f"{latest:,} touchpoints are not committed yet{', and become fewer' if latest > SMALL else ''}")]


async def dead_letters(patient: Patient) -> list[Finding]:
    """Count what was refused lately."""
    since_ms = int((patient.now() - RECENT_SEC) * 1000)
    async with consumer(patient.settings.bootstrap_servers) as client:
        places = await places_of(client, f"{patient.lane.namespace}{catalogue.DEAD}")
        ends = await client.end_offsets(places)
        starts = await client.offsets_for_times(dict.fromkeys(places, since_ms))
        many = sum(ends[place] - start.offset for place, start in starts.items() if start is not None)
    if many:
        remedy = "`touchpoint dead-letters list --since 1h` says which and why, `reinject` sends them again"
        return [warning(DEAD_LETTERS, f"{many:,} records were refused in the last hour", remedy)]
    return [ok(DEAD_LETTERS, "none in the last hour")]


async def breaker(patient: Patient) -> list[Finding]:
    """See whether workers have stopped because too much was refused."""
    topic = f"{patient.lane.namespace}{catalogue.SOURCES}"
    state = await breaker_log.read(patient.settings.bootstrap_servers, topic)
    if state.tripped_at > state.resumed_at:
        remedy = "see `touchpoint dead-letters list`; when it is mended: `touchpoint dead-letters resume`"
        return [failed(BREAKER, "it has tripped: workers do not start", remedy)]
    return [ok(BREAKER, "closed")]
