"""YAML with positions: what is read, and the place and wording of what cannot be."""

import pytest

from streams import documents
from streams.documents import Items, Mapping, Scalar
from streams.errors import LoadError


def findings(text: str) -> list[tuple[int, int, str, str]]:
    """Return what is found in the text."""
    with pytest.raises(LoadError) as raised:
        documents.read(text, "file.yaml")
    assert {finding.path for finding in raised.value.findings} == {"file.yaml"}
    return [(each.line, each.column, each.message, each.remedy) for each in raised.value.findings]


def test_every_node_knows_its_place() -> None:
    """Lines and columns count from 1."""
    one, two = Scalar(2, 4, 1, "1"), Scalar(2, 7, "b", "b")
    expected = Mapping(1, 1, {Scalar(1, 1, "a", "a"): Items(2, 3, (one, two))})
    assert documents.read("a:\n  [1, 'b']\n", "file.yaml") == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("-3", -3),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("true", True),
        ("False", False),
        ("no", "no"),
        ("on", "on"),
        ("'12'", "12"),
        ('"true"', "true"),
        ("10m", "10m"),
        ("12:30:45", "12:30:45"),
        ("2026-01-05", "2026-01-05"),
        ("0x1f", "0x1f"),
        (".inf", ".inf"),
        ("9" * 30, float("9" * 30)),
        ("1e999", "1e999"),
        ("9" * 400, "9" * 400),
        ("|\n two\n lines\n", "two\nlines\n"),
    ],
)
def test_scalars_mean_what_they_look_like(text: str, value: object) -> None:
    """The core schema of YAML 1.2 in decimal, without infinities; quotes make text."""
    node = documents.read(text, "file.yaml")
    assert isinstance(node, Scalar)
    assert (type(node.value), node.value) == (type(value), value)


@pytest.mark.parametrize("text", ["", "\n\n", "# only a remark\n", "---\n", "~", "\ufeff"])
def test_an_empty_document_is_none(text: str) -> None:
    """Nothing in it is no mistake by itself; who reads it decides."""
    assert documents.read(text, "file.yaml") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:\n\tb: 1", (2, 1, "YAML: found character '\\t' that cannot start any token", "indent with spaces, ")),
        ("a: b: c", (1, 5, "YAML: mapping values are not allowed here", "put the text in quotes when it holds a ")),
        (
            "a: 'b\nc: d\n",
            (
                3,
                1,
                "YAML: found unexpected end of stream, while scanning a quoted scalar that began at line 1, column 4",
                "close the quote or bracket that was opened there",
            ),
        ),
        (
            "a: [1, 2\nb: 3\n",
            (
                2,
                2,
                "YAML: expected ',' or ']', but got ':', while parsing a flow sequence that began at line 1, column 4",
                "close the bracket, or put a comma between its items",
            ),
        ),
        (
            "a: 1\n b: 2\n",
            (2, 3, "YAML: mapping values are not allowed here", "put the text in quotes when it holds a colon, or "),
        ),
        ("a: @home", (1, 4, "YAML: found character '@' that cannot start any token", "put the text in quotes")),
        ("a: 1\nb: \x07", (2, 4, "character U+0007 is not allowed in a text file", "remove it, and save the ")),
        ("a: 1\nb: 2\na: 3", (3, 1, "`a` is already there, at line 1", "remove one of the two")),
        ("a: 1\n---\nb: 2", (2, 1, "a second document starts here", "keep one document a file")),
        ("? [a]\n: b", (1, 3, "a key must be a single word", "write `key: value`")),
        ("a: *b", (1, 4, "anchors (&) and aliases (*) are not supported", "write it out, or put it in quotes")),
        ("a: !!str 1", (1, 4, "tags are not supported: ", "remove it, or put the text in quotes")),
    ],
)
def test_what_cannot_be_read_is_found_where_it_stands(text: str, expected: tuple[int, int, str, str]) -> None:
    """Line, column, message and remedy."""
    [(line, column, message, remedy)] = findings(text)
    assert (line, column) == expected[:2]
    assert message.startswith(expected[2])
    assert remedy.startswith(expected[3])


def test_a_page_that_unfolds_to_gigabytes_is_refused() -> None:
    """Aliases are not followed, so the classic bomb costs nothing."""
    levels = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9))
    found = findings(f"a0: &a0 [lol]\n{levels}\n")
    assert {message for _, _, message, _ in found} == {"anchors (&) and aliases (*) are not supported"}


def test_a_thousand_brackets_do_not_exhaust_the_stack() -> None:
    """Depth has a bound of its own."""
    [(_, column, message, _)] = findings("[" * 1000 + "]" * 1000)
    assert (column, message) == (41, "nested deeper than 40 levels")
