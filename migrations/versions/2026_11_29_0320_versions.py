"""the version, which rises with every change of what processes remember

Revision: a3d92f60b714
Follows: 71c4e8a0d9b3
"""

import sqlalchemy as sa
from alembic import op

revision = 'a3d92f60b714'
down_revision = '71c4e8a0d9b3'
branch_labels = None
depends_on = None


def upgrade() -> None:
    versions = op.create_table('versions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_versions'))
    )
    op.bulk_insert(versions, [{'id': 1, 'number': 1}])


def downgrade() -> None:
    op.drop_table('versions')
