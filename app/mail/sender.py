"""Send mails as configured."""

from email.message import EmailMessage

from flask import current_app

from app.config import Settings
from app.mail import box, smtp


def send(message: EmailMessage) -> None:
    """Put a mail into the demo's mailbox, or pass it to the mail server.

    Only for outbox handlers, because a mail server can be slow. Raises like ``smtp.deliver``.
    """
    settings: Settings = current_app.config["SETTINGS"]
    if settings.demo:
        box.put(message)
    else:
        smtp.deliver(message, settings)
