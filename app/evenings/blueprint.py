"""The blueprint of the package; its routes stand in several modules, by what they are about."""

from flask import Blueprint

blueprint = Blueprint("evenings", __name__)
