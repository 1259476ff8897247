"""`touchpoint desk`: live alerts as cases that a support team works, until the customer has recovered."""

from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from streams.cli import desk_routes, desk_tokens
from streams.cli.kafka import DEFAULTS, bootstrap_servers, registry_url
from streams.errors import UsageError
from streams.settings.settings import Settings

_EPILOG: Final = "Example: touchpoint desk --file deploy/desk/desk.yaml --database-url sqlite:///desk.db"


def known_zone(name: str) -> str:
    """Return the name of a time zone that there is; raise UsageError for another."""
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(f"there is no time zone `{name}`", place="--time-zone", remedy="like Europe/Madrid") from error


@click.group(name="desk", invoke_without_command=True, epilog=_EPILOG)
@bootstrap_servers
@registry_url
@click.option(
    "--database-url",
    envvar="TOUCHPOINT_DATABASE_URL",
    default=DEFAULTS.database_url,
    metavar="URL",
    help="sqlite:///folder/desk.db or postgresql://user:password@host/name; a file in the data folder otherwise.",
)
@click.option(
    "--file",
    "desk_file",
    envvar="TOUCHPOINT_DESK_FILE",
    default=DEFAULTS.desk_file,
    type=click.Path(dir_okay=False),
    help="Who is told what and when (see deploy/desk); without one nobody is told.",
)
@click.option("--host", envvar="TOUCHPOINT_DESK_HOST", default=DEFAULTS.desk_host, show_default=True, metavar="ADDRESS",
              help="Where to listen.")  # fmt: skip
@click.option("--port", envvar="TOUCHPOINT_DESK_PORT", type=click.IntRange(1, 65535), default=DEFAULTS.desk_port,
              show_default=True, help="For console, API and /readyz.")  # fmt: skip
@click.option(
    "--url",
    envvar="TOUCHPOINT_DESK_URL",
    default=DEFAULTS.desk_url,
    metavar="URL",
    help="How people reach it, for links in messages; with https cookies are Secure.",
)
@click.option(
    "--worker",
    "workers",
    multiple=True,
    envvar="TOUCHPOINT_WORKERS",
    default=DEFAULTS.workers,
    show_default=True,
    metavar="URL",
    help="Where workers serve journeys, several times if need be.",
)
@click.option("--rules", multiple=True, envvar="TOUCHPOINT_RULES", default=(), metavar="PATH",
              help="The rules that are in force: owners, deadlines, proofs; the shipped pack otherwise.")  # fmt: skip
@click.option("--vocabulary", multiple=True, envvar="TOUCHPOINT_VOCABULARY", default=(), metavar="PATH",
              help="The user's own touchpoint types, over the shipped ones.")  # fmt: skip
@click.option("--clock", type=click.Choice(["wall", "event"]), envvar="TOUCHPOINT_CLOCK", default=DEFAULTS.clock,
              show_default=True, help="What time it is for cases; in replays that of alerts.")  # fmt: skip
@click.option("--data-dir", envvar="TOUCHPOINT_DATA_DIR", default=DEFAULTS.data_dir, show_default=True,
              type=click.Path(file_okay=False), help="Where the database file is made.")  # fmt: skip
@click.option("--instance-id", envvar="TOUCHPOINT_INSTANCE_ID", default=DEFAULTS.instance_id, metavar="NAME",
              help="Of this desk among several on one database, the same after a restart.")  # fmt: skip
@click.option("--lang", "language", envvar="TOUCHPOINT_LANGUAGE", type=click.Choice(["en", "es"]),
              default=DEFAULTS.language, show_default=True, help="Of messages to the outside.")  # fmt: skip
@click.option("--time-zone", envvar="TOUCHPOINT_TIME_ZONE", default=DEFAULTS.time_zone, show_default=True,
              metavar="ZONE", callback=lambda _, __, value: known_zone(value),
              help="In which the console shows times, like Europe/Madrid.")  # fmt: skip
@click.option("--currency", envvar="TOUCHPOINT_CURRENCY", default=DEFAULTS.currency, show_default=True,
              help="Of offers, ISO 4217.")  # fmt: skip
@click.option("--log-level", envvar="TOUCHPOINT_LOG_LEVEL", type=click.Choice(["debug", "info", "warning", "error"]),
              default=DEFAULTS.log_level, show_default=True, help="How much is said.")  # fmt: skip
@click.option("--log-format", envvar="TOUCHPOINT_LOG_FORMAT", type=click.Choice(["console", "json"]),
              default=DEFAULTS.log_format, show_default=True, help="For people, or JSON.")  # fmt: skip
@click.pass_context
def command(context: click.Context, /, **options: Any) -> None:
    """Keep alerts as cases, tell people, and serve the console and the API, until SIGTERM.

    Says `ready` on its log once it serves. Sign in with a token of `touchpoint desk tokens create`.
    """
    settings = _settings(options)
    context.obj = settings
    if context.invoked_subcommand is not None:
        return
    from streams.desk.run import serve  # noqa: PLC0415 - only when called
    from streams.desk.web import create  # noqa: PLC0415
    from streams.telemetry.logs import configure_logs  # noqa: PLC0415

    configure_logs(settings.log_level, as_json=settings.log_format == "json")
    serve(settings, create)


def _settings(options: dict[str, Any]) -> Settings:
    found = dict(options)
    return Settings(
        desk_host=found.pop("host"),
        desk_port=found.pop("port"),
        desk_url=found.pop("url").rstrip("/"),
        rules=found.pop("rules") or DEFAULTS.rules,
        data_dir=str(Path(found.pop("data_dir"))),
        **found,
    )


command.add_command(desk_routes.command)
command.add_command(desk_tokens.command)
