"""What may be done to a value on its way into our words."""

from typing import Any

import pytest

from streams.gateway.providers.steps import MAX_TEXT_CHARS, STEPS, UNFIT

AT = 1_795_341_600_000  # 2026-11-22T10:00:00Z


@pytest.mark.parametrize(
    ("step", "value", "expected"),
    [
        ("number", "19.90", 19.9),
        ("number", "20", 20),
        ("number", 5, 5),
        ("whole", "7", 7),
        ("cents", 1990, 19.9),
        ("sum", ["41.94", 10, 0.1], 52.04),
        ("count", [1, 2], 2),
        ("boolean", "True", True),
        ("boolean", 0, False),
        ("text", 42, "42"),
        ("text", True, "true"),
        ("text", "", None),
        ("text", "x" * 9_000, "x" * MAX_TEXT_CHARS),
        ("plain", "<p>a &amp; <b>b</b></p>\n c", "a & b c"),
        ("plain", "<p></p>", None),
        ("upper", "eur", "EUR"),
        ("lower", "OPEN", "open"),
        ("last", "accounts/1/reviews/r2", "r2"),
        ("head", "abc.def.ghi", "abc"),
        ("bare", " <m1@shop.example> ", "m1@shop.example"),
        ("lang", "pt_BR", "pt-BR"),
        ("phone", "34600000001", "+34600000001"),
        ("phone", "whatsapp:+34600000001", "+34600000001"),
        ("phone", "anonymous", None),
        ("address", "Ana <ana@mail.example>", "ana@mail.example"),
        ("unix", AT // 1000, AT),
        ("unix", "1795341600.25", AT + 250),
        ("ms", AT, AT),
        ("rfc3339", "2026-11-22T11:00:00+01:00", AT),
        ("date", "2026-11-22T11:00:00+01:00", AT),
        ("date", "2026-11-22 10:00:00", AT),
        ("date", "Sun, 22 Nov 2026 10:00:00 +0000", AT),
        ("date", AT // 1000, AT),
        ("date", str(AT), AT),
        ("instant", AT, "2026-11-22T10:00:00.000Z"),
    ],
)
def test_a_step_makes_of_a_value_what_it_says(step: str, value: Any, expected: Any) -> None:
    """Each step turns a provider's way to write something into ours."""
    assert STEPS[step](value) == expected


@pytest.mark.parametrize(
    ("step", "value"),
    [
        ("number", "12,50"),
        ("number", True),
        ("number", "nan"),
        ("number", "9" * 400),
        ("number", 10**400),
        ("number", -1e300),
        ("sum", [10**400]),
        ("unix", 10**400),
        ("date", 10**400),
        ("number", []),
        ("whole", 1.5),
        ("cents", "x"),
        ("sum", ["1", "x"]),
        ("sum", 1),
        ("count", "abc"),
        ("boolean", "maybe"),
        ("text", {}),
        ("plain", 1),
        ("upper", 1),
        ("lower", None),
        ("last", 1),
        ("head", 1),
        ("bare", 1),
        ("lang", 1),
        ("address", 1),
        ("address", "(" * 1_000),
        ("date", "1" * 1_000),
        ("unix", "soon"),
        ("unix", 1e30),
        ("ms", -1),
        ("rfc3339", "2026-11-22"),
        ("rfc3339", 5),
        ("date", "soon"),
        ("date", "Sun, 22 Nov 2026 10:00:00 -0000"),
        ("date", []),
        ("instant", "x"),
        ("instant", -1),
    ],
)
def test_what_a_step_is_not_for_is_unfit(step: str, value: Any) -> None:
    """A value of another kind is said to be wrong, neither guessed at nor an error."""
    assert STEPS[step](value) is UNFIT


def test_a_digest_tells_two_apart_and_shows_neither() -> None:
    """An id that hides a number in it travels as something that nobody reads it out of."""
    one, other = STEPS["digest"]("wamid.HBgLMzQ2MDAwMDAwMDE"), STEPS["digest"]("wamid.HBgLMzQ2MDAwMDAwMDI")
    assert one != other
    assert (len(one), STEPS["digest"]("wamid.HBgLMzQ2MDAwMDAwMDE")) == (32, one)
