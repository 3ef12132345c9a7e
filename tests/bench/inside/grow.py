"""Give a school years of use: `grow.py FAMILIES ROUNDS`, on PostgreSQL. Prints how many talks."""

import sys

from sqlalchemy import func, select

from app import create_app
from app.bookings.models import Booking
from app.extensions import db
from tests.rush.growth import grow

with create_app().app_context():
    grow(int(sys.argv[1]), int(sys.argv[2]))
    print(db.session.scalar(select(func.count()).select_from(Booking)))
