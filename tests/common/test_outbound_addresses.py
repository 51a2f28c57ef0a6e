"""Which addresses and hosts a tenant may name: nothing that is not a server of the internet."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from common.allowed_hosts import allowed_hosts
from common.host_name import HostMalformed, plain_host
from common.outbound.public_address import is_public
from common.outbound.url import Place, UrlRefused, place_of
from common.settings import Settings

NAT64 = IPv6Network("64:ff9b::/96")
PRIVATE_4 = ["127.0.0.1", "10.0.0.1", "169.254.169.254", "0.0.0.0", "192.168.1.1"]  # noqa: S104 -- to be refused

# Where an IPv4 address may be carried: compatible, mapped, translated, NAT64 (both), 6to4, Teredo.
_CARRIERS = (0, 0xFFFF << 32, 0xFFFF << 48, 0x64FF9B << 96, 0x64FF9B0001 << 80, 0x2002 << 112, 0x20010000 << 96)
_EDGES = (
    *("1.0.0.0", "10.0.0.0", "11.0.0.0", "100.64.0.0", "100.128.0.0", "127.0.0.0", "128.0.0.0", "169.254.0.0"),
    *("169.255.0.0", "172.16.0.0", "172.32.0.0", "192.168.0.0", "192.169.0.0", "198.18.0.0", "198.20.0.0"),
    *("224.0.0.0", "240.0.0.0", "2000::", "4000::", "2001:200::", "2002::", "2003::", "fc00::", "fe80::", "ff00::"),
)
_ipv4 = st.integers(0, 2**32 - 1).map(IPv4Address)


def _carried(carrier: int, inner: IPv4Address, place: int) -> IPv6Address:
    return IPv6Address(carrier | int(inner) << place)


def _near(edge: str, step: int) -> IPv4Address | IPv6Address:
    return ip_address(edge) + step


_any_address = st.one_of(
    _ipv4,
    st.integers(0, 2**128 - 1).map(IPv6Address),
    st.builds(_carried, st.sampled_from(_CARRIERS), _ipv4, st.sampled_from([0, 80])),
    st.builds(_near, st.sampled_from(_EDGES), st.integers(-3, 3)),
)


@given(_any_address)
@example(IPv6Address("64:ff9b::7f00:1"))
@example(IPv6Address("::ffff:8.8.8.8"))
def test_nothing_passes_that_python_does_not_call_global(address: IPv4Address | IPv6Address) -> None:
    """Where both differ we are the stricter: what, stands in public_address.py."""
    if is_public(address):
        assert address.is_global
        assert not address.is_multicast
        assert not address.is_reserved or address in NAT64
        assert not (isinstance(address, IPv6Address) and (address.ipv4_mapped or address.sixtofour or address.teredo))


@given(_ipv4)
def test_every_ipv4_address_that_is_global_passes_but_for_a_few(address: IPv4Address) -> None:
    if address.is_global and not address.is_multicast and not str(address).startswith(("192.0.0.", "192.88.99.")):
        assert is_public(address) or str(address) == "168.63.129.16"


@given(_ipv4)
def test_an_ipv4_address_within_nat64_is_judged_as_itself(address: IPv4Address) -> None:
    assert is_public(IPv6Address((0x64FF9B << 96) | int(address))) is is_public(address)


@pytest.mark.parametrize("text", ["192.0.43.8", "8.8.8.8", "2606:2800:220::1", "64:ff9b::8.8.8.8", "172.32.0.1"])
def test_servers_of_the_internet_pass(text: str) -> None:
    assert is_public(ip_address(text))


@pytest.mark.parametrize(
    "text",
    [
        *PRIVATE_4,
        *(f"::ffff:{text}" for text in [*PRIVATE_4, "8.8.8.8"]),
        *(f"::{text}" for text in PRIVATE_4),
        *(f"64:ff9b::{text}" for text in PRIVATE_4),
        *(
            "64:ff9b:1::8.8.8.8",
            "2002:7f00:1::",
            "2002:808:808::",
            "2001:0:7f00:1::",
            "::1",
            "::",
            "fe80::1",
            "fe80::1%lo",
        ),
        *("fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1", "3fff::1", "100::1", "5f00::1"),
        *("100.64.0.1", "100.100.100.200", "172.16.0.1", "172.31.255.255", "168.63.129.16", "192.0.0.192", "192.0.2.1"),
        *("198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
    ],
)
def test_no_other_address_passes(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Mail.Example.COM", "mail.example.com"),
        ("mail.example.com.", "mail.example.com"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("_dmarc.example.com", "_dmarc.example.com"),
        ("192.0.43.8", "192.0.43.8"),
        ("127.0.0.1.", "127.0.0.1"),
        ("[2606:2800:0220:0::1]", "2606:2800:220::1"),
    ],
)
def test_a_host_has_one_spelling(text: str, plain: str) -> None:
    assert plain_host(text) == plain


@pytest.mark.parametrize(
    "text",
    [
        *("2130706433", "0x7f000001", "0177.0.0.1", "127.1", "127.0.1", "0x7f.0.0.1", "1.2.3.4.5", "0"),
        *("127.0.0.0x1", "a.0x7f", "256.1.1.1", "127.0.0.01", "evil.example.1"),
        *("①②⑦.⓪.⓪.①", "127。0。0。1", "ⓛocalhost", "bücher.example", "lo\u00adcalhost", "localhost\u200b"),
        *("fe80::1%eth0", "[fe80::1%25eth0]", "[::1", "::1]", "[127.0.0.1]", "::ffff:0x7f.1"),
        *("127%2e0.0.1", "a b.example", "a\tb", "a/b", "a\\b", "a@b", "a:80", "a..b", ".", "", "..", "-a.example"),
        *("a-.example", "a\x00.example", "a" * 64 + ".example", ".".join(["a" * 60] * 5), "a?b", "a#b"),
    ],
)
def test_a_host_in_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(HostMalformed):
        plain_host(text)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://shop.example/wp-json", Place("shop.example", 443)),
        ("HTTPS://Shop.Example:8443/?a=b@c", Place("shop.example", 8443)),
        ("https://[2606:2800:220::1]/", Place("2606:2800:220::1", 443)),
    ],
)
def test_a_url_names_a_place(url: str, place: Place) -> None:
    assert place_of(url) == place


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://shop.example/",
            "ftp://shop.example/",
            "file:///etc/passwd",
            "gopher://x/",
            "//shop.example",
            "shop.example",
        ),
        *("https://user:secret@shop.example/", "https://user@shop.example/", "https://@shop.example/"),
        *("https://shop.example@127.0.0.1/", "https://127.0.0.1\\@shop.example/", "https://shop.example:0/"),
        *(
            "https://shop.example:99999/",
            "https://shop.example:-1/",
            "https://shop.example:x/",
            "https:///path",
            "https://",
        ),
        *("https://2130706433/", "https://0x7f.1/", "https://127%2e0.0.1/", "https://shop.example /", "https://a\nb/"),
        *("https://[fe80::1%25eth0]/", "https://①.example/", "https://" + "a" * 2048, "javascript:alert(1)", ""),
    ],
)
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(UrlRefused):
        place_of(url)


def test_allowed_places_are_a_host_with_its_port() -> None:
    assert allowed_hosts(" Mail.Internal:587, 10.1.2.3:443 ,[fd00::5]:25,") == {
        ("mail.internal", 587),
        ("10.1.2.3", 443),
        ("fd00::5", 25),
    }


@pytest.mark.parametrize(
    "entry", ["mail.internal", "10.0.0.0/8:80", "*:80", "a:0", "a:65536", "a:²", "fd00::5:25", ":25"]
)
def test_an_entry_that_is_no_place_is_said_at_once(entry: str) -> None:
    with pytest.raises(ValueError, match=r"host|address"):
        allowed_hosts(entry)


def test_nothing_inside_is_allowed_by_default_in_development_either() -> None:
    assert Settings.model_fields["allow_private_hosts"].default == ""
