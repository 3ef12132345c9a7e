"""Make the school of a build, and print what the measuring needs to know of it as JSON.

`school.py FAMILIES SIGNED_IN` fills an empty database. Like all files of this folder it is run by
its path, with a build's folder on Python's path: an old build and the working tree are measured by
the same lines. They may import only what all builds have.
"""

import json
import sys
from datetime import timedelta

from app.accounts.models import Account, SignInToken
from app.core import clock
from app.extensions import db
from app.rounds.models import Offer, OfferTeacher
from app.school.models import Person
from flask_migrate import upgrade
from sqlalchemy import insert, select, update
from tests.rush.school import build
from tests.signing_in import new_session

import wsgi


def make_school(families: int, signed_in: float) -> None:
    """Fill the database and print what the measuring needs."""
    app = wsgi.app
    with app.app_context():
        upgrade()
        school = build(families, signed_in=signed_in)
        tomorrow = clock.now() + timedelta(days=1)
        db.session.execute(update(SignInToken).values(expires_at=tomorrow))  # a run takes minutes
        person = db.session.scalar(
            insert(Person)
            .values(given_name="Bea", family_name="Heer", sort_key="heer", search_key="bea heer")
            .returning(Person.id)
        )
        db.session.execute(insert(Account).values(person_id=person, administrator=True))
        db.session.commit()
        administrator = new_session(person)
        whose = select(Offer.id, Offer.student_id, OfferTeacher.teacher_id).join(
            OfferTeacher, OfferTeacher.offer_id == Offer.id
        )
        offers = {row[0]: [row[1], row[2]] for row in db.session.execute(whose)}
        db.session.remove()
        db.engine.dispose()
    serializer = app.session_interface.get_signing_serializer(app)

    def session(token):
        return {"session": serializer.dumps({"_user_id": token})}

    known = [
        {
            "token": it.token,
            "signed_in": it.signed_in,
            "cookies": session(it.token) if it.signed_in else {"browser": it.browser},
            "children": it.children,
        }
        for it in school.families
    ]
    told = {"round_id": school.round_id, "families": known, "offers": offers}
    print(json.dumps(told | {"administrator": session(administrator)}))


if __name__ == "__main__":
    make_school(int(sys.argv[1]), float(sys.argv[2]))
