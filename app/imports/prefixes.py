"""Read the prefix of a name where the family name holds it: "Dongen, van" is van Dongen. Pure."""

import re

from flask_babel import gettext as _

from app.imports.faults import Notice

PREFIX, FAMILY = "tussenvoegsel", "achternaam"

WORDS = frozenset(
    (  # noqa: SIM905  (as a list it is forty lines)
        "aan bij de den der het 't ’t in onder op over 's ’s te ten ter tot uit van vande vanden "
        "vander voor v d vd am an auf aus dem vom von vor zu zum zur du des la le les da das del "
        "della di do dos af al el ibn bin ben"
    ).split()
)
"""Words of which prefixes are made: Dutch and Flemish, German, French, and others that live here."""

REVERSED = re.compile(r"(?P<family>.*\S)\s*,\s*(?P<prefix>[^,\s][^,]*)")
BETWEEN = re.compile(r"[\s./]+")


class Prefixes:
    """The prefixes that the family names of one file hold, to be told once."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._read: list[tuple[int, str, str]] = []

    def apart(self, values: dict[str, str], line: int) -> dict[str, str]:
        """Return the values of a row with the prefix in its own column."""
        written, told = values[FAMILY], values.get(PREFIX, "").strip()
        match = REVERSED.fullmatch(written.strip()) if "," in written else None
        if match and _is_prefix(match["prefix"]) and told in {"", match["prefix"]}:
            self._read.append((line, match[0], f"{match['prefix']} {match['family']}"))
            return {**values, FAMILY: match["family"], PREFIX: match["prefix"]}
        return values

    def notices(self) -> list[Notice]:
        """Tell once how names were read."""
        if not self._read:
            return []
        line, written, meant = self._read[0]
        text = _(
            'This is read as "%(name)s". Names in %(num)d rows are written so.',
            name=meant,
            num=len(self._read),
        )
        return [Notice(self._file, line, FAMILY, written, text)]


def _is_prefix(text: str) -> bool:
    return all(word in WORDS for word in BETWEEN.split(text) if word)


def begins_with_prefix(family: str) -> bool:
    """Whether a family name is written with its prefix: "van Dongen"."""
    first, _space, rest = family.strip().partition(" ")
    return bool(rest) and _is_prefix(first.casefold())
