"""All providers: the shipped mapping files, and those of a user's own folders over them."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from streams.codec.vocabulary import shipped
from streams.errors import Finding, LoadError
from streams.gateway.providers.fetching import Documents, Fetch, over_https
from streams.gateway.providers.loading import load as load_mapping
from streams.gateway.providers.provider import Provider
from streams.settings import places
from streams.touchpoints.vocabulary import Vocabulary

SHIPPED = places.SCHEMAS / "aliases"


def load(
    extra_folders: Iterable[Path] = (),
    *,
    vocabulary: Vocabulary | None = None,
    fetch: Fetch = over_https,
    id_key: bytes = b"",
) -> Mapping[str, Provider]:
    """Return each provider by the name of its file; a file of a later folder replaces one of the same name.

    `fetch` gets certificates and public keys. `id_key` goes into the ids of events that bring none, so that nobody
    can guess from them. Raises LoadError with every finding of all files.
    """
    kinds = vocabulary or shipped()
    documents = Documents(fetch)
    providers: dict[str, Provider] = {}
    findings: list[Finding] = []
    for folder in (SHIPPED, *extra_folders):
        for path in _files(folder):
            try:
                mapping = load_mapping(_text(path), str(path), path.stem, kinds)
            except LoadError as error:
                findings += error.findings
            else:
                if mapping is not None:
                    providers[path.stem] = Provider(mapping, documents, id_key)
    if findings:
        raise LoadError(findings)
    return dict(sorted(providers.items()))


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise LoadError([Finding(str(folder), 1, 1, "is no folder", "name a folder of mapping files")])
    return sorted(folder.glob("*.yaml"))


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LoadError([Finding(str(path), 1, 1, "cannot be read", "make it a UTF-8 text file")]) from error
