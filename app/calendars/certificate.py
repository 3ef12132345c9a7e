"""When the certificate for Microsoft ends, so that somebody renews it in time."""

from datetime import datetime
from pathlib import Path

from app.config import Settings
from app.outbox.errors import Unprepared


def certificate_ends(settings: Settings) -> datetime | None:
    """Return when the certificate ends; None without one. Raises Unprepared if it is unreadable."""
    path = settings.ms_client_certificate_file
    if not path:
        return None
    from cryptography.x509 import load_pem_x509_certificate  # noqa: PLC0415  10 MB, for one page

    try:
        return load_pem_x509_certificate(Path(path).read_bytes()).not_valid_after_utc
    except (OSError, ValueError):
        raise Unprepared("the certificate for Microsoft cannot be read") from None
