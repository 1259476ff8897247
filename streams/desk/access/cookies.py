"""The cookies of the desk: opaque, for this host alone, out of reach of scripts."""

from typing import Final

import msgspec

_SECURE_PREFIX: Final = "__Host-"  # browsers take such a name over TLS alone, and never from another host
_MOST: Final = 16_384  # a longer header is not looked at


def cookie_name(name: str, *, is_tls: bool) -> str:
    """Return the full name of a cookie; without TLS, on loopback, browsers would refuse the prefix."""
    return f"{_SECURE_PREFIX}{name}" if is_tls else name


class SetCookie(msgspec.Struct, frozen=True, kw_only=True):
    """A cookie for a browser; an age of 0 takes it away. Its value is base64url, or nothing."""

    name: str  # in full
    value: str
    max_age_sec: int
    is_tls: bool

    def header(self) -> str:
        """Return the value of a Set-Cookie header."""
        secure = "; Secure" if self.is_tls else ""
        return f"{self.name}={self.value}; Path=/; Max-Age={self.max_age_sec}; HttpOnly; SameSite=Lax{secure}"


def set_cookie(name: str, value: str, max_age_sec: int, *, is_tls: bool) -> SetCookie:
    """Return a cookie by its plain name."""
    return SetCookie(name=cookie_name(name, is_tls=is_tls), value=value, max_age_sec=max_age_sec, is_tls=is_tls)


def read_cookie(header: str, name: str, *, is_tls: bool) -> str:
    """Return the value of a cookie in a Cookie header; empty where it is not there, or there twice."""
    if len(header) > _MOST:
        return ""
    wanted = cookie_name(name, is_tls=is_tls)
    pairs = (part.strip().partition("=") for part in header.split(";"))
    values = [value for key, _, value in pairs if key == wanted]
    return values[0] if len(values) == 1 else ""
