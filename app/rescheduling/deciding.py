"""Decide what becomes of each talk in conflict, by what the office answered."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.rescheduling.answers import Answer, Answers, Resolution, Rest
from app.rescheduling.booked import BookedTalk
from app.rescheduling.conflicts import Conflict, FoundConflicts
from app.rescheduling.free_times import FreeTime, Timetable, busy_without
from app.rescheduling.rooms import Seats

_STAYS = {Resolution.KEEP, Resolution.SWITCH}
_MOVES = {Rest.MOVE, Rest.MOVE_OR_CANCEL}


def decide(
    found: FoundConflicts, answers: Answers, *, alternatives: bool = False, now: datetime
) -> tuple[Conflict, ...]:
    """Return the conflicts with their resolution and free time. Pure.

    Talks move to the time that their answer names, if it is still free, and the others to the
    nearest one. Without a resolution stay those about which nobody answered, and those whose named
    time was taken and that ``answers.rest`` does not move. With ``alternatives`` talks that are not
    to move have a free time too.
    """
    moving = [it for it in found.conflicts if it.is_movable and _leaves(it, answers)]
    cancelled = [it for it in found.conflicts if _is_cancelled(it, answers)]
    leaving = [it.talk for it in (*moving, *cancelled)]
    table = Timetable(found.times, busy_without(leaving, found.talks, found.seats, found.held), now)
    times = _new_times(moving, answers, table)
    if answers.rest is Rest.MOVE:
        _let_stay(moving, answers, times, table, found.seats)
    decided = (_decided(it, times.get(it.talk.booking_id), answers) for it in found.conflicts)
    return tuple(_with_alternative(it, table) if alternatives else it for it in decided)


def can_be(resolution: Resolution, conflict: Conflict) -> bool:
    """Whether a conflict can be resolved in this way: is there a free time, or another modality."""
    if resolution is Resolution.MOVE:
        return conflict.free_time is not None
    return resolution is not Resolution.SWITCH or conflict.modality is not None


def _new_times(
    moving: Sequence[Conflict], answers: Answers, table: Timetable
) -> dict[int, FreeTime]:
    """Take new times, by booking id: first those that answers name, then the nearest, by time."""
    times: dict[int, FreeTime] = {}
    for only_named in (True, False):
        for it in moving:
            own = answers.own.get(it.talk.key)
            named = own.starts_at if own and only_named else None
            if it.talk.booking_id in times or (only_named and not named):
                continue
            talk = _as_moved(it)
            if free := table.find(talk, at=named):
                table.take(talk, free)
                times[it.talk.booking_id] = free
    return times


def _let_stay(
    moving: Sequence[Conflict],
    answers: Answers,
    times: dict[int, FreeTime],
    table: Timetable,
    seats: Seats,
) -> None:
    """Let talks without a new time stay, and those that took their place go elsewhere.

    Of these, some may find no other place and stay too, and so on; once all have one, some of those
    that stay may move after all.
    """
    talks = {it.talk.booking_id: _as_moved(it) for it in moving}
    stuck = [it.talk for it in moving if it.talk.booking_id not in times and not _own(it, answers)]
    can_stay = {it.talk.booking_id: it.talk for it in moving if not _own(it, answers)}
    for talk in stuck:  # grows; ends: each talk stays once
        place = _place(talk, seats)
        takers = sorted(table.takers(talk, place) & times.keys())
        for id_ in takers:
            table.leave(talks[id_], times.pop(id_))
        table.take(talk, place)
        for id_ in takers:
            if free := table.find(talks[id_]):
                table.take(talks[id_], free)
                times[id_] = free
            elif id_ in can_stay:
                stuck.append(can_stay[id_])
    has_moved = True
    while has_moved:  # ends: each talk moves once
        has_moved = False
        for talk in stuck:
            moved = talks[talk.booking_id]
            if talk.booking_id not in times and (free := table.find(moved, stays=True)):
                table.leave(talk, _place(talk, seats))
                table.take(moved, free)
                times[talk.booking_id] = free
                has_moved = True


def _place(talk: BookedTalk, seats: Seats) -> FreeTime:
    """Return the time and the room that a talk has if it stays."""
    room = seats.get(talk.booking_id)
    held = room if room and room.exclusive else None
    return FreeTime(talk.day, talk.starts_at, talk.ends_at, held)


def _with_alternative(conflict: Conflict, table: Timetable) -> Conflict:
    """Return the conflict with a time to which it could move, also if it is not to move."""
    if conflict.free_time or not conflict.is_movable:
        return conflict
    talk, stays = _as_moved(conflict), conflict.resolution in _STAYS
    if free := table.find(talk, stays=stays):
        table.take(talk, free)
    return replace(conflict, free_time=free)


def _as_moved(conflict: Conflict) -> BookedTalk:
    """Return the talk as it is held once it moves: as the round offers from then on."""
    return replace(conflict.talk, modality=conflict.modality or conflict.talk.modality)


def _own(conflict: Conflict, answers: Answers) -> Answer | None:
    return answers.own.get(conflict.talk.key)


def _leaves(conflict: Conflict, answers: Answers) -> bool:
    """Whether a talk may move: it was answered, or may still be answered, that it shall."""
    if own := _own(conflict, answers):
        return own.resolution is Resolution.MOVE
    return answers.rest is None or answers.rest in _MOVES


def _is_cancelled(conflict: Conflict, answers: Answers) -> bool:
    own = _own(conflict, answers)
    return own.resolution is Resolution.CANCEL if own else answers.rest is Rest.CANCEL


def _decided(conflict: Conflict, free: FreeTime | None, answers: Answers) -> Conflict:
    it, own = replace(conflict, free_time=free), _own(conflict, answers)
    resolution = _by_answer(it, own, answers.rest) if own else _by_rest(it, answers.rest)
    return replace(it, resolution=resolution)


def _by_answer(it: Conflict, own: Answer, rest: Rest | None) -> Resolution | None:
    """Return what was answered, or None if it can no longer be done."""
    is_same_time = own.starts_at in {None, it.free_time and it.free_time.starts_at}
    if can_be(own.resolution, it) and (is_same_time or rest in _MOVES):
        return own.resolution
    return None


def _by_rest(it: Conflict, rest: Rest | None) -> Resolution | None:
    """Return what was answered for all talks without an answer of their own."""
    switched_or_kept = Resolution.SWITCH if it.modality else Resolution.KEEP
    if rest in _MOVES and it.free_time:
        return Resolution.MOVE
    if rest is Rest.CANCEL or (rest is Rest.MOVE_OR_CANCEL and not it.modality):
        return Resolution.CANCEL
    if rest is Rest.KEEP:
        return Resolution.KEEP
    return switched_or_kept if rest else None
