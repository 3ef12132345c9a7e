"""Which function keeps which promise; the other half of the composition root."""

from collections.abc import Mapping

from app.accounts import credentials, links
from app.bookings.mails import families as family_mails
from app.bookings.mails import regrouped as regrouped_mails
from app.bookings.mails import teachers as teacher_mails
from app.core import clock
from app.outbox.worker import Handler
from app.round_setup import mails as planning

HANDLERS: Mapping[str, Handler] = {
    "accounts.send_link": lambda it: links.send_link(it["request_id"], now=clock.now()),
    "accounts.send_invitation": lambda it: credentials.send_invitation(
        it["account_id"], now=clock.now()
    ),
    "accounts.send_password_notice": lambda it: credentials.send_password_notice(
        it["account_id"], now=clock.now()
    ),
    "bookings.booked": lambda it: family_mails.address(
        "booked", it["booking_ids"], now=clock.now()
    ),
    "bookings.moved": lambda it: family_mails.address(
        "moved", [it["booking_id"]], it["old"], now=clock.now()
    ),
    "bookings.cancelled": lambda it: family_mails.address(
        "cancelled", [it["booking_id"]], now=clock.now()
    ),
    "bookings.called_off": lambda it: family_mails.address(
        "called_off", [it["booking_id"]], now=clock.now()
    ),
    "bookings.mail": lambda it: family_mails.send_one(**it, now=clock.now()),
    "bookings.regrouped": lambda it: regrouped_mails.send_one(**it, now=clock.now()),
    teacher_mails.MAIL: lambda it: teacher_mails.send_one(**it, now=clock.now()),
    "planning.mail": lambda it: planning.send_one(**it, now=clock.now()),
}
