"""Mail addresses that every server takes: for those that the school itself gives."""

import re

# What HTML calls a valid address, with a dot in the domain: a host without one is on no network.
# Letters of other alphabets are refused: many servers take none. A domain with them has a name
# without, which begins with "xn--".
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?=.{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+")
_LONGEST = 254  # RFC 5321, 4.5.3.1.3, with the brackets around it


def is_address(text: str) -> bool:
    """Whether this is one mail address, without a name beside it, that a mail can have as sender."""
    return len(text) <= _LONGEST and _ADDRESS.fullmatch(text) is not None
