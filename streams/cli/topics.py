"""`touchpoint topics`: the catalogue of topics against a broker."""

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click
import msgspec

from streams.cli.kafka import DEFAULTS, as_json, bootstrap_servers, registry_url, run

_Command = TypeVar("_Command", bound=Callable[..., Any])


@click.group(name="topics", epilog="Example: touchpoint topics create --partitions 48 --replication-factor 3")
def command() -> None:
    """Create, check and list the topics of the catalogue (schemas/topics)."""


def _deployment(command: _Command) -> _Command:
    for option in (
        click.option(
            "--retention",
            envvar="TOUCHPOINT_RETENTION",
            default="",
            metavar="DURATION",
            help="How long touchpoints are kept, `30d` or `forever`; the catalogue says otherwise. Kafka counts from "
            "the records' own time: replaying old touchpoints needs `forever`.",
        ),
        click.option(
            "--replication-factor",
            envvar="TOUCHPOINT_REPLICATION_FACTOR",
            type=click.IntRange(1, 32),
            default=DEFAULTS.replication_factor,
            show_default=True,
            help="Copies of each partition.",
        ),
        click.option(
            "--partitions",
            envvar="TOUCHPOINT_PARTITIONS",
            type=click.IntRange(1, 10_000),
            default=DEFAULTS.partitions,
            show_default=True,
            help="Of each co-partitioned topic; fixed for the life of a deployment.",
        ),
    ):
        command = option(command)
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
