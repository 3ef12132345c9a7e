"""what the source says of guardians who come apart

Revision: b21f6d0e94c7
Follows: 8a4c1d70e3b5
"""

import sqlalchemy as sa
from alembic import op

revision = 'b21f6d0e94c7'
down_revision = '8a4c1d70e3b5'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('students', schema=None) as batch_op:
        batch_op.add_column(
            sa.Column('apart_in_source', sa.Boolean(), server_default=sa.false(), nullable=False)
        )
    op.execute('UPDATE students SET apart_in_source = apart')


def downgrade() -> None:
    with op.batch_alter_table('students', schema=None) as batch_op:
        batch_op.drop_column('apart_in_source')
