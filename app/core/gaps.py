"""Markup with gaps: rendered once by a template, then filled in many times.

A template writes ``{{ gap("at") }}`` where a value belongs that changes, or calls a macro with gaps
for its arguments. What it renders becomes a pattern for Python's ``%`` operator. Nobody can forge a
gap: each carries a secret of this process.
"""

from secrets import token_hex

from markupsafe import Markup

_SECRET = token_hex(8)


def gap(name: str) -> Markup:
    """Return a gap, for a template."""
    return Markup(f"{_SECRET}({name})s")  # noqa: S704  (our own token)


def pattern(markup: str) -> str:
    """Return rendered markup as a pattern, to be filled by ``pattern % {name: markup}``."""
    return str(markup).replace("%", "%%").replace(_SECRET, "%")


def partly(text: str, **values: str) -> str:
    """Fill some gaps of a pattern, and return the pattern for the rest."""
    for name, value in values.items():
        text = text.replace(f"%({name})s", str(value).replace("%", "%%"))
    return text
