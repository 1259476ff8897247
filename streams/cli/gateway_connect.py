"""`touchpoint gateway connect`: the link that opens the page on which a developer sends the first touchpoint."""

import os
from pathlib import Path
from typing import Final

import click

from streams.gateway.connect.admin import admin_token
from streams.gateway.connect.link import link
from streams.settings.settings import Settings

_EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}  # noqa: S104 - to listen, not to call


@click.command(name="connect", epilog="Example: touchpoint gateway connect")
@click.pass_obj
def command(settings: Settings) -> None:
    """Print the link that opens the page, for eight hours in one browser; give it to nobody who may not make keys.

    The token stands behind `#`, so no server and no log sees it. It is that of TOUCHPOINT_GATEWAY_ADMIN_TOKEN[_FILE],
    else one that is made once and kept in the data folder.
    """
    click.echo(link(_base_url(settings), admin_token(os.environ, Path(settings.data_dir))))


def _base_url(settings: Settings) -> str:
    """Return where people reach the gateway: its public address, else that of this machine."""
    scheme = "https" if settings.gateway_tls_cert else "http"
    host = _EVERYWHERE.get(settings.gateway_host, settings.gateway_host)
    return settings.gateway_url or f"{scheme}://{host}:{settings.gateway_port}"
