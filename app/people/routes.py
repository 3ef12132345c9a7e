"""The pages on which the office finds people and reads what is known about them."""

from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core import clock
from app.core.access import OFFICE, Role, current_actor, requires
from app.core.errors import DomainError
from app.core.fields import clean
from app.core.i18n import local_day
from app.core.ids import id_of
from app.people import (
    asking_routes,
    booking_routes,
    change_routes,
    code_routes,
    search,
    service,
    times_routes,
)
from app.people.blueprint import blueprint
from app.people.guardian import load_guardian
from app.people.search import Care, PersonKind
from app.people.student import load_addresses, load_family
from app.people.teacher import load_teacher
from app.school import links
from app.school.branches import load_branches
from app.teaching.forms import LinkForm

__all__ = [
    "asking_routes",
    "blueprint",
    "booking_routes",
    "change_routes",
    "code_routes",
    "times_routes",
]

LONGEST_QUERY = 100


@blueprint.get("/people")
@requires(*OFFICE)
def people() -> ResponseReturnValue:
    """Search people, or show one of the lists; the URL holds all choices."""
    query = clean(request.args.get("q"))[:LONGEST_QUERY]
    care = request.args.get("list", type=Care)
    branch = request.args.get("branch", type=id_of)
    only = request.args.get("kind", type=PersonKind)
    page = request.args.get("page", 1, type=id_of)
    now = clock.now()
    today = local_day(now)
    may_see_mail = current_actor().has(Role.ADMINISTRATOR)
    if care and not query:
        groups = search.list_care(care, today=today, branch=branch, only=only, page=page)
    elif query or branch:
        groups = search.find(
            query, by_mail=may_see_mail, now=now, branch=branch, only=only, page=page
        )
    else:
        groups = ()
    return render_template(
        "people/people.html",
        query=query,
        care=care if not query else None,
        only=only,
        page=page,
        groups=groups,
        counts=search.count_care(today, branch),
        branch=branch,
        branches=load_branches(),
        by_mail=may_see_mail,
    )


@blueprint.get("/students/<int:student_id>")
@requires(*OFFICE)
def student(student_id: int) -> ResponseReturnValue:
    """Show everything about one student."""
    return render_template(
        "people/student.html", page=load_family(student_id, now=clock.now()), addresses=None
    )


@blueprint.post("/students/<int:student_id>/addresses")
@requires(Role.ADMINISTRATOR)
def addresses(student_id: int) -> ResponseReturnValue:
    """Show the student's page with mail addresses, and log who looked."""
    now = clock.now()
    service.note_addresses_seen(current_actor(), student_id, now=now)
    page = load_family(student_id, now=now)
    known = load_addresses(student_id)
    return render_template("people/student.html", page=page, addresses=known)


@blueprint.get("/guardians/<int:guardian_id>")
@requires(*OFFICE)
def guardian(guardian_id: int) -> ResponseReturnValue:
    """Redirect to the only child or, if merged, to the other guardian; else list the children."""
    page = load_guardian(guardian_id)
    if page.same_as_id:
        return redirect(url_for(".guardian", guardian_id=page.same_as_id), HTTPStatus.SEE_OTHER)
    if len(page.children) == 1:
        return redirect(url_for(".student", student_id=page.children[0].id), HTTPStatus.SEE_OTHER)
    return render_template("people/guardian.html", page=page)


@blueprint.get("/teachers/<int:teacher_id>")
@requires(*OFFICE)
def teacher(teacher_id: int) -> ResponseReturnValue:
    """Show a teacher's code and rounds."""
    page = load_teacher(teacher_id, now=clock.now())
    return render_template("people/teacher.html", page=page, form=LinkForm(link=page.link))


@blueprint.post("/teachers/<int:teacher_id>/link")
@requires(*OFFICE)
def change_link(teacher_id: int) -> ResponseReturnValue:
    """Save the link at which a teacher holds talks in some rounds."""
    page, form = load_teacher(teacher_id, now=clock.now()), LinkForm()
    if form.validate_on_submit():
        try:
            links.set_link(current_actor(), teacher_id, form.link.data or "", now=clock.now())
        except DomainError as refusal:
            form.link.errors = [refusal.message]
        else:
            flash(_("The link is saved.") if form.link.data else _("There is no link now."))
            return redirect(url_for(".teacher", teacher_id=teacher_id), HTTPStatus.SEE_OTHER)
    text = render_template("people/teacher.html", page=page, form=form)
    return text, HTTPStatus.UNPROCESSABLE_ENTITY
