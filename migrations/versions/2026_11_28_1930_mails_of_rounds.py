"""promises of mails about rounds, by the new name of their package

Revision: e4a7c2915d06
Follows: d8e20b64f1a3
"""

import sqlalchemy as sa
from alembic import op

revision = 'e4a7c2915d06'
down_revision = 'd8e20b64f1a3'
branch_labels = None
depends_on = None

MESSAGES = sa.table('outbox_messages', sa.column('kind', sa.String()))


def rename(old: str, new: str) -> None:
    op.get_bind().execute(sa.update(MESSAGES).where(MESSAGES.c.kind == old).values(kind=new))


def upgrade() -> None:
    rename('planning.mail', 'round_setup.mail')


def downgrade() -> None:
    rename('round_setup.mail', 'planning.mail')
