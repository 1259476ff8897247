"""Rule files from disk: which files are read, in what order, and what cannot be."""

from pathlib import Path

import pytest

from streams.codec.rules import case_files, packs, read, text
from streams.codec.vocabulary import shipped
from streams.errors import LoadError, UsageError


def write(path: Path, *ids: str) -> Path:
    """Write a rule file with these ids."""
    rules = [
        f"  - id: {name}\n    moment: FMOT\n    severity: high\n    when: {{seen: {{type: payment.failed}}}}\n"
        "    title: {en: a, es: b}\n    advice: {en: a, es: b}\n"
        for name in ids
    ]
    path.parent.mkdir(exist_ok=True)
    path.write_text("rules:\n" + "".join(rules))
    return path


def test_a_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    """Subfolders too; test cases and other files are left alone."""
    write(tmp_path / "b.yaml", "three")
    write(tmp_path / "a.yaml", "one", "two")
    write(tmp_path / "more" / "c.yaml", "four")
    (tmp_path / "a_test.yaml").write_text("tests: []")
    (tmp_path / "README.md").write_text("# Rules")
    assert [rule.id for rule in read([tmp_path], shipped())] == ["one", "two", "three", "four"]


def test_rules_know_where_they_stand(tmp_path: Path) -> None:
    """File and line, for whoever has to change one."""
    path = write(tmp_path / "a.yaml", "one", "two")
    assert [(rule.path, rule.line) for rule in read([path], shipped())] == [(str(path), 2), (str(path), 8)]


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    """By itself, by its folder or by a link: it is the same file."""
    path = write(tmp_path / "a.yaml", "one")
    (tmp_path / "link.yaml").symlink_to(path)
    assert packs([path, tmp_path, tmp_path / "link.yaml"]) == (path,)


def test_a_file_that_would_be_left_out_is_refused(tmp_path: Path) -> None:
    """Rules that silently do not run are the worst kind of mistake."""
    write(tmp_path / "a.yaml", "one")
    other = write(tmp_path / "b.yml", "two")
    with pytest.raises(UsageError) as raised:
        read([tmp_path], shipped())
    assert str(raised.value) == f"{other}: in a folder only *.yaml is read (rename it to b.yaml)"
    assert [rule.id for rule in read([other], shipped())] == ["two"]


def test_cases_are_found_beside_the_rules_named(tmp_path: Path) -> None:
    """Naming the rules names their cases."""
    rules = write(tmp_path / "a.yaml", "one")
    cases = tmp_path / "a_test.yaml"
    cases.write_text("tests: []")
    assert case_files([rules]) == case_files([cases]) == case_files([tmp_path]) == (cases,)


def test_bytes_that_are_no_text_are_a_finding(tmp_path: Path) -> None:
    """With the place of the first of them."""
    path = tmp_path / "a.yaml"
    path.write_bytes(b"rules:\n  - id: \xc3\xa9caf\xe9\n")
    with pytest.raises(LoadError) as raised:
        text(path)
    assert str(raised.value) == f"{path}:2:13: this is not UTF-8 text (save the file as UTF-8)"


def test_a_file_that_cannot_be_opened_is_explained(tmp_path: Path) -> None:
    """With the reason of the system."""
    with pytest.raises(UsageError) as raised:
        text(tmp_path / "gone.yaml")
    assert raised.value.message == "cannot be read: No such file or directory"
