"""The page Agenda's: which calendar teachers have, whether it works, and what hangs."""

from http import HTTPStatus

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.calendars import checking, service
from app.calendars.models import CONNECTED, CalendarKind
from app.calendars.providers import ProviderName, has_provider
from app.calendars.teachers import OwnCalendar, calendars_of, own_choices
from app.calendars.words import KINDS
from app.connections.forms import CalendarForm, UsualForm
from app.connections.queries import load_connections, load_failed_mails, load_teacher_name
from app.core import clock
from app.core.access import OFFICE, Role, current_actor, requires
from app.core.errors import NotFoundError, found
from app.core.ids import id_of

blueprint = Blueprint("connections", __name__, url_prefix="/office/calendars")


@blueprint.get("")
@requires(*OFFICE)
def overview() -> ResponseReturnValue:
    """Show what hangs, since when and why, and the calendars of all teachers."""
    return _overview(UsualForm())


@blueprint.post("")
@requires(Role.ADMINISTRATOR)
def usual() -> ResponseReturnValue:
    """Say which calendar teachers have who have no other."""
    form = UsualForm()
    if not form.validate():
        return _overview(form), HTTPStatus.UNPROCESSABLE_ENTITY
    service.choose_usual(current_actor(), CalendarKind(form.kind.data), now=clock.now())
    _flash_saved(OwnCalendar(form.kind.data, ""))
    return redirect(url_for(".overview"), HTTPStatus.SEE_OTHER)


def _flash_saved(calendar: OwnCalendar) -> None:
    if calendar.kind not in CONNECTED:
        flash(_("Saved."))
    elif has_provider(ProviderName(calendar.kind), current_app.config["SETTINGS"]):
        flash(_("Saved. Talks to come go there within some minutes."))
    else:
        flash(_("Saved. Talks wait until this kind of calendar is set up on the server."))


def _overview(form: UsualForm) -> str:
    now = clock.now()
    page = load_connections(current_app.config["SETTINGS"], now=now)
    if form.kind.data is None:
        form.kind.data = page.usual
    mails = load_failed_mails()
    return render_template(
        "connections/overview.html", page=page, form=form, kinds=KINDS, mails=mails
    )


@blueprint.route("/teachers/<int:teacher_id>", methods=["GET", "POST"])
@requires(Role.ADMINISTRATOR)
def teacher(teacher_id: int) -> ResponseReturnValue:
    """Set the calendar of one teacher."""
    name = load_teacher_name(teacher_id)
    own = own_choices().get(teacher_id, OwnCalendar("", ""))
    form = CalendarForm(kind=own.kind, account=own.account)
    status = HTTPStatus.OK
    if form.is_submitted():
        if form.validate():
            account = form.account.data or ""
            service.choose(
                current_actor(), teacher_id, form.kind.data or "", account, now=clock.now()
            )
            _flash_saved(calendars_of([teacher_id])[teacher_id])
            return redirect(url_for(".overview"), HTTPStatus.SEE_OTHER)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    calendar = calendars_of([teacher_id])[teacher_id]
    page = render_template(
        "connections/teacher.html", form=form, name=name, teacher_id=teacher_id, calendar=calendar
    )
    return page, status


@blueprint.post("/teachers/<int:teacher_id>/check")
@requires(Role.ADMINISTRATOR)
def check(teacher_id: int) -> ResponseReturnValue:
    """Ask the provider whether this teacher's calendar can be used; it changes nothing there."""
    name = load_teacher_name(teacher_id)
    answer = checking.check(teacher_id, current_app.config["SETTINGS"])
    flash(f"{name}: {answer.sentence}")
    return redirect(url_for(".overview", _anchor="told"), HTTPStatus.SEE_OTHER)


@blueprint.post("/again")
@requires(*OFFICE)
def again() -> ResponseReturnValue:
    """Try again what hangs: of everybody, of one teacher, or one talk."""
    if not set(request.form) <= {"entry", "teacher", "csrf_token"}:
        raise NotFoundError
    entry_id, teacher_id = (
        found(request.form.get(name, type=id_of)) if name in request.form else None
        for name in ("entry", "teacher")
    )
    count = service.try_again(
        current_actor(), entry_id=entry_id, teacher_id=teacher_id, now=clock.now()
    )
    flash(
        ngettext(
            "%(num)d talk is sent again within a minute.",
            "%(num)d talks are sent again within a minute.",
            count,
        )
        if count
        else _("This was done already, or it has changed meanwhile.")
    )
    return redirect(url_for(".overview", _anchor="told"), HTTPStatus.SEE_OTHER)
