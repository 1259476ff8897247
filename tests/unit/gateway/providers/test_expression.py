"""How a value is made."""

from typing import Any, Final

import pytest

from streams.gateway.providers.expression import ExpressionError, Joined, Wrong, parse, template
from streams.gateway.providers.path import Scope

TABLES: Final[dict[str, dict[str, Any]]] = {"stars": {"FIVE": 5, "ONE": 1}}
SCOPE: Final = Scope(
    {"total": "19.90", "id": 7, "status": "paid", "empty": "", "rating": "FIVE", "no": False, "list": [{"k": "a"}]}, {}
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id", 7),
        ("none or id", 7),
        ("empty or id", 7),
        ("none or empty", None),
        ("none or total | number", 19.9),
        ("none | number", None),
        ("rating | stars", 5),
        ("status | stars", None),
        ("= STARS", "STARS"),
        ("= 10 | number", 10),
        ("= NPS if list[k=a] or = CSAT", "NPS"),
        ("= NPS if list[k=b] or = CSAT", "CSAT"),
        ("id if status=open,paid", 7),
        ("id if status=open", None),
        ("id if status!=open", 7),
        ("id if status!=paid", None),
        ("id if none!=paid", 7),
        ("id if empty", None),
        ("id if no", None),
        ("id if no none", 7),
        ("id if no status", None),
        ("id if no=false", 7),
        ("id if list[k=a].k=a", 7),
    ],
)
def test_an_expression_takes_the_first_choice_that_gives_anything(text: str, expected: Any) -> None:
    """Choices, conditions, steps and tables do what they read like."""
    assert parse(text, TABLES).value(SCOPE) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("order:{id}", "order:7"),
        ("{none or id}/{status | upper}", "7/PAID"),
        ("order:{none}", None),
        ("{id}", "7"),
        ("total | number", 19.9),
    ],
)
def test_a_template_is_text_with_values_in_it(text: str, expected: Any) -> None:
    """Where a value is missing there is no half of a text; without braces the value stays what it is."""
    made = template(text, TABLES).value(SCOPE)
    assert (str(made) if text == "{id}" else made) == expected


def test_what_does_not_fit_says_where_it_stands() -> None:
    """A value that is there and wrong is not passed over in favour of the next choice."""
    assert parse("status or id | number", TABLES).value(SCOPE) == Wrong("/status", "number")
    assert template("a:{status | number}", TABLES).value(SCOPE) == Wrong("/status", "number")


def test_joined_values_may_lack_all_but_the_first() -> None:
    """A name made of parts ends where its parts do."""
    first, missing, last = (parse(text, TABLES) for text in ("status", "none", "id"))
    assert Joined((first, missing, last)).value(SCOPE) == "paid:7"
    assert Joined((missing, last)).value(SCOPE) is None
    assert Joined((first, parse("status | number", TABLES))).value(SCOPE) == Wrong("/status", "number")


@pytest.mark.parametrize(
    ("text", "message", "remedy"),
    [
        ("a b", "`a b` is not a path", "write one like order.customer.id, or `= text` for text as it is"),
        ("id | nubmer", "unknown step `nubmer`", "did you mean `number`?"),
        ("id if a b=c", "`a b` is not a path", "write one like order.customer.id, or `= text` for text as it is"),
        ("order:{id", "`order:{id` has a brace too many", "write order:{order_id}"),
    ],
)
def test_a_mistake_comes_with_its_remedy(text: str, message: str, remedy: str) -> None:
    """Whoever writes a mapping is told what was meant."""
    with pytest.raises(ExpressionError) as found:
        template(text, TABLES)
    assert (found.value.message, found.value.remedy) == (message, remedy)
