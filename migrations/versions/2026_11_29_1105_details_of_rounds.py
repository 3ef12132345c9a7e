"""a number of its own for details of rounds, from which processes remember little

Revision: 5e0c9b7a1d42
Follows: 9d3b6e17f0a4
"""

import sqlalchemy as sa
from alembic import op

revision = '5e0c9b7a1d42'
down_revision = '9d3b6e17f0a4'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        'versions', sa.Column('details', sa.Integer(), server_default='1', nullable=False)
    )


def downgrade() -> None:
    op.drop_column('versions', 'details')
