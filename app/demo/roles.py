"""The people one can sign in as in the demo with one click."""

from dataclasses import dataclass

from flask_babel import gettext as _

from app.demo.families import MAIL_DOMAIN, SCHOOL_DOMAIN, STUDENT_DOMAIN

PASSWORD = "regenboog fietst naar zee"  # noqa: S105  of invented people

ADMINISTRATOR_MAIL = f"beheer@{SCHOOL_DOMAIN}"


@dataclass(frozen=True)
class DemoRole:
    """A person to sign in as; only staff have a password, families sign in by mail."""

    key: str
    label: str
    address: str
    password: str = ""


def demo_roles() -> tuple[DemoRole, ...]:
    """Return the people to sign in as, in the order in which visitors should meet them."""
    return (
        DemoRole(
            "parent",
            _("Marieke de Jong, mother of three"),
            f"marieke.dejong@{MAIL_DOMAIN}",
        ),
        DemoRole(
            "parent-apart",
            _("Ayşe Kaya, mother who comes without the father"),
            f"ayse.kaya@{MAIL_DOMAIN}",
        ),
        DemoRole(
            "student",
            _("Lotte Visser, student in year 4"),
            f"lotte.visser@{STUDENT_DOMAIN}",
        ),
        DemoRole(
            "teacher",
            _("Karin Bakker, teacher, and mother of Jesse"),
            f"bak@{SCHOOL_DOMAIN}",
            PASSWORD,
        ),
        DemoRole(
            "administrator",
            _("Ingrid van Dam, administrator"),
            ADMINISTRATOR_MAIL,
            PASSWORD,
        ),
    )
