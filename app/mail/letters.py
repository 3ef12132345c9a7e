"""Send one mail to one recipient in the name of the school."""

from datetime import datetime
from typing import Any

from app.core.i18n import known_language
from app.core.transaction import end_reading
from app.mail.message import compose
from app.mail.sender import send
from app.settings.queries import load_school


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
    mail = compose(
        template,
        email,
        language=language,
        je=is_student and school.has_words_for_students(language),
        sender_name=school.name,
        now=now,
        school=school,
        **context,
    )
    end_reading()  # keep no transaction open while a mail server is slow
    send(mail)
