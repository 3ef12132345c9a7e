from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core.errors import NotFoundError
from app.rounds import queries, service
from app.rounds.grid import EveningSpec
from app.rounds.models import Evening, Offer, OfferTeacher, Participants, Round, RoundState, Slot
from app.rounds.offers import NoOfferReason
from app.rounds.spec import BadRound, RoomSpec
from app.school.models import GroupMember, Room, Student, Teacher
from tests.small_school import NOW


def make(spec, **changes):
    return service.create_round(spec(**changes), None, now=NOW)


def offers(db, school, round_id, *, offered=True):
    """The offers of a round as (student, subject, teachers), by first name."""
    students = {number: name for name, number in school.students.items()}
    teachers = {number: name for name, number in school.teachers.items()}
    rows = db.scalars(select(Offer).where(Offer.round_id == round_id, Offer.offered == offered))
    return {
        (
            students[row.student_id],
            row.subject_code,
            "+".join(
                teachers[teacher_id]
                for teacher_id in db.scalars(
                    select(OfferTeacher.teacher_id)
                    .where(OfferTeacher.offer_id == row.id)
                    .order_by(OfferTeacher.position)
                )
            ),
        )
        for row in rows
    }


def test_a_round_has_its_evenings_and_times(spec):
    report = make(spec)
    round_ = queries.load_round(report.round_id)
    assert (round_.name, round_.days) == ("Oudercontact 3", (date(2027, 3, 9), date(2027, 3, 11)))
    first, second = queries.load_evenings(report.round_id)
    assert [f"{slot.starts_at:%H:%M}" for slot in first.slots] == [
        "17:30", "17:40", "17:50", "18:10", "18:20",
    ]  # fmt: skip
    assert [(b.starts_at.minute, b.ends_at.minute) for b in first.breaks] == [(0, 10)]
    assert [f"{slot.ends_at:%H:%M}" for slot in second.slots] == ["17:38", "17:48", "17:58"]
    assert second.breaks == ()


def test_cancelling_ends_with_booking_unless_said_otherwise(spec):
    one = queries.load_round(make(spec).round_id)
    assert one.cancel_until == one.closes_at
    later = one.closes_at + timedelta(days=1)
    assert queries.load_round(make(spec, cancel_until=later).round_id).cancel_until == later


def test_every_student_is_offered_the_teachers_of_its_groups(db, school, spec, lessons):
    lessons.all()
    report = make(spec)
    wanted = {
        (student, subject, teacher)
        for student in school.students
        for subject, teacher in (("ne", "Vera"), ("wi", "Bart"), ("en", "Kader"))
    }
    assert offers(db, school, report.round_id) == wanted
    assert (report.offered, report.missing, report.doubtful) == (len(wanted), (), ())


def test_a_teacher_of_two_subjects_has_two_offers_with_one_key(db, school, spec, lessons):
    for subject in ("ne", "en"):
        lessons.group(subject, ["Noor"])
        lessons.lesson(subject, "Vera")
    round_id = make(spec).round_id
    keys = db.scalars(select(Offer.teacher_key).where(Offer.round_id == round_id)).all()
    assert keys == [str(school.teachers["Vera"])] * 2


def test_two_regular_teachers_are_one_offer_naming_the_one_with_most_hours_first(
    db, school, spec, lessons
):
    lessons.group("ne", ["Noor"])
    lessons.lesson("ne", "Vera", hours=1)
    lessons.lesson("ne", "Kader", hours=3)
    report = make(spec)
    assert offers(db, school, report.round_id) == {("Noor", "ne", "Kader+Vera")}
    ids = sorted((school.teachers["Vera"], school.teachers["Kader"]))
    assert db.scalars(select(Offer.teacher_key).where(Offer.round_id == report.round_id)).one() == (
        f"{ids[0]}-{ids[1]}"
    )
    assert [(group.name, len(group.teacher_ids)) for group in report.doubtful] == [("h2a.ne", 2)]


def test_the_reference_week_decides_who_is_offered(db, school, spec, lessons):
    lessons.group("ne", ["Noor"])
    lessons.lesson("ne", "Vera")
    lessons.lesson("ne", "Bart", replaces="Vera", weeks=("2026-W48", "2027-W06"))
    assert offers(db, school, make(spec).round_id) == {("Noor", "ne", "Bart")}
    later = make(spec, reference_week="2027-W07")
    assert offers(db, school, later.round_id) == {("Noor", "ne", "Vera")}


def test_what_cannot_be_offered_is_said_with_its_reason(school, spec, lessons):
    lessons.package("Noor", "ne")  # no group
    lessons.group("wi", ["Sem"])  # no teacher
    report = make(spec)
    assert report.offered == 0
    assert set(report.missing) == {
        service.NoOffer(school.students["Noor"], "ne", NoOfferReason.NO_GROUP),
        service.NoOffer(school.students["Sem"], "wi", NoOfferReason.NO_TEACHER),
    }


def test_a_group_without_the_subject_in_the_package_gives_no_offer(db, school, spec, lessons):
    lessons.group("ne", ["Noor"])
    lessons.lesson("ne", "Vera")
    db.add(GroupMember(group_id=lessons.groups["ne"], student_id=school.students["Sem"]))
    db.commit()
    assert offers(db, school, make(spec).round_id) == {("Noor", "ne", "Vera")}


def leave(db, role, role_id):
    db.get(role, role_id).ended_on = date(2027, 1, 1)
    db.commit()


def test_who_left_is_offered_nothing_and_to_nobody(db, school, spec, lessons):
    lessons.all()
    leave(db, Student, school.students["Noor"])
    leave(db, Teacher, school.teachers["Bart"])
    left = offers(db, school, make(spec).round_id)
    assert left
    assert not [one for one in left if one[0] == "Noor" or one[2] == "Bart"]


def test_refreshing_twice_changes_nothing(db, school, spec, lessons):
    lessons.all()
    round_id = make(spec).round_id
    before = offers(db, school, round_id)
    report = service.refresh_offers(round_id, None, now=NOW)
    assert (report.added, report.withdrawn, report.offered) == (0, 0, len(before))
    assert offers(db, school, round_id) == before


def test_refreshing_adds_what_is_new_and_withdraws_what_lost_its_reason(db, school, spec, lessons):
    lessons.group("ne", ["Noor", "Sem"])
    lesson = lessons.lesson("ne", "Vera")
    round_id = make(spec).round_id
    lesson.teacher_id = school.teachers["Kader"]
    db.commit()
    report = service.refresh_offers(round_id, None, now=NOW)
    assert (report.added, report.withdrawn) == (2, 2)
    assert offers(db, school, round_id) == {("Noor", "ne", "Kader"), ("Sem", "ne", "Kader")}
    assert offers(db, school, round_id, offered=False) == {
        ("Noor", "ne", "Vera"),
        ("Sem", "ne", "Vera"),
    }
    lesson.teacher_id = school.teachers["Vera"]
    db.commit()
    service.refresh_offers(round_id, None, now=NOW)
    assert offers(db, school, round_id) == {("Noor", "ne", "Vera"), ("Sem", "ne", "Vera")}


def test_refreshing_keeps_what_the_office_set_by_hand(db, school, spec, lessons):
    lessons.group("ne", ["Noor"])
    lesson = lessons.lesson("ne", "Vera")
    round_id = make(spec).round_id
    db.query(Offer).filter_by(round_id=round_id).one().offered = False  # withdrawn by hand
    by_hand = Offer(
        round_id=round_id,
        student_id=school.students["Noor"],
        teacher_key=str(school.teachers["Kader"]),
        in_package=False,
    )
    by_hand.id = 99_999
    db.add(by_hand)
    db.flush()
    db.add(OfferTeacher(offer_id=by_hand.id, teacher_id=school.teachers["Kader"]))
    db.commit()

    def refresh():
        report = service.refresh_offers(round_id, None, now=NOW)
        assert offers(db, school, round_id) == {("Noor", "", "Kader")}
        assert (report.added, report.withdrawn) == (0, 0)

    refresh()
    lesson.to_week = "2026-W50"  # its reason goes ...
    db.commit()
    refresh()
    lesson.to_week = "2027-W28"  # ... and comes back
    db.commit()
    refresh()


def test_after_an_import_only_rounds_to_come_are_refreshed(db, school, spec, lessons):
    lessons.group("ne", ["Noor"])
    lesson = lessons.lesson("ne", "Vera")
    coming = make(spec).round_id
    before = {"opens_at": NOW - timedelta(days=20), "closes_at": NOW - timedelta(days=10)}
    today = make(spec, evenings=(evening(day=NOW.date()),), **before).round_id
    over = make(spec, evenings=(evening(day=date(2027, 1, 19)),), **before).round_id
    archived = make(spec, state=RoundState.ARCHIVED).round_id
    lesson.teacher_id = school.teachers["Kader"]
    db.commit()
    reports = service.refresh_coming_rounds(now=NOW)
    assert {coming, today} <= {report.round_id for report in reports}
    now_kader, still_vera = {("Noor", "ne", "Kader")}, {("Noor", "ne", "Vera")}
    assert offers(db, school, coming) == offers(db, school, today) == now_kader
    assert offers(db, school, over) == offers(db, school, archived) == still_vera


def test_refreshing_a_round_that_is_not_there_finds_nothing(db):
    with pytest.raises(NotFoundError):
        service.refresh_offers(12345, None, now=NOW)


def test_the_number_of_queries_does_not_grow_with_the_number_of_students(db, spec, lessons):
    lessons.group("ne", ["Noor"])
    lessons.lesson("ne", "Vera")
    few = _count_queries(db, lambda: make(spec))
    lessons.group("wi")
    lessons.lesson("wi", "Bart")
    assert _count_queries(db, lambda: make(spec)) == few


def _count_queries(db, action):
    from sqlalchemy import event  # noqa: PLC0415

    statements = []
    connection = db.connection()

    def note(_connection, _cursor, statement, *_):
        if not statement.startswith(("SAVEPOINT", "RELEASE")):
            statements.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    try:
        action()
    finally:
        event.remove(connection, "before_cursor_execute", note)
    return len(statements)


def test_teachers_sit_in_their_rooms_on_every_evening(db, school, spec):
    hall = RoomSpec("Aula", (school.teachers["Vera"], school.teachers["Bart"]))
    small = RoomSpec("B12", (school.teachers["Kader"],), exclusive=True)
    for evening in queries.load_evenings(make(spec, rooms=(hall, small)).round_id):
        names = {teacher: room.name for teacher, room in evening.rooms.items()}
        assert names == {
            school.teachers["Vera"]: "Aula",
            school.teachers["Bart"]: "Aula",
            school.teachers["Kader"]: "B12",
        }
    assert db.query(Room).filter_by(name="B12").one().exclusive


def test_a_room_that_is_there_is_used_again(db, school, spec):
    make(spec, rooms=(RoomSpec("Aula", ()),))
    make(spec, rooms=(RoomSpec("Aula", (school.teachers["Vera"],)),))
    assert db.query(Room).filter_by(name="Aula").count() == 1


def evening(**changes):
    return EveningSpec(
        **{"day": date(2027, 3, 9), "first_start": "18:30", "end": "19:30"} | changes
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"home_class_ids": ()}, "classes"),
        ({"evenings": ()}, "evenings"),
        ({"closes_at": NOW}, "closes_at"),
        ({"max_per_child": 0}, "max_per_child"),
        ({"walking_minutes": -1}, "walking_minutes"),
        ({"reference_week": "2027-W53"}, "reference_week"),
        ({"evenings": (evening(), evening())}, "evenings.1.day"),
        ({"evenings": (evening(talk_minutes=8),)}, "evenings.1.gap_minutes"),
        ({"rooms": (RoomSpec(" ", ()),)}, "rooms.1.name"),
        ({"rooms": (RoomSpec("A", ()), RoomSpec("A", ()))}, "rooms.1.name"),
        ({"rooms": (RoomSpec("A", (1,)), RoomSpec("B", (1,)))}, "rooms.1.teachers"),
    ],
)
def test_a_round_that_cannot_be_names_what_to_change_and_leaves_nothing(db, spec, changes, field):
    before = [db.query(table).count() for table in (Round, Evening, Slot, AuditEntry)]
    with pytest.raises(BadRound) as refused:
        make(spec, **changes)
    assert refused.value.field == field
    assert [db.query(table).count() for table in (Round, Evening, Slot, AuditEntry)] == before


def test_who_published_stands_in_the_log(db, school, spec):
    round_id = make(spec).round_id
    service.set_state(round_id, RoundState.PUBLISHED, school.actors["Anna"], now=NOW)
    assert queries.load_round(round_id).state is RoundState.PUBLISHED
    entry = db.query(AuditEntry).filter_by(action="round.state").one()
    assert (entry.actor_name, entry.details) == ("Anna", {"before": "draft", "after": "published"})


def test_publishing_twice_is_the_same_as_once(db, spec):
    round_id = make(spec).round_id
    for _ in range(2):
        service.set_state(round_id, RoundState.PUBLISHED, None, now=NOW)
    assert db.query(AuditEntry).filter_by(action="round.state").count() == 1


def test_a_draft_cannot_be_archived(spec):
    round_id = make(spec).round_id
    with pytest.raises(service.WrongState):
        service.set_state(round_id, RoundState.ARCHIVED, None, now=NOW)
    assert queries.load_round(round_id).state is RoundState.DRAFT


def test_a_round_of_students_says_so(spec):
    round_id = make(spec, participants=Participants.STUDENT).round_id
    assert queries.load_round(round_id).participants is Participants.STUDENT
