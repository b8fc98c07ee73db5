"""Which addresses may be reached for others: public ones, and what an operator allows.

Whoever connects does so to the very address that was judged here; a name is not asked for twice.
"""

from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from urllib.parse import urlsplit

type Address = IPv4Address | IPv6Address
type Network = IPv4Network | IPv6Network

LONGEST_URL = 2_000
# IPv6 networks whose addresses lead to an IPv4 address that they hold.
_TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
# Never the internet, whatever a registry says of parts of it.
_NEVER = tuple(
    map(
        ip_network,
        (
            *("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15"),
            *("224.0.0.0/4", "240.0.0.0/4", "::/96", "fec0::/10", "ff00::/8", "2002::/16"),
            *("2001::/32",),
        ),
    )
)


class AddressRefused(Exception):
    """Nobody may be sent there; the message is for whoever gave the address."""


def may_reach(address: Address, allowed: Iterable[Network] = ()) -> bool:
    """Whether something may be sent to this address."""
    if any(address in network for network in allowed):
        return True
    hidden = _hidden_in(address)
    if hidden is not None:
        return may_reach(hidden, allowed)
    return address.is_global and not any(address in network for network in _NEVER)


def _hidden_in(address: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for."""
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    translated = any(address in network for network in _TRANSLATED)
    return IPv4Address(int(address) & 0xFFFFFFFF) if translated else None


def refuse_unless_reachable(
    host: str, addresses: Iterable[str], allowed: Iterable[Network] = ()
) -> None:
    """Refuses a host if a single one of its addresses may not be reached.

    Raises:
        AddressRefused: One may not.
    """
    networks = tuple(allowed)
    for each in addresses:
        if not may_reach(ip_address(each.partition("%")[0]), networks):
            raise AddressRefused(
                f"{host} leads into a network that is not public; an operator can allow it with"
                " PHASELINE_ALLOWED_NETWORKS."
            )


def refuse_odd_url(url: str) -> None:
    """Refuses an address that is not a plain one of HTTP: no user in it, a host, a sound port.

    Raises:
        AddressRefused: It is not.
    """
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise AddressRefused("That is not an address.") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise AddressRefused("An address begins with https:// or http:// and has a host.")
    if parts.username is not None or parts.password is not None:
        raise AddressRefused("An address holds no user and no password.")
    if len(url) > LONGEST_URL or not url.isprintable() or " " in url:
        raise AddressRefused(f"An address has at most {LONGEST_URL} characters, and no spaces.")


def refuse_plain_address(url: str, allowed: Iterable[Network] = ()) -> None:
    """Refuses at once what names an address that may not be reached; names are judged when used.

    Raises:
        AddressRefused: It does.
    """
    host = urlsplit(url).hostname or ""
    try:
        ip_address(host)
    except ValueError:
        return
    refuse_unless_reachable(host, (host,), allowed)
