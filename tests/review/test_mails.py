"""The mail that an import leaves for administrators."""

import pytest
from sqlalchemy import update

from app.accounts.models import Account
from app.core import clock
from app.handlers import HANDLERS
from app.outbox.kinds import Promise
from app.outbox.models import OutboxMessage
from app.review import service
from app.school.models import Person
from tests.small_school import NOW


@pytest.fixture
def wrong(files):
    """Files in which one parent has lost the address and the birth date of two is wrong."""
    files.tables["ouders"]["Adam"]["email"] = ""
    for name in ("Kim", "Tim"):
        files.tables["leerlingen"][name]["geboortedatum"] = "31-02-2013"
    return files


@pytest.fixture
def unreadable(files):
    del files.tables["stamklassen"]["h2a"]["naam"]
    return files


@pytest.fixture
def second(db, school):
    """Bart is an administrator too."""
    db.add(Account(person_id=school.people["Bart"], administrator=True))
    db.commit()


def words(mail, kind="plain"):
    return " ".join(mail.get_body((kind,)).get_content().split())


def test_each_administrator_gets_one_with_counts_and_the_page_but_no_names(wrong, second, deliver):
    wrong.run(allow=["ouders"])
    mails = deliver()
    assert sorted(mail["To"] for mail in mails) == ["anna@school.example", "bart@school.example"]
    for mail in mails:
        assert mail["Subject"] == "Na het inlezen: nieuw te controleren"
        for kind in ("plain", "html"):
            text = words(mail, kind)
            assert "Ouders zonder mailadres: 1" in text
            assert "Regels die zijn overgeslagen: 2" in text
            assert "http://localhost/office/review" in text
            for name in ("Adam", "Jansen", "Kim", "Tim", "Öztürk", "family.example"):
                assert name not in text


def test_nobody_gets_one_when_nothing_is_new(files, wrong, deliver):
    wrong.run(allow=["ouders"])
    assert deliver()
    wrong.run()
    assert deliver() == []
    files.tables["leerlingen"]["Sem"]["roepnaam"] = "Samuel"  # a change, but nothing to check
    assert wrong.run().changes
    assert deliver() == []


def test_nor_when_all_is_well(files, deliver):
    files.run()
    assert deliver() == []


def test_what_is_new_is_counted_and_what_was_told_is_not(files, wrong, deliver):
    wrong.run(allow=["ouders"])
    deliver()
    files.tables["ouders"]["Bea"]["email"] = ""
    wrong.run(allow=["ouders"])
    (mail,) = deliver()
    assert "Ouders zonder mailadres: 1" in words(mail)
    assert "overgeslagen" not in words(mail)


def test_a_refused_run_is_told_each_time_with_the_reason(unreadable, deliver):
    for _night in range(2):
        unreadable.run()
        (mail,) = deliver()
        assert mail["Subject"] == "Het inlezen is gestopt: kijk even"
        assert "Geweigerd: een bestand klopt niet." in words(mail)
        assert "Wat er stond, staat er nog." in words(mail)
        assert "*" not in words(mail)


def test_with_a_refused_run_other_news_is_told_too(wrong, unreadable, deliver):
    wrong.tables["stamklassen"]["h2a"]["naam"] = "h2a"
    wrong.run(allow=["ouders"])
    del wrong.tables["stamklassen"]["h2a"]["naam"]
    unreadable.run()
    (mail,) = deliver()  # the worker had been down
    assert "Er is nog meer dat iemand moet bekijken:" in words(mail)
    assert "Ouders zonder mailadres: 1" in words(mail)


def test_a_refused_run_is_no_news_once_another_one_went_in(unreadable, deliver):
    unreadable.run()
    service.tell(now=NOW)
    unreadable.tables["stamklassen"]["h2a"]["naam"] = "h2a"
    unreadable.run()
    assert deliver() == []


def test_who_is_no_administrator_any_more_gets_none(db, wrong, second, deliver):
    wrong.run(allow=["ouders"])
    service.tell(now=NOW)
    db.execute(update(Account).where(Account.administrator).values(administrator=False))
    db.commit()
    assert deliver() == []


def test_nor_does_an_administrator_without_an_address(db, school, wrong, second, deliver):
    wrong.run(allow=["ouders"])
    of_bart = Person.id == school.people["Bart"]
    db.execute(update(Person).where(of_bart).values(email="", email_key=""))
    db.commit()
    assert [mail["To"] for mail in deliver()] == ["anna@school.example"]


def test_told_again_it_is_mailed_once(db, unreadable, deliver):
    """As when a worker dies between doing it and saying so."""
    unreadable.run()
    (handler,) = HANDLERS[Promise.IMPORT_DONE]
    payload = db.query(OutboxMessage.payload).filter_by(kind=Promise.IMPORT_DONE).scalar()
    for _time in range(2):
        handler(payload)
    assert len(deliver()) == 1
    handler(payload)
    assert deliver() == []


def test_an_administrator_reads_it_in_the_own_language(db, school, wrong, deliver):
    db.execute(update(Person).where(Person.id == school.people["Anna"]).values(language="en"))
    db.commit()
    wrong.run(allow=["ouders"])
    (mail,) = deliver()
    assert mail["Subject"] == "New to check after the import"
    assert clock.now() == NOW
