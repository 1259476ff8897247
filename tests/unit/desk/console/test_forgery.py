"""Forms are signed for one browser and one viewer."""

import pytest

from streams.desk.console.forgery import Forged, Seal

SEAL = Seal(b"key", is_secure=True)


def test_a_signed_form_is_taken() -> None:
    """The cookie and the field belong together."""
    value = SEAL.new()
    SEAL.check(value, "ana", SEAL.sign(value, "ana"))
    cookie = SEAL.cookie(value)
    assert (cookie.httponly, cookie.samesite, cookie.secure) == (True, "lax", True)


@pytest.mark.parametrize(
    ("value", "name", "given"),
    [
        ("", "ana", SEAL.sign("", "ana")),
        ("v", "luis", SEAL.sign("v", "ana")),
        ("w", "ana", SEAL.sign("v", "ana")),
        ("v", "ana", Seal(b"another", is_secure=True).sign("v", "ana")),
        ("v", "ana", ""),
        ("v", "ana", "é"),
    ],
)
def test_any_other_is_forged(value: str, name: str, given: str) -> None:
    """No cookie, another viewer, another browser, another desk, or nothing."""
    with pytest.raises(Forged):
        SEAL.check(value, name, given)
