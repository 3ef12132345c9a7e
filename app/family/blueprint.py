"""The blueprint of the family's pages; two modules add routes to it."""

from flask import Blueprint

blueprint = Blueprint("family", __name__)
