"""The namespace of the lane: whether the topics behind it are there, and whether anybody else works with them."""

from typing import Final

from streams.broker.connect import admin
from streams.doctor.finding import Finding, failed, ok, warning
from streams.doctor.patient import Patient
from streams.settings.declared import Part
from streams.worker.topics import worker_topics

NAME: Final = "namespace"
_VARIABLE: Final = "TOUCHPOINT_LANE_NAMESPACE"
_OTHERS: Final = (Part.GATEWAY, Part.DESK)


async def check(patient: Patient) -> list[Finding]:
    """Look for the worker's topics under the names that its settings give them."""
    namespace = patient.lane.namespace
    if not namespace:
        return [ok(NAME, "none: topics have the names of the catalogue")]
    topics = worker_topics(patient.settings.partitions, namespace)
    others = (topics.changelog, topics.alerts, topics.dead, topics.sources, topics.rules, topics.stats)
    async with admin(patient.settings.bootstrap_servers) as client:
        there = {each["topic"] for each in await client.describe_topics()}
    if missing := sorted({*topics.touchpoints, *others} - there):
        seen = f"{len(missing)} topics of the worker are missing: {', '.join(missing)}"
        return [failed(NAME, seen, f"make them, or unset {_VARIABLE}: without it names are those of the catalogue")]
    if parts := [part for part in _OTHERS if part in patient.parts]:
        seen = f"workers alone have `{namespace}` in front of their topics; {' and '.join(parts)} work with others"
        return [warning(NAME, seen, f"unset {_VARIABLE}, or look at workers alone: --component worker")]
    return [ok(NAME, f"all topics of the worker are there under `{namespace}`")]
