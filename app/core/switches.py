"""Buttons and boxes of forms that send one of a few words."""

from http import HTTPStatus

from flask import abort, request


def sent_word(name: str, *words: str) -> str:
    """Return which of these words the form sent; "" stands for a box that is not ticked.

    No page of ours sends anything else, so that is refused with 422 and taken for none of them.
    """
    word = request.form.get(name, "")
    if word not in words:
        abort(HTTPStatus.UNPROCESSABLE_ENTITY)
    return word
