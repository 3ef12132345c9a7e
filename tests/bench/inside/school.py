"""Make the school of a build, and print what the measuring needs to know of it as JSON.

`school.py FAMILIES SIGNED_IN` fills an empty database. Like all files of this folder it is run by
its path, with a build's folder on Python's path: an old build and the working tree are measured by
the same lines. They may import only what all builds have.
"""

import json
import sys
from collections import defaultdict
from datetime import timedelta

from flask_migrate import upgrade
from sqlalchemy import insert, select, text, update

from app import create_app
from app.accounts.models import Account, SignInToken
from app.core import clock
from app.extensions import db
from app.rounds.models import Offer, OfferTeacher
from app.school.models import Enrolment, GroupMember, Lesson, Person, Subject, TeachingGroup
from tests.rush.school import build
from tests.signing_in import new_session


def make_school(families: int, signed_in: float) -> None:
    """Fill the database and print what the measuring needs."""
    app = create_app()
    with app.app_context():
        upgrade()
        school = build(families, signed_in=signed_in)
        tomorrow = clock.now() + timedelta(days=1)
        db.session.execute(update(SignInToken).values(expires_at=tomorrow))  # a run takes minutes
        _teach()
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
        # A school's tables were filled days before the rush, and looked through since.
        db.session.execute(text("ANALYZE"))
        db.session.commit()
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


def _teach() -> None:
    """Let the offers follow from lessons, or the office's first change would withdraw them."""
    subjects = {row[0]: row[1] for row in db.session.execute(select(Subject.code, Subject.id))}
    members = defaultdict(list)
    for student, code, teacher in db.session.execute(
        select(Offer.student_id, Offer.subject_code, OfferTeacher.teacher_id).join(
            OfferTeacher, OfferTeacher.offer_id == Offer.id
        )
    ):
        members[teacher, subjects[code]].append(student)
    source, all_year = {"source": "rush"}, {"from_week": "2026-W35", "to_week": "2027-W28"}
    groups, lessons, places = [], [], []
    for group, ((teacher, subject), students) in enumerate(members.items(), 1):
        known = source | {"source_id": str(group), "subject_id": subject}
        groups.append(known | {"id": group, "name": f"groep{group}"})
        places += [{"group_id": group, "student_id": student} for student in students]
        given = {"group_id": group, "teacher_id": teacher, "kind": "regular", "hours": 3}
        lessons.append(known | given | all_year)
    taken = [
        {"student_id": student, "subject_id": subject}
        for (_, subject), students in members.items()
        for student in students
    ]
    rows = {TeachingGroup: groups, GroupMember: places, Lesson: lessons, Enrolment: taken}
    for table, of_table in rows.items():
        db.session.execute(insert(table), of_table)
    if db.engine.dialect.name == "postgresql":  # which counted none of these groups
        last = text("SELECT setval(pg_get_serial_sequence('teaching_groups', 'id'), :last)")
        db.session.execute(last, {"last": len(groups)})


if __name__ == "__main__":
    make_school(int(sys.argv[1]), float(sys.argv[2]))
