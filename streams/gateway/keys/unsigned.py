"""Keys of webhooks whose provider has no secret here: every request with one is refused, so somebody is told."""

import logging
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from streams.gateway import secrets
from streams.gateway.keys.key import Key, Kind

_log: Final = logging.getLogger("touchpoint.gateway.keys")


def warn(keys: Iterable[Key], providers: Collection[str], environ: Mapping[str, str], now: int) -> None:
    """Log one line for each key in force of a provider without its secret; the line names where to put it."""
    for key in keys:
        is_hook = key.kind is Kind.WEBHOOK and key.is_valid(now) and key.provider in providers
        if is_hook and not secrets.of_provider(environ, key.provider).strip():
            variable = secrets.variable(key.provider)
            _log.warning(
                "no webhook of %s is taken with key %s: %s is not set (nor %s_FILE)",
                key.provider,
                key.id,
                variable,
                variable,
            )
