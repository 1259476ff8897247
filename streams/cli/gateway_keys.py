"""`touchpoint gateway keys`: which systems may send touchpoints over HTTP, what, from where, and how much."""

import time
from pathlib import Path
from typing import Final

import click
import msgspec

from streams import durable
from streams.cli.listing import show
from streams.codec import vocabulary
from streams.codec.times import to_rfc3339
from streams.errors import TouchpointError, UsageError
from streams.gateway.keys.file import place
from streams.gateway.keys.keeper import Keeper
from streams.gateway.keys.key import Key, Kind
from streams.gateway.keys.ring import Ring
from streams.settings.settings import Settings

_DAY_MS: Final = 86_400_000
_as_json: Final = click.option("--json", "as_json", is_flag=True, help="Print for a program.")
_CREATE_EPILOG: Final = (
    "Example: touchpoint gateway keys create --source //shop.example/web --kind browser --type 'page.*'"
    " --origin https://shop.example"
)


@click.group(name="keys")
def command() -> None:
    """Create, list, rotate and revoke API keys; a running gateway knows within a second."""


@command.command(epilog=_CREATE_EPILOG)
@click.option("--source", required=True, metavar="NAME", help="The system that sends with it, like //shop.example/web.")
@click.option("--kind", type=click.Choice([kind.value for kind in Kind]), default=Kind.SERVER.value, show_default=True,
              help="Where it is used: in a back end, in web pages, in the address a provider calls.")  # fmt: skip
@click.option("--type", "types", multiple=True, metavar="TYPE",
              help="What it may send, payment.failed or payment.*; all without one, but in a browser.")  # fmt: skip
@click.option("--origin", "origins", multiple=True, metavar="URL",
              help="From whose pages a browser key may send, like https://shop.example.")  # fmt: skip
@click.option("--provider", default="", metavar="NAME", help="Whose webhooks come with it, like sendgrid.")
@click.option("--rate", type=float, default=Key(id="", source="").rate, show_default=True, metavar="N",
              help="Items a second in the long run, in each process.")  # fmt: skip
@click.option("--burst", type=int, default=Key(id="", source="").burst, show_default=True, metavar="N",
              help="Items that may come at once.")  # fmt: skip
@click.option("--days", type=click.IntRange(1, 3_660), metavar="N", help="How long it lives; for ever without it.")
@click.option("--into", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Write its text there, for its owner alone; do nothing where a live key is there.")  # fmt: skip
@_as_json
@click.pass_obj
def create(
    settings: Settings,
    source: str,
    kind: str,
    types: tuple[str, ...],
    origins: tuple[str, ...],
    provider: str,
    rate: float,
    burst: int,
    days: int | None,
    into: Path | None,
    as_json: bool,
) -> None:
    """Make a key; its text is shown once, and kept nowhere but in the file that --into names.

    One source may have two live keys of a kind: create the second, change over, revoke the first.
    """
    _check_types(settings, types)
    if Kind(kind) is Kind.WEBHOOK and provider:
        _check_provider(settings, provider)
    if into is not None and _opens(settings, into):
        click.echo(f"{into} holds a live key", err=True)
        return
    wanted = Key(
        id="",
        source=source.strip(),
        kind=Kind(kind),
        types=types,
        origins=origins,
        provider=provider,
        rate=rate,
        burst=burst,
        expires_at=_now() + days * _DAY_MS if days else 0,
    )
    key, text = _keeper(settings).create(wanted)
    if into is None:
        _show(key, text, as_json=as_json)
        return
    _write(into, text)
    click.echo(_line(key), err=True)


@command.command(name="list", epilog="Example: touchpoint gateway keys list --json")
@_as_json
@click.pass_obj
def list_(settings: Settings, as_json: bool) -> None:
    """List keys, the newest first: of which source, what they may, and until when."""
    show(_keeper(settings).all(), _line, "keys", as_json=as_json)


@command.command(epilog="Example: touchpoint gateway keys rotate 0123456789abcdef")
@click.argument("key_id", metavar="ID")
@_as_json
@click.pass_obj
def rotate(settings: Settings, key_id: str, as_json: bool) -> None:
    """Make a second key with the rights of a live one, which goes on until you revoke it."""
    made = _keeper(settings).rotate(key_id)
    if made is None:
        raise _unknown(key_id)
    _show(*made, as_json=as_json)


@command.command(epilog="Example: touchpoint gateway keys revoke 0123456789abcdef")
@click.argument("key_id", metavar="ID")
@click.pass_obj
def revoke(settings: Settings, key_id: str) -> None:
    """End a key, everywhere within a second; once more, and it is forgotten."""
    if not _keeper(settings).revoke(key_id):
        raise _unknown(key_id)
    click.echo(f"revoked {key_id}")


def _keeper(settings: Settings) -> Keeper:
    return Keeper(place(Path(settings.data_dir)), _now)


def _opens(settings: Settings, file: Path) -> bool:
    """Return whether a file holds the text of a key that opens something."""
    try:
        text = file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return False
    return Ring(place(Path(settings.data_dir)), _now).find(text) is not None


def _write(file: Path, text: str) -> None:
    """Write a file whole, for its owner alone."""
    try:
        durable.replace(file, f"{text}\n".encode())
    except OSError as error:
        message = f"the key cannot be written: {error.strerror}"
        raise TouchpointError(
            message, place=str(file), remedy="it exists, and is lost: revoke it, name another file"
        ) from error


def _now() -> int:
    return time.time_ns() // 1_000_000


def _check_types(settings: Settings, types: tuple[str, ...]) -> None:
    """Raise UsageError for a type that nobody will ever send."""
    known = vocabulary.shipped(tuple(map(Path, settings.vocabulary)))
    for type_ in types:
        if not known.matching(type_):
            near = known.nearest(type_)
            remedy = f"did you mean {near}?" if near else "see schemas/vocabulary.yaml, or add yours by --vocabulary"
            raise UsageError(f"the vocabulary has no type {type_[:64]!r}", place="--type", remedy=remedy)


def _check_provider(settings: Settings, provider: str) -> None:
    """Raise UsageError for a provider that the gateway has no address for, with the user's own mappings too."""
    from streams.gateway.providers import registry  # noqa: PLC0415 - only when called
    from streams.rules.fields import nearest  # noqa: PLC0415

    kinds = vocabulary.shipped(tuple(map(Path, settings.vocabulary)))
    known = registry.load(map(Path, settings.gateway_mappings), vocabulary=kinds)
    if provider not in known:
        near = nearest(provider, known)
        yours = "or add yours by `touchpoint gateway --mappings FOLDER keys create`"
        remedy = f"did you mean `{near}`?" if near else f"write one of {', '.join(known)}, {yours}"
        raise UsageError(f"unknown provider `{provider[:64]}`", place="--provider", remedy=remedy)


def _unknown(key_id: str) -> TouchpointError:
    return TouchpointError("no valid key has this id", place=key_id, remedy="see `touchpoint gateway keys list`")


def _show(key: Key, text: str, *, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode({"key": key, "text": text}))
        return
    click.echo(_line(key), err=True)
    click.echo(text)


def _line(key: Key) -> str:
    of = f" of {key.provider}" if key.provider else ""
    what = f" may send {','.join(key.types)}" if key.types else ""
    where = f" from {','.join(key.origins)}" if key.origins else ""
    return f"{key.id} {key.source} {key.kind}{of}{what}{where} {key.rate:g}/s burst {key.burst} {_standing(key)}"


def _standing(key: Key) -> str:
    if key.revoked_at:
        return f"revoked {to_rfc3339(key.revoked_at)}"
    if not key.expires_at:
        return "never expires"
    return f"{'expires' if key.expires_at > _now() else 'expired'} {to_rfc3339(key.expires_at)}"
