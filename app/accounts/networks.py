"""The networks that an IP address is in. Pure."""

from ipaddress import ip_address, ip_network

# How providers hand addresses out, narrowest first: to a network at home, a household, an
# organisation, a provider. Whoever has one of these can try from every address in it. Behind one
# IPv4 address there may be a household, a school or a town.
_PREFIXES = {4: (32, 32, 24, 16), 6: (64, 56, 48, 32)}


def networks_of(remote_address: str) -> tuple[str, str, str, str]:
    """Return the four networks that an address is in, narrowest first.

    Some proxies add a port ("192.0.2.1:5678", "[2001:db8::1]:99"). All invalid values count as in
    one network.
    """
    text = remote_address.partition("%")[0]
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return "unknown 1", "unknown 2", "unknown 3", "unknown 4"
    if address.version == 6 and address.ipv4_mapped:
        address = address.ipv4_mapped
    lan, home, site, provider = (
        str(ip_network((address, prefix), strict=False)) for prefix in _PREFIXES[address.version]
    )
    return lan, home, site, provider


def coarse(remote_address: str) -> str:
    """Return the network that the log may know: the /24 for IPv4, the /48 for IPv6; "" if none.

    An address says whose it is, for as long as the provider keeps its own log; its network says
    whether it was the school, a provider in the country or somebody far away. More is not needed
    to see an attack, so more is not kept (GDPR art. 5.1.c and recital 49). These are the lengths
    that web analytics cuts to for the same reason; a /48 is what one subscriber may get (RFC 6177).
    """
    organisation = networks_of(remote_address)[2]
    return organisation if "/" in organisation else ""
