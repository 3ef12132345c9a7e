"""Give a school years of use: `grow.py FAMILIES ROUNDS`, on PostgreSQL. Prints how many talks."""

import sys

from sqlalchemy import func, select

import wsgi
from app.bookings.models import Booking
from app.extensions import db
from tests.rush.growth import grow

with wsgi.app.app_context():
    grow(int(sys.argv[1]), int(sys.argv[2]))
    print(db.session.scalar(select(func.count()).select_from(Booking)))
