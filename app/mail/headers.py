"""The headers of a mail that the library does not write well enough."""

import hashlib
from email.header import Header
from email.headerregistry import HeaderRegistry, UniqueSingleAddressHeader
from email.policy import EmailPolicy, default
from email.utils import make_msgid

from app.outbox import worker

LONGEST_LINE = 78  # characters (RFC 5322, 2.1.1)


class _Sender(UniqueSingleAddressHeader):
    """One sender, however long the name is and whatever stands in it.

    Where the library folds a name it forgets the quotes, and a comma then makes two senders of it.
    So one that needs folding is written in encoded words (RFC 2047), which need none.
    """

    name: str  # of the base class that the registry adds

    def fold(self, *, policy: EmailPolicy) -> str:
        """Return the header's lines."""
        (address,) = self.addresses
        line = f"{self.name}: {address}"
        if line.isascii() and len(line) <= LONGEST_LINE:
            return line + policy.linesep
        name = Header(address.display_name, "utf-8", header_name=self.name)
        written = name.encode(linesep=policy.linesep)
        return f"{self.name}: {written}{policy.linesep} <{address.addr_spec}>{policy.linesep}"


_headers = HeaderRegistry()
_headers.map_to_type("from", _Sender)  # type: ignore[arg-type]  # its base comes later
POLICY = default.clone(header_factory=_headers)


def message_id(domain: str, *of: str) -> str:
    """Return a Message-ID: the same for each attempt of a promise, where ``of`` is the same.

    A server that took a mail without telling so, and gets it again, then knows it (RFC 5322, 3.6.4).
    """
    promise = worker.in_hand()
    if not promise:
        return make_msgid(domain=domain)
    digest = hashlib.sha256("\n".join((promise, *of)).encode()).hexdigest()
    return f"<{digest[:32]}@{domain}>"
