"""What to do once a backup was restored, before the site starts."""

from collections.abc import Mapping
from datetime import datetime

import click
from flask.cli import with_appcontext
from flask_babel import gettext as _

from app.accounts import service as accounts
from app.accounts import staff
from app.audit import service as audit
from app.audit.actions import Action
from app.calendars import service as calendars
from app.core import clock
from app.core.transaction import transaction
from app.log.words import kind_text
from app.outbox import service as outbox


def settle(*, forget_mails: bool, now: datetime) -> Mapping[str, int]:
    """End what the backup has brought back, and return the counts.

    Those are sessions and mailed secrets that have ended or were used since. What calendars say of
    talks to come may have changed since: workers write it anew. Mails that waited may have been
    sent; ``forget_mails`` deletes them.
    """
    with transaction():
        counts = dict(accounts.end_all(now=now))
        counts["entries"] = calendars.doubt_all(now=now)
        if forget_mails:
            counts["waiting"] = outbox.forget_waiting()
        audit.record(None, Action.ACCOUNTS_ENDED_ALL, now=now, counts=counts)
    return counts


@click.command("restored")
@click.option("--forget-mails", is_flag=True, help="Also forget the mails that wait.")
@with_appcontext
def restored(*, forget_mails: bool) -> None:
    """Make a restored backup fit to be opened: sign everybody out, end all links."""
    now = clock.now()
    invited = staff.list_invited(now=now)
    for kind, number in settle(forget_mails=forget_mails, now=now).items():
        click.echo(f"{kind_text(kind)}: {number}")
    for email in invited:
        click.echo(_("The invitation of %(email)s has ended: invite again.", email=email))
    if waiting := outbox.count_waiting():
        click.echo(_("Mails and notes that wait, and may have been sent: %(num)s", num=waiting))
