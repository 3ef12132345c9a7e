"""Parse pages and partials strictly."""

import re

import html5lib
import pytest
from html5lib.html5parser import ParseError

# A partial may be part of a table, which only parses inside one.
CONTAINERS = {"tr": "tbody", "td": "tr", "th": "tr", "tbody": "table", "thead": "table"}


def parse_strictly(text: str) -> None:
    """Fail if the text is not valid HTML5: a page with a doctype, or a fragment."""
    parser = html5lib.HTMLParser(strict=True)
    try:
        if text.lstrip().lower().startswith("<!doctype"):
            parser.parse(text)
        else:
            first = re.search(r"<([a-z0-9]+)", text)
            parser.parseFragment(text, container=CONTAINERS.get(first and first[1], "div"))
    except ParseError as error:
        (line, column), code, _ = parser.errors[-1]
        shown = "\n".join(text.splitlines()[max(0, line - 3) : line])
        pytest.fail(f"broken HTML ({error or code}) at line {line}, column {column}:\n{shown}")


def without_secrets(page):
    """Return a page without its random texts, in which a short name can stand by chance."""
    return re.sub(r"[\w.-]{20,}", "", page)


def without_tokens(page):
    """Return a page without what each copy of it has of its own: its forms' tokens."""
    return re.sub(r'(name="(?:submission|csrf_token)" value=")[^"]*', r"\1", page)
