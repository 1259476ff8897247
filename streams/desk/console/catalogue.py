"""The texts of the console: one YAML file for each language, with the same keys."""

from pathlib import Path
from typing import Final

from streams.documents import Mapping, Node, Scalar, read
from streams.errors import Finding, LoadError

LANGUAGES: Final = ("en", "es")
FALLBACK: Final = "en"
FOLDER: Final = Path(__file__).parent / "texts"


class Catalogue:
    """The texts of one language; keys are the path through the file, like `status.open`."""

    def __init__(self, language: str, texts: dict[str, str]) -> None:
        self.language = language
        self.texts = texts

    def __call__(self, key: str, **values: object) -> str:
        """Return a text, with the values in its gaps; raise KeyError where there is none."""
        text = self.texts[key]
        return text.format(**values) if values else text

    def of(self, group: str, value: object) -> str:
        """Return the text of a value that comes from outside; itself where nobody has named it."""
        return self.texts.get(f"{group}.{value}", str(value).replace("_", " ").replace(".", " "))

    def pick(self, texts: dict[str, str]) -> str:
        """Return the text of data in both languages: ours, else English, else any."""
        return texts.get(self.language) or texts.get(FALLBACK) or next(iter(texts.values()), "")


def load(language: str) -> Catalogue:
    """Read the texts of one language; raise LoadError with every finding."""
    path = FOLDER / f"{language}.yaml"
    return Catalogue(language, parse(path.read_text(encoding="utf-8"), path.name))


def parse(text: str, path: str) -> dict[str, str]:
    """Return all texts by their path through the document."""
    texts: dict[str, str] = {}
    findings: list[Finding] = []
    _flatten(read(text, path), "", path, texts, findings)
    if findings:
        raise LoadError(findings)
    return texts


def _flatten(node: Node | None, prefix: str, path: str, texts: dict[str, str], findings: list[Finding]) -> None:
    if isinstance(node, Mapping):
        for key, value in node.entries.items():
            _flatten(value, f"{prefix}.{key.text}".lstrip("."), path, texts, findings)
    elif isinstance(node, Scalar) and prefix:
        texts[prefix] = node.text
    else:
        line, column = (node.line, node.column) if node is not None else (1, 1)
        findings.append(Finding(path, line, column, "neither a text nor a group of texts", "write `key: text`"))
