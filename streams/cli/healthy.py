"""`touchpoint healthy`: a health check for containers and scripts, where there is no curl."""

import http.client
from typing import Final
from urllib.parse import urlsplit

import click

from streams.errors import TouchpointError, UsageError

_OK: Final = 200
_MOST_BYTES: Final = 1_000  # of the reason that is shown


@click.command(name="healthy", epilog="Example: touchpoint healthy http://127.0.0.1:9102/readyz")
@click.argument("url")
@click.option("--timeout", "timeout_sec", type=click.FloatRange(0.1, 60.0), default=3.0, show_default=True,
              metavar="SECONDS", help="Without an answer for so long it is not healthy.")  # fmt: skip
def command(url: str, timeout_sec: float) -> None:
    """Ask URL once: exit with 0 where the answer is 200, else with 1 and say why.

    No redirect is followed and no proxy is asked. Of https only whether it answers counts, not by which certificate.
    """
    status, said = _ask(url, timeout_sec)
    if status != _OK:
        raise TouchpointError(said or "it does not say why", place=f"{url} answers {status}")
    click.echo(said or "ok")


def _ask(url: str, timeout_sec: float) -> tuple[int, str]:
    """Return status and first line of the answer."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise _no_url(url) from error
    if parts.scheme not in ("http", "https") or not host:
        raise _no_url(url)
    connection = _connect(parts.scheme, host, port, timeout_sec)
    try:
        connection.request("GET", f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}")
        answer = connection.getresponse()
        lines = answer.read(_MOST_BYTES).decode(errors="replace").strip().splitlines()
    except (OSError, http.client.HTTPException) as error:
        cause = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise TouchpointError(f"no answer: {cause}", place=url, remedy="see whether it runs, and its log") from error
    finally:
        connection.close()
    return answer.status, lines[0] if lines else ""


def _connect(scheme: str, host: str, port: int | None, timeout_sec: float) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=timeout_sec)
    import ssl  # noqa: PLC0415 - it is slow to load, and seldom needed

    unchecked = ssl._create_unverified_context()  # noqa: S323, SLF001 - asked under 127.0.0.1, no certificate would fit
    return http.client.HTTPSConnection(host, port, timeout=timeout_sec, context=unchecked)


def _no_url(url: str) -> UsageError:
    return UsageError("no address", place=url, remedy="like http://127.0.0.1:9102/readyz")
