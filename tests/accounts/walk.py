"""What somebody does on the sign-in pages."""

from app.school.models import Person

ALICE = "alice@family.example"


def ask(client, email=ALICE, **options):
    return client.post("/sign-in", data={"email": email}, **options)


def is_signed_in(client):
    return client.get("/account").status_code == 200


def set_mail(db, person_id, address):
    person = db.get(Person, person_id)
    person.email = person.email_key = address
    db.commit()
