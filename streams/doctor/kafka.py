"""The broker: whether it answers, has the topics of the catalogue, and lets each component at them."""

import asyncio
from typing import Final

from streams.broker import topics
from streams.broker.connect import admin
from streams.broker.topics import What
from streams.broker.versions import OLDEST, too_old
from streams.codec import catalogue
from streams.doctor.entrance import REMEDY, shown
from streams.doctor.finding import Finding, failed, ok, warning
from streams.doctor.patient import Patient
from streams.doctor.rights import USERS, lacking
from streams.errors import BrokerError
from streams.settings.kafka import kafka_settings

BROKER: Final = "broker"
TOPICS: Final = "topics"
ACCESS: Final = "access"
_SIGN_IN: Final = "where it wants a sign-in or encryption, set TOUCHPOINT_SECURITY_PROTOCOL and what goes with it"


async def broker(patient: Patient) -> list[Finding]:
    """See whether it answers; what follows needs it."""
    servers = patient.settings.bootstrap_servers
    try:
        async with admin(servers) as client:
            cluster = await client.describe_cluster()
    except BrokerError as error:
        is_plain = kafka_settings(patient.environ).security_protocol == "PLAINTEXT"
        remedy = f"{error.remedy}; {_SIGN_IN}" if is_plain else error.remedy
        return [failed(BROKER, f"{servers}: {error.message}", remedy)]
    brokers = [f"{each['host']}:{each['port']}" for each in cluster["brokers"]]
    many = len(brokers)
    if old := {server: lacks for server in brokers if (lacks := await too_old(server))}:
        lines = [f"{server} does not take {', '.join(lacks)} as we ask it" for server, lacks in old.items()]
        return [failed(BROKER, line, f"bring it to Kafka {OLDEST} or newer") for line in lines]
    return [ok(BROKER, f"{many} broker{'s' if many > 1 else ''} at {servers}, controller {cluster['controller_id']}")]


async def declared(patient: Patient) -> list[Finding]:
    """Compare the topics with the catalogue."""
    settings = patient.settings
    wanted = topics.Deployment(
        partitions=settings.partitions, replication_factor=settings.replication_factor, retention=settings.retention
    )
    found = await topics.check(settings.bootstrap_servers, wanted)
    if not found:
        return [ok(TOPICS, f"all {len(catalogue.shipped())} are there, as the catalogue says")]
    missing = [one.topic for one in found if one.what is What.MISSING]
    lines = (
        [failed(TOPICS, f"{len(missing)} missing: {', '.join(missing)}", "touchpoint topics create")] if missing else []
    )
    for one in found:
        if one.what is not What.MISSING:
            say = warning if one.what is What.CONFIG else failed
            lines.append(say(TOPICS, str(one).removesuffix(f" ({one.remedy})"), one.remedy))
    return lines


async def access(patient: Patient) -> list[Finding]:
    """See what the cluster lets us do; with access rules each component signs in as itself, so name it then."""
    servers = patient.settings.bootstrap_servers
    users = [part for part in patient.parts if part in USERS]
    missing = await asyncio.gather(*(lacking(servers, part, patient.lane.namespace) for part in users))
    if any(missing):
        remedy = f"{REMEDY}; or name whose rights these are: --component"
        return [
            failed(ACCESS, f"{part} lacks {shown(rights)}", remedy)
            for part, rights in zip(users, missing, strict=True)
            if rights
        ]
    return [ok(ACCESS, f"{', '.join(users) or 'nobody here'} may do what deploy/kafka/ACLS.md lists")]
