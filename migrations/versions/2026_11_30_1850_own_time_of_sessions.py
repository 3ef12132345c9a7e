"""own time of sessions

Revision: 83b5d2f60c1e
Follows: b7d2e90c4f15
"""

import sqlalchemy as sa
from alembic import op

revision = '83b5d2f60c1e'
down_revision = 'b7d2e90c4f15'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('sign_in_sessions', schema=None) as batch_op:
        batch_op.add_column(sa.Column('ahead', sa.Integer(), server_default='0', nullable=False))


def downgrade() -> None:
    with op.batch_alter_table('sign_in_sessions', schema=None) as batch_op:
        batch_op.drop_column('ahead')
