"""Point 20: no answer tells whether an address is known."""

import re

from sqlalchemy import event

from app.core.memory import Memory
from app.extensions import db as _db
from tests.accounts.walk import ALICE, ask, set_mail


class TestKnownAndUnknown:
    """Point 20."""

    def recorded(self, app, db, email):
        client = app.test_client()
        client.get("/sign-in")
        statements = []

        def note(_connection, _cursor, statement, *_):
            statements.append(re.sub(r"sa_savepoint_\d+", "", statement))

        connection = _db.engines[None]
        event.listen(connection, "before_cursor_execute", note)
        try:
            answer = ask(client, email)
            page = client.get(answer.location) if answer.location else answer
        finally:
            event.remove(connection, "before_cursor_execute", note)
        # Without the token against forgery, and what was typed.
        steady = re.sub(r'value="[^"]{60,}"', "", page.text).replace(email, "")
        headers = [(k, v) for k, v in answer.headers if k != "Set-Cookie"]
        cookie = re.sub(r"=[^;]{43}", "", answer.headers.get("Set-Cookie", ""))
        return (answer.status_code, headers, cookie, page.status_code, steady, statements)

    def test_cannot_be_told_apart(self, app, db, client, school, postbox):
        known = self.recorded(app, db, ALICE)
        unknown = self.recorded(app, db, "nobody@family.example")
        staff = self.recorded(app, db, "vera@school.example")
        apart = self.recorded(app, db, "bob@family.example")
        set_mail(db, school.people["Adam"], "carol@family.example")
        shared = self.recorded(app, db, "carol@family.example")

        assert known == unknown == staff == apart == shared
        assert [mail.recipient for mail in postbox()] == [
            *(ALICE, "vera@school.example", "bob@family.example", "carol@family.example")
        ]

    def test_cannot_be_told_apart_when_asked_too_often(self, app, db, client, school, postbox):
        for number in range(5):
            known = self.recorded(app, db, ALICE)
            Memory.forget_all()  # of a second, one refusal is noted
            unknown = self.recorded(app, db, "nobod@family.example")  # as long
            Memory.forget_all()
            assert known == unknown
            assert known[0] == (303 if number < 3 else 429)
            assert "krijgt u" not in known[4] if number >= 3 else "krijgt u" in known[4]

        assert len(postbox()) == 3

    def test_a_wrong_code_says_the_same(self, client, school, postbox):
        ask(client, "nobody@family.example")
        unknown = client.post("/sign-in/code", data={"code": "00000000"})
        ask(client)
        postbox()
        known = client.post("/sign-in/code", data={"code": "00000000"})

        assert unknown.status_code == known.status_code == 422
        assert len(unknown.data) == len(known.data)

    def test_what_is_no_address_is_said_at_once(self, client, school, postbox):
        answer = ask(client, "alice")

        assert answer.status_code == 422
        assert 'aria-describedby="email-error"' in answer.text
        assert postbox() == []
