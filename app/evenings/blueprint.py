"""The blueprint of the package; several modules add routes to it, by subject."""

from flask import Blueprint

blueprint = Blueprint("evenings", __name__)
