"""Which functions keep which promise; the other half of the composition root."""

from app.accounts import credentials, links
from app.bookings import household_mails, notices, teacher_mails
from app.core import clock
from app.outbox.worker import Handlers
from app.planning import mails as planning

HANDLERS: Handlers = {
    "accounts.send_link": [lambda it: links.send_link(it["request_id"], now=clock.now())],
    "accounts.send_invitation": [
        lambda it: credentials.send_invitation(it["account_id"], now=clock.now())
    ],
    "accounts.send_password_notice": [
        lambda it: credentials.send_password_notice(it["account_id"], now=clock.now())
    ],
    "bookings.booked": [lambda it: notices.address("booked", it["booking_ids"], now=clock.now())],
    "bookings.moved": [
        lambda it: notices.address("moved", [it["booking_id"]], it["old"], now=clock.now())
    ],
    "bookings.cancelled": [
        lambda it: notices.address("cancelled", [it["booking_id"]], now=clock.now())
    ],
    "bookings.called_off": [
        lambda it: notices.address("called_off", [it["booking_id"]], now=clock.now())
    ],
    "bookings.mail": [lambda it: notices.send_one(**it, now=clock.now())],
    "bookings.regrouped": [lambda it: household_mails.send_one(**it, now=clock.now())],
    teacher_mails.MAIL: [lambda it: teacher_mails.send_one(**it, now=clock.now())],
    "planning.mail": [lambda it: planning.send_one(**it, now=clock.now())],
}
