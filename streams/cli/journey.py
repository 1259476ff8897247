"""`touchpoint journey`: one customer's journey, from the worker that owns it."""

import asyncio
from typing import Any, Final
from urllib.parse import quote

import click
import msgspec

from streams.cli.kafka import as_json
from streams.cli.options import option
from streams.errors import TouchpointError

_OK: Final = 200
_NOT_FOUND: Final = 404
_TIMEOUT_SEC: Final = 5.0


@click.group(name="journey")
def command() -> None:
    """Show what is kept of one customer."""


@command.command(epilog="Example: touchpoint journey show customer-42 --worker http://10.0.0.7:9102")
@click.argument("customer")
@option(
    "workers",
    help="Where a worker serves its metrics, several times if need be: the one that owns the customer answers.",
)
@as_json
def show(customer: str, workers: tuple[str, ...], as_json: bool) -> None:
    """Ask the workers for the journey of CUSTOMER; exit with 1 when there is none."""
    journey = asyncio.run(_ask(customer, workers))
    if as_json:
        click.echo(msgspec.json.encode(journey))
        return
    click.echo(f"{journey['customer']}: {journey['touchpoints']} touchpoints, {journey['first']} to {journey['last']}")
    if journey["next_deadline"]:
        click.echo(f"next deadline {journey['next_deadline']}")
    for part in ("promises", "episodes"):
        for name, what in sorted(journey[part].items()):
            click.echo(f"{part[:-1]} {name.replace(chr(31), ' ')}: {msgspec.json.encode(what).decode()}")
    for touchpoint in journey["recent"]:
        subject = f"  {touchpoint['subject']}" if touchpoint.get("subject") else ""
        click.echo(f"  {touchpoint['time']}  {touchpoint['type']}{subject}")


async def _ask(customer: str, workers: tuple[str, ...]) -> dict[str, Any]:
    """Return the journey from the first worker that has it; raise TouchpointError with what all of them said."""
    import aiohttp  # noqa: PLC0415 - only when called

    said: list[str] = []
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_SEC)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        for worker in workers:
            try:
                async with session.get(f"{worker.rstrip('/')}/journey/{quote(customer, safe='')}") as answer:
                    body = msgspec.json.decode(await answer.read(), type=dict[str, Any])
            except (aiohttp.ClientError, TimeoutError, msgspec.DecodeError) as error:
                said.append(f"{worker}: no worker answers ({type(error).__name__})")
                continue
            if answer.status == _OK:
                return body
            if answer.status == _NOT_FOUND:
                raise TouchpointError(f"no journey of {customer!r}", place=worker, remedy="check the spelling")
            said.append(f"{worker}: {body.get('error', answer.status)}")
    raise TouchpointError("; ".join(said), remedy="start the worker, or name the others with --worker URL")
