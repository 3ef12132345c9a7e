"""one revision per person

Revision: 3c0f5a7be912
Follows: f979ea284cc7
"""

import sqlalchemy as sa
from alembic import op

revision = '3c0f5a7be912'
down_revision = 'f979ea284cc7'
branch_labels = None
depends_on = None

BEFORE = ('students', 'households', 'teachers')


def upgrade() -> None:
    with op.batch_alter_table('people', schema=None) as batch_op:
        batch_op.add_column(
            sa.Column('revision', sa.Integer(), server_default='0', nullable=False)
        )
    for table in BEFORE:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column('revision')


def downgrade() -> None:
    for table in BEFORE:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(
                sa.Column('revision', sa.Integer(), server_default='0', nullable=False)
            )
    with op.batch_alter_table('people', schema=None) as batch_op:
        batch_op.drop_column('revision')
