"""Send one mail to one recipient in the name of the school."""

from datetime import datetime
from typing import Any

from app.core.i18n import known_language
from app.core.transaction import end_reading
from app.mail.message import Logo, compose
from app.mail.sender import send
from app.settings.queries import load_logo, load_school

LARGEST_LOGO = 32 * 1024  # bytes; a school of 1,500 families sends it some thousand times a round
LOGO_TYPES = {"image/png", "image/jpeg"}  # Outlook shows no WebP


def send_letter(
    template: str,
    email: str,
    language: str,
    *,
    now: datetime,
    is_student: bool = False,
    **context: Any,
) -> None:
    """Compose ``mail/<template>`` in the recipient's language and send it.

    ``is_student`` uses the texts for students if the school wants them. All other arguments are
    plain values for the template. Raises like ``compose`` and ``send``.
    """
    school, language = load_school(), known_language(language)
    logo = _logo() if school.has_logo else None
    mail = compose(
        template,
        email,
        language=language,
        je=is_student and school.has_words_for_students(language),
        school=school,
        now=now,
        logo=logo,
        **context,
    )
    end_reading()  # keep no transaction open while a mail server is slow
    send(mail)


def _logo() -> Logo | None:
    """Return the school's logo for a mail; None where it is too large for that, or another type."""
    image, type_ = load_logo() or (b"", "")
    if type_ not in LOGO_TYPES or len(image) > LARGEST_LOGO:
        return None
    return Logo(image, type_)
