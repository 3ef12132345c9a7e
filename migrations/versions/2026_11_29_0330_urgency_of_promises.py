"""the urgency of promises, and an index that leads a worker to the next one

Promises that wait get the urgency of their kind. The default is for the site of before, which
may still add rows while this runs.

Revision: 9d3b6e17f0a4
Follows: a3d92f60b714
"""

import sqlalchemy as sa
from alembic import op

revision = '9d3b6e17f0a4'
down_revision = 'a3d92f60b714'
branch_labels = None
depends_on = None

def upgrade() -> None:
    op.drop_index('ix_outbox_messages_open', table_name='outbox_messages')
    op.add_column(
        'outbox_messages', sa.Column('urgency', sa.Integer(), server_default='3', nullable=False)
    )
    op.execute("UPDATE outbox_messages SET urgency = 1 WHERE kind = 'accounts.send_link'")
    op.execute(
        "UPDATE outbox_messages SET urgency = 2 WHERE kind IN ('accounts.send_password_notice', "
        "'bookings.booked', 'bookings.moved', 'bookings.cancelled', 'bookings.mail')"
    )
    op.create_index(
        'ix_outbox_messages_undelivered',
        'outbox_messages',
        ['urgency', 'due_at', 'id', 'failed_at'],
        sqlite_where=sa.text('delivered_at IS NULL'),
        postgresql_where=sa.text('delivered_at IS NULL'),
    )


def downgrade() -> None:
    op.drop_index('ix_outbox_messages_undelivered', table_name='outbox_messages')
    op.drop_column('outbox_messages', 'urgency')
    op.create_index(
        'ix_outbox_messages_open', 'outbox_messages', ['delivered_at', 'failed_at', 'due_at']
    )
