"""The forms with which teachers change the times of their own evening, and their link."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import Length

from app.core.fields import TOO_LONG, clean, times_field
from app.core.ids import id_of
from app.school.links import LINK_LENGTH

MOST_CELLS = 600  # all times of a long evening


class OwnTimesForm(FlaskForm):
    """A teacher's own times: ticked ones, a range, or the whole evening."""

    slots = times_field(id_of, most=MOST_CELLS, default=list)
    first = StringField()
    last = StringField()
    whole = StringField()


class LinkForm(FlaskForm):
    """A teacher's own link; the service decides whether it is one."""

    link = StringField(
        _l("Own link for online talks"),
        filters=[clean],
        validators=[Length(max=LINK_LENGTH, message=TOO_LONG)],
        render_kw={"type": "url", "autocomplete": "off", "maxlength": LINK_LENGTH},
    )
