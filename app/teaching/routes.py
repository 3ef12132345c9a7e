"""The teacher's page: who comes when, blocking and freeing own times, and confirming them."""

from collections.abc import Collection, Sequence
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
from app.core.i18n import local_day, time_text
from app.core.ids import id_of
from app.core.links import Page, endpoint_of
from app.core.switches import sent_word
from app.feeds.addresses import change_address, load_address
from app.mail.message import page_url
from app.rounds.info import EveningInfo
from app.rounds.queries import evenings_of, load_round
from app.school import links
from app.teaching import service as teaching_service
from app.teaching.asked import load_asked
from app.teaching.blueprint import blueprint
from app.teaching.forms import LinkForm, OwnTimesForm
from app.teaching.queries import TeachingEvening, load_teaching, own_link


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
        act = sent_word("act", "make", "stop")
        flash(change_address(current_actor(), FeedKind.TEACHING, act, now=clock.now()))
        return redirect(url_for(".calendar"), HTTPStatus.SEE_OTHER)
    own = load_address(current_actor(), FeedKind.TEACHING)
    return render_template("feeds/calendar.html", own=own, back=url_for(".overview"))


@blueprint.route("/teaching/board", methods=["GET", "POST"])
@requires(Role.TEACHER)
def board() -> ResponseReturnValue:
    """Show the address of the own list for another site; make another one, or end it."""
    if request.method == "POST":
        act = sent_word("act", "make", "stop")
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
    teacher_id = found(actor.teacher_id)
    own = found(
        next((e for e in load_teaching(actor, now=now) if e.evening_id == evening_id), None)
    )
    evening = next(e for e in evenings_of(load_round(own.round_id)) if e.id == evening_id)
    form, frees = OwnTimesForm(), sent_word("act", "block", "free") == "free"
    wanted = _spans(form, evening, teacher_id) if form.validate_on_submit() else []
    if not wanted:
        return _back(evening_id, _("Tick the times first."))
    whole = bool(form.whole.data)
    try:
        if not frees:
            talks = blocking.block(actor, wanted, talks="stay", whole_evening=whole, now=now)
            told = _blocked(wanted, len(talks))
        elif whole:
            told = _freed_whole(done=blocking.free_evening(actor, teacher_id, evening_id, now=now))
        else:
            told = _freed(wanted, done=blocking.free(actor, wanted, now=now))
    except DomainError as refusal:
        told = refusal.message
    return _back(evening_id, told)


@blueprint.post("/teaching/rounds/<int:round_id>/right")
@requires(Role.TEACHER)
def confirm_times(round_id: int) -> ResponseReturnValue:
    """Record that the teacher's own times in a round are right."""
    teaching_service.confirm_times(current_actor(), round_id, now=clock.now())
    flash(_("Thank you. The school sees that your times are right."))
    return redirect(url_for(".overview"), HTTPStatus.SEE_OTHER)


def _show(form: LinkForm, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    actor, now = current_actor(), clock.now()
    evenings, today = load_teaching(actor, now=now), local_day(now)
    coming = [evening for evening in evenings if evening.day >= today]
    needs_link = any(evening.at_own_link for evening in evenings)
    page = render_template(
        "teaching/evenings.html",
        coming=coming,
        past=evenings[len(coming) :],
        opened=_opened(coming, request.args.get("evening", "")),
        requested=load_asked(actor, now=now),
        form=form if needs_link or form.link.data else None,
    )
    return page, status


def _opened(coming: Sequence[TeachingEvening], wanted: str) -> set[int]:
    """Return the evenings that are not folded, by id: the wanted one, or those of the next day."""
    asked_for = {evening.evening_id for evening in coming if str(evening.evening_id) == wanted}
    return asked_for or {it.evening_id for it in coming if it.day == coming[0].day}


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


def _blocked(spans_: Collection[Span], talks: int) -> str:
    times = _times(spans_)
    if not talks:
        return _("%(times)s blocked.", times=times)
    return ngettext(
        "%(times)s blocked, but your %(num)d talk at that time stays. Ask the office if you "
        "cannot be there.",
        "%(times)s blocked, but your %(num)d talks at that time stay. Ask the office if you "
        "cannot be there.",
        talks,
        times=times,
    )


def _freed(spans_: Collection[Span], *, done: bool) -> str:
    if done:
        return _("%(times)s free again.", times=_times(spans_))
    return _("What the school blocked stays blocked. Please ask the office.")


def _freed_whole(*, done: bool) -> str:
    if done:
        return _("The evening is free again. What was blocked by itself stays blocked.")
    return _("You had not blocked the whole evening. Nothing has changed.")


def _times(spans_: Collection[Span]) -> str:
    """Return times as "18.30–18.50, 19.10–19.20"."""
    return ", ".join(f"{time_text(it.starts_at)}–{time_text(it.ends_at)}" for it in spans_)


def _back(evening_id: int, message: str) -> ResponseReturnValue:
    flash(message, f"evening-{evening_id}")
    # To the message, which takes the focus and so is read out, below the day that it is about.
    url = url_for(".overview", evening=evening_id, _anchor=f"told-{evening_id}")
    return redirect(url, HTTPStatus.SEE_OTHER)
