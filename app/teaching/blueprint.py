"""The blueprint of the teachers' pages."""

from flask import Blueprint

blueprint = Blueprint("teaching", __name__)
