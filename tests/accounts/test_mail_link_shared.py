"""Several people with one mail address: case 11 of the nasty cases."""

import re

from sqlalchemy import select

from app.accounts import credentials, service
from app.accounts.models import SignInSession
from app.audit.models import AuditEntry
from app.core import clock
from app.school.models import Guardianship, Person, Student
from tests.accounts.walk import ask, is_signed_in, set_mail
from tests.html import without_secrets

ADDRESS = "gezin@family.example"


def choices_of(page):
    """The people to choose from, as the page names them."""
    return re.findall(r"<bdi>([^<]*)</bdi>\s*</label>", page)


class _Sharing:
    def share(self, db, school, *names):
        for name in names:
            set_mail(db, school.people[name], ADDRESS)

    def called(self, db, school, *names, given="Alice", family="Jansen"):
        """Give these people one name and one address."""
        self.share(db, school, *names)
        for name in names:
            person = db.get(Person, school.people[name])
            person.given_name, person.prefix, person.family_name = given, "", family
        db.commit()

    def link(self, db, school, guardian, student, **more):
        db.add(
            Guardianship(
                guardian_id=school.actors[guardian].guardian_id,
                student_id=school.students[student],
                **more,
            )
        )
        db.commit()

    def close(self, db, school, student):
        link = select(Guardianship).where(Guardianship.student_id == school.students[student])
        for row in db.scalars(link):
            row.closed_reason = "no_authority"
        db.commit()

    def refused(self, client, db, school, postbox):
        ask(client, ADDRESS)
        (mail,) = postbox()
        assert "link/" not in mail.text
        assert "De school moet eerst zeggen wie wie is." in mail.text
        assert "030 123 45 67" in mail.text
        for name in ("Alice", "Adam", "Bob", "Bea", "Tim", "Noor", "Jansen", "Smit", "Berg"):
            assert name not in mail.text
        entry = db.scalar(select(AuditEntry).where(AuditEntry.action == "accounts.address_shared"))
        return entry.details["people"]


class TestAnAddressOfSeveralPeople(_Sharing):
    """Case 11 of the nasty cases."""

    def test_guardians_of_the_same_children_say_who_they_are(self, client, db, school, fetch):
        self.share(db, school, "Alice", "Adam")
        mail = fetch(ADDRESS)
        assert "Alice Jansen" in client.get(mail.link).text

        undecided = client.post(mail.link)
        assert undecided.status_code == 422
        assert not is_signed_in(client)

        client.post(mail.link, data={"person": school.people["Adam"]})
        assert "Adam Jansen" in client.get("/account").text

    def test_so_they_do_with_the_code(self, client, db, school, fetch):
        self.share(db, school, "Alice", "Adam")
        code = fetch(ADDRESS).code

        page = client.post("/sign-in/code", data={"code": code, "remember": "y"})
        assert page.status_code == 422
        assert re.search(rf'type="hidden"\s+name="code"\s+value="{code}"', page.text)

        data = {"code": code, "person": school.people["Alice"]}
        assert client.post("/sign-in/code", data=data).status_code == 303

    def test_nobody_else_can_be_chosen(self, client, db, school, fetch):
        self.share(db, school, "Alice", "Adam")
        mail = fetch(ADDRESS)

        for name in ("Carol", "Anna", "Noor"):
            answer = client.post(mail.link, data={"person": school.people[name]})
            assert answer.status_code == 404
        assert not is_signed_in(client)

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
        mail = fetch(ADDRESS)
        db.get(Student, school.students["Sem"]).apart = True
        db.commit()

        answer = client.post(mail.link, data={"person": school.people["Alice"]})

        assert answer.status_code == 410

    def test_a_teacher_with_the_address_of_a_guardian_still_has_the_password(
        self, client, db, school, postbox
    ):
        self.share(db, school, "Vera", "Carol")
        account = service.account_of(school.people["Vera"])
        credentials.set_password(account, "paars fietst door de mist", now=clock.now())
        postbox()

        assert self.refused(client, db, school, postbox)
        data = {"email": ADDRESS, "password": "paars fietst door de mist"}
        assert client.post("/sign-in/password", data=data).status_code == 303
        assert "Vera" in client.get("/account").text


class TestAGuardianListedOncePerChild(_Sharing):
    """Alice is listed twice: for Noor and Sem, and, as the row that was Carol's, for Kim."""

    def test_chooses_for_which_child(self, client, db, school, fetch):
        self.called(db, school, "Alice", "Carol")
        mail = fetch(ADDRESS)

        assert choices_of(client.get(mail.link).text) == [
            "Alice Jansen, ouder van Noor, Sem",
            "Alice Jansen, ouder van Kim",
        ]
        client.post(mail.link, data={"person": school.people["Carol"]})

        talks = client.get("/talks").text
        assert "Kim" in talks
        assert "Noor" not in talks

    def test_chooses_with_the_code(self, client, db, school, fetch):
        self.called(db, school, "Alice", "Carol")
        code = fetch(ADDRESS).code

        page = client.post("/sign-in/code", data={"code": code})
        assert page.status_code == 422
        assert "Alice Jansen, ouder van Kim" in choices_of(page.text)
        data = {"code": code, "person": school.people["Carol"]}
        assert client.post("/sign-in/code", data=data).status_code == 303
        assert "Kim" in client.get("/talks").text

    def test_a_row_without_a_child_to_see_is_not_offered(self, client, db, school, fetch):
        self.called(db, school, "Alice", "Carol")
        self.close(db, school, "Kim")
        mail = fetch(ADDRESS)

        assert choices_of(client.get(mail.link).text) == []
        answer = client.post(mail.link, data={"person": school.people["Carol"]})
        assert answer.status_code == 404
        client.post(mail.link)

        talks = client.get("/talks").text
        assert "Noor" in talks
        assert "Kim" not in without_secrets(talks)

    def test_a_closed_child_stays_closed_in_the_row_that_sees_another(
        self, client, db, school, fetch
    ):
        self.called(db, school, "Alice", "Carol")
        self.link(db, school, "Carol", "Tim", closed_reason="no_authority")
        mail = fetch(ADDRESS)

        assert "Tim" not in without_secrets(client.get(mail.link).text)
        client.post(mail.link, data={"person": school.people["Carol"]})

        assert "Tim" not in without_secrets(client.get("/talks").text)
        tim = client.get(f"/rounds/{school.round_id}/children/{school.students['Tim']}")
        assert tim.status_code == 404

    def test_two_of_one_name_are_two_where_one_has_no_authority_over_the_others_child(
        self, client, db, school, postbox
    ):
        self.called(db, school, "Alice", "Carol")
        self.link(db, school, "Carol", "Noor", closed_reason="no_authority")

        assert self.refused(client, db, school, postbox)

    def test_two_of_one_name_are_two_where_one_was_a_guardian_of_the_others_child(
        self, client, db, school, postbox
    ):
        self.called(db, school, "Alice", "Carol")
        self.link(db, school, "Carol", "Noor", ended_at=clock.now())

        assert self.refused(client, db, school, postbox)

    def test_two_of_one_name_who_come_apart_are_sent_to_the_school(
        self, client, db, school, postbox
    ):
        self.called(db, school, "Bob", "Bea", given="Robin", family="Smit")

        assert self.refused(client, db, school, postbox)

    def test_initials_are_no_name(self, client, db, school, postbox):
        self.called(db, school, "Alice", "Carol", given="A.")

        assert self.refused(client, db, school, postbox)

    def test_a_family_name_is_no_name(self, client, db, school, postbox):
        self.called(db, school, "Alice", "Carol", given="")

        assert self.refused(client, db, school, postbox)

    def test_the_father_comes_along_if_he_is_father_of_all(self, client, db, school, fetch):
        self.called(db, school, "Alice", "Carol")
        self.share(db, school, "Adam")
        self.link(db, school, "Adam", "Kim")

        assert choices_of(client.get(fetch(ADDRESS).link).text) == [
            "Alice Jansen, ouder van Noor, Sem",
            "Adam Jansen",
            "Alice Jansen, ouder van Kim",
        ]

    def test_the_father_of_some_does_not(self, client, db, school, postbox):
        self.called(db, school, "Alice", "Carol")
        self.share(db, school, "Adam")

        assert self.refused(client, db, school, postbox)

    def test_children_of_one_name_are_counted(self, client, db, school, fetch):
        self.called(db, school, "Alice", "Adam")

        assert choices_of(client.get(fetch(ADDRESS).link).text) == [
            "Alice Jansen, ouder van Noor, Sem (1)",
            "Alice Jansen, ouder van Noor, Sem (2)",
        ]

    def test_a_name_that_changed_after_the_mail_left_lets_nobody_in(
        self, client, db, school, fetch
    ):
        self.called(db, school, "Alice", "Carol")
        mail = fetch(ADDRESS)
        db.get(Person, school.people["Carol"]).given_name = "Carol"
        db.commit()

        answer = client.post(mail.link, data={"person": school.people["Alice"]})

        assert answer.status_code == 410

    def test_the_next_mail_changes_to_the_other_child_on_a_remembered_device(
        self, client, db, school, fetch
    ):
        self.called(db, school, "Alice", "Carol")
        first = {"person": school.people["Alice"], "remember": "y"}
        client.post(fetch(ADDRESS).link, data=first)
        client.post(fetch(ADDRESS).link, data={"person": school.people["Carol"]})

        assert "Kim" in client.get("/talks").text
        before, after = db.scalars(select(SignInSession).order_by(SignInSession.id)).all()
        assert before.ended_at
        assert not after.ended_at
        assert not after.remembered
