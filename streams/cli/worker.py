"""`touchpoint worker`: the stream processor."""

import click

from streams.cli.kafka import DEFAULTS, bootstrap_servers
from streams.rules.model import Severity
from streams.settings.settings import Settings


@click.command(name="worker", epilog="Example: touchpoint worker --rules deploy/rules --partitions 8")
@bootstrap_servers
@click.option(
    "--clock",
    type=click.Choice(["wall", "event"]),
    envvar="TOUCHPOINT_CLOCK",
    default=DEFAULTS.clock,
    show_default=True,
    help="What makes deadlines due: the wall clock, or in replays the touchpoints' own times alone.",
)
@click.option(
    "--rules",
    multiple=True,
    envvar="TOUCHPOINT_RULES",
    default=(),
    metavar="PATH",
    help="A file or folder of rules, several times if need be; the shipped pack otherwise. "
    "What `rules publish` has put in force comes first.",
)
@click.option("--vocabulary", multiple=True, envvar="TOUCHPOINT_VOCABULARY", default=(), metavar="PATH",
              help="The user's own touchpoint types, over the shipped ones.")  # fmt: skip
@click.option(
    "--sources",
    multiple=True,
    envvar="TOUCHPOINT_SOURCES",
    default=(),
    metavar="PATH",
    help="Files of what is expected of sources; others are learnt (not with --clock event without such a file).",
)
@click.option(
    "--hold-from",
    envvar="TOUCHPOINT_HOLD_FROM",
    type=click.Choice([each.value for each in Severity]),
    default=DEFAULTS.hold_from,
    show_default=True,
    help="How severe an alert must be for `recovery.hold` to ask marketing and surveys to keep quiet.",
)
@click.option(
    "--partitions",
    envvar="TOUCHPOINT_PARTITIONS",
    type=click.IntRange(1, 10_000),
    default=DEFAULTS.partitions,
    show_default=True,
    help="Of each co-partitioned topic; checked at each start.",
)
@click.option(
    "--instance-id",
    envvar="TOUCHPOINT_INSTANCE_ID",
    default=DEFAULTS.instance_id,
    metavar="NAME",
    help="Static membership: a restart under the same name within the session moves no partition.",
)
@click.option(
    "--data-dir",
    envvar="TOUCHPOINT_DATA_DIR",
    default=DEFAULTS.data_dir,
    show_default=True,
    type=click.Path(file_okay=False),
    help="Nothing of value is kept here: journeys live in Kafka.",
)
@click.option(
    "--metrics-port",
    envvar="TOUCHPOINT_METRICS_PORT",
    type=click.IntRange(0, 65535),
    default=DEFAULTS.metrics_port,
    show_default=True,
    help="For /metrics, /healthz, /readyz and /journey; 0 picks a free one.",
)
@click.option(
    "--schema-registry-url",
    envvar="TOUCHPOINT_SCHEMA_REGISTRY_URL",
    default=DEFAULTS.schema_registry_url,
    metavar="URL",
    help="Any Confluent-compatible registry; without one the shipped schemas are used.",
)
@click.option(
    "--log-level",
    envvar="TOUCHPOINT_LOG_LEVEL",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default=DEFAULTS.log_level,
    show_default=True,
    help="How much is said on standard error.",
)
@click.option(
    "--log-format",
    envvar="TOUCHPOINT_LOG_FORMAT",
    type=click.Choice(["console", "json"]),
    default=DEFAULTS.log_format,
    show_default=True,
    help="A line for people, or one JSON object a line.",
)
def command(
    bootstrap_servers: str,
    clock: str,
    rules: tuple[str, ...],
    vocabulary: tuple[str, ...],
    sources: tuple[str, ...],
    hold_from: str,
    partitions: int,
    instance_id: str,
    data_dir: str,
    metrics_port: int,
    schema_registry_url: str,
    log_level: str,
    log_format: str,
) -> None:
    """Fold touchpoints into journeys and raise alerts, until SIGTERM.

    Says `ready` on its log and on /readyz once everything it owns has been read back and is folded. Exits with 3 when
    the breaker has tripped, with 70 after a crash that could not be tidied up.
    """
    from streams.telemetry.logs import configure_logs  # noqa: PLC0415 - only when called
    from streams.worker.run import run  # noqa: PLC0415 - only when called

    configure_logs(log_level, as_json=log_format == "json")
    run(
        Settings(
            bootstrap_servers=bootstrap_servers,
            clock=clock,
            rules=rules or DEFAULTS.rules,
            vocabulary=vocabulary,
            sources=sources,
            hold_from=hold_from,
            partitions=partitions,
            instance_id=instance_id,
            data_dir=data_dir,
            metrics_port=metrics_port,
            schema_registry_url=schema_registry_url,
            log_level=log_level,
            log_format=log_format,
        )
    )
