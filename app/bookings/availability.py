"""Queries for one child's table: times, teachers, and who is busy when."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import count
from sys import intern
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, and_, bindparam, exists, or_, select
from sqlalchemy.orm import aliased

from app.bookings.attendees import coming
from app.bookings.cells import Busy, Column, Engaged, Live
from app.bookings.models import Booking, Claim, ClaimKind
from app.core import compiled
from app.core.ticks import ticks
from app.rounds.info import EveningInfo, RoundInfo
from app.rounds.models import Modality, Offer, OfferTeacher
from app.rounds.offers import is_bookable, teachers_by_offer
from app.rounds.places import link_of
from app.rounds.queries import evenings_of
from app.school.models import Guardian, HouseholdGuardian, Person, Subject, Teacher
from app.school.names import formal_name
from app.school.queries import Child

_LIVE = aliased(Booking)
_COLUMNS = (  # built once, like all statements of the table: building them would dominate the page
    select(
        Offer.teacher_key,
        Offer.id.label("offer_id"),
        Offer.slots,
        Subject.name.label("subject"),
        Teacher.id.label("teacher_id"),
        Teacher.link,
        Person.id.label("person_id"),
        Person.salutation,
        Person.given_name,
        Person.prefix,
        Person.family_name,
        Person.sort_key,
        is_bookable().label("offered"),
        Offer.id.in_(
            select(Booking.offer_id).where(
                Booking.round_id == bindparam("round_id"),
                Booking.student_id == bindparam("student_id"),
                Booking.cancelled_at.is_(None),
                # Ignore talks of guardians who come apart, so as not to reveal them.
                or_(
                    Booking.household_id.is_(None),
                    Booking.household_id == bindparam("household_id"),
                ),
            )
        ).label("booked"),
        _LIVE.id.label("booking_id"),
        _LIVE.starts_at,
        _LIVE.modality,
    )
    .join(OfferTeacher, OfferTeacher.offer_id == Offer.id)
    .join(Teacher, Teacher.id == OfferTeacher.teacher_id)
    .join(Person, Person.id == Teacher.person_id)
    .outerjoin(Subject, Subject.code == Offer.subject_code)
    .outerjoin(
        _LIVE,
        and_(
            _LIVE.round_id == Offer.round_id,
            _LIVE.student_id == Offer.student_id,
            _LIVE.teacher_key == Offer.teacher_key,
            _LIVE.cancelled_at.is_(None),
            _LIVE.household_id.is_not_distinct_from(bindparam("coming")),
        ),
    )
    .where(Offer.round_id == bindparam("round_id"), Offer.student_id == bindparam("student_id"))
    .order_by(Offer.id, OfferTeacher.position)
)

_CLAIMS = select(Claim.kind, Claim.resource_id, Claim.tick, Claim.booking_id).where(
    or_(
        and_(
            Claim.kind == ClaimKind.TEACH,
            Claim.resource_id.in_(bindparam("teachers", expanding=True)),
        ),
        and_(
            Claim.kind == ClaimKind.PERSON,
            Claim.resource_id.in_(bindparam("people", expanding=True)),
        ),
        and_(
            Claim.kind == ClaimKind.ROOM, Claim.resource_id.in_(bindparam("rooms", expanding=True))
        ),
    ),
    Claim.tick.between(bindparam("first"), bindparam("last")),
)

_ENGAGED = select(
    Claim.tick,
    Claim.booking_id,
    Claim.resource_id.label("person_id"),
    # Whether the person gives the talk as a teacher, and not about an own child.
    exists()
    .where(
        Booking.id == Claim.booking_id,
        OfferTeacher.offer_id == Booking.offer_id,
        Teacher.id == OfferTeacher.teacher_id,
        Teacher.person_id == Claim.resource_id,
        ~exists()
        .where(
            HouseholdGuardian.household_id == Booking.household_id,
            Guardian.id == HouseholdGuardian.guardian_id,
            Guardian.person_id == Teacher.person_id,
        )
        .correlate(Booking, Teacher),
    )
    .label("works"),
).where(
    Claim.kind == ClaimKind.PERSON,
    Claim.resource_id.in_(bindparam("people", expanding=True)),
    Claim.tick.between(bindparam("first"), bindparam("last")),
)


def evenings_with_times(round_: RoundInfo) -> list[EveningInfo]:
    """Return the evenings of a round that still have times."""
    return [evening for evening in evenings_of(round_) if evening.slots]


def columns_of(
    round_: RoundInfo, child: Child, evenings: Sequence[EveningInfo]
) -> tuple[Column, ...]:
    """Return the teachers this child can meet or already meets, by name; a duo is one column."""
    rows = compiled.read(
        _COLUMNS,
        round_id=round_.id,
        student_id=child.student_id,
        household_id=child.household_id,
        coming=coming(round_, child),
    )
    sort_keys, by_key = {}, defaultdict(list)
    for row in rows:
        sort_keys[row.teacher_id] = row.sort_key
        by_key[row.teacher_key].append(row)
    columns = []
    for key, all_of_key in by_key.items():
        of_key = [row for row in all_of_key if row.offered or row.booked]
        if not of_key:
            continue
        first = of_key[0]
        teachers = [row for row in of_key if row.offer_id == first.offer_id]
        modality = Modality(first.modality) if first.modality else round_.modality
        rooms, exclusive_rooms = (
            _rooms_of(tuple(evenings), tuple(row.teacher_id for row in teachers))
            if modality is Modality.SITE
            else (_NOWHERE, _NOWHERE)
        )
        names = [
            formal_name(row.salutation, row.given_name, row.prefix, row.family_name)
            for row in teachers
        ]
        columns.append(
            Column(
                key=intern(key),
                offer_id=first.offer_id,
                teacher=intern(join_names(names)),
                subjects=_subjects(of_key),
                talk_subjects=_subjects(all_of_key),
                slots=max(row.slots for row in of_key),
                offered=any(row.offered for row in of_key),
                teacher_ids=tuple(row.teacher_id for row in teachers),
                person_ids=tuple(row.person_id for row in teachers),
                rooms=rooms,
                exclusive_rooms=exclusive_rooms,
                modality=modality,
                link=link_of(modality, "", [row.link for row in teachers]),
                live=first.booking_id and Live(first.booking_id, first.starts_at),
            )
        )
    return tuple(sorted(columns, key=lambda column: (sort_keys[column.teacher_ids[0]], column.key)))


_NOWHERE: Mapping[int, Any] = {}


@lru_cache(maxsize=4096)
def _rooms_of(
    evenings: tuple[EveningInfo, ...], teachers: tuple[int, ...]
) -> tuple[Mapping[int, str], Mapping[int, int]]:
    """Return the rooms of a talk by evening: names, and the ids of the first teacher's exclusive ones."""
    names = {
        e.id: next((e.rooms[id_].name for id_ in teachers if id_ in e.rooms), "") for e in evenings
    }
    rooms = {e.id: e.rooms[teachers[0]] for e in evenings if teachers[0] in e.rooms}
    return (
        {evening: name for evening, name in names.items() if name},
        {evening: room.id for evening, room in rooms.items() if room.exclusive},
    )


def _subjects(rows: Sequence[Any]) -> str:
    return intern(", ".join(dict.fromkeys(row.subject for row in rows if row.subject)))


def busy_during(
    evenings: Sequence[EveningInfo],
    columns: Sequence[Column],
    family: Collection[int],
    *,
    now: datetime,
) -> Busy:
    """Return when these teachers, their rooms and the family are busy, as it is now."""
    if not evenings:
        return Busy(now)
    seen = Seen(evenings)
    seen.read(
        [t for column in columns for t in column.teacher_ids],
        [p for column in columns for p in column.person_ids],
        [room for column in columns for room in column.exclusive_rooms.values()],
    )
    return seen.busy(engaged_during(evenings, family), now)


def engaged_during(evenings: Sequence[EveningInfo], people: Collection[int]) -> Engaged:
    """Return when these people are in talks during the evenings."""
    if not evenings:
        return Engaged()
    first, last = _first_and_last(evenings)
    talks: dict[int, int] = {}
    work: dict[int, set[int]] = {}
    for tick, booking_id, person, works in compiled.read(
        _ENGAGED, people=list(people), first=first, last=last
    ):
        if works:
            work = work or {it: set() for it in sorted(people)}
            work[person].add(tick)
        else:
            talks[tick] = booking_id
    return Engaged(talks, work)


_serials = count(1)  # never the same twice in a process, whatever picture is made anew


class Seen:
    """When teachers and rooms are busy during some evenings, as read from the claims.

    Ticks alone: it knows no bookings, and no names.
    """

    def __init__(self, evenings: Sequence[EveningInfo]) -> None:
        """Know nothing yet about these evenings, of which there is one at least."""
        self._first, self._last = _first_and_last(evenings)
        self._serial = next(_serials)
        self._taught: dict[int, int] = {}
        self._absent: dict[int, int] = {}
        self._rooms: dict[int, int] = {}
        self._people: dict[int, int] = {}

    def read(self, teachers: Sequence[int], people: Sequence[int], rooms: Sequence[int]) -> None:
        """Read these anew; ``people`` are the teachers' persons."""
        taught, absent = dict.fromkeys(teachers, 0), dict.fromkeys(teachers, 0)
        taken = dict.fromkeys(rooms, 0)
        seated = dict.fromkeys(people, 0)
        for kind, id_, tick, booking_id in compiled.read(
            _CLAIMS,
            teachers=teachers,
            people=people,
            rooms=rooms,
            first=self._first,
            last=self._last,
        ):
            bit = 1 << (tick - self._first)
            if kind == ClaimKind.PERSON:
                seated[id_] |= bit
            elif kind == ClaimKind.ROOM:
                taken[id_] |= bit
            else:
                (absent if booking_id is None else taught)[id_] |= bit
        for known, fresh in (
            (self._taught, taught),
            (self._absent, absent),
            (self._rooms, taken),
            (self._people, seated),
        ):
            known.update(fresh)
        self._serial = next(_serials)

    def busy(self, engaged: Engaged, now: datetime) -> Busy:
        """Return what a family's table needs."""
        return Busy(
            now,
            self._first,
            self._taught,
            self._absent,
            self._rooms,
            self._people,
            engaged.talks,
            engaged.work,
            self._serial,
        )


def teachers_of(offer_ids: Collection[int] | Select[int]) -> dict[int, str]:
    """Return teachers by offer id, as parents read them; withdrawn offers are included."""
    return {
        offer_id: join_names([name for _id, name in teachers])
        for offer_id, teachers in teachers_by_offer(offer_ids).items()
    }


def join_names(names: Sequence[str]) -> str:
    """Join the names of teachers who hold a talk together: "mevr. De Vries en dhr. Kaya"."""
    if len(names) < 2:
        return "".join(names)
    return _("%(names)s and %(last)s", names=", ".join(names[:-1]), last=names[-1])


def _first_and_last(evenings: Sequence[EveningInfo]) -> tuple[int, int]:
    return (
        min(ticks(e.slots[0].starts_at, e.slots[0].ends_at).start for e in evenings),
        max(ticks(e.slots[-1].starts_at, e.slots[-1].ends_at).stop - 1 for e in evenings),
    )
