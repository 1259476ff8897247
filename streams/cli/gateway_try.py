"""`touchpoint gateway try`: what an adapter makes of a provider's payload."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import click
import msgspec

from streams.cli.kafka import as_json, vocabulary
from streams.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from streams.gateway.candidate import Candidate
    from streams.gateway.outcome import Ignored, Refused
    from streams.gateway.providers.provider import Provider

_SHOWN_CHARS = 2  # of a personal value, at its beginning
_PUBLIC = frozenset({"none", "pseudonymous"})  # classes of fields that are shown in full


@click.command(name="try", epilog="Example: touchpoint gateway try sendgrid < events.json")
@click.argument("provider", required=False)
@click.option(
    "--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="A header of the request; repeatable."
)
@click.option("--query", default="", metavar="A=B&C=D", help="What follows the question mark of the address.")
@click.option(
    "--mappings",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder of mapping files of your own; repeatable.",
)
@vocabulary
@as_json
def command(
    provider: str | None,
    headers: tuple[str, ...],
    query: str,
    mappings: tuple[Path, ...],
    vocabulary: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Show what an adapter makes of the payload on standard input, or list the adapters.

    Nothing is sent and no signature is checked. Personal values are shown shortened. Exits with 1 when no touchpoint
    came of it.
    """
    from streams.codec.vocabulary import shipped  # noqa: PLC0415 - only when called
    from streams.gateway.incoming import Incoming  # noqa: PLC0415
    from streams.gateway.providers.registry import load  # noqa: PLC0415

    providers = load(mappings, vocabulary=shipped(vocabulary))
    if provider is None:
        _list(providers, as_json=as_json)
        return
    if provider not in providers:
        raise UsageError(f"unknown provider `{provider}`", remedy=_nearest(provider, providers))
    body = click.get_binary_stream("stdin").read()
    incoming = Incoming(headers=_headers(headers), query=dict(parse_qsl(query, keep_blank_values=True)), body=body)
    items = providers[provider].read(incoming, time.time_ns() // 1_000_000)
    _show(items, as_json=as_json)
    if "content-type" not in incoming.headers and any(map(_is_malformed, items)):
        _hint(providers[provider])
    sys.exit(0 if any(_kind(item) == "touchpoint" for item in items) else 1)


def _list(providers: "Mapping[str, Provider]", *, as_json: bool) -> None:
    for name, each in providers.items():
        mapping = each.mapping
        if as_json:
            known = {"provider": name, "vendor": mapping.vendor, "reference": mapping.reference}
            click.echo(msgspec.json.encode(known | {"aliases": mapping.aliases}))
        else:
            click.echo(f"{name:<26}{mapping.vendor:<26}{len(mapping.aliases):>3} names")


def _show(items: "Sequence[Candidate | Ignored | Refused]", *, as_json: bool) -> None:
    counts = dict.fromkeys(("touchpoint", "ignored", "refused"), 0)
    for at, item in enumerate(items):
        kind = _kind(item)
        counts[kind] += 1
        shown = _touchpoint(item) if kind == "touchpoint" else msgspec.to_builtins(item)
        if as_json:
            click.echo(msgspec.json.encode({"item": at, kind: shown}))
        elif kind == "touchpoint":
            click.echo(msgspec.json.format(msgspec.json.encode(shown), indent=2))
        else:
            click.echo(" ".join(filter(None, (f"{kind}:", shown["detail"], shown.get("pointer"), f"({shown['why']})"))))
    if not as_json:
        click.echo(f"{counts['touchpoint']} touchpoints, {counts['ignored']} ignored, {counts['refused']} refused")


def _hint(provider: "Provider") -> None:
    """Say how to name the form of the payload, where the adapter reads several and had to guess."""
    from streams.gateway.providers.bodies import media_types  # noqa: PLC0415 - only when called

    if len(provider.mapping.forms) > 1:
        known = ", ".join(f"'Content-Type: {each}'" for each in media_types(provider.mapping))
        click.echo(f"the form of the payload was guessed; say it by --header, one of {known}", err=True)


def _kind(item: "Candidate | Ignored | Refused") -> str:
    name = type(item).__name__
    return "touchpoint" if name == "Candidate" else name.lower()


def _is_malformed(item: "Candidate | Ignored | Refused") -> bool:
    return _kind(item) == "refused" and getattr(item, "why", None) == "malformed"


def _touchpoint(item: Any) -> dict[str, Any]:
    """Return a candidate in the JSON form; keys that could be somebody's are shortened, as are texts in the data."""
    from streams.codec.times import to_rfc3339  # noqa: PLC0415 - only when called

    public = _public(item.type)
    identity = {name: _short(value) for name, value in msgspec.to_builtins(item.identity).items()}
    fields: dict[str, Any] = {
        "type": item.type,
        "id": item.id,
        "time": to_rfc3339(item.time) if item.time is not None else "",
        "subject": item.subject,
        "identity": identity,
        "data": {name: value if name in public else _short(value) for name, value in item.data.items()},
    }
    return {name: value for name, value in fields.items() if value}


def _public(type_: str) -> set[str]:
    """Return which fields of a type's data the schema declares as not personal; none where there is no schema."""
    from streams.settings import places  # noqa: PLC0415 - only when called

    path = places.SCHEMAS / "events" / f"{type_}.json"
    if not path.is_file():
        return set()
    fields: dict[str, dict[str, Any]] = msgspec.json.decode(path.read_bytes())["properties"]
    return {name for name, field in fields.items() if field.get("x-personal") in _PUBLIC}


def _short(value: Any) -> Any:
    """Return a value with its texts shortened, however deep."""
    if isinstance(value, dict):
        return {name: _short(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_short(inner) for inner in value]
    if not isinstance(value, str) or len(value) <= _SHOWN_CHARS:
        return value
    return f"{value[:_SHOWN_CHARS]}… ({len(value)} characters)"


def _headers(lines: tuple[str, ...]) -> dict[str, str]:
    """Return headers by their lower-case names; raise UsageError for one without a colon."""
    found = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise UsageError(f"`{line}` is no header", remedy="write --header 'X-Shopify-Topic: orders/create'")
        found[name.strip().lower()] = value.strip()
    return found


def _nearest(name: str, providers: "Mapping[str, Provider]") -> str:
    from streams.rules.fields import did_you_mean  # noqa: PLC0415 - only when called

    return did_you_mean(name, providers)
