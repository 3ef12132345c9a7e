"""The blueprint of the sign-in pages."""

from flask import Blueprint

blueprint = Blueprint("accounts", __name__)
