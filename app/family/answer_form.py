"""The form with a family's answer to a talk that the school called off."""

import re

from flask_wtf import FlaskForm
from wtforms import StringField

ALTERNATIVE = re.compile(r"(\d{1,9})-(\d{1,9}(?:-\d{1,9})*)")


class AlternativeForm(FlaskForm):
    """One tapped time as "slot-teachers", or the answer that no other talk is needed."""

    time = StringField()
    none = StringField()

    def choice(self) -> tuple[int, str] | None:
        """Return the slot id and the teacher key, or None if the value is not a time."""
        match = ALTERNATIVE.fullmatch(self.time.data or "")
        return (int(match[1]), match[2]) if match else None
