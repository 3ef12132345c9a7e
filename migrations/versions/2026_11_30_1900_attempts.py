"""attempts

Revision: c1e96a0d47f8
Follows: 83b5d2f60c1e
"""

import sqlalchemy as sa
from alembic import op

revision = 'c1e96a0d47f8'
down_revision = '83b5d2f60c1e'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('attempts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('quarter', sa.DateTime(timezone=True), nullable=False),
    sa.Column('action', sa.String(), nullable=False),
    sa.Column('network', sa.String(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('told', sa.Integer(), nullable=False),
    sa.Column('line', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempts')),
    sa.UniqueConstraint('quarter', 'action', 'network', 'subject', name=op.f('uq_attempts_quarter_action_network_subject'))
    )


def downgrade() -> None:
    op.drop_table('attempts')
