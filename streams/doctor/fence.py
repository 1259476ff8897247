"""The fence of each partition: whether the broker remembers it for as long as workers trust in it."""

from typing import Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from streams.broker.connect import admin
from streams.doctor.finding import Finding, failed, ok
from streams.doctor.patient import Patient

NAME: Final = "fence"
FORGETS: Final = "producer.id.expiration.ms"


async def check(patient: Patient) -> list[Finding]:
    """Compare how long workers trust in a fence with how often they renew it, and with when brokers forget it."""
    lane = patient.lane
    if lane.meta_sec >= lane.fence_sec:
        seen = f"a fence is renewed every {lane.meta_sec:g} s and trusted in for {lane.fence_sec:g} s"
        return [failed(NAME, seen, "set TOUCHPOINT_LANE_META_SEC well below TOUCHPOINT_LANE_FENCE_SEC")]
    async with admin(patient.settings.bootstrap_servers) as client:
        found = await _forgotten_after(client)
    if not found:
        return [ok(NAME, f"renewed in time (not looked at: {FORGETS}, which we may not see)")]
    least = min(found.values())
    if least <= lane.fence_sec:
        broker = next(name for name, seconds in found.items() if seconds == least)
        seen = (
            f"broker {broker} forgets a silent producer after {least:g} s, workers trust in it for {lane.fence_sec:g} s"
        )
        return [failed(NAME, seen, f"raise {FORGETS} there, or set TOUCHPOINT_LANE_FENCE_SEC well below it")]
    return [ok(NAME, f"trusted in for {lane.fence_sec:g} s, remembered for {least:g} s")]


async def _forgotten_after(client: AIOKafkaAdminClient) -> dict[str, float]:
    """Return the seconds of each broker; those are left out that do not tell us."""
    nodes = [str(each["node_id"]) for each in (await client.describe_cluster())["brokers"]]
    answers = await client.describe_configs([ConfigResource(ConfigResourceType.BROKER, node) for node in nodes])
    return {
        name: float(entry[1]) / 1000
        for answer in answers
        for error, _, _, name, entries in answer.resources
        if not error
        for entry in entries
        if entry[0] == FORGETS and entry[1]
    }
