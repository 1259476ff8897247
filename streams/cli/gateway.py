"""`touchpoint gateway`: the way in over HTTP, for systems that do not speak Kafka."""

import logging
from pathlib import Path
from typing import Any, Final

import click

from streams.cli import gateway_connect, gateway_keys, gateway_try
from streams.cli.options import options_of
from streams.settings.declared import Part
from streams.settings.settings import Settings

_EPILOG: Final = "Example: touchpoint gateway --host 0.0.0.0 --tls-cert chain.pem --tls-key key.pem"


@click.group(name="gateway", invoke_without_command=True, epilog=_EPILOG)
@options_of(Part.GATEWAY)
@click.pass_context
def command(context: click.Context, /, **options: Any) -> None:
    """Take touchpoints over HTTP and make them safe in Kafka, until SIGTERM.

    Says `ready` on its log once it serves. Send with a key of `touchpoint gateway keys create`, or from the page
    of `touchpoint gateway connect`.
    """
    context.obj = settings = Settings(**options | {"data_dir": str(Path(options["data_dir"]))})
    if context.invoked_subcommand is not None:
        return
    from streams.cli.process import begin  # noqa: PLC0415 - only when called

    begin(settings, Part.GATEWAY)
    from streams.gateway.run import serve  # noqa: PLC0415 - it takes a second: who is refused has been told before
    from streams.gateway.web import create  # noqa: PLC0415

    if settings.log_level != "debug":  # the sink says once what the Kafka client says at every attempt
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL + 1)
    serve(settings, create)


command.add_command(gateway_connect.command)
command.add_command(gateway_keys.command)
command.add_command(gateway_try.command)
