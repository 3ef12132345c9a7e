"""The evening pack as one file: opened from disk it needs no network, no script, nothing else."""

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
    """Write an evening as one HTML file, in the language of the school."""
    # A context of its own, because Babel remembers the language for as long as one lives.
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
    """Return the Content-Security-Policy for a stored pack: its own style and nothing else."""
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
