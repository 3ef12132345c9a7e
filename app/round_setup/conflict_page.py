"""What the page of conflicts shows: a card for each of a few talks, figures of many."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.bookings.mails import families
from app.bookings.models import ClaimKind
from app.rescheduling.answers import Answer, Answers, Resolution, Rest, TalkKey
from app.rescheduling.booked import BookedTalk
from app.rescheduling.conflicts import Conflict, FoundConflicts
from app.rescheduling.deciding import decide

MOST_CARDS = 40
"""Talks of which each has a card at once; with more, cards come by teacher."""

REST = {
    Rest.MOVE: _l("Move what can move; the others keep their promised time"),
    Rest.MOVE_OR_CANCEL: _l("Move what can move; call off the others"),
    Rest.SWITCH: _l("Change what can change, at the same time; the others stay as promised"),
    Rest.KEEP: _l("Keep all: what was promised stands"),
    Rest.CANCEL: _l("Call off all"),
}


@dataclass(frozen=True)
class TalkCard:
    """A talk to decide about; ``chosen`` is ticked, and "" is as for all talks."""

    conflict: Conflict
    chosen: Resolution | str

    @property
    def name(self) -> str:
        """The name of its field."""
        return field_of(self.conflict.talk.key)

    def value(self, resolution: str) -> str:
        """Return what its field holds for a resolution: a talk moves to the time that is shown."""
        free = self.conflict.free_time if resolution == Resolution.MOVE else None
        return str(Answer(Resolution.MOVE, free.starts_at)) if free else resolution


@dataclass(frozen=True)
class Group:
    """Talks of some teachers, or of an evening, that are in conflict."""

    key: str  # of the teachers
    name: str | date
    talks: int
    movable: int
    answered: int  # have an answer of their own


@dataclass(frozen=True)
class ConflictPage:
    """The page: ``asked`` have to be decided, ``answered`` are folded, ``carried`` have no card."""

    number: int
    asked: tuple[TalkCard, ...]
    answered: tuple[TalkCard, ...]
    carried: tuple[tuple[str, str], ...]
    choices: tuple[tuple[Rest, str], ...]  # with what comes of each, where there are many talks
    evenings: tuple[Group, ...] = ()
    teachers: tuple[Group, ...] = ()
    opened: str = ""  # the teachers whose talks alone are shown

    @property
    def has_own(self) -> bool:
        """Whether some talks have an answer of their own."""
        return any(it.answered for it in self.teachers)

    @property
    def is_large(self) -> bool:
        """Whether there are too many talks for a card each."""
        return self.number > MOST_CARDS


def few(
    found: FoundConflicts, answers: Answers, *, is_refused: bool, now: datetime
) -> ConflictPage:
    """Return the page of a few talks; once ``is_refused``, what was answered is folded."""
    decided = decide(found, answers, alternatives=True, now=now)
    folded = [it for it in decided if is_refused and it.resolution]
    return ConflictPage(
        number=len(decided),
        asked=tuple(_card(it) for it in decided if it not in folded),
        answered=tuple(_card(it) for it in folded),
        carried=(),
        choices=tuple((it, "") for it in _rests(decided)),
    )


def many(found: FoundConflicts, answers: Answers, opened: str, *, now: datetime) -> ConflictPage:
    """Return the page of many talks, or of those of some of their teachers."""
    decided = decide(found, answers, alternatives=True, now=now)
    own = {it.talk.key: answers.own[it.talk.key] for it in decided if it.talk.key in answers.own}
    cards = tuple(
        TalkCard(it, own[it.talk.key].resolution if it.talk.key in own else "")
        for it in decided
        if (it.talk.teacher_key == opened if opened else it.resolution is None)
    )
    shown = {card.conflict.talk.key for card in cards}
    page = ConflictPage(
        number=len(decided),
        asked=cards,
        answered=(),
        carried=tuple((field_of(key), str(it)) for key, it in own.items() if key not in shown),
        choices=(),
        opened=opened if cards else "",
    )
    if page.opened:
        return page
    by_rest = {
        it: decided if it is answers.rest else decide(found, replace(answers, rest=it), now=now)
        for it in _rests(decided)
    }
    mails = families.count_mails([it.talk.booking_id for it in decided], now)
    best = by_rest[Rest.MOVE_OR_CANCEL]
    return replace(
        page,
        choices=tuple((it, _with_mails(its, mails)) for it, its in by_rest.items()),
        evenings=tuple(_groups(best, answers, lambda talk: ("", talk.day))),
        teachers=tuple(_groups(best, answers, lambda talk: (talk.teacher_key, talk.teacher))),
    )


def field_of(key: TalkKey) -> str:
    """Return the name of the field with the answer about a talk."""
    return f"resolution-{key[0]}-{key[1]}"


def outcome(conflicts: Iterable[Conflict]) -> str:
    """Return in words what becomes, or became, of talks: "3 move, 1 is called off"."""
    number = Counter(it.resolution for it in conflicts)
    move, switch, cancel, keep, asked = (
        number[it]
        for it in (
            Resolution.MOVE,
            Resolution.SWITCH,
            Resolution.CANCEL,
            Resolution.KEEP,
            None,
        )
    )
    texts = {
        ngettext("%(num)d moves", "%(num)d move", move): move,
        ngettext("%(num)d is held otherwise", "%(num)d are held otherwise", switch): switch,
        ngettext("%(num)d is called off", "%(num)d are called off", cancel): cancel,
        ngettext("%(num)d stays as promised", "%(num)d stay as promised", keep): keep,
        ngettext("%(num)d is asked about again", "%(num)d are asked about again", asked): asked,
    }
    return ", ".join(text for text, number in texts.items() if number)


def _with_mails(conflicts: Iterable[Conflict], mails: Mapping[int, int]) -> str:
    """Return what becomes of talks, and how many mails say so."""
    changed = [it.talk for it in conflicts if it.resolution is not Resolution.KEEP]
    to_families = sum(mails.get(talk.booking_id, 0) for talk in changed)
    to_teachers = len(frozenset().union(*(talk.ids(ClaimKind.TEACH) for talk in changed)))
    told = [
        ngettext("%(num)d mail to families", "%(num)d mails to families", to_families),
        ngettext("%(num)d to teachers", "%(num)d to teachers", to_teachers),
    ]
    return f"{outcome(conflicts)}; {', '.join(told)}" if changed else outcome(conflicts)


def _rests(conflicts: Iterable[Conflict]) -> list[Rest]:
    """Return what can be answered for all talks."""
    has_other = any(it.modality for it in conflicts)
    return [it for it in Rest if it is not Rest.SWITCH or has_other]


def _card(it: Conflict) -> TalkCard:
    """Return a card with what was answered, or else with what seems best."""
    best = (
        Resolution.MOVE if it.free_time else Resolution.SWITCH if it.modality else Resolution.KEEP
    )
    return TalkCard(it, it.resolution or best)


def _groups(
    conflicts: Iterable[Conflict],
    answers: Answers,
    of: Callable[[BookedTalk], tuple[str, str | date]],
) -> list[Group]:
    """Return the talks by teachers or evening; first where the most of them cannot move."""
    groups = defaultdict(list)
    for it in conflicts:
        groups[of(it.talk)].append(it)
    found = [
        Group(
            key,
            name,
            talks=len(its),
            movable=sum(it.resolution is Resolution.MOVE for it in its),
            answered=sum(it.talk.key in answers.own for it in its),
        )
        for (key, name), its in groups.items()
    ]
    return sorted(found, key=lambda it: it.movable - it.talks)
