"""A plan becomes talks: who clicked first has won, and families are told once."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.audit.models import AuditEntry
from app.bookings import moving, service
from app.bookings.models import Booking, BookingRequest, Claim
from app.bookings.office import RoundClosed
from app.bookings.rules import Choice
from app.core.errors import NotFoundError
from app.outbox.models import OutboxMessage
from app.planner.models import PlanRun, RunState
from app.planner.publishing import NotPublishable, Published, publish_by_itself
from app.planner.withdrawing import withdraw
from app.rounds.models import Round, Slot
from tests.small_school import FIRST, NOW
from tests.talks import block

pytestmark = pytest.mark.usefixtures("on_the_evening_of_booking")


def test_what_is_planned_becomes_talks_with_all_their_claims(db, ask, plan, publish_, standing):
    noor, sem = ask("Alice", "Noor", "Vera", "Bart", long=("Bart",)), ask("Adam", "Sem", "Vera")
    run_id = plan({noor[0]: 0, noor[1]: 2, sem[0]: 5})
    assert db.scalars(select(Claim.id)).all() == []  # a plan takes no time
    assert publish_(run_id) == Published(3, 0, 0)
    assert standing() == {
        ("Noor", "Vera"): (0, "plan"),
        ("Noor", "Bart"): (2, "plan"),
        ("Sem", "Vera"): (5, "plan"),
    }
    ticks = dict(db.execute(select(Claim.kind, func.count()).group_by(Claim.kind)).all())
    assert ticks == {"person": 8 * 3, "teach": 8}  # both parents and the teacher, a tick each
    assert not db.scalars(select(BookingRequest).where(BookingRequest.booking_id.is_(None))).all()
    assert db.get(PlanRun, run_id).state == RunState.PUBLISHED


def test_a_remark_and_how_they_meet_go_along(db, school, ask, plan, publish_, mode):
    mode("both", modalities="teams,site")
    (request,) = ask("Alice", "Noor", "Vera")
    db.get(BookingRequest, request).remark = "over rekenen"
    db.commit()
    publish_(plan({request: 0}))
    talk = db.scalars(select(Booking)).one()
    assert (talk.remark, talk.modality) == ("over rekenen", "teams")


def test_who_clicked_first_has_won_and_the_rest_is_placed_elsewhere(
    ask, plan, publish_, standing, book_one
):
    (noor,), (sem,) = ask("Alice", "Noor", "Vera"), ask("Alice", "Sem", "Bart")
    run_id = plan({noor: 4, sem: 5})
    book_one("Carol", "Kim", "Vera", 4)
    assert publish_(run_id) == Published(2, 0, 0)
    stands = standing()
    assert stands["Kim", "Vera"] == (4, "family")
    assert stands["Sem", "Bart"] == (5, "plan")
    assert stands["Noor", "Vera"][0] not in {4, 5}


def test_what_fits_nowhere_any_more_is_left_over(
    db, school, ask, plan, publish_, standing, book_one
):
    (noor,) = ask("Alice", "Noor", "Vera")
    run_id = plan({noor: 0})
    span = (school.evening_id, FIRST, FIRST + timedelta(hours=3))
    block(school.actors["Vera"], school.teachers["Vera"], *span, now=NOW)
    assert publish_(run_id) == Published(0, 0, 1)
    assert standing() == {}
    assert db.get(BookingRequest, noor).booking_id is None


def test_a_request_that_was_withdrawn_or_has_a_time_meanwhile_is_no_loss(
    ask, plan, publish_, standing, book_one
):
    noor, (kim,) = ask("Alice", "Noor", "Vera", "Bart"), ask("Carol", "Kim", "Vera")
    run_id = plan({noor[0]: 0, noor[1]: 1, kim: 2})
    ask("Alice", "Noor", "Vera")
    book_one("Carol", "Kim", "Vera", 5)
    assert publish_(run_id) == Published(1, 0, 0)
    assert standing() == {("Noor", "Vera"): (0, "plan"), ("Kim", "Vera"): (5, "family")}


def test_a_selection_and_later_the_rest(ask, plan, publish_, standing):
    noor = ask("Alice", "Noor", "Vera", "Bart")
    run_id = plan({noor[0]: 0, noor[1]: 2})
    assert publish_(run_id, only={noor[1]}) == Published(1, 0, 0)
    assert standing() == {("Noor", "Bart"): (2, "plan")}
    assert publish_(run_id) == Published(1, 0, 0)
    assert standing() == {("Noor", "Bart"): (2, "plan"), ("Noor", "Vera"): (0, "plan")}
    assert publish_(run_id) == Published(0, 0, 0)


def test_a_talk_of_an_earlier_night_moves_and_gives_its_time_to_another(
    db, ask, plan, publish_, standing
):
    (noor,) = ask("Alice", "Noor", "Vera")
    publish_(plan({noor: 0}))
    (kim,) = ask("Carol", "Kim", "Vera")
    assert publish_(plan({noor: 3, kim: 0})) == Published(1, 1, 0)
    assert standing() == {("Noor", "Vera"): (3, "plan"), ("Kim", "Vera"): (0, "plan")}


def test_it_stays_if_its_new_time_is_gone_and_so_the_other_is_elsewhere(
    ask, plan, publish_, standing, book_one
):
    (noor,) = ask("Alice", "Noor", "Vera")
    publish_(plan({noor: 0}))
    (kim,) = ask("Carol", "Kim", "Vera")
    run_id = plan({noor: 3, kim: 0})
    book_one("Bob", "Tim", "Vera", 3)
    assert publish_(run_id).made == 1
    stands = standing()
    assert stands["Tim", "Vera"] == (3, "family")
    assert len({slot for slot, _origin in stands.values()}) == 3


def test_who_moves_a_planned_talk_keeps_that_time(db, ask, plan, publish_, standing, school):
    (noor,) = ask("Alice", "Noor", "Vera")
    publish_(plan({noor: 0}))
    moving.move(
        school.actors["Alice"],
        db.get(BookingRequest, noor).booking_id,
        Choice(*school.choice("Noor", "Vera", 5)),
        submission="moved-by-alice-herself",
        now=NOW,
    )
    assert standing() == {("Noor", "Vera"): (5, "family")}


def test_talks_in_an_absence_stay_and_nobody_moves_into_it(school, ask, plan, publish_, standing):
    noor, kim = ask("Alice", "Noor", "Vera"), ask("Carol", "Kim", "Vera")
    publish_(plan({noor[0]: 0, kim[0]: 1}))
    run_id = plan({noor[0]: 1, kim[0]: 0})
    span = (school.evening_id, FIRST, FIRST + timedelta(minutes=20))
    block(school.actors["Vera"], school.teachers["Vera"], *span, now=NOW)
    assert publish_(run_id) == Published(0, 0, 0)
    assert standing() == {("Noor", "Vera"): (0, "plan"), ("Kim", "Vera"): (1, "plan")}


def test_each_parent_gets_one_mail_about_all_that_is_new(db, ask, plan, publish_, mails):
    noor, sem, tim = (
        ask("Alice", "Noor", "Vera", "Bart"),
        ask("Alice", "Sem", "Kader"),
        ask("Bob", "Tim", "Vera"),
    )
    publish_(plan({noor[0]: 0, noor[1]: 2, sem[0]: 4, tim[0]: 5}))
    sent = mails()
    assert set(sent) == {"alice", "adam", "bob"}
    text = sent["alice"].get_body(("plain",)).get_content()
    assert [name in text for name in ("De Vries", "Bakker", "Tim")] == [True, True, False]
    assert [part.get_filename() for part in sent["alice"].iter_attachments()] == ["gesprekken.ics"]
    kader = ask("Alice", "Sem", "Vera")[-1]
    publish_(plan({kader: 7, noor[0]: 9}))
    text = mails()["alice"].get_body(("plain",)).get_content()
    assert "18.30 uur" in text  # the old time of the talk that moved


def test_what_was_cancelled_before_the_mail_leaves_is_not_in_it(
    db, school, ask, plan, publish_, mails
):
    noor = ask("Alice", "Noor", "Vera", "Bart")
    publish_(plan({noor[0]: 0, noor[1]: 1}))
    service.cancel(school.actors["Alice"], db.get(BookingRequest, noor[0]).booking_id, now=NOW)
    text = mails()["alice"].get_body(("plain",)).get_content()
    assert ("De Vries" in text, "Bakker" in text) == (False, True)


def test_the_log_says_who_published_and_what_was_planned(db, school, ask, plan, publish_):
    (noor,) = ask("Alice", "Noor", "Vera")
    run_id = plan({noor: 0})
    publish_(run_id)
    lines = db.scalars(select(AuditEntry).where(AuditEntry.at == NOW)).all()
    by_action = {line.action: line for line in lines}
    assert by_action["plan.published"].actor_name == school.actors["Sofie"].name
    assert by_action["booking.planned"].actor_name == ""
    assert by_action["booking.planned"].student_id == school.students["Noor"]


def test_a_night_publishes_by_itself(ask, plan, standing):
    (noor,) = ask("Alice", "Noor", "Vera")
    assert publish_by_itself(plan({noor: 0}), now=NOW) == Published(1, 0, 0)
    assert standing() == {("Noor", "Vera"): (0, "plan")}


def test_a_night_that_found_nothing_new_publishes_nothing_and_what_stands_can_be_taken_back(
    db, school, ask, plan, standing
):
    noor, _bart = ask("Alice", "Noor", "Vera", "Bart")
    first = plan({noor: 0})
    publish_by_itself(first, now=NOW)
    lines = db.scalar(select(func.count()).select_from(AuditEntry))
    second = plan({noor: 0})
    assert publish_by_itself(second, now=NOW) == Published(0, 0, 0)
    assert db.get(PlanRun, second).state == RunState.DONE
    assert db.scalar(select(func.count()).select_from(AuditEntry)) == lines
    assert withdraw(school.actors["Sofie"], first, now=NOW).cancelled == 1
    assert standing() == {}


@pytest.mark.parametrize("who", ["Vera", "Alice", "Noor"])
def test_nobody_but_the_office_publishes(ask, plan, publish_, standing, who):
    (noor,) = ask("Alice", "Noor", "Vera")
    run_id = plan({noor: 0})
    with pytest.raises(NotFoundError):
        publish_(run_id, actor=who)
    assert standing() == {}


def test_a_round_in_the_archive_and_a_run_without_a_plan_are_refused(db, ask, plan, publish_, mode):
    (noor,) = ask("Alice", "Noor", "Vera")
    run_id = plan({noor: 0})
    mode("both", state="archived")
    with pytest.raises(RoundClosed):
        publish_(run_id)
    mode("both", state="published")
    db.get(PlanRun, run_id).state = RunState.FAILED
    db.commit()
    with pytest.raises(NotPublishable):
        publish_(run_id)


def test_who_gets_no_time_is_told_once_and_by_hand_or_by_night(
    db, school, ask, plan, publish_, mails
):
    noor, (kim,) = ask("Alice", "Noor", "Vera", "Bart"), ask("Carol", "Kim", "Vera")
    publish_(plan({noor[0]: 0}))
    sent = mails()
    assert set(sent) == {"alice", "adam", "carol"}
    text = sent["alice"].get_body(("plain",)).get_content()
    assert text.index("De Vries") < text.index("geen tijd:") < text.index("Bakker")
    assert f"/rounds/{school.round_id}/asked" in text
    text = sent["carol"].get_body(("plain",)).get_content()
    assert ("De Vries" in text, "gepland" in text) == (True, False)
    assert list(sent["carol"].iter_attachments()) == []
    publish_by_itself(plan({}), now=NOW)  # nothing is new
    assert mails() == {}
    publish_(plan({kim: 3}))
    assert set(mails()) == {"carol"}


@pytest.mark.parametrize(("is_closed", "mails"), [(False, 0), (True, 2)])
def test_teachers_are_told_once_families_can_change_nothing(
    db, school, ask, plan, publish_, mode, is_closed, mails
):
    noor = ask("Alice", "Noor", "Vera", "Bart")
    run_id = plan({noor[0]: 0, noor[1]: 2})
    if is_closed:
        mode("both", closes_at=NOW, cancel_until=NOW)
    publish_(run_id)
    withdraw(school.actors["Sofie"], run_id, now=NOW)
    told = db.scalars(select(OutboxMessage).where(OutboxMessage.kind == "bookings.teacher_mail"))
    assert len(told.all()) == mails


def test_what_was_planned_at_a_time_that_the_round_no_longer_has_is_placed_elsewhere(
    db, school, ask, plan, publish_, standing
):
    (noor,) = ask("Alice", "Noor", "Vera")
    run_id = plan({noor: 12})
    slots = select(Slot).where(Slot.evening_id == school.evening_id)
    db.delete(db.scalars(slots.order_by(Slot.starts_at.desc())).first())
    db.execute(update(Round).values(times_key="other times"))
    db.commit()
    assert publish_(run_id) == Published(1, 0, 0)
    ((slot, origin),) = standing().values()
    assert (slot < 12, origin) == (True, "plan")
