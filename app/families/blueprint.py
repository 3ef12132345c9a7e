"""Where the pages of the office about people hang."""

from flask import Blueprint

blueprint = Blueprint("families", __name__, url_prefix="/office")
