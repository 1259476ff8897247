"""`touchpoint config`: what processes would run with, from where, and what is wrong with it."""

import os
import sys
from pathlib import Path
from typing import Any, Final

import click
import msgspec
from click.core import ParameterSource

from streams.cli.kafka import as_json
from streams.settings.check import check as find_problems
from streams.settings.declared import EVERY, Part
from streams.settings.effective import Effective
from streams.settings.reference import markdown
from streams.settings.setting import Value

_ALL: Final = "all"
_component = click.option(
    "--component",
    type=click.Choice([*(part.value for part in EVERY), _ALL]),
    default=_ALL,
    show_default=True,
    help="Whose settings; the flags that it would be started with may follow `--`.",
)
_flags = click.argument("flags", nargs=-1, type=click.UNPROCESSED, metavar="[-- FLAGS...]")


@click.group(name="config", epilog="Example: touchpoint config check --file /etc/touchpoint.toml")
def command() -> None:
    """Show and check settings, without starting anything."""


@command.command(epilog="Example: touchpoint config show --component worker -- --partitions 48")
@_component
@_flags
@as_json
@click.pass_obj
def show(file: Path | None, component: str, flags: tuple[str, ...], as_json: bool) -> None:
    """Print each setting with its value and where it comes from; exit with 1 when one is wrong.

    Secrets are shown as dots. Of flag, environment, secret file, file and default the first that says anything counts.
    """
    resolved, problems = find_problems(os.environ, file, _given(component, flags), _parts(component))
    values = resolved.values.values()
    if as_json:
        click.echo(msgspec.json.encode({one.setting.name: _row(one) for one in values}))
    else:
        width = max(len(one.setting.name) for one in values)
        for one in values:
            origin = f"{one.origin} {one.place}".strip()
            click.echo(f"{one.setting.name:{width}}  {_text(one.shown):40}  {origin}")
    for problem in problems:
        click.echo(f"error: {problem}", err=True)
    sys.exit(1 if problems else 0)


@command.command(epilog="Example: touchpoint config check --file /etc/touchpoint.toml")
@click.option("--file", type=click.Path(dir_okay=False, path_type=Path), help="A TOML file of settings; `--config` or "
              "TOUCHPOINT_CONFIG otherwise.")  # fmt: skip
@_component
@_flags
@as_json
@click.pass_obj
def check(config: Path | None, file: Path | None, component: str, flags: tuple[str, ...], as_json: bool) -> None:
    """Name every mistake in the file, the environment and the flags; exit with 1 when there is one.

    Unknown names, values that cannot be, files that are missing, and settings that contradict each other.
    """
    _, problems = find_problems(os.environ, file or config, _given(component, flags), _parts(component))
    if as_json:
        click.echo(
            msgspec.json.encode(
                [{"place": one.place, "message": one.message, "remedy": one.remedy} for one in problems]
            )
        )
    else:
        for problem in problems:
            click.echo(str(problem))
        if not problems:
            click.echo("every setting is known and has a value that can be")
    sys.exit(1 if problems else 0)


@command.command(epilog="Example: touchpoint config reference > deploy/SETTINGS.md")
def reference() -> None:
    """Print every setting there is, as Markdown."""
    click.echo(markdown(), nl=False)


def _parts(component: str) -> tuple[Part, ...]:
    return EVERY if component == _ALL else (Part(component),)


def _given(component: str, flags: tuple[str, ...]) -> dict[str, Value]:
    """Return what flags say, read as the component itself would."""
    if not flags:
        return {}
    if component in {_ALL, Part.COMMANDS}:
        raise click.UsageError("flags belong to one process: say which with --component")
    from streams.cli import touchpoint  # noqa: PLC0415 - which knows this module

    verb: Any = touchpoint.get_command(click.get_current_context(), component)
    if verb is None:
        raise click.UsageError(f"there is no verb {component}")
    context = verb.make_context(component, list(flags))
    said = (name for name in context.params if context.get_parameter_source(name) is ParameterSource.COMMANDLINE)
    return {name: context.params[name] for name in said}


def _row(one: Effective) -> dict[str, Any]:
    return {"value": one.shown, "origin": one.origin, "place": one.place, "variable": one.setting.variable}


def _text(value: Value) -> str:
    return " ".join(value) if isinstance(value, tuple) else str(value)
