"""Where the pages of signing in hang."""

from flask import Blueprint

blueprint = Blueprint("accounts", __name__)
