"""Serve the school's colour and logo."""

from http import HTTPStatus

from flask import Blueprint, make_response
from flask.typing import ResponseReturnValue

from app.core.access import public
from app.core.errors import found
from app.settings.colours import stylesheet
from app.settings.queries import load_logo, load_school

blueprint = Blueprint("settings", __name__)

KEPT = "public, max-age=300"


@blueprint.get("/school.css")
@public
def accent_css() -> ResponseReturnValue:
    """Serve the style sheet with the school's colour, readable in light and dark."""
    response = make_response(stylesheet(load_school().accent), HTTPStatus.OK)
    response.headers["Content-Type"] = "text/css; charset=utf-8"
    response.headers["Cache-Control"] = KEPT
    return response


@blueprint.get("/logo")
@public
def logo() -> ResponseReturnValue:
    """Serve the school's logo."""
    image, type_ = found(load_logo())
    response = make_response(image, HTTPStatus.OK)
    response.headers["Content-Type"] = type_
    response.headers["Cache-Control"] = KEPT
    return response
