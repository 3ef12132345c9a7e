"""Import every table, so that the metadata is complete for whoever needs it first."""

from app.accounts import models as accounts  # noqa: F401
from app.audit import models as audit  # noqa: F401
from app.bookings import models as bookings  # noqa: F401
from app.calendars import models as calendars  # noqa: F401
from app.core import heartbeats, versions  # noqa: F401
from app.exports import models as exports  # noqa: F401
from app.feeds import models as feeds  # noqa: F401
from app.imports import models as imports  # noqa: F401
from app.mail import models as mail  # noqa: F401
from app.outbox import models as outbox  # noqa: F401
from app.planner import models as planner  # noqa: F401
from app.requests import models as requests  # noqa: F401
from app.review import models as review  # noqa: F401
from app.rounds import models as rounds  # noqa: F401
from app.school import models as school  # noqa: F401
from app.settings import models as settings  # noqa: F401
