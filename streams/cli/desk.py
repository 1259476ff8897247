"""`touchpoint desk`: live alerts as cases that a support team works, until the customer has recovered."""

from pathlib import Path
from typing import Any, Final

import click

from streams.cli import desk_backup, desk_routes, desk_tokens
from streams.cli.options import options_of
from streams.settings.declared import Part
from streams.settings.settings import Settings

_EPILOG: Final = "Example: touchpoint desk --file deploy/desk/desk.yaml --database-url sqlite:///desk.db"


@click.group(name="desk", invoke_without_command=True, epilog=_EPILOG)
@options_of(Part.DESK)
@click.pass_context
def command(context: click.Context, /, **options: Any) -> None:
    """Keep alerts as cases, tell people, and serve the console and the API, until SIGTERM.

    Says `ready` on its log once it serves. Sign in with a token of `touchpoint desk tokens create`.
    """
    settings = _settings(options)
    context.obj = settings
    if context.invoked_subcommand is not None:
        return
    from streams.cli.process import begin  # noqa: PLC0415 - only when called

    begin(settings, Part.DESK)
    from streams.desk.run import serve  # noqa: PLC0415 - it takes a second: who is refused has been told before
    from streams.desk.web import create  # noqa: PLC0415

    serve(settings, create)


def _settings(options: dict[str, Any]) -> Settings:
    found = options | {"desk_url": options["desk_url"].rstrip("/"), "data_dir": str(Path(options["data_dir"]))}
    return Settings(**found)


command.add_command(desk_backup.backup)
command.add_command(desk_backup.restore)
command.add_command(desk_routes.command)
command.add_command(desk_tokens.command)
