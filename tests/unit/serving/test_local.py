"""Who is on this machine."""

from typing import Any

import pytest
from litestar import Request

from streams.errors import SettingError
from streams.serving.local import is_local, networks


def request(host: str | None, **headers: str) -> Request[Any, Any, Any]:
    """Return a request from a host."""
    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope: Any = {"type": "http", "client": (host, 1) if host is not None else None, "headers": given}
    return Request(scope)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1"])
def test_a_program_on_this_machine_is_local(host: str) -> None:
    """By either protocol."""
    assert is_local(request(host))


@pytest.mark.parametrize("host", ["10.0.0.1", "2001:db8::1", "localhost", "", None])
def test_everybody_else_is_not(host: str | None) -> None:
    """Nor is whoever comes without an address."""
    assert not is_local(request(host))


@pytest.mark.parametrize("header", ["forwarded", "x_forwarded_for", "x_real_ip"])
def test_a_proxy_on_this_machine_asks_for_somebody_else(header: str) -> None:
    """So nobody outside sees what is for this machine because it stands behind one."""
    assert not is_local(request("127.0.0.1", **{header: "127.0.0.1"}))


@pytest.mark.parametrize(
    ("host", "is_near"),
    [("10.1.2.3", True), ("::ffff:10.1.2.3", True), ("fd00::1", True), ("11.0.0.1", False), ("fe80::1", False)],
)
def test_networks_of_the_settings_are_near(host: str, *, is_near: bool) -> None:
    """In either protocol; never behind a proxy."""
    near = networks(["10.0.0.0/8", "fd00::/8"])
    assert is_local(request(host), near) == is_near
    assert not is_local(request(host, x_forwarded_for="127.0.0.1"), near)


@pytest.mark.parametrize("text", ["10.0.0.1/8", "near", ""])
def test_what_is_no_network_is_named(text: str) -> None:
    """A network with bits of a host is most likely a mistake."""
    with pytest.raises(SettingError) as caught:
        networks([text])
    assert (caught.value.place, caught.value.remedy) == ("TOUCHPOINT_METRICS_FROM", "like 10.0.0.0/8")
