"""`touchpoint topics`: the catalogue of topics against a broker."""

import sys
from collections.abc import Callable
from typing import Any, Final, TypeVar

import click
import msgspec

from streams.cli.kafka import as_json, bootstrap_servers, registry_url, run
from streams.cli.options import option
from streams.settings.lane import lane_settings

_Command = TypeVar("_Command", bound=Callable[..., Any])
_SETTLE_SEC: Final = 310.0  # a producer asks for metadata every five minutes, unless told otherwise


@click.group(name="topics", epilog="Example: touchpoint topics create --partitions 48 --replication-factor 3")
def command() -> None:
    """Create, check and list the topics of the catalogue (schemas/topics)."""


def _deployment(command: _Command) -> _Command:
    for name in ("retention", "replication_factor", "partitions"):
        command = option(name)(command)
    return command


@command.command(epilog="Example: touchpoint topics create --partitions 8")
@bootstrap_servers
@_deployment
@click.option("--alter", is_flag=True, help="Mend the configuration of topics that were there, too.")
@registry_url
@as_json
def create(
    bootstrap_servers: str,
    partitions: int,
    replication_factor: int,
    retention: str,
    alter: bool,
    schema_registry_url: str,
    as_json: bool,
) -> None:
    """Create what is missing; exit with 1 when a topic that was there differs from the catalogue.

    With a schema registry the schemas are registered there, too.
    """
    from streams.broker import topics  # noqa: PLC0415 - only when called
    from streams.codec.registry import register  # noqa: PLC0415

    wanted = topics.Deployment(partitions=partitions, replication_factor=replication_factor, retention=retention)
    created, differences = run(topics.create(bootstrap_servers, wanted, alter=alter))
    schemas = run(register(schema_registry_url)) if schema_registry_url else {}
    if as_json:
        click.echo(msgspec.json.encode({"created": created, "differences": differences, "schemas": schemas}))
    else:
        for name in created:
            click.echo(f"created {name}")
        for record, schema_id in schemas.items():
            click.echo(f"registered {record} as schema {schema_id}")
        _print(differences)
        if not created and not differences:
            click.echo("every topic is there, as the catalogue says")
    sys.exit(1 if differences else 0)


@command.command(epilog="Example: touchpoint topics check --json")
@bootstrap_servers
@_deployment
@as_json
def check(bootstrap_servers: str, partitions: int, replication_factor: int, retention: str, as_json: bool) -> None:
    """Name each difference between the broker and the catalogue; exit with 1 when there is one."""
    from streams.broker import topics  # noqa: PLC0415 - only when called

    wanted = topics.Deployment(partitions=partitions, replication_factor=replication_factor, retention=retention)
    differences = run(topics.check(bootstrap_servers, wanted))
    if as_json:
        click.echo(msgspec.json.encode(differences))
    else:
        _print(differences)
        if not differences:
            click.echo("the broker has every topic as the catalogue says")
    sys.exit(1 if differences else 0)


@command.command(epilog="Example: touchpoint topics rebuild --yes")
@bootstrap_servers
@click.option("--yes", is_flag=True, help="Really do it.")
def rebuild(bootstrap_servers: str, *, yes: bool) -> None:
    """Throw all journeys away, so that workers fold them again from the touchpoints that are still kept.

    For a changelog that was lost or belongs to other topics; stop all workers first. What is older than the retention
    of the touchpoint topics is lost. Exits with 1 and changes nothing without --yes.
    """
    from streams.broker.rebuild import rebuild as rebuild_topics  # noqa: PLC0415 - only when called

    if not yes:
        click.echo("this deletes journeys-changelog and the offsets of the workers; --yes does it")
        sys.exit(1)
    count = run(rebuild_topics(bootstrap_servers))
    click.echo(f"made journeys-changelog anew with {count} partitions; start the workers")


@command.command(epilog="Example: touchpoint topics grow --partitions 64 --yes")
@bootstrap_servers
@option("partitions")
@click.option(
    "--settle",
    "settle_sec",
    type=click.FloatRange(0, 86_400),
    default=_SETTLE_SEC,
    show_default=True,
    help="Seconds in which producers learn of the new partitions (their metadata.max.age.ms); 0 when none runs.",
)
@click.option("--yes", is_flag=True, help="Really do it.")
@as_json
def grow(bootstrap_servers: str, partitions: int, settle_sec: float, *, yes: bool, as_json: bool) -> None:
    """Give the deployment more partitions, and move journeys and whatever was not folded to where they belong then.

    Stop all workers first, with SIGTERM. Alerts keep their ids and revisions, and nothing is said twice. It may be
    called again where it was interrupted. There is no way back to fewer. Exits with 1 and changes nothing without
    --yes.
    """
    from streams.growth.grow import grow as grow_topics  # noqa: PLC0415 - only when called

    if not yes:
        click.echo(f"this gives every topic of the deployment {partitions} partitions, for good; --yes does it")
        sys.exit(1)
    namespace = lane_settings().namespace
    moved = run(grow_topics(bootstrap_servers, partitions, namespace=namespace, settle_sec=settle_sec))
    if as_json:
        click.echo(msgspec.json.encode(moved))
        return
    click.echo(
        f"moved {moved.away} of {moved.journeys} journeys, {moved.crowds} crowds and {moved.touchpoints} touchpoints "
        f"that nobody had folded; start everything with TOUCHPOINT_PARTITIONS={partitions}"
    )


@command.command(name="list", epilog="Example: touchpoint topics list")
@bootstrap_servers
@as_json
def list_(bootstrap_servers: str, as_json: bool) -> None:
    """List the topics of the catalogue beside what the broker has."""
    from streams.broker import topics  # noqa: PLC0415 - only when called
    from streams.codec import catalogue  # noqa: PLC0415

    found = run(topics.found(bootstrap_servers))
    if as_json:
        rows = [msgspec.to_builtins(topic) | {"found": found.get(topic.name)} for topic in catalogue.shipped()]
        click.echo(msgspec.json.encode(rows))
        return
    for topic in catalogue.shipped():
        there = found.get(topic.name)
        kept = topic.cleanup if topic.cleanup == "compact" else topic.retention or "forever"
        size = f"{there.partitions} partitions" if there else "missing"
        click.echo(f"{topic.name:22} {size:15} {kept:8} by {topic.key:24} {topic.description}")


def _print(differences: list[Any]) -> None:
    for difference in differences:
        click.echo(difference)
