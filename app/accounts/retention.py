"""Retention of accounts: they are deleted with their people."""

from collections.abc import Collection

from sqlalchemy import delete, select

from app.accounts.models import Account, FeedAddress, SignInSession, SignInToken
from app.core.purging import counted
from app.core.transaction import transaction
from app.extensions import db


def forget(person_ids: Collection[int]) -> None:
    """Delete the accounts of these people with their sessions, links and addresses of feeds."""
    accounts = select(Account.id).where(Account.person_id.in_(person_ids))
    with transaction():
        counted(delete(SignInToken).where(SignInToken.account_id.in_(accounts)))
        counted(delete(SignInSession).where(SignInSession.account_id.in_(accounts)))
        counted(delete(FeedAddress).where(FeedAddress.person_id.in_(person_ids)))
        counted(delete(Account).where(Account.person_id.in_(person_ids)))
        db.session.expire_all()
