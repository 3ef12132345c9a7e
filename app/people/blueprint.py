"""The blueprint of the office's pages about people."""

from flask import Blueprint

blueprint = Blueprint("people", __name__, url_prefix="/office")
