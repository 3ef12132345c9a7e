"""What an administrator changes about a family; each page shows beforehand what it does."""

from collections.abc import Callable
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
from app.core.i18n import local_day
from app.people import joining, merging, parting, removal, renumbering, service, splitting
from app.people.blueprint import blueprint
from app.people.forms import DecisionForm, JoinForm, MergeForm, NumberForm, ReasonForm
from app.people.student import load_guardians, load_siblings, load_student

View = Callable[..., ResponseReturnValue]


def _once(endpoint: str, *names: str) -> Callable[[View], View]:
    """Answer a form that finds nothing to do any more in words, on another page: it was sent twice.

    ``names`` are the ids that the other page takes.
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
    """Set the guardians of a student apart, or put them together again."""
    now, form = clock.now(), DecisionForm()
    student = load_student(student_id)
    changed, status = _try(
        form,
        lambda: service.set_apart(
            current_actor(),
            student_id,
            apart=form.shall_be,
            reason=form.reason.data or "",
            now=now,
        ),
    )
    if changed:
        flash(
            _("From now on the parents come apart.")
            if form.shall_be
            else _("The parents come together again.")
        )
        return _to_student(student_id)
    guardians = load_guardians(student_id, today=local_day(now))
    return (
        render_template(
            "people/apart.html",
            student=student,
            guardians=guardians,
            siblings=load_siblings(student_id, [guardian.id for guardian in guardians]),
            follows=service.rehearse_apart(student_id, apart=not student.apart, now=now),
            form=form,
        ),
        status,
    )


@blueprint.route("/students/<int:student_id>/guardians/<int:guardian_id>", methods=["GET", "POST"])
@requires(Role.ADMINISTRATOR)
def access(student_id: int, guardian_id: int) -> ResponseReturnValue:
    """Open a student to a guardian, or close it."""
    now, form = clock.now(), DecisionForm()
    student = load_student(student_id)
    guardians = load_guardians(student_id, today=local_day(now))
    guardian = found(next((one for one in guardians if one.id == guardian_id), None))
    changed, status = _try(
        form,
        lambda: service.change_access(
            current_actor(),
            student_id,
            guardian_id,
            opens=form.shall_be,
            reason=form.reason.data or "",
            now=now,
        ),
    )
    if changed:
        flash(
            _("%(name)s sees the child from now on.", name=guardian.name)
            if form.shall_be
            else _("%(name)s no longer sees the child.", name=guardian.name)
        )
        return _to_student(student_id)
    return (
        render_template(
            "people/access.html",
            student=student,
            guardian=guardian,
            follows=service.rehearse_access(
                student_id, guardian_id, opens=not guardian.is_open, now=now
            ),
            form=form,
        ),
        status,
    )


@blueprint.route("/students/<int:student_id>/number", methods=["GET", "POST"])
@requires(Role.ADMINISTRATOR)
def number(student_id: int) -> ResponseReturnValue:
    """Give a student the number that it got in the school's administration."""
    now, form = clock.now(), NumberForm()
    student = load_student(student_id)
    changed, status = _try(
        form,
        lambda: renumbering.change_number(
            current_actor(),
            student_id,
            form.number.data or "",
            reason=form.reason.data or "",
            now=now,
        ),
        form.number,
    )
    if changed:
        flash(_("The student number is changed."))
        return _to_student(student_id)
    return render_template("people/number.html", student=student, form=form), status


@blueprint.route("/teachers/<int:teacher_id>/join", methods=["GET", "POST"])
@requires(Role.ADMINISTRATOR)
@_once(".teacher", "teacher_id")
def join(teacher_id: int) -> ResponseReturnValue:
    """Say that a teacher and a guardian are one person."""
    now, form = clock.now(), JoinForm()
    page = joining.load_join(teacher_id)
    form.person.choices = [(one.person_id, one.name) for one in page.candidates]
    changed, status = _try(
        form,
        lambda: joining.join_people(
            current_actor(), teacher_id, form.person.data, reason=form.reason.data or "", now=now
        ),
    )
    if changed:
        flash(_("%(name)s is one person now: teacher and parent.", name=page.name))
        return redirect(url_for(".teacher", teacher_id=teacher_id), HTTPStatus.SEE_OTHER)
    return render_template("people/join.html", page=page, form=form), status


@blueprint.route("/teachers/<int:teacher_id>/part", methods=["GET", "POST"])
@requires(Role.ADMINISTRATOR)
@_once(".teacher", "teacher_id")
def part(teacher_id: int) -> ResponseReturnValue:
    """Say that a teacher and a guardian are two people after all."""
    now, form = clock.now(), ReasonForm()
    page = parting.load_parting(teacher_id, now=now)
    changed, status = _try(
        form,
        lambda: parting.part_people(
            current_actor(), teacher_id, reason=form.reason.data or "", now=now
        ),
    )
    if changed:
        flash(_("The teacher and the parent are two people again."))
        return redirect(url_for(".teacher", teacher_id=teacher_id), HTTPStatus.SEE_OTHER)
    return render_template("people/part.html", page=page, form=form), status


@blueprint.route("/guardians/<int:guardian_id>/merge", methods=["GET", "POST"])
@requires(Role.ADMINISTRATOR)
@_once(".guardian", "guardian_id")
def merge(guardian_id: int) -> ResponseReturnValue:
    """Say that two guardians are one person, whom the school's administration lists twice."""
    now, form = clock.now(), MergeForm()
    page = merging.load_merge(guardian_id, now=now)
    form.guardian.choices = [(one.entry.id, one.entry.name) for one in page.candidates]
    stays: list[int] = []
    changed, status = _try(
        form,
        lambda: stays.append(
            merging.merge_guardians(
                current_actor(),
                guardian_id,
                form.guardian.data,
                reason=form.reason.data or "",
                now=now,
            )
        ),
    )
    if changed:
        flash(_("%(name)s is one parent now.", name=page.entry.name))
        return redirect(url_for(".guardian", guardian_id=stays[0]), HTTPStatus.SEE_OTHER)
    return render_template("people/merge.html", page=page, form=form), status


@blueprint.route("/guardians/<int:guardian_id>/split", methods=["GET", "POST"])
@requires(Role.ADMINISTRATOR)
@_once(".guardian", "guardian_id")
def split(guardian_id: int) -> ResponseReturnValue:
    """Say that two guardians are two people after all."""
    now, form = clock.now(), ReasonForm()
    page = splitting.load_split(guardian_id, now=now)
    changed, status = _try(
        form,
        lambda: splitting.split_guardians(
            current_actor(), guardian_id, reason=form.reason.data or "", now=now
        ),
    )
    if changed:
        flash(_("The two are parents of their own again."))
        return redirect(url_for(".guardian", guardian_id=guardian_id), HTTPStatus.SEE_OTHER)
    return render_template("people/split.html", page=page, form=form), status


@blueprint.route("/people/<int:person_id>/remove", methods=["GET", "POST"])
@requires(Role.ADMINISTRATOR)
@_once(".people")
def remove(person_id: int) -> ResponseReturnValue:
    """Show what goes with a person, and remove it."""
    now, form = clock.now(), ReasonForm()
    page = removal.load_removal(person_id, now=now)
    changed, status = _try(
        form,
        lambda: removal.remove_person(
            current_actor(), person_id, reason=form.reason.data or "", now=now
        ),
    )
    if changed:
        flash(_("%(name)s is removed.", name=page.who.name))
        return redirect(url_for(".people"), HTTPStatus.SEE_OTHER)
    return render_template("people/remove.html", page=page, form=form), status


def _try(
    form: ReasonForm, change: Callable[[], None], beside: Field | None = None
) -> tuple[bool, int]:
    """Do what a complete form asks; say whether it was done, and with which status to show it.

    What the rules refuse stands beside a field, by itself that of the reason.
    """
    if not form.is_submitted():
        return False, HTTPStatus.OK
    if not form.validate():
        return False, HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        change()
    except DomainError as refusal:
        (beside or form.reason).errors = [refusal.message]
        return False, refusal.status
    return True, HTTPStatus.OK


def _to_student(student_id: int) -> ResponseReturnValue:
    return redirect(url_for(".student", student_id=student_id), HTTPStatus.SEE_OTHER)
