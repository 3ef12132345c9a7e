"""telephones of guardians: the office calls who does not answer

Revision: 6f0c2a7d9b41
Follows: 1940e4e1822b
"""

import sqlalchemy as sa
from alembic import op

revision = '6f0c2a7d9b41'
down_revision = '1940e4e1822b'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('guardians', schema=None) as batch_op:
        batch_op.add_column(sa.Column('phone', sa.String(), server_default='', nullable=False))


def downgrade() -> None:
    with op.batch_alter_table('guardians', schema=None) as batch_op:
        batch_op.drop_column('phone')
