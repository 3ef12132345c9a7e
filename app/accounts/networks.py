"""Where a request comes from, as coarse as the log may know it. Pure."""

from ipaddress import ip_address, ip_network

IPV4_PREFIX, IPV6_PREFIX = 24, 48


def coarse(remote_address: str) -> str:
    """Return the network of an IP address: the /24 for IPv4, the /48 for IPv6; "" if it is none.

    An address says whose it is, for as long as the provider keeps its own log; its network says
    whether it was the school, a provider in the country or somebody far away. More is not needed
    to see an attack, so more is not kept (GDPR art. 5.1.c and recital 49). These are the lengths
    that web analytics cuts to for the same reason; a /48 is what one subscriber may get (RFC 6177).

    Some proxies add a port ("192.0.2.1:5678", "[2001:db8::1]:99").
    """
    text = remote_address.partition("%")[0]
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    if address.version == 6 and address.ipv4_mapped:
        address = address.ipv4_mapped
    prefix = IPV4_PREFIX if address.version == 4 else IPV6_PREFIX
    return str(ip_network((address, prefix), strict=False))
