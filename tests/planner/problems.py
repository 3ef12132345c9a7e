"""Problems to plan: small random ones, and one whose best plan is known."""

from hypothesis import strategies as st

WEIGHTS = {
    "unplaced_per_priority": 1000,
    "waiting_per_slot": 10,
    "extra_evening": 60,
    "teacher_gap_per_slot": 2,
    "teacher_run_excess_per_slot": 10,
    "announced_moved": 40,
    "announced_dropped": 5000,
}


def problem(
    *, days=(6,), teachers=("t1",), households=("h1",), bookings=(), requests=(), **settings
):
    """A problem without absences, everybody in a room of their own."""
    return {
        "format": "talk-plan-instance/1",
        "name": "small",
        "slot_minutes": 10,
        "days": [{"id": f"d{number}", "slots": slots} for number, slots in enumerate(days, 1)],
        "settings": {
            "walking_slots": 0,
            "walking_slots_between_sites": 0,
            "busy_slots_before_break": 6,
            "weights": WEIGHTS,
            **settings,
        },
        "teachers": [
            {"id": it, "room": f"room of {it}", "site": "s1", "unavailable": []} for it in teachers
        ],
        "households": [{"id": it, "children": [f"c{it}"], "forbidden": []} for it in households],
        "bookings": list(bookings),
        "requests": list(requests),
    }


def request(id_, household, *teachers, length=1, priority=1, announced=None):
    return {
        "id": id_,
        "household": household,
        "child": f"c{household}",
        "teachers": list(teachers),
        "length": length,
        "priority": priority,
        "announced": None if announced is None else {"day": announced[0], "slot": announced[1]},
    }


def booking(id_, household, *teachers, at, length=1):
    return {
        "id": id_,
        "household": household,
        "child": f"c{household}",
        "teachers": list(teachers),
        "length": length,
        "day": at[0],
        "slot": at[1],
    }


@st.composite
def problems(draw, *, weights=None):
    """Small and crowded, with everything that the format allows: also what nobody would book."""
    days = draw(st.lists(st.integers(2, 8), min_size=1, max_size=3))
    teachers = [f"t{number}" for number in range(draw(st.integers(1, 4)))]
    households = [f"h{number}" for number in range(draw(st.integers(1, 4)))]
    cells = st.sampled_from(
        [(f"d{day}", slot) for day, slots in enumerate(days, 1) for slot in range(slots)]
    )
    who = st.lists(st.sampled_from(teachers), min_size=1, max_size=2, unique=True)
    length = st.sampled_from([1, 1, 1, 2, 3])
    made = problem(
        days=days,
        teachers=teachers,
        households=households,
        walking_slots=draw(st.integers(0, 2)),
        walking_slots_between_sites=draw(st.integers(0, 3)),
        busy_slots_before_break=draw(st.integers(1, 4)),
        weights=WEIGHTS if weights is None else draw(weights),
    )
    for it in made["teachers"]:
        it["room"] = draw(st.sampled_from(["r1", "r2", it["room"]]))
        it["site"] = draw(st.sampled_from(["s1", "s2"]))
        it["unavailable"] = draw(ranges(cells))
    for it in made["households"]:
        it["forbidden"] = draw(ranges(cells))
    for number in range(draw(st.integers(0, 5))):
        day, slot = draw(cells)
        fits = days[int(day[1:]) - 1] - slot
        taken = min(draw(length), fits)
        its = draw(who)
        household = draw(st.sampled_from(households))
        made["bookings"].append(
            booking(f"b{number}", household, *its, at=(day, slot), length=taken)
        )
    for number in range(draw(st.integers(0, 10))):
        made["requests"].append(
            request(
                f"q{number}",
                draw(st.sampled_from(households)),
                *draw(who),
                length=draw(length),
                priority=draw(st.integers(1, 3)),
                announced=draw(st.none() | cells),
            )
        )
    return made


@st.composite
def ranges(draw, cells):
    found = []
    for day, slot in draw(st.lists(cells, max_size=2)):
        stop = slot + draw(st.integers(1, 3))
        found.append({"day": day, "from_slot": slot, "until_slot": stop})
    return found


def any_weights():
    """Weights of another school, zeros among them."""
    return st.fixed_dictionaries({name: st.sampled_from([0, 1, 7, 300]) for name in WEIGHTS})
