"""Random secrets and their hashes. Pure."""

import hashlib
import secrets

# Crockford's 32 characters: 8 of them are 40 bits. Similar characters are read as one.
_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
CODE_LENGTH = 8
TOKEN_LENGTH = 43


def new_token() -> str:
    """Return 256 random bits in 43 characters, safe in a URL or cookie."""
    return secrets.token_urlsafe(32)


def new_code() -> str:
    """Return 40 random bits to be typed."""
    return "".join(secrets.choice(_SIGNS) for _ in range(CODE_LENGTH))


def shown_code(code: str) -> str:
    """Format a code so that it is easy to type: "7KD2-M0XA"."""
    return f"{code[:4]}-{code[4:]}"


def read_code(typed: str) -> str:
    """Parse a typed code: any case, with or without hyphen, O for 0 and l for 1."""
    return typed.strip().upper().translate(_ALIKE)


def digest(secret: str) -> str:
    """Return the SHA-256 of a secret: all that is stored. Our secrets are too random to guess."""
    return hashlib.sha256(secret.encode()).hexdigest()
