"""The evening pack as one HTML file; opened from disk it needs no network, script or other file."""

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from flask import current_app, g
from markupsafe import Markup

from app.core.i18n import DEFAULT_LANGUAGE
from app.exports.sheets import EveningSheets
from app.settings.queries import load_school

_COMMENTS = re.compile(r"/\*.*?\*/\s*", re.DOTALL)


@dataclass(frozen=True)
class _Style:
    text: Markup
    policy: str


def write_pack(sheets: EveningSheets, *, now: datetime) -> bytes:
    """Render an evening as one HTML file, in the school's language."""
    # Push an app context, because Babel caches the language per context.
    with current_app.app_context():
        g.language = DEFAULT_LANGUAGE
        style = _style(Path(current_app.static_folder or "") / "css" / "exports.css")
        page = current_app.jinja_env.get_template("exports/pack.html").render(
            sheets=sheets,
            school=load_school(),
            made_at=now,
            style=style.text,
            policy=style.policy,
        )
    return page.encode()


def policy_of(content: bytes) -> str:
    """Return a stored pack's Content-Security-Policy: it allows the pack's own style only."""
    _before, _tag, rest = content.partition(b"<style>")
    style, _end, _after = rest.partition(b"</style>")
    return _policy(style)


def _policy(style: bytes) -> str:
    digest = base64.b64encode(hashlib.sha256(style).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@lru_cache(maxsize=1)
def _style(path: Path) -> _Style:
    text = _COMMENTS.sub("", path.read_text())
    return _Style(Markup(text), _policy(text.encode()))  # noqa: S704  our own file
