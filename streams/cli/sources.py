"""`touchpoint sources`: which systems send touchpoints, who is blind, and whose clock is wrong."""

from typing import TYPE_CHECKING, Any

import click
import msgspec

from streams.cli.kafka import as_json, bootstrap_servers, run

if TYPE_CHECKING:
    from streams.journeys.sources import Source


@click.group(name="sources")
def command() -> None:
    """See the systems that send touchpoints."""


@command.command(name="list", epilog="Example: touchpoint sources list --outages > outages.jsonl")
@click.option(
    "--outages", is_flag=True, help="Print the last outages as JSON lines, as `backtest --sources` reads them."
)
@bootstrap_servers
@as_json
def list_(outages: bool, bootstrap_servers: str, as_json: bool) -> None:
    """List the sources that the workers know; with --json one a line. Times and clocks are some minutes old."""
    from streams.broker.sources import facts  # noqa: PLC0415 - only when called
    from streams.codec.sources import outage_to_json  # noqa: PLC0415

    found = run(facts(bootstrap_servers))
    if outages:
        for outage in sorted((each for one in found for each in one.outages), key=lambda each: each.decided):
            click.echo(outage_to_json(outage))
    elif as_json:
        for one in found:
            click.echo(msgspec.json.encode(shown(one)))
    else:
        for line in table(found):
            click.echo(line)


def shown(source: "Source") -> dict[str, Any]:
    """Return a source for a program: times as RFC 3339, `blind_since` only while it is blind."""
    from streams.codec.times import to_rfc3339  # noqa: PLC0415 - only when called

    fields: dict[str, Any] = {
        "source": source.source,
        "state": source.state.value,
        "last": to_rfc3339(source.frontier),
        "skew_seconds": source.skew_ms / 1000,
        "outages": source.ordinal,
        "types": source.types,
    }
    if source.is_blind:
        fields["blind_since"] = to_rfc3339(source.outages[-1].since)
    return fields


def table(sources: list["Source"]) -> list[str]:
    """Return the lines of a table for people."""
    if not sources:
        return ["no source is known yet"]
    width = max(len("source"), *(len(one.source) for one in sources))
    lines = [f"{'source':<{width}}  {'state':<8}{'last touchpoint':<26}{'clock':>12}{'outages':>9}{'types':>7}"]
    for one in sources:
        last = shown(one)["last"]
        lines.append(
            f"{one.source:<{width}}  {one.state.value:<8}{last:<26}{clock(one.skew_ms):>12}"
            f"{one.ordinal:>9}{len(one.types):>7}"
        )
    return lines


def clock(skew_ms: int) -> str:
    """Say how wrong a clock is; less than a second is nothing."""
    if abs(skew_ms) < 1_000:
        return "-"
    return f"{abs(skew_ms) / 1000:.0f} s {'behind' if skew_ms > 0 else 'ahead'}"
