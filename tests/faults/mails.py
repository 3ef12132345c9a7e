"""What the mails of a crowd say, against what stands."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from email.message import EmailMessage

from tests.faults.crowd import Family
from tests.faults.school import School

GUARDIANS = ("moeder", "vader")
CANCELLED = "Uw gesprek is afgezegd"


def addresses_of(family: Family) -> list[str]:
    """Return the mail addresses of both guardians."""
    return [f"{which}{family.number}@family.example" for which in GUARDIANS]


def copies(messages: Sequence[EmailMessage]) -> list[list[EmailMessage]]:
    """Return the mails that came more than once, each with its copies."""
    same = defaultdict(list)
    for message in messages:
        same[message["To"], message["Subject"], text_of(message)].append(message)
    return [several for several in same.values() if len(several) > 1]


def untold(
    families: Sequence[Family],
    messages: Sequence[EmailMessage],
    school: School,
) -> list[str]:
    """Return the guardians whose last mail about a talk does not say what became of it."""
    inbox = defaultdict(list)
    for message in messages:
        inbox[str(message["To"])].append((message["Subject"], text_of(message)))
    wrong = []
    for family in families:
        for address in addresses_of(family):
            for offer, cell in family.talks.items():
                about = [one for one in inbox[address] if school.teachers[offer] in one[1]]
                subject, text = about[-1] if about else ("", "")
                if cell is None:
                    right = not about or subject == CANCELLED
                else:
                    right = subject != CANCELLED and school.times[cell.split("-")[0]] in text
                if not right:
                    wrong.append(f"{address} about {school.teachers[offer]}: {cell}, {subject!r}")
    return wrong


def text_of(message: EmailMessage) -> str:
    """Return the plain text."""
    return message.get_body(("plain",)).get_content()


def renamed(several: Sequence[Sequence[EmailMessage]]) -> int:
    """Return how many mails came again under another Message-ID."""
    return sum(max(0, len(Counter(it["Message-ID"] for it in same)) - 1) for same in several)
