"""The evening pack: whole, fresh, and readable without network."""

import base64
import hashlib
import re
from datetime import timedelta
from itertools import count

import html5lib
import pytest
from sqlalchemy import func, select, update

from app.audit.models import AuditEntry
from app.bookings import remarks, service
from app.core.errors import NotFoundError
from app.exports import packs
from app.exports.models import EveningPack
from app.rounds.models import Round
from tests.exports.conftest import EVENING
from tests.small_school import FIRST, NOW
from tests.talks import block

SOON = FIRST - timedelta(hours=47)
ENGLISH = {"Accept-Language": "en"}
MADE = "Made Wed 20 January, 19:00."


@pytest.fixture
def pack(school, talks):
    """Make the pack and return it as text."""

    def pack_(now=NOW):
        packs.make_pack(school.round_id, school.evening_id, now=now)
        file = packs.take_pack(school.actors["Anna"], school.round_id, school.evening_id, now=now)
        return file.content.decode()

    return pack_


def part(text, name):
    """All words of a part, in order."""
    tree = html5lib.parse(text, namespaceHTMLElements=False)
    (section,) = [it for it in tree.iter("section") if it.get("id") == name]
    return " ".join(" ".join(section.itertext()).split())


def counted(text):
    """How often each student is named."""
    return {
        name: text.count(name) for name in ("Noor Jansen", "Sem Jansen", "Tim Smit", "Lot Bakker")
    }


def test_every_talk_is_in_it_by_room_by_teacher_by_family_and_by_time(pack):
    text = pack()
    talks = {"Noor Jansen": 2, "Sem Jansen": 1, "Tim Smit": 2, "Lot Bakker": 1}

    assert counted(part(text, "rooms")) == talks
    assert counted(part(text, "teachers")) == talks
    heads = {"Noor Jansen": 1, "Sem Jansen": 1, "Tim Smit": 2, "Lot Bakker": 1}
    assert counted(part(text, "families")) == {k: n + heads[k] for k, n in talks.items()}
    assert counted(part(text, "evening")) == {k: 2 * n for k, n in talks.items()}


def test_it_changes_with_the_database(school, pack, talks):
    service.cancel(school.actors["Alice"], talks[2], now=NOW)

    assert "Sem" not in pack()


def test_it_says_when_it_was_made_in_the_language_of_the_school(pack):
    assert "wo 20 januari, 19.00 uur" in pack()


def test_it_needs_nothing_but_itself(pack):
    text = pack()

    assert "<script" not in text
    assert not re.search(r"""(?:src|href)=["'](?!#)|url\(|@import|style=""", text)


def test_its_policy_allows_its_own_style_and_nothing_else(office, school, pack):
    text = pack()
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    url = f"/office/rounds/{school.round_id}/evenings/{school.evening_id}/pack.html"
    policy = office.get(url).headers["Content-Security-Policy"]

    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert (
        f"sha256-{digest}"
        in re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)', text)[1]
    )


def test_it_holds_no_remark_and_no_mail_address(school, pack, talks):
    remarks.set_remark(school.actors["Alice"], talks[0], "leest graag", now=NOW)
    text = pack()

    assert "leest graag" not in text
    assert "@family" not in text


def test_an_evening_soon_gets_its_pack_by_itself_and_another_not_yet(db, school, talks):
    assert packs.refresh_packs(now=FIRST - timedelta(days=3)) == 0
    assert packs.refresh_packs(now=SOON) == 1
    assert db.scalar(select(EveningPack.evening_id)) == school.evening_id


def test_a_draft_gets_none(db, school, talks):
    db.execute(update(Round).values(state="draft"))
    db.commit()
    assert packs.refresh_packs(now=SOON) == 0


def test_it_is_made_anew_when_something_changed_and_only_then(school, talks):
    packs.refresh_packs(now=SOON)
    later = SOON + timedelta(minutes=10)
    assert packs.refresh_packs(now=later) == 0

    for change in (
        lambda: service.cancel(school.actors["Bart"], talks[-1], now=NOW),
        lambda: block(
            school.actors["Anna"],
            school.teachers["Vera"],
            school.evening_id,
            FIRST + timedelta(minutes=10),
            FIRST + timedelta(minutes=20),
            now=NOW,
        ),
    ):
        change()
        assert packs.refresh_packs(now=later) == 1
        later += timedelta(minutes=10)
        assert packs.refresh_packs(now=later) == 0


def test_a_rush_is_not_written_down_talk_by_talk(school, talks):
    packs.refresh_packs(now=SOON)
    service.cancel(school.actors["Bart"], talks[-1], now=NOW)

    assert packs.refresh_packs(now=SOON + timedelta(minutes=2)) == 0
    assert packs.refresh_packs(now=SOON + timedelta(minutes=4)) == 1


def test_it_is_made_anew_twice_a_day_for_names_that_changed(school, talks):
    packs.refresh_packs(now=SOON)
    assert packs.refresh_packs(now=SOON + timedelta(hours=13)) == 1


def test_looking_whether_it_is_fresh_takes_few_statements(school, talks, statements):
    packs.refresh_packs(now=SOON)
    assert statements(lambda: packs.refresh_packs(now=SOON + timedelta(minutes=10))) <= 5


def test_making_it_takes_as_many_statements_for_many_talks(school, book, statements):
    minutes = count()

    def make():
        now = NOW + timedelta(minutes=next(minutes))
        packs.make_pack(school.round_id, school.evening_id, now=now)

    book("Alice", "Noor", ("Vera", 0))
    make()
    few = statements(make)
    book("Carol", "Kim", ("Vera", 1), ("Bart", 2))
    assert statements(make) == few


def test_it_is_deleted_thirty_days_after_the_evening(db, school, pack):
    pack()
    assert packs.purge(now=EVENING + timedelta(days=30)) == {"packs": 0}
    assert packs.purge(now=EVENING + timedelta(days=31)) == {"packs": 1}
    assert db.scalar(select(func.count()).select_from(EveningPack)) == 0


def test_that_somebody_took_it_is_in_the_log(db, school, pack):
    pack()
    entry = db.scalar(select(AuditEntry).where(AuditEntry.action == "export.pack"))

    assert (entry.actor_name, entry.details) == ("Anna", {"evening": "2027-02-09"})


def test_an_evening_of_another_round_is_not_found(school):
    with pytest.raises(NotFoundError):
        packs.make_pack(school.student_round_id, school.evening_id, now=NOW)
    with pytest.raises(NotFoundError):
        packs.load_pack(school.student_round_id, school.evening_id)


def test_the_office_makes_it_and_sees_when_it_was_made(db, office, school, talks):
    url = f"/office/rounds/{school.round_id}/evenings/{school.evening_id}/pack"
    assert office.get(f"{url}.html").location == url
    assert MADE not in office.get(url, headers=ENGLISH).text
    assert office.post(url).location == url
    page = office.get(url, headers=ENGLISH).text

    assert MADE in page
    assert "Nothing has changed since." in page
    assert hashlib.sha256(office.get(f"{url}.html").data).hexdigest() in page
    service.cancel(school.actors["Alice"], talks[0], now=NOW)
    assert "Talks have changed since." in office.get(url, headers=ENGLISH).text
    assert office.get(f"{url}.html").status_code == 200
