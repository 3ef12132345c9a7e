"""The branches and departments of the demo school, with subjects and weekly hours. Constants only."""

from dataclasses import dataclass, replace

BRANCHES = {"N": "Noord", "Z": "Zuid"}
"""Names by code."""

NAMES = {
    "ne": "Nederlands",
    "en": "Engels",
    "fa": "Frans",
    "du": "Duits",
    "wi": "Wiskunde",
    "wiA": "Wiskunde A",
    "wiB": "Wiskunde B",
    "gs": "Geschiedenis",
    "ak": "Aardrijkskunde",
    "ma": "Maatschappijleer",
    "ec": "Economie",
    "bi": "Biologie",
    "na": "Natuurkunde",
    "sk": "Scheikunde",
    "nask": "Nask",
    "bv": "Beeldende vorming",
    "mu": "Muziek",
    "lo": "Lichamelijke opvoeding",
}

HOURS = {
    **dict.fromkeys(("ne", "en", "wi", "wiB"), 4),
    **dict.fromkeys(("wiA", "fa", "du", "ec", "bi", "na", "sk", "nask"), 3),
    **dict.fromkeys(("gs", "ak", "ma", "bv", "mu", "lo"), 2),
}

# One teacher teaches neighbouring subjects if a single one does not fill a week.
TEACHING_ORDER = (
    *("ne", "gs", "ma", "ak", "ec", "wi", "wiA", "wiB", "na", "nask", "sk", "bi"),
    *("lo", "bv", "mu", "en", "fa", "du"),
)


@dataclass(frozen=True)
class DemoDepartment:
    """A year and level; all students take ``common``, and some subjects from each of ``choices``.

    A choice is a number and the subjects to pick from; students who pick the same form a group.
    """

    code: str
    year: int
    level: str
    common: tuple[str, ...]
    choices: tuple[tuple[int, tuple[str, ...]], ...] = ()
    branch: str = "N"

    @property
    def key(self) -> str:
        """What names the department in the tables; its code is not enough."""
        return f"{self.branch}.{self.code}"


_UPPER = ("ne", "en", "lo", "ma")
_ELECTIVES = (4, ("ec", "gs", "ak", "bi", "na", "sk", "fa", "du"))
_MATHS = (1, ("wiA", "wiB"))

_NORTH = (
    DemoDepartment("k1", 1, "vmbo-k", ("ne", "en", "wi", "gs", "ak", "bi", "bv", "mu", "lo")),
    DemoDepartment("h1", 1, "havo", ("ne", "en", "fa", "wi", "gs", "ak", "bi", "bv", "mu", "lo")),
    DemoDepartment("v1", 1, "vwo", ("ne", "en", "fa", "wi", "gs", "ak", "bi", "bv", "mu", "lo")),
    DemoDepartment(
        "k2", 2, "vmbo-k", ("ne", "en", "du", "wi", "gs", "ak", "bi", "nask", "bv", "lo")
    ),
    DemoDepartment("h2", 2, "havo", ("ne", "en", "fa", "du", "wi", "gs", "ak", "bi", "na", "lo")),
    DemoDepartment("v2", 2, "vwo", ("ne", "en", "fa", "du", "wi", "gs", "ak", "bi", "na", "lo")),
    DemoDepartment(
        "k3", 3, "vmbo-k", ("ne", "en", "du", "wi", "gs", "ec", "bi", "nask", "bv", "lo")
    ),
    DemoDepartment("h3", 3, "havo", ("ne", "en", "fa", "du", "wi", "gs", "ec", "na", "sk", "lo")),
    DemoDepartment("v3", 3, "vwo", ("ne", "en", "fa", "du", "wi", "gs", "ec", "na", "sk", "lo")),
    DemoDepartment(
        "k4", 4, "vmbo-k", ("ne", "en", "wi", "ma", "lo"), ((2, ("ec", "bi", "nask", "du")),)
    ),
    DemoDepartment("h4", 4, "havo", _UPPER, (_MATHS, _ELECTIVES)),
    DemoDepartment("v4", 4, "vwo", _UPPER, (_MATHS, _ELECTIVES)),
    DemoDepartment("h5", 5, "havo", _UPPER, (_MATHS, _ELECTIVES)),
    DemoDepartment("v5", 5, "vwo", _UPPER, (_MATHS, _ELECTIVES)),
)
_SOUTH = ("h1", "h2")

DEPARTMENTS = (*_NORTH, *(replace(it, branch="Z") for it in _NORTH if it.code in _SOUTH))
"""All of Noord, and the first years of havo at Zuid, whose classes are called the same."""
