"""Import every table, so that the metadata is complete whoever uses it first."""

from app.accounts import models as accounts
from app.audit import models as audit
from app.bookings import models as bookings
from app.exports import models as exports
from app.mail import models as mail
from app.outbox import models as outbox
from app.rounds import models as rounds
from app.school import models as school
from app.settings import models as settings

__all__ = [
    "accounts",
    "audit",
    "bookings",
    "exports",
    "mail",
    "outbox",
    "rounds",
    "school",
    "settings",
]
