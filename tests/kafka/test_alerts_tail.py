"""Following the alerts topic of a real broker."""

import asyncio
import time
from contextlib import aclosing

import msgspec
import pytest
from click.testing import CliRunner

from streams.alerts.alert import Alert, Evidence, Status
from streams.broker.alerts import follow, raised
from streams.broker.connect import producer
from streams.cli import touchpoint
from streams.codec.alert import encode
from streams.codec.catalogue import ALERTS

pytestmark = pytest.mark.kafka


def alert(alert_id: str, revision: int = 1) -> Alert:
    """Return a revision of an alert."""
    evidence = (Evidence("count payment.failed within 10m", 3.0, 3.0, ("t1",)),)
    texts = {"en": "Payment keeps failing"}
    return Alert(alert_id, revision, Status.FIRING, "r", 1, "FMOT", "high", "ana", "", 5, 0, 6, texts, {}, evidence)


async def say(servers: str, *alerts: Alert) -> None:
    """Write alerts as a worker does: under their id, in one partition, notes to itself in between."""
    async with producer(servers) as client:
        for each in alerts:
            await client.send_and_wait(ALERTS, b'{"written_at":1}', key=b"\x00meta", partition=2)
            await client.send_and_wait(ALERTS, encode(each), key=each.alert_id.encode(), partition=2)


async def collect(servers: str, prefix: str) -> list[Alert]:
    """Return what is there now of the alerts whose id starts so."""
    alerts = follow(servers, from_beginning=True, exit_at_end=True)
    return [each async for each in alerts if each.alert_id.startswith(prefix)]


async def test_each_revision_comes_once(catalogue_servers: str) -> None:
    """Repetitions after a crash are dropped, the worker's notes are passed over."""
    said = [alert("once-a"), alert("once-a"), alert("once-b"), alert("once-a", 2), alert("once-a"), alert("once-a", 2)]
    await say(catalogue_servers, *said)
    assert await collect(catalogue_servers, "once-") == [alert("once-a"), alert("once-b"), alert("once-a", 2)]


async def test_the_tail_begins_now_unless_told_otherwise(catalogue_servers: str) -> None:
    """At the end there is nothing; what comes later is followed."""
    await say(catalogue_servers, alert("before"))
    assert [each async for each in follow(catalogue_servers, exit_at_end=True)] == []

    async with aclosing(follow(catalogue_servers)) as alerts:
        next_one = asyncio.ensure_future(anext(alerts))
        number = 0
        while not next_one.done():  # until the follower is at its place, what is said is not yet "later"
            number += 1
            await say(catalogue_servers, alert(f"later-{number}"))
        followed = await next_one
    assert followed.alert_id.startswith("later-")


BOTH = {"trial-l", "trial-s"}


async def test_alerts_in_shadow_are_printed_when_asked_for(catalogue_servers: str) -> None:
    """They are for nobody to act on, and counted by mode all the same."""
    live, shadow = (
        msgspec.structs.replace(alert(name), mode=mode, rule="trial", title={"en": name})
        for name, mode in (("trial-l", "live"), ("trial-s", "shadow"))
    )
    before = time.time_ns() // 1_000_000
    await say(catalogue_servers, shadow, live, shadow)
    words = ["alerts", "tail", "--from-beginning", "--exit-at-end", "--bootstrap-servers", catalogue_servers]
    for options, expected in (([], {"trial-l"}), (["--shadow"], BOTH), (["--json"], BOTH)):
        printed = await asyncio.to_thread(CliRunner().invoke, touchpoint, [*words, *options])
        assert {each for each in BOTH if each in printed.stdout} == expected
    counts = await raised(catalogue_servers, before)
    assert (counts["trial", "live"], counts["trial", "shadow"]) == (1, 1)
    assert (await raised(catalogue_servers, before + 3_600_000)).total() == 0


async def test_alerts_of_many_partitions_all_come(catalogue_servers: str) -> None:
    """Each partition up to where it ended."""
    async with producer(catalogue_servers) as client:
        for number in range(200):
            each = msgspec.structs.replace(alert(f"many-{number}"), customer=str(number))
            await client.send(ALERTS, encode(each), key=each.alert_id.encode(), partition=number % 4)
    assert len(await collect(catalogue_servers, "many-")) == 200
