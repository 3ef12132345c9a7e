"""Pages and partials as a strict parser reads them."""

import re

import html5lib
import pytest
from html5lib.html5parser import ParseError

# A partial may be a piece of a table, which has a meaning only inside one.
CONTAINERS = {"tr": "tbody", "td": "tr", "th": "tr", "tbody": "table", "thead": "table"}


def parse_strictly(text: str) -> None:
    """Fail where the text is not HTML5: a page with a doctype, or a fragment."""
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
