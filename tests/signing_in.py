"""Sign in without going through the sign-in pages."""

from datetime import datetime, timedelta

from flask import Flask
from flask.testing import FlaskClient

from app.accounts import service
from app.accounts.models import SignInSession
from app.accounts.secrets import digest, new_token
from app.core import clock
from app.extensions import db


def new_session(person_id: int, *, now: datetime | None = None) -> str:
    """Create a session for a person, and an account if there is none; return its secret."""
    now = now or clock.now()
    token = new_token()
    account_id = service.account_of(person_id)
    db.session.add(
        SignInSession(
            token_hash=digest(token),
            account_id=account_id,
            created_at=now,
            seen_at=now,
            expires_at=now + timedelta(hours=12),
        )
    )
    db.session.commit()
    return token


def sign_in(client: FlaskClient, person_id: int, *, now: datetime | None = None) -> None:
    """Give the test client the cookie of a new session."""
    token = new_session(person_id, now=now)
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token


def cookie_of(app: Flask, person_id: int, **more: str) -> str:
    """Return the cookie header of a new session, for a site in another process."""
    content = {"_user_id": new_session(person_id), **more}
    return f"session={app.session_interface.get_signing_serializer(app).dumps(content)}"
