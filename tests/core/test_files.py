"""The site's own files as browsers of every kind get them."""

import gzip
import re
from hashlib import sha256

import brotli
import pytest

from app.core import files

pytestmark = pytest.mark.only_on("sqlite")  # no database is asked

DECODED = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}
NAMES = sorted(
    {path.relative_to(files.FOLDER).as_posix() for path in files.FOLDER.rglob("*.*")}
    | set(files.JOINED)
)
SCRIPTS_AND_SHEETS = [name for name in NAMES if name.endswith((".css", ".js"))]


@pytest.fixture
def get(client):
    """Ask for a file at the address that pages have for it, or with another query."""

    def get_(name, accept=None, *, query=None, method="GET", **headers):
        if query is None:
            with client.application.test_request_context():
                query = files.static_url(name).partition("?")[2]
        headers = {key.replace("_", "-"): value for key, value in headers.items()}
        if accept is not None:
            headers["Accept-Encoding"] = accept
        return client.open(f"/static/{name}?{query}", method=method, headers=headers)

    return get_


@pytest.mark.parametrize("name", SCRIPTS_AND_SHEETS)
def test_every_file_is_compressed_for_who_knows_brotli_or_gzip_alone(get, name):
    plain = get(name)
    assert plain.content_encoding is None
    for accept, encoding in (("gzip, deflate, br, zstd", "br"), ("gzip", "gzip")):
        answer = get(name, accept)
        assert answer.content_encoding == encoding
        assert DECODED[encoding](answer.data) == plain.data
        assert answer.content_length == len(answer.data) < len(plain.data)
        assert answer.mimetype == plain.mimetype


@pytest.mark.parametrize(
    ("accept", "encoding"),
    [
        ("gzip, deflate", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("br;q=0.2, gzip", "gzip"),
        ("*", "br"),
        ("", None),
        ("identity", None),
        ("gzip;q=0", None),
        ("zstd, deflate", None),
    ],
)
def test_the_encoding_is_one_that_was_asked_for(get, accept, encoding):
    assert get("site.css", accept).content_encoding == encoding


@pytest.mark.parametrize("accept", [None, "gzip", "br"])
@pytest.mark.parametrize("name", ["site.css", "table.js", "img/favicon.svg"])
def test_a_file_is_kept_for_good_by_browsers_and_caches_whoever_asks(get, name, accept):
    answer = get(name, accept)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("query", ["", "v=0123456789ab"])
def test_the_address_of_another_build_is_asked_about_again_each_time(get, query):
    answer = get("site.css", "br", query=query)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, no-cache"
    again = get("site.css", "br", query=query, If_None_Match=answer.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Vary"] == "Accept-Encoding"
    as_gzip = get("site.css", "gzip", query=query, If_None_Match=answer.headers["ETag"])
    assert as_gzip.status_code == 200  # another encoding is another content


def test_what_is_not_there_is_not_remembered_and_no_other_file_is_reached(client):
    for path in ("/static/css/none.css", "/static/../config.py", "/static/css/../css/base.css"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert answer.headers["Cache-Control"] == "no-store"


def test_head_says_how_long_it_is_and_a_range_gets_the_whole(get):
    whole = get("table.js", "gzip")
    head = get("table.js", "gzip", method="HEAD")
    assert (head.data, head.content_length) == (b"", len(whole.data))
    assert head.headers["ETag"] == whole.headers["ETag"]
    part = get("table.js", "gzip", Range="bytes=0-9", If_Range=whole.headers["ETag"])
    assert (part.status_code, part.data) == (200, whole.data)


@pytest.mark.parametrize("name", NAMES)
def test_scripts_are_as_written_and_style_sheets_without_remarks_and_indents(get, name):
    written = [(files.FOLDER / part).read_text() for part in files.JOINED.get(name, (name,))]
    served = get(name).get_data(as_text=True)
    if not name.endswith(".css"):
        assert served == "\n".join(written)
        return
    remarks = re.compile(r"""("[^"]*")|/\*.*?\*/""", re.DOTALL)  # none inside a text
    bare = remarks.sub(lambda found: found[1] or "", "".join(written))
    assert "".join(served.split()) == "".join(bare.split())
    assert len(served) < len("".join(written))


def test_an_address_names_the_content(get, client):
    with client.application.test_request_context():
        digest = files.static_url("table.js").partition("?v=")[2]
    assert sha256(get("table.js").data).hexdigest().startswith(digest)
