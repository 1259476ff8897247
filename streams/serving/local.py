"""Who is on this machine, or in a network that the settings name, and not behind a proxy that is."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final

from litestar import Request

from streams.errors import SettingError

Networks = Sequence[IPv4Network | IPv6Network]
_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-real-ip")


def networks(settings: Iterable[str]) -> Networks:
    """Return networks like 10.0.0.0/8 or fd00::/8; raise SettingError for what is none."""
    return [_network(text) for text in settings]


def is_local(request: Request[Any, Any, Any], near: Networks = ()) -> bool:
    """Return whether a program on this machine or in a near network asks, and for nobody else."""
    client = request.client
    if client is None or _is_forwarded(request):
        return False
    try:
        address = ip_address(client.host)
    except ValueError:  # a name, as of a socket in the file system
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.is_loopback or any(address in network for network in near)


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise SettingError(f"no network: {error}", place="TOUCHPOINT_METRICS_FROM", remedy="like 10.0.0.0/8") from error


def _is_forwarded(request: Request[Any, Any, Any]) -> bool:
    return any(name in request.headers for name in _FORWARDED)
