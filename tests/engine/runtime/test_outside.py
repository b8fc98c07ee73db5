"""Which addresses may be reached: public ones, and those of networks that an operator allows."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given, strategies as st

from engine.runtime.outside import (
    AddressRefused,
    may_reach,
    refuse_odd_url,
    refuse_unless_reachable,
)
from engine.runtime.settings import load_settings


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.5.4", "192.168.1.1"),
        *("169.254.169.254", "100.64.0.1", "192.0.0.8", "192.0.2.1", "198.18.0.1"),
        *("224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "fe80::1", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1"),
        *("2001:db8::1", "2001::1", "2002:7f00:1::", "::7f00:1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe"),
    ],
)
def test_what_is_not_public_is_not_reached(address: str):
    assert not may_reach(ip_address(address))
    with pytest.raises(AddressRefused):
        refuse_unless_reachable("example.com", ["93.184.216.34", address])


@pytest.mark.parametrize(
    "address",
    ["93.184.216.34", "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)
def test_what_is_public_is_reached(address: str):
    assert may_reach(ip_address(address))


@given(st.ip_addresses(v=4))
def test_however_an_ipv4_address_is_written_it_is_judged_the_same(address: object):
    plain = may_reach(ip_address(str(address)))

    assert may_reach(ip_address(f"::ffff:{address}")) == plain
    assert may_reach(ip_address("64:ff9b::") + int(ip_address(str(address)))) == plain


def test_an_operator_may_allow_a_network_and_no_other(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PHASELINE_ALLOWED_NETWORKS", "10.1.0.0/16, fd00::/8")
    allowed = load_settings().allowed_networks

    assert allowed == (ip_network("10.1.0.0/16"), ip_network("fd00::/8"))
    assert may_reach(ip_address("10.1.2.3"), allowed)
    assert may_reach(ip_address("::ffff:10.1.2.3"), allowed)
    assert may_reach(ip_address("fd00::1"), allowed)
    assert not may_reach(ip_address("10.2.0.1"), allowed)


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://example.com/", "file:///etc/passwd", "https://", "example.com", "//example.com"),
        *("https://user@example.com/", "https://user:word@example.com/", "https://[::1/"),
        *(
            "https://example.com:99999/",
            "https://example.com/a b",
            "https://example.com/\r\nHost: x",
        ),
        "https://example.com/" + "x" * 2_000,
    ],
)
def test_an_odd_address_is_refused(url: str):
    with pytest.raises(AddressRefused):
        refuse_odd_url(url)


def test_a_plain_address_is_not_refused():
    refuse_odd_url("https://example.com:8443/hooks?team=design")
