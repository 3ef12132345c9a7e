"""Serve the school's logo."""

from flask import Blueprint, make_response, request
from flask.typing import ResponseReturnValue

from app.core.access import public
from app.core.errors import found
from app.settings.queries import load_logo

blueprint = Blueprint("settings", __name__)

KEPT = "public, max-age=300"


@blueprint.get("/logo")
@public
def logo() -> ResponseReturnValue:
    """Serve the school's logo."""
    image, type_ = found(load_logo())
    response = make_response(image)
    response.headers["Content-Type"] = type_
    response.headers["Cache-Control"] = KEPT
    response.add_etag()
    return response.make_conditional(request)
