"""Microsoft and Google on loopback, and the providers that talk to them through their libraries."""

import ssl
from datetime import timedelta

import pytest

from app.core.transaction import transaction
from app.handlers import HANDLERS
from app.mail import letters
from app.outbox.worker import deliver_due
from app.settings.models import School
from tests.calendars.desk import Desk, sync
from tests.calendars.servers.google import Google
from tests.calendars.servers.keys import certificate, certificate_pem, loopback_key, pem
from tests.calendars.servers.microsoft import Microsoft
from tests.calendars.worlds import GoogleWorld, MicrosoftWorld
from tests.small_school import NOW


@pytest.fixture(scope="session")
def loopback(tmp_path_factory):
    """What the server of Microsoft shows, and the file in which its certificate is known."""
    folder = tmp_path_factory.mktemp("certificates")
    known, chain = folder / "ca.pem", folder / "server.pem"
    shown = certificate_pem(certificate(loopback_key()))
    known.write_text(shown)
    chain.write_text(pem(loopback_key()) + shown)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return context, known


@pytest.fixture
def microsoft(loopback, monkeypatch):
    context, known = loopback
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(known))
    with Microsoft(context) as server, MicrosoftWorld(server) as world:
        yield world


@pytest.fixture
def google(tmp_path, monkeypatch):
    # google-auth waits seconds before it asks its token endpoint again.
    monkeypatch.setattr("google.auth._exponential_backoff.time.sleep", lambda _seconds: None)
    with Google() as server, GoogleWorld(server, tmp_path) as world:
        yield world


@pytest.fixture(params=["microsoft", "google"])
def world(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def desk(db):
    """A provider, and a school whose teachers have calendars there."""
    with transaction():
        db.get_one(School, 1).calendar = "microsoft"
    return Desk()


@pytest.fixture
def work(desk, monkeypatch):
    """Keep the promises and bring the calendars up to date, some time later."""
    monkeypatch.setattr(letters, "send", lambda mail: None)

    def work_(after=0.0):
        now = NOW + timedelta(seconds=after)
        deliver_due(HANDLERS, now=now)
        return sync(desk, now)

    return work_
