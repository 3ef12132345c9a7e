"""The administrator's changes to a family; each page first shows the consequences."""

from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import Field

from app.core import clock
from app.core.access import Role, current_actor, requires
from app.core.errors import DomainError, NotFoundError, found
from app.core.fields import clean
from app.core.i18n import local_day
from app.people import joining, merging, parting, removal, renumbering, service, splitting
from app.people.blueprint import blueprint
from app.people.forms import DecisionForm, JoinForm, MergeForm, NumberForm, ReasonForm
from app.people.student import load_guardians, load_siblings, load_student

View = Callable[..., ResponseReturnValue]


def _once(endpoint: str, *names: str) -> Callable[[View], View]:
    """Turn a NotFoundError on POST into a message and a redirect: the form was sent twice.

    ``names`` are the ids in the URL of the page to redirect to.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def once(**ids: Any) -> ResponseReturnValue:
            try:
                return view(**ids)
            except NotFoundError:
                if request.method != "POST":
                    raise
            flash(_("This was done already, or it has changed meanwhile."))
            return redirect(
                url_for(endpoint, **{name: ids[name] for name in names}), HTTPStatus.SEE_OTHER
            )

        return once

    return decorate


@blueprint.route("/students/<int:student_id>/apart", methods=["GET", "POST"])
@requires(Role.ADMINISTRATOR)
def apart(student_id: int) -> ResponseReturnValue:
    """Set a student's guardians apart, or put them together again."""
    now, form = clock.now(), DecisionForm()
    student = load_student(student_id)

    def page() -> Mapping[str, Any]:
        guardians = load_guardians(student_id, today=local_day(now))
        return {
            "student": student,
            "guardians": guardians,
            "siblings": load_siblings(student_id, [guardian.id for guardian in guardians]),
            "follows": service.rehearse_apart(student_id, apart=not student.apart, now=now),
        }

    return _decide(
        form,
        lambda **how: service.set_apart(
            current_actor(), student_id, apart=form.shall_be, now=now, **how
        ),
        _("From now on the parents come apart.")
        if form.shall_be
        else _("The parents come together again."),
        url_for(".student", student_id=student_id),
        "people/apart.html",
        page,
    )


@blueprint.route("/students/<int:student_id>/guardians/<int:guardian_id>", methods=["GET", "POST"])
@requires(Role.ADMINISTRATOR)
def access(student_id: int, guardian_id: int) -> ResponseReturnValue:
    """Open a student to a guardian, or close it."""
    now, form = clock.now(), DecisionForm()
    student = load_student(student_id)
    guardians = load_guardians(student_id, today=local_day(now))
    guardian = found(next((one for one in guardians if one.id == guardian_id), None))
    return _decide(
        form,
        lambda **how: service.change_access(
            current_actor(), student_id, guardian_id, opens=form.shall_be, now=now, **how
        ),
        _("%(name)s sees the child from now on.", name=guardian.name)
        if form.shall_be
        else _("%(name)s no longer sees the child.", name=guardian.name),
        url_for(".student", student_id=student_id),
        "people/access.html",
        lambda: {
            "student": student,
            "guardian": guardian,
            "follows": service.rehearse_access(
                student_id, guardian_id, opens=not guardian.is_open, now=now
            ),
        },
    )


@blueprint.route("/students/<int:student_id>/number", methods=["GET", "POST"])
@requires(Role.ADMINISTRATOR)
def number(student_id: int) -> ResponseReturnValue:
    """Give a student the new number from the school's administration; the URL may propose one."""
    now, form = clock.now(), NumberForm(number=clean(request.args.get("number")))
    student = load_student(student_id)
    return _decide(
        form,
        lambda **how: renumbering.change_number(
            current_actor(), student_id, form.number.data or "", now=now, **how
        ),
        _("The student number is changed."),
        url_for(".student", student_id=student_id),
        "people/number.html",
        lambda: {"student": student},
        beside=form.number,
    )


@blueprint.route("/teachers/<int:teacher_id>/join", methods=["GET", "POST"])
@requires(Role.ADMINISTRATOR)
@_once(".teacher", "teacher_id")
def join(teacher_id: int) -> ResponseReturnValue:
    """Record that a teacher and a guardian are one person."""
    now, form = clock.now(), JoinForm()
    page = joining.load_join(teacher_id)
    form.person.choices = [(one.person_id, one.name) for one in page.candidates]
    return _decide(
        form,
        lambda **how: joining.join_people(
            current_actor(), teacher_id, form.person.data, now=now, **how
        ),
        _("%(name)s is one person now: teacher and parent.", name=page.name),
        url_for(".teacher", teacher_id=teacher_id),
        "people/join.html",
        lambda: {"page": page},
    )


@blueprint.route("/teachers/<int:teacher_id>/part", methods=["GET", "POST"])
@requires(Role.ADMINISTRATOR)
@_once(".teacher", "teacher_id")
def part(teacher_id: int) -> ResponseReturnValue:
    """Record that a teacher and a guardian are two people after all."""
    now, form = clock.now(), ReasonForm()
    page = parting.load_parting(teacher_id, now=now)
    return _decide(
        form,
        lambda **how: parting.part_people(current_actor(), teacher_id, now=now, **how),
        _("The teacher and the parent are two people again."),
        url_for(".teacher", teacher_id=teacher_id),
        "people/part.html",
        lambda: {"page": page},
    )


@blueprint.route("/guardians/<int:guardian_id>/merge", methods=["GET", "POST"])
@requires(Role.ADMINISTRATOR)
@_once(".guardian", "guardian_id")
def merge(guardian_id: int) -> ResponseReturnValue:
    """Record that two guardians, listed twice by the school's administration, are one person."""
    now, form = clock.now(), MergeForm()
    page = merging.load_merge(guardian_id, now=now)
    form.guardian.choices = [(one.entry.id, one.entry.name) for one in page.candidates]
    return _decide(
        form,
        lambda **how: merging.merge_guardians(
            current_actor(), guardian_id, form.guardian.data, now=now, **how
        ),
        _("%(name)s is one parent now.", name=page.entry.name),
        lambda stays: url_for(".guardian", guardian_id=stays),
        "people/merge.html",
        lambda: {"page": page},
    )


@blueprint.route("/guardians/<int:guardian_id>/split", methods=["GET", "POST"])
@requires(Role.ADMINISTRATOR)
@_once(".guardian", "guardian_id")
def split(guardian_id: int) -> ResponseReturnValue:
    """Record that two guardians are two people after all."""
    now, form = clock.now(), ReasonForm()
    page = splitting.load_split(guardian_id, now=now)
    return _decide(
        form,
        lambda **how: splitting.split_guardians(current_actor(), guardian_id, now=now, **how),
        _("The two are parents of their own again."),
        url_for(".guardian", guardian_id=guardian_id),
        "people/split.html",
        lambda: {"page": page},
    )


@blueprint.route("/people/<int:person_id>/remove", methods=["GET", "POST"])
@requires(Role.ADMINISTRATOR)
@_once(".people")
def remove(person_id: int) -> ResponseReturnValue:
    """Show what is removed along with a person, and remove the person."""
    now, form = clock.now(), ReasonForm()
    page = removal.load_removal(person_id, now=now)
    return _decide(
        form,
        lambda **how: removal.remove_person(current_actor(), person_id, now=now, **how),
        _("%(name)s is removed.", name=page.who.name),
        url_for(".people"),
        "people/remove.html",
        lambda: {"page": page},
    )


def _decide(
    form: ReasonForm,
    change: Callable[..., Any],
    message: str,
    target: str | Callable[[Any], str],
    template: str,
    page: Callable[[], Mapping[str, Any]],
    *,
    beside: Field | None = None,
) -> ResponseReturnValue:
    """Do what a complete form asks, say so on another page; else show the form, and what is wrong.

    ``change`` is called with the reason; what the rules refuse stands beside a field, by itself
    that of the reason. ``target``: a URL, or a function of what the change returned.
    """
    status = HTTPStatus.OK
    if form.is_submitted():
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if form.validate():
            try:
                result = change(reason=form.reason.data or "")
            except DomainError as refusal:
                (beside or form.reason).errors = [refusal.message]
                status = refusal.status
            else:
                flash(message)
                url = target if isinstance(target, str) else target(result)
                return redirect(url, HTTPStatus.SEE_OTHER)
    return render_template(template, form=form, **page()), status
