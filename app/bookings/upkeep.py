"""What is purged of talks: remarks and the answers of old forms."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update

from app.bookings.models import Booking, Submission
from app.core.transaction import transaction
from app.extensions import db

REMARKS_KEPT = timedelta(days=30)  # after the evening
FORMS_KEPT = timedelta(days=2)  # nobody sends an older page again


def purge(*, now: datetime) -> int:
    """Delete remarks 30 days after their talk, and the answers of old forms; return how many."""
    old_remark = (Booking.remark != "") & (Booking.ends_at < now - REMARKS_KEPT)
    old_form = Submission.at < now - FORMS_KEPT
    with transaction():
        remarks = db.session.scalar(select(func.count()).where(old_remark)) or 0
        forms = db.session.scalar(select(func.count()).where(old_form)) or 0
        db.session.execute(update(Booking).where(old_remark).values(remark=""))
        db.session.execute(delete(Submission).where(old_form))
        return remarks + forms
