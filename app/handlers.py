"""Which handlers keep which promise; the other half of the composition root."""

from collections.abc import Sequence

from app.accounts import credentials, links
from app.bookings.mails import families as family_mails
from app.bookings.mails import grown as grown_mails
from app.bookings.mails import regrouped as regrouped_mails
from app.bookings.mails import teachers as teacher_mails
from app.bookings.mails.families import News
from app.calendars import service as calendars
from app.core import clock
from app.feeds import invitations
from app.outbox.kinds import Promise
from app.outbox.worker import Handlers
from app.planner import mails as planner_mails
from app.planner import waiting
from app.review import mails as review_mails
from app.review import service as review
from app.round_setup import mails as round_mails


def _spread(
    news: News,
    booking_ids: Sequence[int],
    old: str = "",
    *,
    sequence: int | None = None,
    for_families: bool = True,
) -> None:
    """Pass on what happened to talks: to calendars, to invited teachers, to families.

    In a rush, rows of their own for notes in our own tables would multiply the worker's work. What
    comes before the mails may be repeated, if they fail.
    """
    now = clock.now()
    calendars.note(booking_ids, now=now)
    invitations.promise(booking_ids, now=now)
    if for_families:
        family_mails.promise(news, booking_ids, old, sequence=sequence, now=now)


def _spread_plan(what: str, talks: Sequence[tuple[int, str]], left: Sequence[int]) -> None:
    """Pass on what a plan did to the talks of a family: those that moved or ended have a promise."""
    now, news = clock.now(), planner_mails.PlanNews(what)
    if news is planner_mails.PlanNews.PLANNED:
        made = [booking_id for booking_id, old in talks if not old]
        calendars.note(made, now=now)
        invitations.promise(made, now=now)
    planner_mails.promise(news, talks, left, now=now)


HANDLERS: Handlers = {
    Promise.SEND_LINK: [lambda it: links.send_link(it["request_id"], now=clock.now())],
    Promise.SEND_INVITATION: [
        lambda it: credentials.send_invitation(it["account_id"], now=clock.now())
    ],
    Promise.SEND_PASSWORD_NOTICE: [
        lambda it: credentials.send_password_notice(it["account_id"], now=clock.now())
    ],
    Promise.BOOKED: [lambda it: _spread(News.BOOKED, it["booking_ids"])],
    Promise.MOVED: [
        lambda it: _spread(
            News.MOVED, [it["booking_id"]], it["old"], for_families=not it.get("is_told")
        )
    ],
    Promise.CANCELLED: [
        lambda it: _spread(  # unless another mail tells the family
            News.CANCELLED, [it["booking_id"]], for_families=not it.get("is_told")
        )
    ],
    Promise.SWITCHED: [
        lambda it: _spread(News.SWITCHED, [it["booking_id"]], sequence=it["sequence"])
    ],
    Promise.CALLED_OFF: [lambda it: _spread(News.CALLED_OFF, [it["booking_id"]])],
    Promise.LINK_CAME: [
        lambda it: family_mails.promise(
            News.LINK, [it["booking_id"]], link=it["link"], told=it["told"], now=clock.now()
        )
    ],
    Promise.FAMILY_MAIL: [lambda it: family_mails.send_one(**it, now=clock.now())],
    Promise.REGROUPED_MAIL: [lambda it: regrouped_mails.send_one(**it, now=clock.now())],
    Promise.GROWN_MAIL: [lambda it: grown_mails.send_one(**it, now=clock.now())],
    Promise.TEACHER_MAIL: [lambda it: teacher_mails.send_one(**it, now=clock.now())],
    Promise.INVITATION: [lambda it: invitations.send_one(**it, now=clock.now())],
    Promise.IMPORT_DONE: [lambda _it: review.tell(now=clock.now())],
    Promise.REVIEW_MAIL: [lambda it: review_mails.send_one(**it, now=clock.now())],
    Promise.PLANNED: [lambda it: _spread_plan(it["what"], it["talks"], it.get("left", ()))],
    Promise.PLANNED_MAIL: [lambda it: planner_mails.send_one(**it, now=clock.now())],
    Promise.PLAN_WAITS: [lambda it: waiting.send_one(**it, now=clock.now())],
    Promise.ROUND_MAIL: [lambda it: round_mails.send_one(**it, now=clock.now())],
}
