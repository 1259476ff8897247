"""The `touchpoint` command: one file per verb, imported only when it is called."""

import importlib
import sys
from pathlib import Path
from typing import Final

import click

from streams.errors import TouchpointError
from streams.settings.file import apply

# verb -> (module under streams.cli, help line); the module holds a click command named `command`.
VERBS: Final = {
    "alerts": ("alerts", "follow the alerts topic"),
    "backtest": ("backtest", "run rules over recorded touchpoints, without a broker"),
    "broker": ("broker", "a real Apache Kafka on this machine"),
    "canary": ("canary", "a made-up customer who goes the whole way, to hear a break anywhere"),
    "config": ("config", "show and check settings"),
    "dead-letters": ("dead_letters", "list, show and re-inject refused records"),
    "demo": ("demo", "broker, worker and real touchpoints, with live alerts"),
    "desk": ("desk", "live alerts as cases for a support team"),
    "doctor": ("doctor", "what is wrong with a deployment, and what to do"),
    "gateway": ("gateway", "take touchpoints over HTTP"),
    "healthy": ("healthy", "ask a service whether it is ready, for health checks"),
    "import": ("import_", "write real tables as touchpoints"),
    "journey": ("journey", "show the journey of one customer"),
    "metrics": ("metrics", "what the processes tell of themselves, and what to do about it"),
    "rules": ("rules", "check, test and publish rules, explain alerts"),
    "send": ("send", "send touchpoints from a file to their topics"),
    "simulate": ("simulate", "make journeys with known bad moments"),
    "size": ("size", "how much of everything a load takes"),
    "sources": ("sources", "which systems send touchpoints, who is blind, whose clock is wrong"),
    "topics": ("topics", "create, check and list the topics of the catalogue"),
    "worker": ("worker", "the stream processor"),
}


_EXPLAIN_THE_FILE: Final = ("config", "doctor")  # they look into it themselves, and name every mistake


class _Verbs(click.Group):
    """Loads a verb's module when the verb is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f"streams.cli.{VERBS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl([(verb, line) for verb, (_, line) in sorted(VERBS.items())])


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="touchpoint-tracker")
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="TOUCHPOINT_CONFIG",
    help="A TOML file of settings; the environment and the flags come first.",
)
@click.pass_context
def touchpoint(context: click.Context, config: Path | None) -> None:
    """Track touchpoints in real time and raise an alert at each negative moment of truth."""
    context.obj = config
    if config is not None and context.invoked_subcommand not in _EXPLAIN_THE_FILE:
        apply(config)


def main() -> None:
    """Run the command; print an error as place, message and remedy, never as a traceback."""
    try:
        sys.exit(touchpoint.main(standalone_mode=False))  # the code of click's Exit, or None
    except click.exceptions.Abort:
        sys.exit(130)
    except click.exceptions.Exit as request:
        sys.exit(request.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except TouchpointError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
