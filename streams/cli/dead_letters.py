"""`touchpoint dead-letters`: refused records, and their way back."""

import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
import msgspec

from streams.cli.kafka import as_json, bootstrap_servers, registry_url, run, vocabulary
from streams.errors import TouchpointError, UsageError
from streams.touchpoints.rejection import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.broker.dead_letters import Choice, Mend, Refused, Reinjected

_Command = TypeVar("_Command", bound=Callable[..., Any])


class Moment(click.ParamType):
    """A time in RFC 3339, or how long ago: ms since the epoch."""

    name = "TIME|DURATION"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the moment."""
        from streams.codec.times import from_rfc3339  # noqa: PLC0415 - only when called
        from streams.rules import durations  # noqa: PLC0415

        if isinstance(value, int):
            return value
        if (ago_ms := durations.parse(value)) is not None:
            return time.time_ns() // 1_000_000 - ago_ms
        if (moment := from_rfc3339(value)) is None:
            self.fail(f"`{value}` is neither `2h` nor `2026-05-01T12:00:00Z`", param, ctx)
        return moment


def _filters(command: _Command) -> _Command:
    for option in (
        click.option("--since", type=Moment(), default=0, help="Refused since then."),
        click.option("--topic", default="", help="From this topic only."),
        click.option("--reason", type=click.Choice([reason.value for reason in Reason]), help="With this reason only."),
    ):
        command = option(command)
    return command


@click.group(name="dead-letters")
def command() -> None:
    """List, show and re-inject refused records."""


@command.command(name="list", epilog="Example: touchpoint dead-letters list --reason unknown_type --since 2h")
@_filters
@bootstrap_servers
@as_json
def list_(reason: str | None, topic: str, since: int, bootstrap_servers: str, as_json: bool) -> None:
    """List refused records by topic/partition/offset with their reason, and count them by reason."""
    from streams.broker import dead_letters  # noqa: PLC0415 - only when called
    from streams.codec.registry import SchemaStore  # noqa: PLC0415

    choice = _choice(reason=reason, topic=topic, since=since)
    counts: Counter[str] = Counter()

    async def show_each() -> None:
        async for refused in dead_letters.read(bootstrap_servers, choice, SchemaStore()):
            counts[refused.letter.reason] += 1
            click.echo(msgspec.json.encode(_summary(refused)) if as_json else _line(refused))

    run(show_each())
    if not as_json:
        total = ", ".join(f"{count} {name}" for name, count in counts.most_common())
        click.echo(f"{counts.total()} dead letters{': ' * bool(total)}{total}")


@command.command(epilog="Example: touchpoint dead-letters show touchpoints.web/3/1842")
@click.argument("place", metavar="TOPIC/PARTITION/OFFSET")
@registry_url
@bootstrap_servers
@as_json
def show(place: str, schema_registry_url: str, bootstrap_servers: str, as_json: bool) -> None:
    """Show one refused record: where it was, why it was refused, its bytes, and what can be read of them.

    This shows what the record holds, personal data included.
    """
    from streams.broker import dead_letters  # noqa: PLC0415 - only when called
    from streams.codec.registry import SchemaStore  # noqa: PLC0415
    from streams.codec.repair import readable  # noqa: PLC0415

    async def find() -> "Refused | None":
        store = SchemaStore(schema_registry_url)
        try:
            async with aclosing(dead_letters.read(bootstrap_servers, _choice(places=(place,)), store)) as letters:
                return await anext(letters, None)
        finally:
            await store.close()

    found = run(find())
    if found is None:
        raise TouchpointError("no such dead letter", place=place, remedy="see `touchpoint dead-letters list`")
    fields = readable(found.letter, found.source)
    if as_json:
        click.echo(msgspec.json.encode({**_summary(found), "letter": found.letter, "fields": fields}))
    else:
        click.echo("\n".join(_page(found, fields)))


@command.command(
    epilog='Example: touchpoint dead-letters reinject --reason unknown_type --patch \'{"type": "payment.failed"}\''
)
@click.argument("places", nargs=-1, metavar="[TOPIC/PARTITION/OFFSET]...")
@_filters
@click.option("--all", "all_", is_flag=True, help="All of them; needed where nothing else says which.")
@click.option("--patch", metavar="JSON", help="An object whose fields replace those of the touchpoints.")
@click.option(
    "--edited",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with the touchpoint in the JSON form, in place of one record's value.",
)
@click.option("--force", is_flag=True, help="Send also what would be refused again.")
@click.option("--dry-run", is_flag=True, help="Say what would be sent.")
@vocabulary
@registry_url
@bootstrap_servers
@as_json
def reinject(
    places: tuple[str, ...],
    reason: str | None,
    topic: str,
    since: int,
    all_: bool,
    patch: str | None,
    edited: Path | None,
    force: bool,
    dry_run: bool,
    vocabulary: tuple[Path, ...],
    schema_registry_url: str,
    bootstrap_servers: str,
    as_json: bool,
) -> None:
    """Send refused records back to their topics, with their original key, headers and timestamp.

    What would be refused again is named and left out, and the command then exits with 1. Sending twice does no harm:
    a touchpoint counts once by its source and id.
    """
    from streams.broker import dead_letters  # noqa: PLC0415 - only when called
    from streams.codec.registry import SchemaStore  # noqa: PLC0415
    from streams.codec.touchpoint import TouchpointDecoder  # noqa: PLC0415
    from streams.codec.vocabulary import shipped  # noqa: PLC0415

    choice = _choice(reason=reason, topic=topic, since=since, places=places)
    if choice.is_all and not all_:
        raise UsageError("which dead letters?", remedy="name places, --reason, --topic or --since, or say --all")
    mend = _mender(choice, patch, edited)
    known = shipped(vocabulary)

    async def send() -> "Reinjected":
        store = SchemaStore(schema_registry_url)
        decoder = TouchpointDecoder(known, store)
        try:
            return await dead_letters.reinject(
                bootstrap_servers, choice, mend, decoder, store, force=force, dry_run=dry_run
            )
        finally:
            await store.close()

    outcome = run(send())
    if as_json:
        click.echo(msgspec.json.encode(outcome))
    else:
        for place, why in outcome.refused.items():
            click.echo(f"{place} would be refused again: {why}", err=True)
        for place in outcome.missing:
            click.echo(f"{place} is no dead letter (see `touchpoint dead-letters list`)", err=True)
        click.echo(f"would send {outcome.ready} records" if dry_run else f"sent {outcome.sent} records")
    sys.exit(1 if outcome.refused or outcome.missing else 0)


@command.command(epilog="Example: touchpoint dead-letters resume")
@bootstrap_servers
@as_json
def resume(bootstrap_servers: str, as_json: bool) -> None:
    """Let workers go on after the breaker stopped them; what was recorded until now becomes dead letters."""
    from streams.broker import dead_letters  # noqa: PLC0415 - only when called
    from streams.codec.times import to_rfc3339  # noqa: PLC0415

    resumed_at = run(dead_letters.resume(bootstrap_servers))
    if as_json:
        click.echo(msgspec.json.encode({"resumed_at": resumed_at}))
    else:
        click.echo(f"workers may go on: refused records from before {to_rfc3339(resumed_at)} become dead letters")


def _choice(*, reason: str | None = None, topic: str = "", since: int = 0, places: tuple[str, ...] = ()) -> "Choice":
    from streams.broker.dead_letters import Choice  # noqa: PLC0415 - only when called

    for place in places:
        if place.count("/") != 2 or not all(part.isdigit() for part in place.split("/")[1:]):
            raise UsageError(f"`{place}` is not TOPIC/PARTITION/OFFSET", remedy="copy one from `dead-letters list`")
    return Choice(places=frozenset(places), reason=Reason(reason) if reason else None, topic=topic, since_ms=since)


def _mender(choice: "Choice", patch: str | None, edited: Path | None) -> "Mend":
    """Return what makes a record of a dead letter; raises UsageError for options that do not go together."""
    from streams.codec import repair  # noqa: PLC0415 - only when called

    if edited:
        if len(choice.places) != 1 or patch:
            raise UsageError("--edited replaces the value of one record", remedy="name its TOPIC/PARTITION/OFFSET")
        text = edited.read_bytes()
        return lambda refused: repair.replaced(refused.letter, text)
    if patch:
        try:
            changes = msgspec.json.decode(patch, type=dict[str, Any])
        except msgspec.DecodeError as error:
            raise UsageError(f"--patch is not a JSON object: {error}", remedy='write {"type": "..."}') from error
        return lambda refused: repair.patched(refused.letter, changes, refused.source)
    return lambda refused: repair.as_it_was(refused.letter)


def _line(refused: "Refused") -> str:
    from streams.codec.times import to_rfc3339  # noqa: PLC0415 - only when called

    letter = refused.letter
    size = len(letter.value or b"")
    return f"{letter.place}  {to_rfc3339(refused.refused_ms)}  {letter.reason}  {size} bytes  {letter.detail}"


def _page(refused: "Refused", fields: dict[str, Any] | None) -> "Iterator[str]":
    from streams.codec.hexdump import hexdump  # noqa: PLC0415 - only when called
    from streams.codec.times import to_rfc3339  # noqa: PLC0415

    letter = refused.letter
    yield f"{letter.place}: {letter.reason}: {letter.detail}"
    yield f"recorded {to_rfc3339(letter.timestamp)}, refused {to_rfc3339(refused.refused_ms)}"
    yield f"key      {letter.key!r}"
    for name, content in letter.headers:
        yield f"header   {name}: {content!r}"
    yield f"value    {'none' if letter.value is None else f'{len(letter.value)} bytes'}"
    for line in hexdump(letter.value or b""):
        yield f"  {line}"
    if fields is not None:
        yield "which reads"
        yield msgspec.json.format(msgspec.json.encode(fields), indent=2).decode()


def _summary(refused: "Refused") -> dict[str, Any]:
    from streams.codec.times import to_rfc3339  # noqa: PLC0415 - only when called

    letter = refused.letter
    return {
        "place": letter.place,
        "topic": letter.topic,
        "partition": letter.partition,
        "offset": letter.offset,
        "reason": letter.reason.value,
        "detail": letter.detail,
        "refused_at": to_rfc3339(refused.refused_ms),
        "bytes": len(letter.value or b""),
    }
