"""Where the pages of the office about people hang."""

from flask import Blueprint

blueprint = Blueprint("people", __name__, url_prefix="/office")
