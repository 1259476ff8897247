"""Verbs of the command line, called in this process."""

import click
from click.testing import CliRunner, Result

from streams.errors import TouchpointError
from streams.settings.settings import Settings


def run(command: click.Command, settings: Settings, *arguments: str) -> Result:
    """Call it as people do; what they would be told is raised."""
    found = CliRunner().invoke(command, arguments, obj=settings)
    if isinstance(found.exception, TouchpointError):
        raise found.exception
    return found
