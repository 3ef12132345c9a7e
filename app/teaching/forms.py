"""The form with which teachers change the times of their own evening."""

from flask_wtf import FlaskForm
from wtforms import StringField

from app.core.fields import times_field
from app.core.ids import id_of

MOST_CELLS = 600  # all times of a long evening


class OwnTimesForm(FlaskForm):
    """A teacher's own times: ticked ones, a range, or the whole evening."""

    act = StringField()
    slots = times_field(id_of, most=MOST_CELLS, default=list)
    first = StringField()
    last = StringField()
    whole = StringField()
