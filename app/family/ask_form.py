"""The form in which a family, or the office for it, ticks whom to talk with."""

from flask import request

from app.core.ids import id_of
from app.requests.asking import Asked, AskedFor
from app.requests.queries import AskingChild


def read_asked(it: AskingChild) -> AskedFor:
    """Return what was sent about a child; offers that its page does not show are left out."""
    id_ = it.child.student_id
    offers = {column.offer_id for column in it.choosable}
    ticked = dict.fromkeys(_ids(f"ask-{id_}"))
    long = set(_ids(f"long-{id_}"))
    talks = tuple(Asked(offer, offer in long) for offer in ticked if offer in offers)
    return AskedFor(talks, f"none-{id_}" in request.form, set(_ids(f"shown-{id_}")))


def _ids(name: str) -> list[int]:
    return request.form.getlist(name, type=id_of)
