"""Rule files from disk: every file read, every mistake of all of them in one error."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from streams.errors import Finding, LoadError, UsageError
from streams.rules import following, hiding
from streams.rules.load import load
from streams.rules.model import Rule
from streams.touchpoints.vocabulary import Vocabulary

CASES_SUFFIX: Final = "_test.yaml"  # files with this ending hold test cases, not rules


def read(paths: Iterable[str | Path], vocabulary: Vocabulary) -> tuple[Rule, ...]:
    """Return the rules of all files, folder contents in the order of their names.

    Raise LoadError with the findings of every file, and UsageError for a path that is not there or holds no rules.
    """
    return assemble(((path, str(path)) for path in packs(paths)), vocabulary)


def assemble(files: Iterable[tuple[str | Path, str]], vocabulary: Vocabulary) -> tuple[Rule, ...]:
    """Return the rules of files given by text (or path to read) and name; raise LoadError with all findings."""
    rules: list[Rule] = []
    findings: list[Finding] = []
    for source, name in files:
        taken = {rule.id: f"{rule.path}:{rule.line}" for rule in rules}
        try:
            rules += load(text(source) if isinstance(source, Path) else source, name, vocabulary, taken)
        except LoadError as error:
            findings += error.findings
    if not findings:
        findings += [*hiding.check(rules), *following.check(rules)]
    if findings:
        raise LoadError(findings)
    return tuple(rules)


def packs(paths: Iterable[str | Path]) -> tuple[Path, ...]:
    """Return the rule files among `paths` and in the folders among them, each once."""
    return _walk(paths, "rules", lambda name: not name.endswith(CASES_SUFFIX))


def case_files(paths: Iterable[str | Path]) -> tuple[Path, ...]:
    """Return the files of test cases: those named, those in folders named, and those beside rule files named."""
    beside = [_cases_of(Path(path)) for path in paths]
    return _walk(beside, "test cases", lambda name: name.endswith(CASES_SUFFIX))


def text(path: Path) -> str:
    """Return the text of a file; raise LoadError where it is not UTF-8 and UsageError where it cannot be read."""
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        line, column = before.count(b"\n") + 1, len(before.rpartition(b"\n")[2].decode()) + 1
        finding = Finding(str(path), line, column, "this is not UTF-8 text", "save the file as UTF-8")
        raise LoadError([finding]) from error
    except OSError as error:
        raise UsageError(
            f"cannot be read: {error.strerror}", place=str(path), remedy="check its permissions"
        ) from error


def _walk(paths: Iterable[Path | str], what: str, wanted: Callable[[str], bool]) -> tuple[Path, ...]:
    found: dict[Path, Path] = {}
    for path in map(Path, paths):
        if path.is_dir():
            files = [file for file in _files_in(path) if wanted(file.name)]
            if not files:
                raise UsageError(f"no {what} in this folder", place=str(path), remedy="name a folder with *.yaml files")
        elif not path.exists():
            raise UsageError("no such file or folder", place=str(path), remedy="check the path")
        elif not wanted(path.name):
            remedy = f"files of test cases end in {CASES_SUFFIX}, files of rules do not"
            raise UsageError(f"this file holds no {what}", place=str(path), remedy=remedy)
        else:
            files = [path]
        for file in files:
            found.setdefault(file.resolve(), file)
    return tuple(found.values())


def _files_in(folder: Path) -> list[Path]:
    """Return the YAML files of a folder; refuse one that would be left out without a word."""
    for file in folder.rglob("*.yml"):
        raise UsageError("in a folder only *.yaml is read", place=str(file), remedy=f"rename it to {file.stem}.yaml")
    return sorted(file for file in folder.rglob("*.yaml") if file.is_file())


def _cases_of(path: Path) -> Path:
    if not path.is_file() or path.name.endswith(CASES_SUFFIX):
        return path
    cases = path.with_name(path.name.removesuffix(".yaml") + CASES_SUFFIX)
    if not cases.is_file():
        raise UsageError("no test cases stand beside it", place=str(path), remedy=f"write {cases.name}")
    return cases
