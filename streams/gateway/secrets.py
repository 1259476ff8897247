"""The gateway's secrets: of the environment, or made once and kept in a file."""

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from streams import durable
from streams.settings.secrets import read

IDENTITY: Final = "TOUCHPOINT_IDENTITY_SECRET"
_WEBHOOK: Final = "TOUCHPOINT_WEBHOOK_{provider}_SECRET"
_BYTES: Final = 32


def variable_of(provider: str) -> str:
    """Return the variable that holds the secret by which a provider signs."""
    word = "".join(letter if letter.isalnum() else "_" for letter in provider.upper())
    return _WEBHOOK.format(provider=word)


def of_provider(environ: Mapping[str, str], provider: str) -> str:
    """Return the secret by which a provider signs; empty where none is set."""
    return read(environ, variable_of(provider))


def identity(environ: Mapping[str, str], file: Path) -> bytes:
    """Return the secret of keyed hashes: the one that is set, else one that is made once and kept in the file.

    Who loses it hashes the same address to another key, so a deployment sets it, or keeps its data folder.
    """
    if given := read(environ, IDENTITY):
        return given.encode()
    file.parent.mkdir(parents=True, exist_ok=True)
    durable.made_once(file, secrets.token_urlsafe(_BYTES))
    return file.read_bytes().strip()
