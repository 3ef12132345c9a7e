"""an end date per role

Revision: 8a4c1d70e3b5
Follows: 3c0f5a7be912
"""

import sqlalchemy as sa
from alembic import op

revision = '8a4c1d70e3b5'
down_revision = '3c0f5a7be912'
branch_labels = None
depends_on = None

ROLES = ('students', 'teachers', 'guardians')


def upgrade() -> None:
    for table in ROLES:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column('ended_on', sa.Date(), nullable=True))
        op.execute(
            f'UPDATE {table} SET ended_on = '
            f'(SELECT people.ended_on FROM people WHERE people.id = {table}.person_id)'
        )


def downgrade() -> None:
    for table in ROLES:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column('ended_on')
