"""The marker of an open table, by which its polls ask."""

import re

from flask import current_app

from app.family.queries import load_table
from app.family.rendering import shown

PARTIAL = re.compile(
    r'<hx-partial hx-target="([^"]+)" hx-swap="(\w+)">(.*?)</hx-partial>', re.DOTALL
)
"""A partial in the answer to a poll: where it goes, how, and its markup."""


def table_marker(actor, round_id, student_id, *, now, view="list"):
    """Return the marker of a child's table as this actor sees it."""
    with current_app.test_request_context():
        return shown(load_table(actor, round_id, student_id, now=now), view).marker


def marker_in(html):
    """Return the marker in a page or in the answer to a poll."""
    return re.search(r'name="marker" value="([^"]+)"', html)[1]
