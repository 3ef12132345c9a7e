"""Whether the browser runs on the machine of the site: the demo opens its doors to nobody else."""

import re
from ipaddress import ip_address

from flask import request

_HOST = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d+)?", re.IGNORECASE)


def is_on_this_machine() -> bool:
    """Whether a request came from this machine, to this machine, and through no proxy.

    A page of another site can give its own name our address ("DNS rebinding"): what the browser
    then asks comes from here too, but it tells that name as Host.
    """
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False  # only the proxy is here
    if not _HOST.fullmatch(request.headers.get("Host", "")):
        return False
    try:
        return ip_address((request.remote_addr or "").partition("%")[0]).is_loopback
    except ValueError:
        return False
