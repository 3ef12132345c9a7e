"""Sending, by whatever the settings say."""

from email.message import EmailMessage

from flask import current_app

from app.config import Settings
from app.mail import box, smtp


def send(message: EmailMessage) -> None:
    """Put a mail into the demo's box, or hand it to the mail server.

    For handlers of the outbox only: it takes as long as a mail server likes. Raises as
    ``smtp.deliver`` does.
    """
    settings: Settings = current_app.config["SETTINGS"]
    if settings.demo:
        box.put(message)
    else:
        smtp.deliver(message, settings)
