"""The cookies of the desk: opaque, for this host alone, out of reach of scripts."""

from typing import Final

from streams.errors import UsageError

_SECURE_PREFIX: Final = "__Host-"  # browsers take such a name over TLS alone, and never from another host
_MOST: Final = 16_384  # a longer header is not looked at


def cookie_name(name: str, *, is_tls: bool) -> str:
    """Return the full name of a cookie; without TLS, on loopback, browsers would refuse the prefix."""
    return f"{_SECURE_PREFIX}{name}" if is_tls else name


def set_cookie(name: str, value: str, max_age_sec: int, *, is_tls: bool) -> str:
    """Return the value of a Set-Cookie header; an age of 0 takes the cookie away.

    Raises:
        UsageError: the value would end the cookie, or the header.
    """
    if not value.isascii() or not value.isprintable() or any(sign in value for sign in ' ";,\\'):
        raise UsageError("no value of a cookie", remedy="encode it first")
    secure = "; Secure" if is_tls else ""
    return f"{cookie_name(name, is_tls=is_tls)}={value}; Path=/; Max-Age={max_age_sec}; HttpOnly; SameSite=Lax{secure}"


def read_cookie(header: str, name: str, *, is_tls: bool) -> str:
    """Return the value of a cookie in a Cookie header; empty where it is not there, or there twice."""
    if len(header) > _MOST:
        return ""
    wanted = cookie_name(name, is_tls=is_tls)
    pairs = (part.strip().partition("=") for part in header.split(";"))
    values = [value for key, _, value in pairs if key == wanted]
    return values[0] if len(values) == 1 else ""
