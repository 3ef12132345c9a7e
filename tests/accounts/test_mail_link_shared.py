"""Several people with one mail address: case 11 of the nasty cases."""

import re

from sqlalchemy import select

from app.audit.models import AuditEntry
from app.school.models import Guardianship, Student
from tests.accounts.walk import ask, is_signed_in, set_mail


class TestAnAddressOfSeveralPeople:
    """Case 11 of the nasty cases."""

    def share(self, db, school, *names):
        for name in names:
            set_mail(db, school.people[name], "gezin@family.example")

    def test_guardians_of_the_same_children_say_who_they_are(self, client, db, school, fetch):
        self.share(db, school, "Alice", "Adam")
        mail = fetch("gezin@family.example")
        assert "Alice Jansen" in client.get(mail.link).text

        undecided = client.post(mail.link)
        assert undecided.status_code == 422
        assert not is_signed_in(client)

        client.post(mail.link, data={"person": school.people["Adam"]})
        assert "Adam Jansen" in client.get("/account").text

    def test_so_they_do_with_the_code(self, client, db, school, fetch):
        self.share(db, school, "Alice", "Adam")
        code = fetch("gezin@family.example").code

        page = client.post("/sign-in/code", data={"code": code, "remember": "y"})
        assert page.status_code == 422
        assert re.search(rf'type="hidden"\s+name="code"\s+value="{code}"', page.text)

        data = {"code": code, "person": school.people["Alice"]}
        assert client.post("/sign-in/code", data=data).status_code == 303

    def test_nobody_else_can_be_chosen(self, client, db, school, fetch):
        self.share(db, school, "Alice", "Adam")
        mail = fetch("gezin@family.example")

        for name in ("Carol", "Anna", "Noor"):
            answer = client.post(mail.link, data={"person": school.people[name]})
            assert answer.status_code == 404
        assert not is_signed_in(client)

    def refused(self, client, db, school, postbox):
        ask(client, "gezin@family.example")
        (mail,) = postbox()
        assert "link/" not in mail.text
        assert "030 123 45 67" in mail.text
        for name in ("Alice", "Adam", "Bob", "Bea", "Tim", "Noor", "Jansen", "Smit", "Berg"):
            assert name not in mail.text
        entry = db.scalar(select(AuditEntry).where(AuditEntry.action == "accounts.address_shared"))
        return entry.details["people"]

    def test_guardians_who_come_apart_are_sent_to_the_school(self, client, db, school, postbox):
        self.share(db, school, "Bob", "Bea")

        people = self.refused(client, db, school, postbox)

        assert people == sorted([school.people["Bob"], school.people["Bea"]])

    def test_guardians_of_other_children_are_sent_to_the_school(self, client, db, school, postbox):
        self.share(db, school, "Alice", "Carol")

        assert self.refused(client, db, school, postbox)

    def test_a_guardian_without_authority_is_not_let_in_by_the_other_ones_mail(
        self, client, db, school, postbox
    ):
        self.share(db, school, "Alice", "Adam")
        link = db.scalar(
            select(Guardianship).where(Guardianship.student_id == school.students["Noor"]).limit(1)
        )
        link.closed_reason = "no_authority"
        db.commit()

        assert self.refused(client, db, school, postbox)

    def test_a_child_with_the_mail_of_its_mother_is_sent_to_the_school(
        self, client, db, school, postbox
    ):
        self.share(db, school, "Alice", "Noor")

        assert self.refused(client, db, school, postbox)

    def test_guardians_set_apart_after_the_mail_left_are_not_let_in(
        self, client, db, school, fetch
    ):
        self.share(db, school, "Alice", "Adam")
        mail = fetch("gezin@family.example")
        db.get(Student, school.students["Sem"]).apart = True
        db.commit()

        answer = client.post(mail.link, data={"person": school.people["Alice"]})

        assert answer.status_code == 410
