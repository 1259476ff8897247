"""What came of it: journeys, alerts and statistics on the topics, against a replay that saw no fault."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from aiokafka import TopicPartition

from streams.alerts.alert import Alert
from streams.broker.connect import consumer
from streams.codec import alert as alert_codec
from streams.codec import catalogue
from streams.codec.registry import SchemaStore
from streams.codec.stats import CROWD, decode_stat
from streams.codec.vocabulary import shipped
from streams.settings.places import DEPLOY
from streams.testing.deployment import Deployment
from streams.testing.oracle import Oracle, doubled, standing

PACK: Final = DEPLOY / "rules"
# The shipped rules of one customer each, and some whose deadlines come within seconds.
RULES: Final = (
    *(PACK / f"{name}.yaml" for name in ("fmot", "smot", "tmot", "zmot", "episodes")),
    Path(__file__).with_name("rules.yaml"),
)
RESERVED: Final = b"\x00"
PROMPT: Final = "soak-payments"  # an alert that is due with the touchpoint that completes it
SHOWN: Final = 5


class Verdict(msgspec.Struct, kw_only=True):
    """Numbers of which those that are listed in `wrong` must be zero."""

    records: int = 0
    touchpoints: int = 0  # in journeys, each once
    customers: int = 0
    lost: int = 0
    doubled: int = 0
    unread: int = 0  # of what is lost; markers of transactions are among them
    alerts: int = 0  # that must stand
    revisions: int = 0
    alerts_lost: int = 0
    alerts_made_up: int = 0
    alerts_different: int = 0
    revisions_doubled: int = 0  # one id and revision with two contents
    counted_less: int = 0  # in journey-stats
    counted_more: int = 0
    compacted: int = 0  # records that the cleaner removed from the changelog
    changelog: int = 0  # records ever written to it
    delays_ms: tuple[int, ...] = ()  # from a touchpoint to the alert that it completes
    examples: tuple[str, ...] = ()

    @property
    def wrong(self) -> dict[str, int]:
        """What must be zero and is not."""
        names = ("lost", "doubled", "alerts_lost", "alerts_made_up", "alerts_different", "revisions_doubled")
        return {name: value for name in (*names, "counted_less", "counted_more") if (value := getattr(self, name))}


async def judge(deployment: Deployment, calm_ms: int, end_ms: int) -> Verdict:
    """Compare after the workers have stopped.

    Between `calm_ms`, when they had caught up, and `end_ms`, when they were gone, deadlines may have come of which
    nobody can know whether they saw them: an alert may stand as it did at either time.
    """
    truth = await Oracle(RULES, shipped()).fold(deployment)
    before, after = truth.alerts(calm_ms), truth.alerts(end_ms)
    verdict = Verdict(records=sum(await ends(deployment, deployment.sources)), alerts=len(after))
    _compare_journeys(verdict, truth.counts, await Oracle(RULES, shipped()).restored(deployment))
    await _compare_alerts(verdict, deployment, before, after)
    told = await counted(deployment)
    verdict.counted_less, verdict.counted_more = max(0, verdict.touchpoints - told), max(0, told - verdict.touchpoints)
    changelog = [deployment.namespace + catalogue.CHANGELOG]
    verdict.changelog = sum(await ends(deployment, changelog))
    verdict.compacted = verdict.changelog - len(await deployment.read(changelog))
    return verdict


def off(expected: Mapping[Any, int], found: Mapping[Any, int]) -> tuple[int, int]:
    """Return how many of what was expected are lost, and how many there are too many, each key by itself."""
    lost, more = Counter(expected), Counter(found)
    lost.subtract(found)
    more.subtract(expected)
    return sum(each for each in lost.values() if each > 0), sum(each for each in more.values() if each > 0)


async def ends(deployment: Deployment, topics: Iterable[str]) -> list[int]:
    """Return where the partitions of topics end."""
    async with consumer(deployment.bootstrap_servers) as client:
        tps = [TopicPartition(topic, number) for topic in topics for number in range(deployment.partitions)]
        return list((await client.end_offsets(tps)).values())


async def counted(deployment: Deployment) -> int:
    """Return how many touchpoints the statistics count: of each key the newest record."""
    newest = {}
    for record in await deployment.read([deployment.namespace + catalogue.STATS]):
        if not record.key.startswith(CROWD):
            newest[record.key] = decode_stat(record.value)
    return sum(stat.touchpoints for stat in newest.values())


def _compare_journeys(verdict: Verdict, expected: Mapping[bytes, int], found: Mapping[bytes, int]) -> None:
    verdict.touchpoints, verdict.customers = sum(expected.values()), len(expected)
    verdict.lost, verdict.doubled = off(expected, found)
    wrong = sorted(key for key in expected.keys() | found.keys() if expected.get(key) != found.get(key))
    verdict.examples += tuple(
        f"{key.decode()}: {found.get(key)} touchpoints instead of {expected.get(key)}" for key in wrong[:SHOWN]
    )


async def _compare_alerts(
    verdict: Verdict, deployment: Deployment, before: Mapping[str, Alert], after: Mapping[str, Alert]
) -> None:
    store, said, delays = SchemaStore(), list[Alert](), list[int]()
    for record in await deployment.read([deployment.namespace + catalogue.ALERTS]):
        if not record.key.startswith(RESERVED):
            alert = alert_codec.decode(record.value, store)
            said.append(alert)
            if alert.rule == PROMPT and alert.revision == 1 and alert.recent:
                delays.append(record.timestamp - alert.recent[-1].time)
    found = standing(alert for alert in said if alert.customer)  # a source that is silent is not a customer's
    verdict.revisions, verdict.delays_ms = len(said), tuple(sorted(delays))
    verdict.alerts_lost = len((before.keys() & after.keys()) - found.keys())
    verdict.alerts_made_up = len(found.keys() - before.keys() - after.keys())
    different = [
        name
        for name in found.keys() & (before.keys() | after.keys())
        if found[name] not in (before.get(name), after.get(name))
    ]
    verdict.alerts_different = len(different)
    verdict.revisions_doubled = len(doubled(said))
    missing = sorted((before.keys() & after.keys()) - found.keys())
    verdict.examples += tuple(f"missing: {after[name]}" for name in missing[:SHOWN])
    verdict.examples += tuple(f"different: {found[name]} instead of {after.get(name)}" for name in different[:SHOWN])
