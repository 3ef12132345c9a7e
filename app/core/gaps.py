"""Markup with gaps: rendered once by a template, then filled in many times.

A template writes ``{{ gap("at") }}`` where a value belongs that changes, or calls a macro with gaps
for its arguments. What it renders becomes a pattern for Python's ``%`` operator. Nobody can forge a
gap: each carries a secret of this process.
"""

from functools import lru_cache
from secrets import token_hex
from typing import Any

from markupsafe import Markup, escape

_SECRET = token_hex(8)


def gap(name: str) -> Markup:
    """Return a gap, for a template."""
    return Markup(f"{_SECRET}({name})s")  # noqa: S704  (our own token)


def pattern(markup: str) -> str:
    """Return rendered markup as a pattern, to be filled by ``pattern % {name: markup}``.

    It has references for all but ASCII: Python keeps and encodes such a text several times as fast.
    """
    ascii_ = str(markup).encode("ascii", "xmlcharrefreplace").decode()
    return ascii_.replace("%", "%%").replace(_SECRET, "%")


def partly(text: str, **values: str) -> str:
    """Fill some gaps of a pattern, and return the pattern for the rest."""
    for name, value in values.items():
        text = text.replace(f"%({name})s", str(value).replace("%", "%%"))
    return text


class Filling:
    """What a macro gets as its first argument: a gap for each text, which is escaped once.

    Where it is a truth or an empty text it gets that, so the macro can ask for it.
    """

    def __init__(self, **values: Any) -> None:
        """Take the values; numbers count as texts."""
        fixed: dict[str, Any] = {}
        self.texts: dict[str, str] = {}
        for name, value in values.items():
            if isinstance(value, bool) or value == "":
                fixed[name] = value
            else:
                self.texts[name] = str(value if isinstance(value, int) else escape(value))
        self.shape = tuple(fixed.items()), tuple(self.texts)


def filled(macro: Any, its: Filling, *more: Any) -> str:
    """Return what a macro renders; it is rendered once for all fillings of one shape."""
    return _pattern(macro, its.shape, more) % its.texts


@lru_cache(maxsize=1024)
def _pattern(
    macro: Any, shape: tuple[tuple[tuple[str, Any], ...], tuple[str, ...]], more: tuple[Any, ...]
) -> str:
    fixed, names = shape
    return pattern(macro({**dict(fixed), **{name: gap(name) for name in names}}, *more))


@lru_cache(maxsize=4096)
def with_gaps(macro: Any, *arguments: Any) -> str:
    """Return what a macro renders as a pattern; what is a family's own must be a gap."""
    return pattern(macro(*arguments))
