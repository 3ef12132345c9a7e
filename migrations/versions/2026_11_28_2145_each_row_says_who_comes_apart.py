"""what each row of the source says of guardians who come apart

Until now one column held what the student's row or any guardian's row said. It becomes what the
student's row said; what guardians' rows say comes with the next import.

Revision: 5b0f7d3c81e2
Follows: e4a7c2915d06
"""

import sqlalchemy as sa
from alembic import op

revision = '5b0f7d3c81e2'
down_revision = 'e4a7c2915d06'
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ('students', 'guardianships'):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(
                sa.Column('said_apart', sa.Boolean(), server_default=sa.false(), nullable=False)
            )
    op.execute('UPDATE students SET said_apart = apart_in_source')


def downgrade() -> None:
    for table in ('guardianships', 'students'):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column('said_apart')
