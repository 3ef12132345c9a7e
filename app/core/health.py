"""Liveness and readiness of the site, for monitors."""

from collections.abc import Callable

from flask import Blueprint, Flask, current_app
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.core.access import public
from app.extensions import db

blueprint = Blueprint("health", __name__, url_prefix="/health")


def init_app(app: Flask, clock_words: Callable[[], str]) -> None:
    """Install what says in a few words what is odd about the clock, or ""."""
    app.extensions["clock words"] = clock_words


@blueprint.get("/live")
@public
def live() -> ResponseReturnValue:
    """Answer that the process runs."""
    return {"status": "live"}


@blueprint.get("/ready")
@public
def ready() -> ResponseReturnValue:
    """Answer whether the database can be read, and whether the clock was put back."""
    try:
        db.session.execute(text("SELECT 1"))
        clock = current_app.extensions["clock words"]()
    except SQLAlchemyError:
        return {"status": "database unreachable"}, 503
    return {"status": "ready"} | ({"clock": clock} if clock else {})
