"""Liveness and readiness of the site, for monitors."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.core.access import public
from app.extensions import db

blueprint = Blueprint("health", __name__, url_prefix="/health")


@blueprint.get("/live")
@public
def live() -> ResponseReturnValue:
    """Answer that the process runs."""
    return {"status": "live"}


@blueprint.get("/ready")
@public
def ready() -> ResponseReturnValue:
    """Answer whether the database can be read."""
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return {"status": "database unreachable"}, 503
    return {"status": "ready"}
