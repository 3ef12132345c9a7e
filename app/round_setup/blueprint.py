"""The blueprint of the pages on which the office creates and leads rounds."""

from flask import Blueprint

blueprint = Blueprint("round_setup", __name__)
