"""Compress pages as they are made. Files are compressed beforehand (files.py)."""

import gzip

import brotli
from flask import Flask, Response, request

LEAST = 500  # bytes; less is one packet with its headers, however small


def compressed(body: bytes, encoding: str) -> bytes:
    """Return a page in this encoding; the lowest level saves most of the bytes in little time."""
    if encoding == "br":
        return brotli.compress(body, quality=1)
    return gzip.compress(body, compresslevel=1, mtime=0)


def init_app(app: Flask) -> None:
    """Compress every page and part of a page, also those that say why something failed.

    A lost time is a 409 with the whole table in it.
    """

    @app.after_request
    def _compress(response: Response) -> Response:
        if response.mimetype != "text/html" or response.content_encoding or response.is_streamed:
            return response
        body = response.get_data()
        if len(body) < LEAST:
            return response
        response.vary.add("Accept-Encoding")
        encoding = request.accept_encodings.best_match(("br", "gzip", "identity"))
        if encoding in {"br", "gzip"}:
            response.set_data(compressed(body, encoding))
            response.content_encoding = encoding
        return response
