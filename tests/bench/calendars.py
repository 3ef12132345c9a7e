"""How fast talks get into calendars: 1,000 bookings, one worker, a provider that takes its time."""

import logging
import os
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import func, select, update

from app import create_app
from app.calendars.models import CalendarEntry, TeacherCalendar
from app.config import Settings
from app.extensions import db
from app.jobs import work
from app.rounds.models import Round
from app.school.models import Teacher
from app.settings.models import School as SchoolRow
from tests.bench.builds import Build, School
from tests.bench.goals import Figures
from tests.bench.inside.caller import Browser
from tests.calendars.servers import entra
from tests.calendars.servers.keys import certificate, certificate_pem, loopback_key, pem
from tests.calendars.servers.microsoft import Mailbox, Microsoft
from tests.sites import SECRET

FAMILIES, TALKS = 340, 1000
ANSWER = 0.3  # seconds for each request, as users of Graph report
PATIENCE = 900  # seconds


def measure(builds: list[Build], empty: Callable[[], str], figures: Figures) -> None:
    """Print how long it takes until all talks have their link, and what the provider was asked."""
    logging.getLogger("app.outbox").setLevel(logging.ERROR)  # there is no mail server
    school = builds[-1].school(empty(), FAMILIES, 1)
    with _microsoft() as (server, settings):
        app = create_app(Settings(database_url=school.url, secret_key=SECRET, **settings))
        with app.app_context():
            _connect(server)
        booked = _book(app, school)
        stop = threading.Event()
        started = time.monotonic()
        worker = threading.Thread(target=_run, args=(app, stop))
        worker.start()
        there = 0
        while there < booked and time.monotonic() < started + PATIENCE:
            time.sleep(1)
            with app.app_context():
                linked = CalendarEntry.link != ""
                there = db.session.scalar(select(func.count()).where(linked)) or 0
        minutes = (time.monotonic() - started) / 60
        stop.set()
        worker.join()
        asked = server.asked("POST") + server.asked("PATCH") + server.asked("GET")
        at_once = max(mailbox.most_at_once for mailbox in server.mailboxes.values())
    print(
        f"{there} of {booked} talks have their link after {minutes:.1f} minutes; "
        f"{len(asked) / booked:.2f} requests a talk, at most {at_once} at once about a mailbox"
    )
    figures.add("calendars: minutes until 1,000 talks are there", minutes)
    figures.add("calendars: requests a talk", len(asked) / booked)
    figures.add("calendars: requests at once about a mailbox", at_once)


@contextmanager
def _microsoft() -> Iterator[tuple[Microsoft, dict[str, str]]]:
    """Run the strict server, and yield the settings that lead to it."""
    with tempfile.TemporaryDirectory(prefix="tienminuten-tls-") as name:
        known, chain = Path(name) / "ca.pem", Path(name) / "server.pem"
        known.write_text(certificate_pem(certificate(loopback_key())))
        chain.write_text(pem(loopback_key()) + known.read_text())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        before = os.environ.get("REQUESTS_CA_BUNDLE")
        os.environ["REQUESTS_CA_BUNDLE"] = str(known)
        try:
            with Microsoft(context) as server:
                server.slow = ANSWER
                yield (
                    server,
                    {
                        "ms_tenant_id": entra.TENANT,
                        "ms_client_id": entra.CLIENT,
                        "ms_client_secret": entra.SECRET,
                        "ms_authority": f"{server.url}/{entra.TENANT}",
                        "graph_base_url": f"{server.url}/v1.0",
                        "graph_scope": entra.SCOPE,
                    },
                )
        finally:
            if before is None:
                del os.environ["REQUESTS_CA_BUNDLE"]
            else:
                os.environ["REQUESTS_CA_BUNDLE"] = before


def _connect(server: Microsoft) -> None:
    """Give each teacher a mailbox, and hold the round online."""
    teachers = db.session.scalars(select(Teacher.id)).all()
    for teacher_id in teachers:
        account = f"teacher{teacher_id}@school.example"
        server.mailboxes[account] = Mailbox()
        db.session.add(TeacherCalendar(teacher_id=teacher_id, kind="microsoft", account=account))
    db.session.execute(update(SchoolRow).values(calendar="microsoft"))
    db.session.execute(update(Round).values(modalities="teams"))
    db.session.commit()


def _book(app, school: School) -> int:
    """Book as families do, a few talks each, until there are enough."""
    booked = 0
    for family in school.families:
        path = school.path(family)
        browser = Browser(app, family["cookies"], "phone", path)
        browser.read(browser.send(path))
        by_offer = {cell.partition("-")[2]: cell for cell in browser.page["cells"]}
        for cell in list(by_offer.values())[booked % 4 : booked % 4 + 4]:
            booked += browser.read(browser.book(cell)).status == 200
            if booked == TALKS:
                return booked
    raise SystemExit(f"only {booked} talks could be booked")


def _run(app, stop: threading.Event) -> None:
    with app.app_context():
        work(stop, nightly=(), recurring=())
