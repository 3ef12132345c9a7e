"""The pages on which a family asks for talks: whom, when not, and what it has asked for."""

from collections.abc import Mapping
from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core import clock
from app.core.access import FAMILY, current_actor, requires
from app.core.errors import DomainError, NotFoundError
from app.core.fields import clean_text
from app.core.i18n import moment_text
from app.core.ids import id_of
from app.core.switches import sent_word
from app.family import queries, taking
from app.family.answer_form import AlternativeForm
from app.family.ask_form import read_asked, with_others
from app.family.blueprint import blueprint
from app.family.forms import EmptyForm
from app.family.no_time import load_no_time
from app.requests import asking, instead, remarks, wishes
from app.requests.asking import BadAsking
from app.requests.models import Preference
from app.requests.queries import AskingPage, load_asking
from app.requests.wishes import Said, Start
from app.rounds.phases import Phase
from app.rounds.queries import load_round


@blueprint.route("/rounds/<int:round_id>/ask", methods=["GET", "POST"])
@requires(*FAMILY)
def ask(round_id: int) -> ResponseReturnValue:
    """Choose for each child whom the family wants to talk with; ``teacher`` is ticked at first."""
    actor, now = current_actor(), clock.now()
    page, form = load_asking(actor, round_id, now=now), EmptyForm()
    wanted, fault, error = None, None, ""
    if form.is_submitted():
        asked = {it.child.student_id: it for it in page.children if not it.why_not}
        sent = {student_id: read_asked(it) for student_id, it in asked.items()}
        try:
            asking.ask(actor, round_id, sent, now=now)
            return redirect(url_for(".ask_when", round_id=round_id), HTTPStatus.SEE_OTHER)
        except BadAsking as refusal:
            fault = refusal
            wanted = {id_: with_others(asked[id_], it) for id_, it in sent.items()}
        except DomainError as refusal:
            error = refusal.message
    refused = fault is not None or error
    return (
        render_template(
            "family/ask_whom.html",
            page=page,
            wanted=wanted,
            fault=fault,
            error=error,
            hinted=request.args.get("teacher", type=id_of),
        ),
        HTTPStatus.CONFLICT if refused else HTTPStatus.OK,
    )


@blueprint.route("/rounds/<int:round_id>/ask/when", methods=["GET", "POST"])
@requires(*FAMILY)
def ask_when(round_id: int) -> ResponseReturnValue:
    """Say when the family cannot come."""
    actor, now = current_actor(), clock.now()
    page, form, error = load_asking(actor, round_id, now=now), EmptyForm(), ""
    if not page.may_ask:
        return redirect(url_for(".ask", round_id=round_id))
    text = clean_text(request.form.get("remark", page.remark))
    shown = _shown(page) if form.is_submitted() else None
    if form.is_submitted():
        try:
            wishes.set_wishes(
                actor,
                round_id,
                away=_away(page),
                preference=_preference(),
                remark=text,
                shown=shown,
                now=now,
            )
            return redirect(url_for(".asked", round_id=round_id), HTTPStatus.SEE_OTHER)
        except DomainError as refusal:
            error = refusal.message
    is_kept = form.is_submitted() and page.phase is Phase.OPEN  # else the page shows what stands
    sent = _away(page) if is_kept else None
    return (
        render_template(
            "family/ask_when.html",
            page=page,
            away=sent,
            preference=_preference() if is_kept else page.preference,
            remark=text,
            shown=shown,
            error=error,
        ),
        HTTPStatus.CONFLICT if error else HTTPStatus.OK,
    )


@blueprint.route("/rounds/<int:round_id>/asked", methods=["GET", "POST"])
@requires(*FAMILY)
def asked(round_id: int) -> ResponseReturnValue:
    """Show what the family has asked for; put it in order, and add remarks for teachers."""
    actor, now = current_actor(), clock.now()
    page, form, error = load_asking(actor, round_id, now=now), EmptyForm(), ""
    if not page.may_ask:
        return redirect(url_for(".ask", round_id=round_id))
    sent, shown = (_remarks(page, name) if form.is_submitted() else {} for name in ("", "shown-"))
    if form.is_submitted():
        try:
            up = request.form.get("up", type=id_of)
            remarks.save(actor, round_id, sent, shown=shown, up=up, now=now)
            if not up:
                flash(_("Saved."))
            anchor = f"request-{up}" if up else None
            url = url_for(".asked", round_id=round_id, _anchor=anchor)
            return redirect(url, HTTPStatus.SEE_OTHER)
        except DomainError as refusal:
            error = refusal.message
    status = HTTPStatus.CONFLICT if error else HTTPStatus.OK
    return _asked(page, error, status, sent=sent, shown=shown)


@blueprint.post("/rounds/<int:round_id>/asked/<int:request_id>")
@requires(*FAMILY)
def take_time(round_id: int, request_id: int) -> ResponseReturnValue:
    """Book a time for a talk that the plan could not place."""
    actor, now, form = current_actor(), clock.now(), AlternativeForm()
    form.validate_on_submit()
    page, chosen = load_asking(actor, round_id, now=now), form.choice()
    if all(request_id != its.id for it in page.children for its in it.asked.values()):
        raise NotFoundError
    sent, shown = _remarks(page, ""), _remarks(page, "shown-")
    if chosen is None:
        error, status = _("Choose a time."), HTTPStatus.UNPROCESSABLE_ENTITY
        return _asked(page, error, status, sent=sent, shown=shown)
    try:
        if page.phase is Phase.OPEN:  # the button stands in the form of the remarks
            remarks.save(actor, round_id, sent, shown=shown, now=now)
        booking_id = taking.take(actor, request_id, *chosen, now=now)
    except DomainError as refusal:
        return _asked(page, refusal.message, refusal.status, sent=sent, shown=shown)
    talk = queries.load_talk(actor, booking_id, now=now)
    flash(
        _(
            "Your talk is reserved: %(teacher)s, %(time)s. You also get a mail.",
            teacher=talk.teacher,
            time=moment_text(talk.starts_at),
        )
    )
    return redirect(url_for(".overview"), HTTPStatus.SEE_OTHER)


def _asked(
    page: AskingPage,
    error: str,
    status: int,
    *,
    sent: Mapping[int, str],
    shown: Mapping[int, str],
) -> ResponseReturnValue:
    no_time = load_no_time(current_actor(), page, now=clock.now())
    return (
        render_template(
            "family/asked.html",
            page=page,
            sent=sent,
            shown=shown,
            error=error,
            no_time=no_time,
        ),
        status,
    )


@blueprint.route("/talks/<int:booking_id>/ask-instead", methods=["GET", "POST"])
@requires(*FAMILY)
def ask_instead(booking_id: int) -> ResponseReturnValue:
    """Give a time back, and ask for the talk instead."""
    actor, now, error = current_actor(), clock.now(), ""
    talk, form = queries.load_talk(actor, booking_id, now=now), EmptyForm()
    if not load_round(talk.round_id).takes_requests:
        raise NotFoundError
    if form.is_submitted():
        try:
            instead.ask_instead(actor, booking_id, now=now)
            return redirect(url_for(".asked", round_id=talk.round_id), HTTPStatus.SEE_OTHER)
        except DomainError as refusal:
            error = refusal.message
    status = HTTPStatus.CONFLICT if error else HTTPStatus.OK
    return render_template("family/ask_instead.html", talk=talk, error=error), status


def _away(page: AskingPage) -> set[Start]:
    ticked = set(request.form.getlist("away"))
    return {
        (part.evening_id, part.starts_at)
        for evening in page.evenings
        for part in evening.parts
        if {f"{part.evening_id}", part.value} & ticked
    }


def _preference(name: str = "preference") -> Preference:
    return Preference(sent_word(name, *Preference))


def _shown(page: AskingPage) -> Said:
    """Return what the page showed when its form was made."""
    values = set(request.form.getlist("shown"))
    return Said(
        {
            (part.evening_id, part.starts_at)
            for evening in page.evenings
            for part in evening.parts
            if part.value in values
        },
        _preference("shown-preference"),
        clean_text(request.form.get("shown-remark")),
    )


def _remarks(page: AskingPage, prefix: str) -> dict[int, str]:
    own = [its.id for it in page.children for its in it.asked.values()]
    sent = {id_: request.form.get(f"{prefix}remark-{id_}") for id_ in own}
    return {id_: clean_text(text) for id_, text in sent.items() if text is not None}
