"""The texts of the page: one YAML file for each language, with the same keys."""

from pathlib import Path
from typing import Final

from streams.documents import Mapping, Node, Scalar, read

LANGUAGES: Final = {"en": "English", "es": "Español"}
FALLBACK: Final = "en"
FOLDER: Final = Path(__file__).parent / "texts"


class Texts:
    """The texts of one language; keys are the path through the file, like `key.create`."""

    def __init__(self, language: str) -> None:
        """Read them; raise LoadError where the file is no YAML."""
        path = FOLDER / f"{language}.yaml"
        self.language = language
        self.all = dict(_flat(read(path.read_text("utf-8"), path.name)))

    def __call__(self, key: str) -> str:
        """Return a text; raise KeyError where there is none."""
        return self.all[key]


def choose(wanted: str, accepted: str) -> str:
    """Return the language that was chosen, else the first that the browser accepts, else English."""
    if wanted in LANGUAGES:
        return wanted
    tags = (item.strip().lower()[:2] for item in accepted[:200].split(","))
    return next((tag for tag in tags if tag in LANGUAGES), FALLBACK)


def _flat(node: Node | None, prefix: str = "") -> list[tuple[str, str]]:
    if isinstance(node, Mapping):
        parts = (_flat(value, f"{prefix}.{key.text}".lstrip(".")) for key, value in node.entries.items())
        return [pair for part in parts for pair in part]
    return [(prefix, node.text)] if isinstance(node, Scalar) else []
