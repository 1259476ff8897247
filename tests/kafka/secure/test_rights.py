"""Every right of acls.sh is needed: without it a component does not begin, and says which one it lacks."""

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from streams.doctor.rights import lacking
from streams.settings.declared import Part
from tests.deploy.grants import Grant
from tests.kafka.secure.cluster import SecureKafka
from tests.kafka.secure.verb import verb

PUBLISH: Final = ("rules", "publish", "deploy/rules/canary.yaml")
pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]


@pytest.fixture(scope="module", autouse=True)
def _topics(secure: SecureKafka) -> None:
    """Have the topics, about which the broker says what is allowed."""
    made = verb(secure.by_password("topics"), "topics", "create")
    assert made.returncode == 0, made.stderr


@contextmanager
def without(secure: SecureKafka, *taken: Grant) -> Iterator[None]:
    """Take rights back for a moment."""
    secure.authorizer.take(*taken)
    try:
        yield
    finally:
        secure.authorizer.add(*taken)


def as_said(grant: Grant) -> str:
    """Return a right in the words of our errors."""
    return f"{grant.operation} on {grant.resource} {grant.name}{'*' if grant.pattern == 'prefixed' else ''}"


@pytest.mark.parametrize("part", ["worker", "gateway", "desk", "canary"])
def test_each_right_is_missed_by_name(
    secure: SecureKafka, grants: dict[str, list[Grant]], part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is lacked with all of them, and without one of them exactly that one."""
    told = secure.by_certificate(part)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    servers = told["TOUCHPOINT_BOOTSTRAP_SERVERS"]
    assert asyncio.run(lacking(servers, Part(part))) == []
    for grant in grants[part]:
        with without(secure, grant):
            assert list(map(str, asyncio.run(lacking(servers, Part(part))))) == [as_said(grant)]


def test_a_component_that_lacks_a_right_does_not_begin(
    secure: SecureKafka, grants: dict[str, list[Grant]], tmp_path: Path
) -> None:
    """It ends with one line: who, what it lacks, where, and the remedy; and nobody is left without an answer."""
    taken = {name: grants[name][-1] for name in ("worker", "gateway", "desk", "canary")}
    told = {name: secure.by_password(name) | {"TOUCHPOINT_DATA_DIR": str(tmp_path / name)} for name in taken}
    told["canary"] |= {"TOUCHPOINT_CANARY_KEY": "made-up"}
    with without(secure, *taken.values()), ThreadPoolExecutor(len(taken)) as threads:
        ended = dict(zip(taken, threads.map(lambda name: verb(told[name], name), taken), strict=True))
    for name, grant in taken.items():
        line = f"error: {secure.signed}: the {name} lacks {as_said(grant)} (grant it: deploy/kafka/acls.sh does"
        assert ended[name].stderr.startswith(line), ended[name].stderr
        assert (ended[name].returncode, ended[name].stderr.count("\n")) == (1, 1), ended[name].stderr


@pytest.mark.parametrize(
    ("who", "resource", "named", "arguments"),
    [
        ("topics", "topic:touchpoints.", "touchpoints.web", ("topics", "create")),
        ("operator", "topic:rules", "rules", ("rules", "status")),
        ("operator", "topic:touchpoints.dead", "touchpoints.dead", ("dead-letters", "list")),
        ("operator", "topic:sources", "sources", ("sources", "list")),
        ("operator", "topic:alerts", "alerts", ("alerts", "tail", "--exit-at-end")),
        ("operator", "transactional-id:rules-publisher", "rules-publisher", PUBLISH),
    ],
    ids=lambda each: " ".join(each[:2]) if isinstance(each, tuple) else None,
)
def test_a_verb_that_lacks_a_right_says_at_what(
    secure: SecureKafka, grants: dict[str, list[Grant]], who: str, resource: str, named: str, arguments: tuple[str, ...]
) -> None:
    """In one line, with the list of rights as the remedy, and at once."""
    kind, _, name = resource.partition(":")
    taken = [each for each in grants[who] if (each.resource, each.name) == (kind, name)]
    assert taken
    with without(secure, *taken):
        done = verb(secure.by_password(who), *arguments)
    assert done.returncode == 1, done.stdout
    assert re.fullmatch(rf"error: .*\b{re.escape(named)}\b.*ACLS\.md.*\n", done.stderr), done.stderr
