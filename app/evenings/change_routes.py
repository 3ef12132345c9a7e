"""Change teachers' times from the matrix: block, free, or mark a teacher absent."""

from collections.abc import Collection
from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.bookings import blocking, spans
from app.bookings.blocking import Span, Talks, TalksInTheWay
from app.bookings.left import talks_with
from app.core import clock
from app.core.access import OFFICE, current_actor, requires
from app.core.errors import NotFoundError
from app.core.ids import id_of
from app.core.switches import sent_word
from app.evenings import lists, queries, teachers
from app.evenings.blueprint import blueprint
from app.evenings.filters import Filter
from app.evenings.forms import AbsentForm, TimesForm, read_filter
from app.evenings.matrix import TeacherName
from app.rounds.info import EveningInfo, RoundInfo
from app.rounds.queries import evenings_of, load_round

DECISIONS: dict[str, Talks] = {"": "ask", "stay": "stay", "call_off": "call_off"}


@blueprint.post("/office/rounds/<int:round_id>/evening")
@requires(*OFFICE)
def change_times(round_id: int) -> ResponseReturnValue:
    """Block or free the chosen times; if they hold talks, ask what to do with those."""
    chosen, now = read_filter(request.args), clock.now()
    round_ = load_round(round_id)
    evening = queries.evening_of(evenings_of(round_), chosen.evening, now=now)
    form, frees = TimesForm(), sent_word("act", "block", "free") == "free"
    form.validate_on_submit()
    unread = [str(e) for name, es in form.errors.items() if name != "reason" for e in es]
    if unread:
        return _back(round_id, chosen, " ".join(unread))
    wanted = _spans(form, evening)
    if not wanted:
        return _back(round_id, chosen, _("Choose a teacher and times first."))
    if frees:
        blocking.free(current_actor(), wanted, now=now)
        return _back(round_id, chosen, _("The times are free again."))
    if form.reason.errors:
        in_the_way = blocking.talks_in(wanted, now=now)
        return _decide(round_, chosen, form, in_the_way, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        talks = blocking.block(
            current_actor(),
            wanted,
            talks=DECISIONS[sent_word("talks", *DECISIONS)],
            agreed=form.agreed.data or [],
            meanwhile=form.meanwhile.data,
            reason=form.reason.data or "",
            now=now,
        )
    except TalksInTheWay as refusal:
        return _decide(round_, chosen, form, refusal.booking_ids, refusal.status)
    return _back(round_id, chosen, _done(talks, called_off=form.talks.data == "call_off"))


def _decide(
    round_: RoundInfo,
    chosen: Filter,
    form: TimesForm,
    booking_ids: Collection[int],
    status: int,
) -> ResponseReturnValue:
    """List the talks, ask what to do with them, and ask the reason to give to families."""
    asked = bool(form.agreed.data)
    if not asked:
        form.meanwhile.data = True
    page = render_template(
        "evenings/in_the_way.html",
        round=round_,
        chosen=chosen,
        talks=lists.talks_named(booking_ids),
        form=form,
        new=set(booking_ids) - set(form.agreed.data or []) if asked else (),
    )
    return page, status


@blueprint.get("/office/rounds/<int:round_id>/absent")
@requires(*OFFICE)
def ask_absent(round_id: int) -> ResponseReturnValue:
    """Show what a teacher's absence means: the talks that are called off, and their families."""
    round_, teacher = load_round(round_id), _teacher(round_id)
    if teacher is None:
        return render_template(
            "evenings/who_is_absent.html",
            round=round_,
            evenings=evenings_of(round_),
            teachers=teachers.teachers_of(round_id, Filter()),
        )
    return _ask(round_, teacher, AbsentForm(formdata=None))


@blueprint.post("/office/rounds/<int:round_id>/absent")
@requires(*OFFICE)
def absent(round_id: int) -> ResponseReturnValue:
    """Block a teacher's evening, or all evenings of the round, and call off the talks."""
    round_, now = load_round(round_id), clock.now()
    teacher, form = _teacher(round_id), AbsentForm()
    if teacher is None:
        return redirect(url_for(".ask_absent", round_id=round_id), HTTPStatus.SEE_OTHER)
    if not form.validate_on_submit():
        return _ask(round_, teacher, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    evenings = _evenings(round_)
    ids, agreed = [evening.id for evening in evenings], form.agreed.data or []
    try:
        if teacher.left:
            talks = blocking.call_off_left(
                current_actor(),
                teacher.id,
                ids,
                agreed=agreed,
                meanwhile=form.meanwhile.data,
                now=now,
            )
        else:
            talks = blocking.block(
                current_actor(),
                [spans.of_evening(evening, teacher.id) for evening in evenings],
                talks="call_off",
                agreed=agreed,
                meanwhile=form.meanwhile.data,
                reason=form.reason.data or "",
                now=now,
            )
    except TalksInTheWay as refusal:
        return _ask(round_, teacher, form, refusal.status)
    done = _done(talks, called_off=True, left=teacher.left)
    if not teacher.left:
        done = _("%(teacher)s is absent.", teacher=teacher.formal) + " " + done
    return _back(round_id, Filter(evening=ids[0]), done)


def _ask(
    round_: RoundInfo, teacher: TeacherName, form: AbsentForm, status: int = HTTPStatus.OK
) -> ResponseReturnValue:
    evenings, now = _evenings(round_), clock.now()
    if teacher.left:
        talks = talks_with(teacher.id, [evening.id for evening in evenings], now)
    else:
        wanted = [spans.of_evening(evening, teacher.id) for evening in evenings]
        talks = blocking.talks_in(wanted, now=now)
    page = render_template(
        "evenings/absent.html",
        round=round_,
        teacher=teacher,
        evening=request.args.get("evening", type=id_of),
        evenings=evenings_of(round_),
        talks=lists.talks_named(talks),
        form=form,
        new=set(talks) - set(form.agreed.data or []) if status == HTTPStatus.CONFLICT else (),
    )
    return page, status


def _teacher(round_id: int) -> TeacherName | None:
    teacher_id = request.args.get("teacher", type=id_of)
    if teacher_id is None:
        return None
    return teachers.teacher_of(round_id, teacher_id)


def _evenings(round_: RoundInfo) -> tuple[EveningInfo, ...]:
    """Return the evening that the URL names, or else all evenings of the round."""
    evenings = evenings_of(round_)
    evening_id = request.args.get("evening", type=id_of)
    if evening_id is None:
        if not evenings:
            raise NotFoundError
        return evenings
    return (queries.evening_of(evenings, evening_id, now=clock.now()),)


def _spans(form: TimesForm, evening: EveningInfo) -> Collection[Span]:
    cells = [(cell.teacher_id, cell.slot_id) for cell in form.cells.data or []]
    if cells:
        return spans.of_cells(evening, cells)
    try:
        teacher_id = id_of(form.teacher.data or "")
        if form.whole.data:
            return [spans.of_evening(evening, teacher_id)]
        first, last = id_of(form.first.data or ""), id_of(form.last.data or "")
    except ValueError:
        return []
    return [spans.of_range(evening, teacher_id, first, last)]


def _done(talks: Collection[int], *, called_off: bool, left: bool = False) -> str:
    if not talks:
        return _("There are no talks to call off.") if left else _("The times are blocked.")
    if called_off:
        return ngettext(
            "%(num)d talk is called off; the family gets a mail and can choose another.",
            "%(num)d talks are called off; the families get a mail and can choose another.",
            len(talks),
        )
    return ngettext(
        "The times are blocked, around %(num)d talk that stays.",
        "The times are blocked, around %(num)d talks that stay.",
        len(talks),
    )


def _back(round_id: int, chosen: Filter, message: str) -> ResponseReturnValue:
    flash(message)
    url = url_for(".overview", round_id=round_id, **chosen.args)
    return redirect(url, HTTPStatus.SEE_OTHER)
