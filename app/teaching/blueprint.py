"""The blueprint of the pages of teachers."""

from flask import Blueprint

blueprint = Blueprint("teaching", __name__)
