import gzip

import brotli
import pytest

pytestmark = pytest.mark.only_on("sqlite")  # no database is asked

DECODED = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}


@pytest.mark.parametrize(
    ("accept", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("gzip;q=0, identity", None),
        ("deflate", None),
        (None, None),
    ],
)
@pytest.mark.parametrize(("path", "status"), [("/sign-in", 200), ("/no-such-page", 404)])
def test_pages_go_as_small_as_the_browser_can_read(client, path, status, accept, encoding):
    answer = client.get(path, headers={"Accept-Encoding": accept} if accept else {})

    assert (answer.status_code, answer.content_encoding) == (status, encoding)
    assert "Accept-Encoding" in answer.vary
    assert answer.content_length == len(answer.data)
    assert DECODED[encoding](answer.data).endswith(b"</html>")


def test_what_fits_into_a_packet_is_left_as_it_is(client):
    answer = client.get("/health/live", headers={"Accept-Encoding": "gzip, br"})

    assert (answer.content_encoding, answer.json) == (None, {"status": "live"})
