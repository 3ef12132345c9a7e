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


def with_others(it: AskingChild, sent: AskedFor) -> AskedFor:
    """Return what was sent, with what the other parent has asked for since that page was made.

    For a page that is shown again: it counts, so it must be there to be seen and unticked.
    """
    ticked = {talk.offer_id for talk in sent.talks}
    since = it.asked.keys() - (sent.shown or set()) - ticked
    others = [
        Asked(offer_id, it.asked[offer_id].is_long) for offer_id in it.asked if offer_id in since
    ]
    return AskedFor((*sent.talks, *others), sent.none_needed, set(it.asked))


def _ids(name: str) -> list[int]:
    return request.form.getlist(name, type=id_of)
