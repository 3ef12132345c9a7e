"""The teacher's page: who comes when, blocking and freeing own times, and confirming them."""

from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.accounts.models import FeedKind
from app.bookings import blocking, spans
from app.bookings.blocking import Span
from app.core import clock
from app.core.access import Role, current_actor, requires
from app.core.errors import DomainError, found
from app.core.i18n import local_day
from app.core.ids import id_of
from app.core.links import Page, endpoint_of
from app.feeds.addresses import change_address, load_address
from app.mail.message import page_url
from app.rounds.info import EveningInfo
from app.rounds.queries import evenings_of, load_round
from app.school import links
from app.teaching import service as teaching_service
from app.teaching.asked import load_asked
from app.teaching.blueprint import blueprint
from app.teaching.forms import LinkForm, OwnTimesForm
from app.teaching.queries import load_teaching, own_link


@blueprint.get("/teaching")
@requires(Role.TEACHER)
def overview() -> ResponseReturnValue:
    """Show the teacher who comes when."""
    return _show(LinkForm(link=own_link(current_actor())))


@blueprint.post("/teaching/link")
@requires(Role.TEACHER)
def change_link() -> ResponseReturnValue:
    """Save the own link, at which talks are held in some rounds."""
    actor, form = current_actor(), LinkForm()
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    if form.validate_on_submit():
        try:
            links.set_link(actor, found(actor.teacher_id), form.link.data or "", now=clock.now())
        except DomainError as refusal:
            form.link.errors = [refusal.message]
        else:
            flash(_("Your link is saved.") if form.link.data else _("There is no link now."))
            return redirect(url_for(".overview"), HTTPStatus.SEE_OTHER)
    return _show(form, status)


@blueprint.route("/teaching/calendar", methods=["GET", "POST"])
@requires(Role.TEACHER)
def calendar() -> ResponseReturnValue:
    """Show the address of the own calendar; make another one, or end it."""
    if request.method == "POST":
        act = request.form.get("act", "")
        flash(change_address(current_actor(), FeedKind.TEACHING, act, now=clock.now()))
        return redirect(url_for(".calendar"), HTTPStatus.SEE_OTHER)
    own = load_address(current_actor(), FeedKind.TEACHING)
    return render_template("feeds/calendar.html", own=own, back=url_for(".overview"))


@blueprint.route("/teaching/board", methods=["GET", "POST"])
@requires(Role.TEACHER)
def board() -> ResponseReturnValue:
    """Show the address of the own list for another site; make another one, or end it."""
    if request.method == "POST":
        act = request.form.get("act", "")
        flash(change_address(current_actor(), FeedKind.BOARD, act, now=clock.now()))
        return redirect(url_for(".board"), HTTPStatus.SEE_OTHER)
    return render_template(
        "teaching/board.html",
        own=load_address(current_actor(), FeedKind.BOARD),
        site=page_url(endpoint_of(Page.OWN_EVENINGS)),
        back=url_for(".overview"),
    )


@blueprint.post("/teaching/evenings/<int:evening_id>/times")
@requires(Role.TEACHER)
def change_times(evening_id: int) -> ResponseReturnValue:
    """Block or free own times of an evening; talks in them stay, and the message says so."""
    actor, now = current_actor(), clock.now()
    own = found(
        next((e for e in load_teaching(actor, now=now) if e.evening_id == evening_id), None)
    )
    evening = next(e for e in evenings_of(load_round(own.round_id)) if e.id == evening_id)
    form = OwnTimesForm()
    wanted = _spans(form, evening, actor.teacher_id or 0) if form.validate_on_submit() else []
    if not wanted:
        return _back(evening_id, _("Tick the times first."))
    try:
        if form.act.data == "free":
            done = blocking.free(actor, wanted, now=now)
            return _back(
                evening_id,
                _("The times are free again.")
                if done
                else _("What the school blocked stays blocked. Please ask the office."),
            )
        talks = blocking.block(actor, wanted, talks="stay", now=now)
    except DomainError as refusal:
        return _back(evening_id, refusal.message)
    if not talks:
        return _back(evening_id, _("The times are blocked."))
    return _back(
        evening_id,
        ngettext(
            "The times are blocked, but your %(num)d talk in them stays. Ask the office if you "
            "cannot be there.",
            "The times are blocked, but your %(num)d talks in them stay. Ask the office if you "
            "cannot be there.",
            len(talks),
        ),
    )


@blueprint.post("/teaching/rounds/<int:round_id>/right")
@requires(Role.TEACHER)
def confirm_times(round_id: int) -> ResponseReturnValue:
    """Record that the teacher's own times in a round are right."""
    teaching_service.confirm_times(current_actor(), round_id, now=clock.now())
    flash(_("Thank you. The school sees that your times are right."))
    return redirect(url_for(".overview"), HTTPStatus.SEE_OTHER)


def _show(form: LinkForm, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    actor, now = current_actor(), clock.now()
    evenings = load_teaching(actor, now=now)
    needs_link = any(evening.at_own_link for evening in evenings)
    page = render_template(
        "teaching/evenings.html",
        evenings=evenings,
        requested=load_asked(actor, now=now),
        today=local_day(now),
        form=form if needs_link or form.link.data else None,
    )
    return page, status


def _spans(form: OwnTimesForm, evening: EveningInfo, teacher_id: int) -> list[Span]:
    if form.whole.data:
        return [spans.of_evening(evening, teacher_id)]
    slots = form.slots.data or []
    if slots:
        return spans.of_cells(evening, [(teacher_id, slot) for slot in slots])
    try:
        first, last = id_of(form.first.data or ""), id_of(form.last.data or "")
    except ValueError:
        return []
    return [spans.of_range(evening, teacher_id, first, last)]


def _back(evening_id: int, message: str) -> ResponseReturnValue:
    place = f"evening-{evening_id}"
    flash(message, place)
    url = url_for(".overview", _anchor=place)
    return redirect(url, HTTPStatus.SEE_OTHER)
