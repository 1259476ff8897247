"""`touchpoint alerts`: follow the alerts topic."""

import click

from streams.alerts.canary import is_canary
from streams.cli.alert_lines import FALLBACK, LANGUAGES, lines
from streams.cli.kafka import as_json, bootstrap_servers, registry_url, run
from streams.rules.model import Mode


@click.group(name="alerts")
def command() -> None:
    """Follow the alerts topic."""


@command.command(epilog="Example: touchpoint alerts tail --from-beginning --exit-at-end --json > alerts.jsonl")
@click.option("--from-beginning", is_flag=True, help="Begin with the oldest alert that the topic still has.")
@click.option("--exit-at-end", is_flag=True, help="Stop at what is the end when the command starts.")
@click.option("--lang", type=click.Choice(LANGUAGES), default=FALLBACK, show_default=True, help="Of titles and advice.")
@click.option("--shadow", is_flag=True, help="Also those of rules in shadow, and of the canary: nobody has to act.")
@registry_url
@bootstrap_servers
@as_json
def tail(
    from_beginning: bool,
    exit_at_end: bool,
    lang: str,
    shadow: bool,
    schema_registry_url: str,
    bootstrap_servers: str,
    as_json: bool,
) -> None:
    """Print alerts as they come; with --json one revision a line, as `backtest --output` writes them.

    A revision that the topic holds twice is printed once. With --json nothing is masked or left out; else customers are
    masked, and alerts of rules in shadow and of the canary are printed with --shadow only.
    """
    from streams.broker.alerts import follow  # noqa: PLC0415 - only when called
    from streams.codec.alert import to_json  # noqa: PLC0415

    async def show() -> None:
        alerts = follow(
            bootstrap_servers,
            from_beginning=from_beginning,
            exit_at_end=exit_at_end,
            registry_url=schema_registry_url,
        )
        async for alert in alerts:
            if (alert.mode == Mode.SHADOW or is_canary(alert)) and not (shadow or as_json):
                continue
            click.echo(to_json(alert) if as_json else "\n".join(lines(alert, lang)))

    run(show())
