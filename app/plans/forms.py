"""The forms of plans: how a round is planned, and what to publish."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (  # type: ignore[attr-defined]  # newer than the stubs
    IntegerField,
    RadioField,
    SelectChoice,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.core.fields import TOO_LONG, clean_text
from app.planner.settings import Planning, Weight

SENTENCE_LENGTH = 300
LONGEST_RUN = 60
MOST_TALKS = 20
_CHOOSE = _l("Choose one of these.")
_WEIGHTS = (
    (Weight.LESS, _l("counts less")),
    (Weight.USUAL, _l("as usual")),
    (Weight.MORE, _l("counts more")),
)
_PUBLISHES = (
    ("", _l("as usual: by itself where families choose times too, else by hand")),
    ("itself", _l("by itself, each night")),
    ("hand", _l("by hand: you look at it first")),
)
_NUMBER = _l("Fill in a whole number.")


def _weight(label: str) -> RadioField:
    return RadioField(  # type: ignore[call-arg]  # newer than the stubs
        label,
        coerce=Weight,
        choices=[SelectChoice(value, text) for value, text in _WEIGHTS],
        invalid_value_message=_CHOOSE,
        invalid_choice_message=_CHOOSE,
    )


class PlanningForm(FlaskForm):
    """How a round is planned."""

    waiting = _weight(_l("Short waiting for families"))
    evenings = _weight(_l("All talks of a family on one evening"))
    breaks = _weight(_l("Breaks for teachers"))
    run = IntegerField(
        _l("Talks in a row before a break"),
        validators=[
            InputRequired(_NUMBER),
            NumberRange(1, LONGEST_RUN, _l("From %(min)d to %(max)d.")),
        ],
    )
    most_per_child = IntegerField(
        _l("Talks that a child gets at most"),
        validators=[Optional(), NumberRange(1, MOST_TALKS, _l("From %(min)d to %(max)d."))],
    )
    publishes = RadioField(  # type: ignore[call-arg]  # newer than the stubs
        _l("Publishing a night's plan"),
        choices=[SelectChoice(value, text) for value, text in _PUBLISHES],
        invalid_choice_message=_CHOOSE,
    )
    sentence = TextAreaField(
        _l("For who gets no time"),
        filters=[clean_text],
        validators=[Length(max=SENTENCE_LENGTH, message=TOO_LONG)],
    )

    @classmethod
    def of(cls, planning: Planning) -> "PlanningForm":
        """Return the form with these settings, or with what was sent."""
        publishes = {None: "", True: "itself", False: "hand"}[planning.publishes]
        return cls(
            waiting=planning.waiting,
            evenings=planning.evenings,
            breaks=planning.breaks,
            run=planning.run,
            most_per_child=planning.most_per_child,
            publishes=publishes,
            sentence=planning.sentence,
        )

    def planning(self) -> Planning:
        """Return the settings that were sent."""
        return Planning(
            self.waiting.data,
            self.evenings.data,
            self.breaks.data,
            self.run.data or 1,
            self.most_per_child.data,
            {"": None, "itself": True, "hand": False}[self.publishes.data],
            self.sentence.data or "",
        )
