"""The blueprint of the pages of families; its routes stand in two modules."""

from flask import Blueprint

blueprint = Blueprint("family", __name__)
