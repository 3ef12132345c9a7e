"""What each mail is written from: by the name of its template, some lists of values that it may get."""

from datetime import date, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from app.bookings.cells import Talk
from app.bookings.mails.teachers import ChangedTalk
from app.rounds.models import Modality
from app.school.queries import Child
from app.settings.queries import SchoolInfo
from tests.small_school import FIRST, NOW

SITE = "https://gesprekken.school.example"
CONTACT = ("Ingrid van Dam", "beheer@school.example", "030 123 45 67")
SCHOOL = SchoolInfo("Het Baken", "#0f5c5c", False, ZoneInfo("Europe/Amsterdam"), *CONTACT, True)
ROUND = "Tienminutengesprekken onderbouw"
TEN = timedelta(minutes=10)

NOOR = Child(1, "Noor", "Noor Jansen", "N", 0, "h2a", 1)
SEM = Child(2, "Sem", "Sem van den Berg-Jansen", "S", 1, "b1c", 1)


def talk(place: int, child=NOOR, teacher="mevr. De Vries", *, room="B12", modality=Modality.SITE):
    """A talk, ten minutes after the one with the place before it."""
    start = FIRST + place * TEN
    online = modality in {Modality.TEAMS, Modality.MEET}
    return Talk(
        booking_id=place,
        round_id=1,
        round_name=ROUND,
        evening_id=1,
        child=child,
        teacher_key="1",
        teacher=teacher,
        subjects="Nederlands",
        room=room if modality is Modality.SITE else "",
        starts_at=start,
        ends_at=start + TEN,
        remark="",
        modality=modality,
        modalities=(modality,),
        link="https://teams.microsoft.com/l/meetup-join/19%3ameeting_Zm9v%40thread.v2/0"
        if online
        else "",
        cancelled=False,
        may_move=True,
        may_cancel=True,
        may_ask=False,
        may_switch=False,
        may_remark=True,
    )


TALKS = (talk(0), talk(2, teacher="dhr. Bakker en mevr. Kaya"), talk(3, SEM, room=""))
MANY = tuple(talk(place, SEM if place % 2 else NOOR, "dhr. Van der Meulen") for place in range(60))
"""More than any family has: three children with fourteen teachers have 42."""
ONLINE = (talk(4, modality=Modality.TEAMS),)
OLD = {it.booking_id: FIRST + 12 * TEN for it in MANY}
EVENINGS = tuple(
    SimpleNamespace(day=day, starts_at=FIRST, ends_at=FIRST + 13 * TEN)
    for day in (date(2027, 2, 9), date(2027, 2, 16))
)
PAGE = f"{SITE}/talks"
TOKEN = f"{SITE}/sign-in/link/q7Gf2mXw0nJ5bYtR8kLcVdHs1eZuPa3o"

_ABOUT_ROUND = {
    "page": PAGE,
    "name": ROUND,
    "explanation": "U kunt drie docenten kiezen.\nKoffie staat klaar in de aula.",
    "children": ["Noor", "Sem"],
    "evenings": EVENINGS,
    "until": FIRST - timedelta(days=7),
    "may_block": True,
    "of_student": False,
    "opens_at": NOW,
    "is_open": True,
    "closes_at": FIRST - timedelta(days=2),
}
_PLANNED = {"page": PAGE, "asked": f"{PAGE}/asked/1", "old": OLD}
_LEFT = [("dhr. Bakker", "Noor Jansen"), ("mevr. Kaya", "Sem van den Berg-Jansen")]
_TO_TEACHER = {
    "starts_at": FIRST,
    "place": "lokaal B12",
    "student": "N.J.",
    "class_name": "h2a",
}

SAMPLES = {
    "invitation": [{"link": TOKEN}],
    "password_changed": [{"page": PAGE}],
    "plan_waiting": [{"name": ROUND, "placed": 412, "left": 9, "page": PAGE}],
    "review": [
        {"page": PAGE, "verdict": "", "counts": [("Leerlingen zonder klas", 3)]},
        {"page": PAGE, "verdict": "Er zijn fouten", "counts": [("Twee keer hetzelfde adres", 12)]},
    ],
    "round_check": [{**_ABOUT_ROUND, "again": again} for again in (False, True)],
    "round_invitation": [
        {**_ABOUT_ROUND, "again": again, "asks": asks, "takes_requests": asks}
        for again in (False, True)
        for asks in (False, True)
    ],
    "sign_in": [{"link": TOKEN, "code": "7KD2-M0XA"}],
    "sign_in_shared": [{"page": PAGE}],
    "sign_in_staff": [{"page": PAGE, "link": TOKEN}],
    "talk_called_off": [
        {"talks": TALKS[:1], "reason": reason, "page": PAGE}
        for reason in ("Mevrouw De Vries is ziek. Beterschap gewenst!", "")
    ],
    "talk_cancelled": [{"talks": TALKS[:1], "page": PAGE}],
    "talk_link": [{"talks": ONLINE, "page": PAGE}],
    "talk_moved": [{"talks": TALKS[:1], "old": FIRST + 5 * TEN, "page": PAGE}],
    "talk_switched": [{"talks": ONLINE, "page": PAGE}, {"talks": TALKS[:1], "page": PAGE}],
    "talks_apart": [
        {"child": "Noor Jansen", "talks": TALKS[:2], "has_lost": True, "page": PAGE},
        {"child": "Noor Jansen", "talks": (), "may_choose": True, "page": PAGE},
        {"child": "Noor Jansen", "talks": (), "may_choose": False, "page": PAGE},
    ],
    "talks_booked": [{"talks": TALKS, "page": PAGE}, {"talks": MANY, "page": PAGE}],
    "talks_of_grown": [{"child": "Noor Jansen", "page": PAGE}],
    "talks_own": [{"talks": TALKS[:2], "page": PAGE}],
    "talks_planned": [
        {**_PLANNED, "new": TALKS[:2], "moved": TALKS[2:], "left": _LEFT},
        {**_PLANNED, "new": (), "moved": (), "left": _LEFT},
        {**_PLANNED, "new": MANY[:30], "moved": MANY[30:], "left": _LEFT * 6},
    ],
    "talks_together": [{"child": "Noor Jansen", "talks": TALKS[:1], "page": PAGE}],
    "talks_unplanned": [{"new": TALKS[:1], "moved": TALKS[2:], "page": PAGE}],
    "teacher_invitation": [
        {"talk": {**_TO_TEACHER, "is_cancelled": cancelled}, "is_new": is_new, "page": PAGE}
        for cancelled, is_new in ((False, True), (False, False), (True, False))
    ],
    "teacher_talks": [
        {
            "talks": [
                ChangedTalk(FIRST, FIRST + TEN, "Noor Jansen", "h2a"),
                ChangedTalk(FIRST + TEN, None, "Sem van den Berg-Jansen", "b1c"),
            ],
            "page": PAGE,
        },
    ],
}
