"""Every page in every state, by name: what to do to see it. A scene gets a fresh visitor."""

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from app.core import clock
from tests.e2e import imported


class Scene(NamedTuple):
    """Who comes, and what there is to do and to see."""

    visitor: str | None
    show: Callable


SCENES: dict[str, Scene] = {}


def scene(visitor=None):
    def register(show):
        SCENES[show.__name__.replace("_", "-")] = Scene(visitor, show)
        return show

    return register


def box(stage, page, student, teacher, slot):
    """The visible box of a time: of the list or of the table, by the width of the window."""
    value = stage.cell(student, teacher, slot)
    return page.locator(f"#table :is(.times, td) input[value='{value}']").locator("visible=true")


def _send(page, until=".outcome, .notice, .error"):
    page.locator("#book").click()
    page.locator(f"#messages :is({until})").wait_for()


# Before signing in


@scene()
def sign_in(stage, page):
    page.goto("/sign-in")


@scene("Alice")
def sign_in_signed_in(stage, page):
    page.goto("/sign-in")


@scene()
def sign_in_error(stage, page):
    page.goto("/sign-in")
    page.locator("main button").click()
    page.locator(".error").wait_for()


@scene()
def sign_in_code(stage, page):
    page.goto("/sign-in/code")


@scene()
def sign_in_code_error(stage, page):
    page.goto("/sign-in/code")
    page.locator("input.code").fill("AAAA-AAAA")
    page.locator("main button").click()
    page.locator(".error").wait_for()


@scene()
def sign_in_password_error(stage, page):
    page.goto("/sign-in/password")
    page.locator("[type=email]").fill("alice@family.example")
    page.locator("[type=password]").fill("not the password")
    page.locator("main button").click()
    page.locator(".error").wait_for()


@scene()
def choose_password_error(stage, page):
    page.goto(stage.invitation("Vera"))
    page.locator("[type=password]").fill("short")
    page.locator("main button").click()
    page.locator(".error").wait_for()


@scene()
def link_gone(stage, page):
    page.goto("/sign-in/link/of-last-year")


@scene()
def link_of_another_browser(stage, page):
    page.goto(stage.link_of_another_browser("alice@family.example"))


@scene()
def not_found(stage, page):
    page.goto("/nowhere")


# The table


@scene("Alice")
def table_empty(stage, page):
    page.goto(stage.table("Noor"))


@scene("Alice")
def table_with_the_next_child(stage, page):
    stage.book("Alice", "Noor", ("Vera", 0))
    page.goto(stage.table("Noor"))
    page.locator("#next").wait_for()


@scene("Alice")
def table_chosen(stage, page):
    """Two times chosen, one of them too near to a talk of the brother."""
    stage.book("Alice", "Sem", ("Vera", 0))
    page.goto(stage.table("Noor"))
    box(stage, page, "Noor", "Kader", 6).check()
    box(stage, page, "Noor", "Bart", 1).check()


@scene("Alice")
def table_booked(stage, page):
    """Every state of a time at once, just after booking."""
    stage.book("Carol", "Kim", ("Vera", 1), ("Bart", 5))
    stage.book("Alice", "Sem", ("Vera", 4))
    page.goto(stage.table("Noor"))
    box(stage, page, "Noor", "Bart", 0).check()
    _send(page)
    for rest in page.locator("#as-list details.rest > summary").locator("visible=true").all():
        rest.click()


@scene("Alice")
def table_conflict(stage, page):
    page.goto(stage.table("Noor"))
    box(stage, page, "Noor", "Vera", 0).check()
    box(stage, page, "Noor", "Bart", 2).check()
    stage.book("Carol", "Kim", ("Vera", 0))
    _send(page)


@scene("Alice")
def table_gone(stage, page):
    """One of the chosen teachers was withdrawn since the page came."""
    page.goto(stage.table("Noor"))
    box(stage, page, "Noor", "Kader", 0).check()
    box(stage, page, "Noor", "Bart", 2).check()
    stage.withdraw("Noor", "Kader")
    _send(page)


@scene("Alice")
def table_error(stage, page):
    """A choice that cannot be: it was closed a second ago."""
    page.goto(stage.table("Noor"))
    box(stage, page, "Noor", "Vera", 0).check()
    stage.change_round(closes_at=clock.now())
    _send(page)


@scene("Alice")
def table_announced(stage, page):
    stage.change_round(opens_at=clock.now() + timedelta(hours=2))
    page.goto(stage.table("Noor"))
    page.locator("#opens .number").wait_for()


@scene("Alice")
def table_closed(stage, page):
    stage.book("Alice", "Noor", ("Vera", 0))
    stage.change_round(closes_at=clock.now())
    page.goto(stage.table("Noor"))


@scene("Alice")
def table_full(stage, page):
    """All is chosen that this child may have."""
    stage.book("Alice", "Noor", ("Vera", 0), ("Bart", 3))
    page.goto(stage.table("Noor"))


@scene("Alice")
def table_without_a_free_time(stage, page):
    """The card of a teacher who is away leads to asking for a talk."""
    stage.change_round(mode="both")
    stage.stay_away("Vera")
    page.goto(f"{stage.table('Noor')}?view=list")
    page.locator(".full a").wait_for()


@scene("Alice")
def table_moving(stage, page):
    (talk,) = stage.book("Alice", "Noor", ("Vera", 4))
    stage.book("Alice", "Sem", ("Bart", 0))
    page.goto(f"{stage.table('Noor')}?move={talk}")


@scene("Alice")
def table_cancelling(stage, page):
    (talk,) = stage.book("Alice", "Noor", ("Vera", 4))
    page.goto(stage.table("Noor"))
    page.locator(f"[popovertarget=cancel-{talk}]").locator("visible=true").first.click()
    page.locator(f"#cancel-{talk}").wait_for()


@scene("Alice")
def table_as_list(stage, page):
    stage.book("Carol", "Kim", ("Vera", 1))
    page.goto(f"{stage.table('Noor')}?view=list")
    page.locator("details.about > summary").click()


@scene("Alice")
def table_as_table(stage, page):
    stage.book("Carol", "Kim", ("Vera", 1))
    stage.book("Alice", "Noor", ("Bart", 3))
    page.goto(f"{stage.table('Noor')}?view=table")
    page.locator("details.strip > summary").click()


@scene("Noor")
def table_of_a_student(stage, page):
    page.goto(stage.table("Noor", by_student=True))


# The other pages of a family


@scene("Alice")
def overview_empty(stage, page):
    page.goto("/talks")


@scene("Alice")
def overview_with_times_that_wait(stage, page):
    page.goto(stage.table("Noor"))
    box(stage, page, "Noor", "Vera", 0).check(force=True)
    page.goto("/talks")
    page.locator(".notice[data-child]").locator("visible=true").wait_for()


@scene("Alice")
def overview(stage, page):
    (talk, _) = stage.book("Alice", "Noor", ("Vera", 0), ("Bart", 3))
    stage.book("Alice", "Sem", ("Kader", 5))
    stage.remark("Alice", talk, "Hij leest thuis niet meer.\nWat kunnen wij doen?")
    page.goto("/talks")


@scene("Alice")
def calendar_none(stage, page):
    page.goto("/talks/calendar")


@scene("Alice")
def calendar(stage, page):
    page.goto("/talks/calendar")
    page.locator("main button").click()
    page.locator("#address").wait_for()
    page.locator("main summary").click()


@scene("Alice")
def log(stage, page):
    stage.book("Alice", "Noor", ("Vera", 0), ("Bart", 3))
    page.goto("/talks/log")


@scene("Alice")
def cancel(stage, page):
    (talk,) = stage.book("Alice", "Noor", ("Vera", 4))
    page.goto(f"/talks/{talk}/cancel")


@scene("Alice")
def ask_whom_error(stage, page):
    """More than the maximum is asked for one of two children."""
    stage.change_round(mode="both", long_talks=True, max_per_child=1)
    page.goto(f"/rounds/{stage.school.round_id}/ask")
    for box in page.locator("fieldset").first.locator("[name^=ask]").all()[:2]:
        box.check()
    page.locator("main form .button").click()
    page.locator(".error").wait_for()


@scene("Alice")
def ask_when(stage, page):
    stage.change_round(mode="requests", office_remarks=True)
    page.goto(f"/rounds/{stage.school.round_id}/ask/when")
    page.locator("[name=away]").nth(1).check()


@scene("Alice")
def asked(stage, page):
    stage.change_round(mode="requests")
    page.goto(f"/rounds/{stage.school.round_id}/ask")
    for box in page.locator("[name^=ask]").all()[:2]:
        box.check()
    page.locator("main form .button").click()
    page.locator("[name=away]").nth(1).check()
    page.locator("main form .button").click()
    page.locator(".asked").first.wait_for()


@scene("Alice")
def table_with_requests(stage, page):
    stage.change_round(mode="both")
    stage.ask("Alice", "Noor", "Vera", "Bart")
    page.goto(f"{stage.table('Noor')}?view=list")
    page.locator(".ask").wait_for()


@scene("Alice")
def overview_asked_and_closed(stage, page):
    stage.change_round(mode="requests")
    stage.ask("Alice", "Noor", "Vera", "Bart")
    stage.change_round(closes_at=clock.now())
    page.goto("/talks")


@scene("Alice")
def asked_without_a_time(stage, page):
    """A plan was published, and left a talk without a time; the teacher has some by now."""
    stage.change_round(mode="requests")
    stage.ask("Alice", "Noor", "Vera")
    stage.stay_away("Vera")
    stage.plan(publishes=True)
    stage.come_back("Vera")
    page.goto(f"/rounds/{stage.school.round_id}/asked")
    page.locator(".no-time").wait_for()


@scene("Alice")
def overview_planned(stage, page):
    stage.change_round(mode="requests")
    stage.ask("Alice", "Noor", "Vera", "Bart")
    stage.plan(publishes=True)
    page.goto("/talks")
    page.locator(".talk").first.wait_for()


@scene("Alice")
def overview_asking(stage, page):
    stage.change_round(mode="both")
    page.goto("/talks")


@scene("Alice")
def switch(stage, page):
    """A round with all ways to meet, in the overview and on the page of one talk."""
    stage.change_round(modalities="site,teams,meet,own_link,phone")
    (talk,) = stage.book("Alice", "Noor", ("Vera", 4))
    page.goto("/talks")
    page.locator(f"a[href$='/talks/{talk}/where']").click()
    page.locator("[name=modality]").first.wait_for()


@scene("Alice")
def switch_error(stage, page):
    stage.change_round(modalities="site,teams")
    (talk,) = stage.book("Alice", "Noor", ("Vera", 4))
    page.goto(f"/talks/{talk}/where")
    page.locator("[value=teams]").check()
    stage.change_round(modalities="site,phone")
    page.locator("main button").click()
    page.locator(".error").wait_for()


@scene("Alice")
def table_by_phone(stage, page):
    stage.change_round(modalities="phone,site")
    stage.book("Alice", "Noor", ("Vera", 4))
    page.goto(stage.table("Noor"))
    page.locator(".strip > summary").first.click()


@scene("Alice")
def overview_online(stage, page):
    stage.change_round(modalities="teams")
    stage.book("Alice", "Noor", ("Vera", 4))
    page.goto("/talks")


@scene("Alice")
def remark_error(stage, page):
    (talk,) = stage.book("Alice", "Noor", ("Vera", 4))
    page.goto(f"/talks/{talk}/remark")
    page.locator("textarea").evaluate(
        "it => { it.removeAttribute('maxlength'); it.value = 'a'.repeat(501) }"
    )
    page.locator("main button").click()
    page.locator(".error").wait_for()


@scene("Alice")
def account_error(stage, page):
    page.goto("/account")
    page.locator("#password").fill("short")
    page.locator("main form:has(#password) button").click()
    page.locator(".error").wait_for()


@scene("Noor")
def account_of_age(stage, page):
    stage.grow_up("Noor")
    page.goto("/account")
    page.locator("[name=lets_in]").check()
    page.locator("main form:has([name=lets_in]) button").click()
    page.locator(".notice").wait_for()


@scene("Alice")
def overview_of_a_child_of_age(stage, page):
    stage.grow_up("Noor")
    page.goto("/talks")


@scene("Alice")
def menu(stage, page):
    page.goto("/talks/log")
    page.locator(".person").click()
    page.locator("#person").wait_for()


@scene("Alice")
def session_ending(stage, page):
    page.goto("/account")
    page.locator("#ending").evaluate("it => it.showModal()")


# What the office prints, and the log


def _booked(stage):
    stage.book("Alice", "Noor", ("Vera", 0), ("Bart", 3))
    stage.book("Bob", "Tim", ("Vera", 5))
    stage.book("Bea", "Tim", ("Vera", 7))


def _prints(stage, page, kind):
    page.goto(f"/office/rounds/{stage.school.round_id}/prints?kind={kind}")


@scene("Anna")
def prints_empty(stage, page):
    _prints(stage, page, "doors")


@scene("Anna")
def prints_doors(stage, page):
    _booked(stage)
    _prints(stage, page, "doors")


@scene("Anna")
def prints_tables(stage, page):
    _booked(stage)
    _prints(stage, page, "tables")


@scene("Anna")
def prints_families(stage, page):
    _booked(stage)
    _prints(stage, page, "families")


@scene("Anna")
def prints_evening(stage, page):
    _booked(stage)
    _prints(stage, page, "evening")


@scene("Anna")
def pack(stage, page):
    page.goto(f"/office/rounds/{stage.school.round_id}/evenings/{stage.school.evening_id}/pack")


@scene("Anna")
def office_log(stage, page):
    _booked(stage)
    page.goto("/office/log")


@scene("Anna")
def office_log_empty(stage, page):
    page.goto("/office/log?person=nobody")


@scene("Anna")
def calendars_empty(stage, page):
    page.goto("/office/calendars")


@scene("Anna")
def calendars_hanging(stage, page):
    stage.change_round(modalities="teams")
    refused, _linkless = stage.book("Alice", "Noor", ("Vera", 4), ("Bart", 6))
    stage.hang(refused)
    page.goto("/office/calendars")


@scene("Sofie")
def calendars_of_a_scheduler(stage, page):
    (refused,) = stage.book("Alice", "Noor", ("Vera", 4))
    stage.hang(refused)
    page.goto("/office/calendars")


@scene("Anna")
def calendar_of_a_teacher_error(stage, page):
    page.goto(f"/office/calendars/teachers/{stage.school.teachers['Vera']}")
    page.locator("[name=account]").fill("vera at school")
    page.locator("main button").first.click()
    page.locator(".error").wait_for()


# Staff


@scene("Bart")
def teaching(stage, page):
    (talk,) = stage.book("Carol", "Kim", ("Bart", 1))
    stage.remark("Carol", talk, "Kim droomt weg.")
    stage.book("Bart", "Lot", ("Vera", 2))
    page.goto("/teaching")


@scene("Vera")
def teaching_blocked(stage, page):
    """Blocked times are named; the evening of the other round is folded."""
    page.goto("/teaching")
    page.locator("[name=slots]").first.check()
    page.locator("button[value=block]").first.click()
    page.locator(".change-told").wait_for()


@scene("Bart")
def teaching_board(stage, page):
    page.goto("/teaching/board")
    page.locator("main button[value=make]").click()
    page.locator("#address").wait_for()


@scene("Bart")
def board(stage, page):
    stage.book("Carol", "Kim", ("Bart", 1))
    teaching_board(stage, page)
    page.goto(page.locator("#address").input_value().partition("/board")[2].join(("/board", "")))
    page.locator("table").wait_for()


@scene("Bart")
def teaching_calendar(stage, page):
    page.goto("/teaching/calendar")
    page.locator("main button").click()
    page.locator("#address").wait_for()


@scene("Anna")
def rounds(stage, page):
    stage.book("Carol", "Kim", ("Bart", 1))
    page.goto("/office/rounds")


def _round(stage, page=""):
    return f"/office/rounds/{stage.school.round_id}{page}"


@scene("Anna")
def round_open(stage, page):
    page.goto(_round(stage))


@scene("Anna")
def round_check(stage, page):
    """Teachers were asked to check, and none did yet."""
    stage.change_round(state="draft", opens_at=clock.now() + timedelta(days=2))
    page.goto(_round(stage))
    page.locator("[value=check]").click()
    page.locator(".told").wait_for()
    page.locator("details > summary").click()


@scene("Anna")
def round_new_error(stage, page):
    """An evening that ends before it begins, with half a break, and much left empty."""
    page.goto("/office/rounds/new")
    page.locator("#evenings-0-end").fill("17:00")
    page.locator("#evenings-0-end-error").wait_for()
    page.locator("#add-evening").click()
    page.locator("#evenings-1-end").fill("20:00")
    page.locator("#evenings-1-times .drawn").wait_for()
    page.locator("[value=save]").click()
    page.locator("#faults").wait_for()


@scene("Anna")
def round_new_of_two_branches(stage, page):
    """One of two branches is ticked; the other has classes and departments of the same names."""
    stage.open_second_branch()
    page.goto("/office/rounds/new")
    page.locator("[name=branches]").last.check()


@scene("Anna")
def round_settings(stage, page):
    page.goto(_round(stage, "/settings"))
    page.locator("#rooms > summary").click()


@scene("Anna")
def round_conflicts(stage, page):
    """Two talks in the way of a later beginning."""
    stage.book("Carol", "Kim", ("Bart", 1))
    stage.book("Alice", "Noor", ("Vera", 0))
    page.goto(_round(stage, "/settings"))
    page.locator("#evenings-0-first_start").fill("19:00")
    page.locator("[value=save]").click()
    page.locator(".conflicts").wait_for()


@scene("Anna")
def round_conflicts_of_teacher_and_room(stage, page):
    """By another week a student has another teacher, and two teachers share a room for one talk."""
    stage.book("Carol", "Kim", ("Bart", 1))
    stage.book("Alice", "Noor", ("Vera", 1), ("Kader", 3))
    page.goto(_round(stage, "/settings"))
    page.locator("#reference_week").fill("2019-W10")
    page.locator("#rooms > summary").click()
    for name in ("Vera", "Bart"):
        page.locator(f"#room-{stage.school.teachers[name]}").fill("Aula")
        page.locator(f"[name=alone-{stage.school.teachers[name]}]").check()
    page.locator("[value=save]").click()
    page.locator(".conflicts").wait_for()


@scene("Anna")
def round_conflicts_of_modality(stage, page):
    """A round goes online: one of its talks also loses its time."""
    stage.book("Carol", "Kim", ("Bart", 1))
    stage.book("Alice", "Noor", ("Vera", 5))
    page.goto(_round(stage, "/settings"))
    page.locator("[name=modality][value=teams]").check()
    page.locator("#evenings-0-first_start").fill("19:00")
    page.locator("[value=save]").click()
    page.locator(".conflicts").wait_for()


@scene("Anna")
def round_copy(stage, page):
    page.goto(_round(stage, "/copy"))
    page.locator("main form button").click()
    page.locator(".error").wait_for()


# The office's desk for families


@scene("Anna")
def teacher_link_error(stage, page):
    page.goto(f"/office/teachers/{stage.school.teachers['Vera']}")
    page.locator("#link").fill("vera")
    page.locator("#own-link button").click()
    page.locator(".error").wait_for()


@scene("Vera")
def teaching_with_own_link(stage, page):
    stage.change_round(modalities="own_link,site")
    stage.book("Alice", "Noor", ("Vera", 0))
    page.goto("/teaching")
    page.locator("#own-link").wait_for()


@scene("Anna")
def people(stage, page):
    page.goto("/office/people")


@scene("Anna")
def people_empty(stage, page):
    page.goto("/office/people?q=xyz")


@scene("Anna")
def people_of_age(stage, page):
    page.goto("/office/people?list=of-age")


@scene("Sofie")
def people_of_two_branches(stage, page):
    stage.open_second_branch()
    page.goto("/office/people?q=h2a")


@scene("Sofie")
def people_found(stage, page):
    page.goto("/office/people?q=ba")


@scene("Anna")
def family(stage, page):
    stage.book("Bob", "Tim", ("Vera", 0))
    stage.book("Bea", "Tim", ("Bart", 3))
    page.goto(f"/office/students/{stage.school.students['Tim']}")


@scene("Anna")
def desk(stage, page):
    stage.book("Carol", "Kim", ("Vera", 1), ("Bart", 5))
    stage.book("Alice", "Sem", ("Kader", 4))
    stage.book("Alice", "Noor", ("Vera", 0))
    page.goto(stage.desk("Noor"))


@scene("Anna")
def desk_beyond_maximum(stage, page):
    stage.book("Alice", "Noor", ("Vera", 0), ("Bart", 3))
    page.goto(stage.desk("Noor"))
    page.locator(f"input[value='{stage.cell('Noor', 'Kader', 6)}']").check()
    page.locator("main form button").click()
    page.locator(".error").wait_for()


@scene("Anna")
def desk_moving(stage, page):
    (talk,) = stage.book("Alice", "Noor", ("Vera", 4))
    page.goto(f"{stage.desk('Noor')}?move={talk}")


@scene("Anna")
def desk_cancel_error(stage, page):
    (talk,) = stage.book("Alice", "Noor", ("Vera", 4))
    page.goto(f"/office/talks/{talk}/cancel")
    page.locator("main form button").click()
    page.locator(".error").wait_for()


@scene("Anna")
def desk_switch_error(stage, page):
    stage.change_round(modalities="site,teams,phone")
    (talk,) = stage.book("Alice", "Noor", ("Vera", 4))
    page.goto(f"/office/talks/{talk}/where")
    page.locator("main form button").click()
    page.locator(".error").wait_for()


@scene("Anna")
def plans(stage, page):
    stage.change_round(mode="both")
    stage.ask("Alice", "Noor", "Vera", "Bart")
    stage.plan()
    page.goto(f"/office/rounds/{stage.school.round_id}/plans")


@scene("Anna")
def plan_being_made(stage, page):
    stage.change_round(mode="both")
    stage.ask("Alice", "Noor", "Vera")
    page.goto(f"/office/plans/{stage.plan(ends=False)}")
    page.locator("#progress").wait_for()


@scene("Anna")
def plan_to_publish(stage, page):
    stage.change_round(mode="both")
    stage.book("Carol", "Kim", ("Bart", 4))
    stage.ask("Alice", "Noor", "Vera", "Bart")
    stage.ask("Carol", "Kim", "Vera")
    stage.stay_away("Bart")
    page.goto(f"/office/plans/{stage.plan()}")
    page.locator("#left").wait_for()


@scene("Anna")
def planning_error(stage, page):
    stage.change_round(mode="both")
    page.goto(f"/office/rounds/{stage.school.round_id}/plans/settings")
    page.locator("#run").fill("99")
    page.locator("main form .button").first.click()
    page.locator(".error").wait_for()


@scene("Anna")
def requests_of_families(stage, page):
    stage.change_round(mode="both", office_remarks=True, long_talks=True)
    stage.ask("Alice", "Noor", "Vera", "Bart", remark="Graag na zeven uur", to_teacher="over lezen")
    stage.ask("Bob", "Tim", "Vera")
    stage.ask("Bea", "Tim", "Vera")
    stage.withdraw("Noor", "Bart")
    page.goto(f"/office/rounds/{stage.school.round_id}/requests")
    page.locator("summary").click()


@scene("Anna")
def student_of_office_asked_for(stage, page):
    """One parent asks, with a remark; the other, who comes apart, needs no talk."""
    stage.change_round(mode="both")
    stage.ask("Bob", "Tim", "Vera", "Bart", to_teacher="over lezen")
    stage.ask("Bea", "Tim", none_needed=True)
    page.goto(f"/office/students/{stage.school.students['Tim']}")


@scene("Anna")
def round_with_a_lost_request(stage, page):
    stage.change_round(mode="requests")
    stage.ask("Alice", "Noor", "Vera", "Bart")
    stage.withdraw("Noor", "Bart")
    page.goto(_round(stage))
    page.locator("a[href$='#hindered']").wait_for()


@scene("Anna")
def round_mode_error(stage, page):
    """Families wait for talks they asked for, and could only choose times from now on."""
    stage.change_round(mode="both")
    stage.ask("Alice", "Noor", "Vera")
    page.goto(f"{_round(stage)}/settings")
    page.locator("[name=mode][value=times]").check()
    page.locator("[value=save]").click()
    page.locator("#mode-error").wait_for()


@scene("Anna")
def rounds_with_requests(stage, page):
    stage.change_round(mode="requests")
    stage.ask("Alice", "Noor", "Vera")
    page.goto("/office/rounds")


@scene("Anna")
def times_of_a_family_error(stage, page):
    stage.change_round(mode="both")
    stage.ask("Alice", "Noor", "Vera", away=True)
    page.goto(
        f"/office/students/{stage.school.students['Noor']}/rounds/{stage.school.round_id}/times"
    )
    page.locator("[name=forbidden]").first.check()
    page.locator("main form .button").first.click()
    page.locator(".error").wait_for()


@scene("Anna")
def ask_for_a_family_error(stage, page):
    stage.change_round(mode="both", max_per_child=1, long_talks=True)
    noor = stage.school.students["Noor"]
    page.goto(f"/office/students/{noor}")
    page.locator("main a[href*='/ask']").first.click()
    for box in page.locator("[name^=ask]").all():
        box.check()
    page.locator("main form .button").first.click()
    page.locator(".error").wait_for()


@scene("Alice")
def ask_instead(stage, page):
    stage.change_round(mode="both")
    (talk,) = stage.book("Alice", "Noor", ("Vera", 4))
    page.goto("/talks")
    page.locator(f"a[href$='/talks/{talk}/ask-instead']").click()
    page.locator("main form").wait_for()


@scene("Vera")
def teaching_with_requests(stage, page):
    stage.change_round(mode="both")
    stage.ask("Alice", "Noor", "Vera")
    page.goto("/teaching")


@scene("Anna")
def set_apart(stage, page):
    stage.book("Adam", "Noor", ("Vera", 4))
    page.goto(f"/office/students/{stage.school.students['Noor']}/apart")


@scene("Anna")
def remove_preview(stage, page):
    stage.book("Carol", "Kim", ("Bart", 1))
    stage.book("Bart", "Lot", ("Vera", 2))
    page.goto(f"/office/people/{stage.school.people['Bart']}/remove")
    page.locator("summary").click()


@scene("Anna")
def code_to_hand_out(stage, page):
    page.goto(f"/office/people/{stage.school.people['Alice']}/code")


@scene("Anna")
def code_handed_out(stage, page):
    page.goto(f"/office/people/{stage.school.people['Alice']}/code")
    page.locator("input[name=reason]").fill("Geen mail.")
    page.locator("main form button").click()


@scene()
def office_code(stage, page):
    page.goto("/sign-in/school-code")


@scene("Anna")
def teacher_of_office(stage, page):
    page.goto(f"/office/teachers/{stage.school.teachers['Bart']}")


@scene("Anna")
def joining_nobody(stage, page):
    page.goto(f"/office/teachers/{stage.school.teachers['Vera']}/join")


@scene("Anna")
def parting(stage, page):
    """A teacher who is a parent: what would go with whom."""
    stage.book("Bart", "Lot", ("Vera", 2))
    stage.book("Carol", "Kim", ("Bart", 4))
    page.goto(f"/office/teachers/{stage.school.teachers['Bart']}/part")


@scene("Anna")
def merging(stage, page):
    """Two entries that could be one person, with talks at the same time."""
    stage.same_mail("Carol", "Alice")
    stage.book("Alice", "Noor", ("Vera", 0))
    stage.book("Carol", "Kim", ("Bart", 0))
    page.goto(f"/office/guardians/{stage.school.actors['Alice'].guardian_id}/merge")
    page.locator("main form button").click()
    page.locator(".error").first.wait_for()


@scene("Anna")
def merging_nobody(stage, page):
    page.goto(f"/office/guardians/{stage.school.actors['Bob'].guardian_id}/merge")


@scene("Anna")
def merged(stage, page):
    stage.merge("Alice", "Carol")
    page.goto(f"/office/guardians/{stage.school.actors['Alice'].guardian_id}/merge")


@scene("Anna")
def splitting(stage, page):
    stage.book("Carol", "Kim", ("Bart", 0))
    stage.merge("Alice", "Carol")
    page.goto(f"/office/guardians/{stage.school.actors['Carol'].guardian_id}/split")


@scene("Anna")
def closing_a_child(stage, page):
    stage.book("Adam", "Noor", ("Vera", 4))
    adam = stage.school.actors["Adam"].guardian_id
    page.goto(f"/office/students/{stage.school.students['Noor']}/guardians/{adam}")


@scene("Anna")
def another_number(stage, page):
    page.goto(f"/office/students/{stage.school.students['Kim']}/number")
    page.locator("main form button").click()
    page.locator(".error").first.wait_for()


# An evening of a round, and talks that are called off


def _evening(stage, query=""):
    return f"/office/rounds/{stage.school.round_id}/evening{query}"


def _sits(stage):
    """Talks, a full half hour, and a teacher who sits elsewhere as a parent."""
    stage.book("Carol", "Kim", ("Bart", 1), ("Kader", 4))
    stage.book("Alice", "Noor", ("Vera", 0), ("Kader", 1))
    stage.book("Bart", "Lot", ("Vera", 2))


def _left(stage):
    """Talks of a teacher who left."""
    _sits(stage)
    stage.leave("Vera")


@scene("Anna")
def evening(stage, page):
    """The matrix, with a row that is open."""
    _sits(stage)
    page.goto(_evening(stage))
    page.locator(".matrix summary").first.click()


@scene("Anna")
def evening_picked(stage, page):
    """Cells chosen by keys, and the form below; a phone has the form alone."""
    _sits(stage)
    page.goto(_evening(stage, f"?block={stage.school.teachers['Vera']}"))
    cell = page.locator("[data-cell]").first
    if cell.is_visible():
        cell.focus()
        page.keyboard.press("Space")
        page.keyboard.press("Shift+ArrowRight")
        page.locator("#picked").wait_for()


@scene("Anna")
def evening_of_two_branches(stage, page):
    """The class of one branch, as the filters name it."""
    home_class = stage.open_second_branch().classes["Zuid"]
    _sits(stage)
    page.goto(_evening(stage, f"?home_class={home_class}"))


@scene("Anna")
def evening_nobody(stage, page):
    page.goto(_evening(stage, "?teacher=nobody"))


@scene("Anna")
def talks_in_the_way(stage, page):
    _sits(stage)
    page.goto(_evening(stage, f"?block={stage.school.teachers['Vera']}"))
    page.locator("#change button[value=block]").click()
    page.locator("[name=agreed]").first.wait_for(state="attached")


@scene("Anna")
def talks_in_the_way_error(stage, page):
    """A reason that is too long, as a browser without our check of lengths would send it."""
    talks_in_the_way(stage, page)
    reason = page.locator("[name=reason]")
    reason.evaluate("(field, text) => { field.value = text }", "Voorlichting.\n" * 40)
    page.locator("button[value=call_off]").click()
    page.locator(".error").wait_for()


@scene("Anna")
def teacher_absent(stage, page):
    _sits(stage)
    teacher, evening_id = stage.school.teachers["Vera"], stage.school.evening_id
    page.goto(
        f"/office/rounds/{stage.school.round_id}/absent?teacher={teacher}&evening={evening_id}"
    )


@scene("Anna")
def evening_left(stage, page):
    """Families expect a teacher who left; the row is open."""
    _left(stage)
    page.goto(_evening(stage))
    page.locator(".matrix summary").filter(has=page.locator(".mark")).click()


@scene("Anna")
def teacher_left(stage, page):
    _left(stage)
    page.goto(f"/office/teachers/{stage.school.teachers['Vera']}")


@scene("Anna")
def teacher_left_called_off(stage, page):
    """All talks in one go, before it is done."""
    teacher_left(stage, page)
    page.locator("main .button").click()
    page.locator("[name=agreed]").first.wait_for(state="attached")


@scene("Anna")
def teacher_absent_who(stage, page):
    page.goto(f"/office/rounds/{stage.school.round_id}/absent")


@scene("Anna")
def talks_list(stage, page):
    _sits(stage)
    page.goto(f"/office/rounds/{stage.school.round_id}/talks")


@scene("Anna")
def without_a_talk(stage, page):
    _sits(stage)
    page.goto(f"/office/rounds/{stage.school.round_id}/silent")


@scene("Anna")
def called_off(stage, page):
    talks = stage.book("Alice", "Noor", ("Vera", 0), ("Bart", 3))
    stage.call_off(*talks, reason="De docent is die avond niet op school.")
    page.goto(f"/office/rounds/{stage.school.round_id}/unanswered")


@scene("Alice")
def alternatives(stage, page):
    (talk,) = stage.book("Alice", "Noor", ("Vera", 0))
    stage.call_off(talk, reason="Mevrouw De Vries is er die avond niet.")
    page.goto(f"/talks/{talk}/alternatives")


@scene("Noor")
def alternatives_of_student(stage, page):
    """In a round that is open to students; answered before."""
    stage.change_round(open_to="both")
    (talk,) = stage.book("Alice", "Noor", ("Vera", 0))
    stage.call_off(talk)
    page.goto(f"/talks/{talk}/alternatives")
    page.locator("[name=none]").click()
    page.goto(f"/talks/{talk}/alternatives")
    page.locator("[role=status]").first.wait_for()


@scene("Alice")
def overview_called_off(stage, page):
    (talk,) = stage.book("Alice", "Noor", ("Vera", 0))
    stage.call_off(talk)
    page.goto("/talks")


@scene("Vera")
def teaching_check_later(stage, page):
    """A round under way, and below it one whose times are to be looked at."""
    stage.change_round(round_id=stage.school.student_round_id, state="check")
    page.goto("/teaching")
    page.locator(".head + .check a").wait_for()


@scene("Vera")
def teaching_check(stage, page):
    """A round before its teachers: times to look at, to block, and to find right."""
    stage.change_round(state="check")
    page.goto("/teaching")
    page.locator(".own-times summary").first.click()


# What to check after an import, and the runs


@scene("Anna")
def to_check_empty(stage, page):
    page.goto("/office/review")


@scene("Anna")
def to_check_all_kinds(stage, page):
    imported.everything(stage)
    page.goto("/office/review")
    page.locator("details > summary").click()


@scene("Sofie")
def to_check_settled(stage, page):
    """All of a kind and one of another are ticked off; the message stands where the latter was."""
    imported.record(stage, imported.ACCEPTED)
    imported.students(stage, imported.LONG, "Sanne Ben Ali")
    imported.guardians(stage, imported.ARABIC, imported.LONG, "Jo Smit")
    page.goto("/office/review")
    page.locator("#no-guardian [name=every]").click()
    page.locator("#told").wait_for()
    page.locator("#no-address [name=subject]").first.click()
    page.locator("#no-address #told").wait_for()
    page.locator(".settled > summary").first.click()


@scene("Anna")
def imports_none(stage, page):
    page.goto("/office/imports")


@scene("Sofie")
def imports(stage, page):
    for days, report in enumerate((imported.STOPPED, imported.PARTIAL, imported.ACCEPTED)):
        imported.record(stage, report, days_ago=3 - days)
    page.goto("/office/imports")


def _run(stage, page, report):
    page.goto(f"/office/imports/{imported.record(stage, report)}")
    for summary in page.locator("details:not([open]) > summary").all():
        summary.click()


@scene("Anna")
def import_run_accepted(stage, page):
    """With the names of who came, changed and went."""
    _run(stage, page, imported.ACCEPTED)


@scene("Sofie")
def import_run_partial(stage, page):
    _run(stage, page, imported.PARTIAL)


@scene("Anna")
def import_run_stopped(stage, page):
    """One of the stops is said to be right."""
    _run(stage, page, imported.STOPPED)
    page.locator("#stops button").last.click()
    page.locator(".agreed").wait_for()
