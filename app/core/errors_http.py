"""Turn errors into pages, or into fragments of a page."""

import logging
import secrets
from http import HTTPStatus

from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from app.core import errors_bare
from app.core.errors import DomainError, NotFoundError, describe
from app.core.htmx import is_htmx
from app.core.outages import is_outage
from app.core.transaction import abandon

logger = logging.getLogger(__name__)


def _answer(status: int, message: str = "", number: str = "") -> ResponseReturnValue:
    name = "errors/_part.html" if is_htmx() else "errors/page.html"
    return render_template(name, status=status, message=message, number=number), status


def init_app(app: Flask) -> None:
    """Register handlers that answer each error in words, with what to do next."""

    @app.errorhandler(NotFoundError)
    def _not_found(_error: NotFoundError) -> ResponseReturnValue:
        return _answer(HTTPStatus.NOT_FOUND)

    @app.errorhandler(DomainError)
    def _refused(error: DomainError) -> ResponseReturnValue:
        return _answer(error.status, error.message)

    @app.errorhandler(CSRFError)
    def _stale(_error: CSRFError) -> ResponseReturnValue:
        message = _("This page was open too long. Open it again; then it works.")
        return _answer(HTTPStatus.BAD_REQUEST, message)

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> ResponseReturnValue:
        if error.response is not None:
            return error.response
        return _answer(error.code or 500)

    @app.errorhandler(Exception)
    def _fault(error: Exception) -> ResponseReturnValue:
        if app.testing:
            raise error
        if is_outage(error):
            return answer_bare(error)
        return _answer(HTTPStatus.INTERNAL_SERVER_ERROR, number=_noted(error))


def answer_bare(error: Exception) -> Response:
    """Answer with the page that needs nothing: the database is away, or an error page failed, too."""
    status = "SERVICE_UNAVAILABLE" if is_outage(error) else "INTERNAL_SERVER_ERROR"
    number = _noted(error)
    abandon()
    return errors_bare.answer(HTTPStatus[status], number)


def _noted(error: Exception) -> str:
    """Log a fault, once however much else fails by it; return its number, which the user can quote."""
    number: str = request.environ.get("tienminuten.fault", "")
    if not number:
        number = request.environ["tienminuten.fault"] = secrets.token_hex(4)
        kind = "outage" if is_outage(error) else "fault"
        where = (request.method, request.endpoint)
        logger.error("%s %s at %s %s: %s", kind, number, *where, describe(error))
    return number
