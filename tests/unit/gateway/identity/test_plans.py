"""What is done with known fields."""

from pathlib import Path
from typing import Any

import pytest

from streams.errors import LoadError
from streams.gateway.identity import plans
from streams.gateway.identity.plans import Plan, Treatment
from streams.settings import places

EVENTS = places.SCHEMAS / "events"


@pytest.mark.parametrize(
    ("type_", "field", "expected"),
    [
        ("survey.answered", "metric", Treatment.PASS),
        ("order.completed", "promised_at", Treatment.PASS),
        ("order.cancelled", "reason", Treatment.WORDS),
        ("page.viewed", "path", Treatment.ID),
        ("identity.linked", "to", Treatment.KEY),
        ("identity.unlinked", "from", Treatment.KEY),
        ("message.received", "text", Treatment.PROSE),
        ("complaint.opened", "text", Treatment.REMOVE),
    ],
)
def test_the_class_of_a_shipped_field_decides(type_: str, field: str, expected: Treatment) -> None:
    """Each class of the schemas has its treatment; what can only be a word or an instant passes."""
    assert plans.load([EVENTS])[type_].treatments[field] is expected


def test_items_have_a_plan_of_their_own() -> None:
    """Fields of the objects in a list are known too."""
    items = plans.load([EVENTS])["order.completed"].inside["items"]
    assert set(items.treatments) == {"sku", "quantity", "amount"}


def test_a_field_without_a_class_is_personal() -> None:
    """Whoever forgets it hides too much rather than too little; odd schemas have no plan."""
    schema = {
        "properties": {
            "a": {},
            "b": {"x-personal": "maybe", "enum": ["x"]},
            "c": {"x-personal": "sensitive", "enum": []},
            "d": 7,
        }
    }
    assert plans.compiled(schema) == Plan({"a": Treatment.PROSE, "b": Treatment.PASS, "c": Treatment.REMOVE})
    odd: list[Any] = [True, {}, {"properties": {}}, {"items": True}]
    assert [plans.compiled(one) for one in odd] == [plans.UNKNOWN] * 4


def test_a_later_folder_replaces_a_type(tmp_path: Path) -> None:
    """A deployment decides for itself what a field is."""
    (tmp_path / "complaint.opened.json").write_text('{"properties": {"text": {"x-personal": "personal"}}}')
    assert plans.load([EVENTS, tmp_path])["complaint.opened"].treatments == {"text": Treatment.PROSE}


def test_a_file_that_is_no_json_is_found_at_the_start(tmp_path: Path) -> None:
    """With its line and column."""
    (tmp_path / "page.viewed.json").write_text('{\n"properties" 7}')
    with pytest.raises(LoadError) as raised:
        plans.load([tmp_path])
    assert [(found.line, found.column) for found in raised.value.findings] == [(2, 14)]
