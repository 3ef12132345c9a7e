"""The site's own files: joined and compressed once in a process, kept by browsers for good.

They are compressed in memory and not on the disk beside the originals, where they could be older
than these. An address names the content it had when a page was written; only then it is kept.
"""

import gzip
import mimetypes
import re
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path

import brotli
from flask import Flask, Response, abort, request, session, url_for

FOLDER = Path(__file__).parent.parent / "static"

# What every family needs comes in one piece: each request costs a phone a round trip.
JOINED = {
    "site.css": ("css/base.css", "css/family.css"),  # in the order of their layers
    "table.js": (
        "vendor/htmx-4.0.1.min.js",
        "js/kept.js",
        "js/grid.js",
        "js/opening.js",
        "js/table.js",
        "js/table_fresh.js",
        "js/fresh.js",
    ),
    "session.js": ("js/kept.js", "js/waiting.js", "js/typed.js", "js/session.js"),
}

_FOR_READERS = re.compile(rb"/\*.*?\*/\s*|^[ \t]+", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class _File:
    content: bytes
    media_type: str
    digest: str

    @cached_property
    def encoded(self) -> dict[str, bytes]:
        """The content by encoding, the smallest first; made when somebody first asks for it."""
        made = {
            "br": brotli.compress(self.content),
            "gzip": gzip.compress(self.content, mtime=0),
        }
        smaller = {name: body for name, body in made.items() if len(body) < len(self.content)}
        return {**smaller, "identity": self.content}


@cache
def _files() -> dict[str, _File]:
    found = {
        path.relative_to(FOLDER).as_posix(): path.read_bytes()
        for path in FOLDER.rglob("*")
        if path.is_file()
    }
    for name, parts in JOINED.items():
        found[name] = b"\n".join(found[part] for part in parts)
    return {name: _file(name, content) for name, content in found.items()}


def _file(name: str, content: bytes) -> _File:
    if name.endswith(".css"):
        # A sixth of what is left after compressing. Scripts would need a program that reads them.
        content = _FOR_READERS.sub(b"", content)
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return _File(content, media_type, sha256(content).hexdigest()[:12])


def static_url(filename: str) -> str:
    """Return the URL of a file; it changes with the file, so that browsers may keep it."""
    return url_for("static", filename=filename, v=_files()[filename].digest)


def prepare() -> None:
    """Compress what every first visit asks for, so that no visitor waits for it."""
    for name in JOINED:
        _ = _files()[name].encoded


def send(filename: str) -> Response:
    """Answer with a file, in the smallest encoding that the browser knows."""
    file = _files().get(filename)
    if file is None:
        abort(404)
    encoding = request.accept_encodings.best_match(file.encoded, default="identity")
    response = Response(file.encoded[encoding], mimetype=file.media_type)
    if encoding != "identity":
        response.content_encoding = encoding
    response.vary.add("Accept-Encoding")
    response.set_etag(f"{file.digest}-{encoding}")
    # Another address is that of an older or newer build, as while a new one starts.
    kept = request.args.get("v") == file.digest
    response.headers["Cache-Control"] = (
        "public, max-age=31536000, immutable" if kept else "public, no-cache"
    )
    response.make_conditional(request)  # 304 if the browser has it
    return response


def init_app(app: Flask) -> None:
    """Serve the files in place of Flask's own way, which reads and streams them each time.

    Before Flask-Login is installed: functions after a request run in reverse order.
    """
    app.send_static_file = send  # type: ignore[method-assign]
    app.jinja_env.globals["static_url"] = static_url

    @app.after_request
    def _same_for_everybody(response: Response) -> Response:
        # Flask-Login looks into the cookie at each request, and for that Flask adds Vary: Cookie.
        # Some browsers then load the files again for who has just signed in.
        if response.cache_control.public:
            session.accessed = False
        return response
