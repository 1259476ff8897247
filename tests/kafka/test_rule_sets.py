"""Published sets of rules on a real broker: versions, undo, bounds, and what is refused."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from click.testing import CliRunner, Result

from streams.broker import rule_sets
from streams.broker.connect import producer
from streams.broker.embedded import EmbeddedKafka
from streams.cli import touchpoint
from streams.codec import rule_sets as codec
from streams.codec.catalogue import RULES
from streams.codec.rule_sets import KEPT, Report, RuleFile, RuleSet
from streams.codec.vocabulary import shipped
from streams.errors import BrokerError, UsageError
from streams.testing.deployment import Deployment

pytestmark = pytest.mark.kafka

RULE: Final = """\
rules:
  - id: {id}
    moment: FMOT
    severity: high
    mode: {mode}
    when: {{count: {{type: payment.failed, at_least: {at_least}, within: 10d}}}}
    title: {{en: Payment keeps failing, es: El pago falla}}
    advice: {{en: Call, es: Llamar}}
"""
CASES: Final = """\
tests:
  - name: two failures fire
    touchpoints:
      - {at: 0m, type: payment.failed}
      - {at: 5m, type: payment.failed}
    alerts:
      - {rule: failing, status: firing, at: 5m}
"""
_numbers = count()


def text(name: str = "failing", at_least: int = 2, mode: str = "live") -> str:
    """Return a file with one rule."""
    return RULE.format(id=name, at_least=at_least, mode=mode)


def files(*texts: str) -> tuple[RuleFile, ...]:
    """Return files of a set."""
    return tuple(RuleFile(f"{number}.yaml", each) for number, each in enumerate(texts))


@pytest.fixture
async def topic(broker: EmbeddedKafka) -> AsyncIterator[str]:
    """A topic of rules of this test alone."""
    deployment = Deployment(broker.bootstrap_servers, f"sets{next(_numbers)}-", shipped())
    await deployment.create(only=[RULES])
    yield f"{deployment.namespace}{RULES}"
    await deployment.delete(RULES)


async def test_versions_count_up_and_undo_goes_back_one_by_one(broker: EmbeddedKafka, topic: str) -> None:
    """Also over an undo: what was taken back is not come by again."""
    servers = broker.bootstrap_servers
    for at_least in (2, 3, 4):
        await rule_sets.publish(servers, files(text(at_least=at_least)), topic)
    second = await rule_sets.undo(servers, topic)
    assert (second.version, second.restores, second.files) == (4, 2, files(text(at_least=3)))
    await rule_sets.publish(servers, files(text(at_least=5)), topic)
    again = await rule_sets.undo(servers, topic)
    first = await rule_sets.undo(servers, topic)
    assert [(one.version, one.restores) for one in (again, first)] == [(6, 2), (7, 1)]
    with pytest.raises(UsageError, match="nothing comes before version 1: it is the first one"):
        await rule_sets.undo(servers, topic)
    published = await rule_sets.read(servers, topic)
    assert (list(published.sets), published.active) == ([1, 2, 3, 4, 5, 6, 7], first)


async def test_what_was_published_can_be_read_at_once(broker: EmbeddedKafka, topic: str) -> None:
    """By the look that begins before the broker has marked the commit too, which is one of ten."""
    place = TopicPartition(topic, 0)
    servers = {"bootstrap_servers": broker.bootstrap_servers}
    async with (
        AIOKafkaConsumer(**servers, isolation_level="read_committed") as committed,
        AIOKafkaConsumer(**servers, isolation_level="read_uncommitted") as any_record,
    ):
        for at_least in range(2, 32):
            await rule_sets.publish(broker.bootstrap_servers, files(text(at_least=at_least)), topic)
            assert await committed.end_offsets([place]) == await any_record.end_offsets([place])


async def test_the_same_files_make_no_version(broker: EmbeddedKafka, topic: str) -> None:
    """Publishing is safe to repeat."""
    one = await rule_sets.publish(broker.bootstrap_servers, files(text()), topic)
    assert await rule_sets.publish(broker.bootstrap_servers, files(text()), topic) == one


async def test_only_so_many_versions_are_kept(broker: EmbeddedKafka, topic: str) -> None:
    """Undo reaches as far as they do, and says so."""
    for number in range(KEPT + 2):
        await rule_sets.publish(broker.bootstrap_servers, files(text(at_least=number + 1)), topic)
    assert list((await rule_sets.read(broker.bootstrap_servers, topic)).sets) == list(range(3, KEPT + 3))
    for _ in range(KEPT - 1):  # each of them takes another old one with it
        try:
            await rule_sets.undo(broker.bootstrap_servers, topic)
        except UsageError as error:
            assert "is no longer kept" in error.message  # noqa: PT017 - how far it goes is not the point
            break
    else:
        pytest.fail("undo went on and on")


async def test_of_two_at_the_same_time_no_version_is_lost(broker: EmbeddedKafka, topic: str) -> None:
    """One of them may be refused; what was acknowledged is there, under a version of its own."""
    several = [files(text(at_least=number)) for number in range(1, 6)]
    made = await asyncio.gather(
        *(rule_sets.publish(broker.bootstrap_servers, each, topic) for each in several), return_exceptions=True
    )
    written = [one for one in made if isinstance(one, RuleSet)]
    assert [one for one in made if not isinstance(one, RuleSet | BrokerError)] == []
    published = await rule_sets.read(broker.bootstrap_servers, topic)
    assert sorted(published.sets) == sorted(one.version for one in written)
    assert all(published.sets[one.version] == one for one in written)


async def test_a_set_that_no_broker_takes_is_refused(broker: EmbeddedKafka, topic: str) -> None:
    """Before anything is written."""
    with pytest.raises(UsageError, match="the set is too large"):
        await rule_sets.publish(broker.bootstrap_servers, files("#" * codec.MOST_BYTES), topic)
    assert (await rule_sets.read(broker.bootstrap_servers, topic)).active is None


async def test_a_worker_that_is_gone_is_forgotten(broker: EmbeddedKafka, topic: str) -> None:
    """With the next version; one that still reports stays."""
    async with producer(broker.bootstrap_servers) as client:
        for name, at in (("old", 1), ("new", 1 << 50)):
            report = Report(name, "", 1, 0, {}, 0, {}, None, at)
            await client.send_and_wait(topic, codec.encode_report(report), key=codec.WORKER + name.encode())
    await rule_sets.publish(broker.bootstrap_servers, files(text()), topic)
    assert list((await rule_sets.read(broker.bootstrap_servers, topic)).reports) == ["new"]


class TestCommands:
    """`touchpoint rules publish|undo|history|status` on the topic of the catalogue."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        """A folder with one rule and its cases."""
        (tmp_path / "pack.yaml").write_text(text())
        (tmp_path / "pack_test.yaml").write_text(CASES)
        return tmp_path

    def run(self, servers: str, *words: str | Path) -> Result:
        """Run a verb about rules."""
        environ = os.environ | {"TOUCHPOINT_BOOTSTRAP_SERVERS": servers}
        return CliRunner().invoke(touchpoint, ["rules", *map(str, words)], env=environ)

    def json(self, servers: str, *words: str | Path) -> Any:
        """Run a verb about rules as a program does."""
        return json.loads(self.run(servers, *words, "--json").stdout)

    def test_from_a_mistake_to_a_promotion_and_back(self, catalogue_servers: str, folder: Path) -> None:
        """What is wrong changes nothing; a change of one word is a version; undo takes it back."""
        servers, pack = catalogue_servers, folder / "pack.yaml"
        first = self.json(servers, "publish", "--no-strict", folder)
        assert (first["is_new"], first["cases"], first["changes"]["new"]) == (True, 1, ["failing"])

        pack.write_text(text().replace("payment.failed", "payment.fialed"))
        refused = self.run(servers, "publish", "--no-strict", folder)
        assert refused.exit_code == 1
        assert f"{pack}:6:26: unknown touchpoint type `payment.fialed`" in refused.stderr
        pack.write_text(text(at_least=3))
        refused = self.run(servers, "publish", "--no-strict", folder)
        assert refused.exit_code == 1
        assert "two failures fire" in refused.stdout
        assert "nothing is published" in refused.stderr
        assert self.json(servers, "history")["versions"][0]["version"] == first["version"]

        pack.write_text(text(mode="shadow"))
        told = self.run(servers, "publish", "--no-strict", folder).stdout
        assert f"version {first['version'] + 1} is published: 1 rule, 1 case" in told
        assert "other words: failing" in told
        again = self.run(servers, "publish", "--no-strict", folder).stdout
        assert again == f"version {first['version'] + 1} has the same files: nothing changes\n"
        standing = self.json(servers, "status")
        assert standing["version"] == first["version"] + 1
        assert [(one["id"], one["mode"]) for one in standing["rules"]] == [("failing", "shadow")]

        undone = self.json(servers, "undo")
        assert (undone["version"], undone["restores"]) == (first["version"] + 2, first["version"])
        assert "the rules of version" in self.run(servers, "status").stdout
        listed = self.run(servers, "history").stdout.splitlines()
        assert listed[0].split() == ["version", "published", "digest", "files", "what"]
        assert listed[1].endswith(f"version {first['version']} again")

    def test_an_incomplete_pack_is_refused(self, catalogue_servers: str, folder: Path) -> None:
        """As `rules check` refuses it."""
        refused = self.run(catalogue_servers, "publish", folder)
        assert refused.exit_code == 1
        assert "`failing` lacks `legal_basis`" in refused.stderr

    def test_without_its_cases(self, catalogue_servers: str, folder: Path) -> None:
        """Whoever knows better may say so."""
        (folder / "pack.yaml").write_text(text(at_least=3))
        assert self.json(catalogue_servers, "publish", "--no-strict", folder, "--no-test")["is_new"] is True
