"""Letters in the school's colour and on it can be read in a mail, whatever colour that is."""

from hypothesis import given
from hypothesis import strategies as st

from app.settings.colours import ENOUGH_CONTRAST, contrast, mail_colours

BOXES = {"link": ("#ffffff", "#faf7f2"), "dark_accent": ("#211e1b", "#2a2622")}
"""What mails write on, of app/templates/mail."""

colours = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


@given(colours)
def test_every_pair_of_colours_in_a_mail_can_be_read(accent):
    its = mail_colours(accent)
    pairs = [
        (its["accent"], its["accent_ink"]),
        (its["dark_accent"], its["dark_accent_ink"]),
        *((its[name], ground) for name, grounds in BOXES.items() for ground in grounds),
    ]
    assert min(contrast(*pair) for pair in pairs) >= ENOUGH_CONTRAST
    assert its["accent"] == accent
