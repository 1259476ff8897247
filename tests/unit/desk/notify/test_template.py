"""Ticket templates."""

import pytest

from streams.desk.notify import template
from streams.desk.notify.template import Step, Template
from tests.unit.desk.notify.notices import notice

SHIPPED = sorted(template.FOLDER.glob("*.json"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_template_knows_its_placeholders(path: object) -> None:
    """What is left are options that the channel asks for."""
    found = template.read(path)  # type: ignore[arg-type] # ids= wants an object
    own = template.values(notice(), found).keys() | {"id"}
    assert template.names(found) - own <= {"project", "issue_type", "requester"}
    assert found.create.id
    assert found.find is not None


def test_the_three_systems_are_shipped() -> None:
    """Zendesk, Jira and Freshdesk."""
    assert [path.stem for path in SHIPPED] == ["freshdesk", "jira", "zendesk"]


def test_a_placeholder_keeps_its_type_alone_and_is_text_among_others() -> None:
    """Values are filled in once: what looks like a placeholder in a title stays as it is."""
    step = Step("POST", "/x", {"n": "${number}", "t": "no. ${number}: ${title}", "deep": [["${number}"], None, 1.5]})
    body = template.body_of(step, {"number": 12, "title": "${number}"})
    assert body == b'{"n":12,"t":"no. 12: ${number}","deep":[[12],null,1.5]}'
    assert template.body_of(Step("GET", "/x"), {}) == b""


def test_a_path_cannot_be_left_by_a_value() -> None:
    """Slashes, dots and queries of a value are data."""
    assert template.path_of(Step("GET", "/t/${id}.json?x=${id}"), {"id": "../a?b&c"}) == (
        "/t/..%2Fa%3Fb%26c.json?x=..%2Fa%3Fb%26c"
    )


@pytest.mark.parametrize(
    ("answer", "where", "found"),
    [
        ({"tickets": [{"id": 7}]}, "tickets.0.id", "7"),
        ({"key": "SUP-1"}, "key", "SUP-1"),
        ({"tickets": []}, "tickets.0.id", ""),
        ({"tickets": None}, "tickets.0.id", ""),
        ([], "x", ""),
        (None, "id", ""),
        ({"id": {"a": 1}}, "id", ""),
    ],
)
def test_the_number_of_a_ticket_is_picked_from_the_answer(answer: object, where: str, found: str) -> None:
    """Or nothing, where the answer has none."""
    assert template.pick(answer, where) == found


def test_a_severity_without_its_value_is_empty() -> None:
    """A template that names three of four severities does not stop a ticket."""
    chosen = Template(Step("POST", "/"), (), (), by_severity={"priority": {"high": 3}})
    assert template.values(notice(severity="high"), chosen)["priority"] == 3
    assert template.values(notice(severity="low"), chosen)["priority"] == ""
