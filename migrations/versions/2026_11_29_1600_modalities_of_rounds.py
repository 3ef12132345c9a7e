"""what families may choose from in a round, how a talk is online, and teachers' own links

Until now a round was at school or online, and nothing said how; online becomes Teams, which each
school that calls online has. Going back, all that is not at school is online.

Revision: 7b41d0c95e28
Follows: 5e0c9b7a1d42
"""

import sqlalchemy as sa
from alembic import op

revision = '7b41d0c95e28'
down_revision = '5e0c9b7a1d42'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('rounds', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_rounds_modality'), type_='check')
        batch_op.alter_column('modality', new_column_name='modalities')
    op.execute("UPDATE rounds SET modalities = 'teams' WHERE modalities = 'online'")
    op.execute("UPDATE bookings SET modality = 'teams' WHERE modality = 'online'")
    op.add_column('teachers', sa.Column('link', sa.String(), server_default='', nullable=False))


def downgrade() -> None:
    op.drop_column('teachers', 'link')
    op.execute("UPDATE bookings SET modality = 'online' WHERE modality <> 'site'")
    op.execute("UPDATE rounds SET modalities = 'site' WHERE modalities LIKE 'site,%'")
    op.execute("UPDATE rounds SET modalities = 'online' WHERE modalities <> 'site'")
    with op.batch_alter_table('rounds', schema=None) as batch_op:
        batch_op.alter_column('modalities', new_column_name='modality')
        batch_op.create_check_constraint(
            op.f('ck_rounds_modality'), "modality IN ('site', 'online')"
        )
