"""runs of the import, what stopped them, and what the office has dealt with

Revision: 71c4e8a0d9b3
Follows: 5b0f7d3c81e2
"""

import sqlalchemy as sa
from alembic import op

revision = '71c4e8a0d9b3'
down_revision = '5b0f7d3c81e2'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('import_runs',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('applied', sa.Boolean(), nullable=False),
    sa.Column('report', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_runs'))
    )
    op.create_table('import_stops',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('table_name', sa.String(), nullable=False),
    sa.Column('column_name', sa.String(), nullable=False),
    sa.Column('is_new', sa.Boolean(), nullable=False),
    sa.Column('keys', sa.JSON(), nullable=False),
    sa.Column('names', sa.JSON(), nullable=False),
    sa.Column('present', sa.Integer(), nullable=False),
    sa.Column('agreed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['run_id'], ['import_runs.id'], name=op.f('fk_import_stops_run_id_import_runs')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_stops'))
    )
    with op.batch_alter_table('import_stops', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_import_stops_run_id'), ['run_id'], unique=False)

    op.create_table('review_items',
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('kind', 'subject', name=op.f('pk_review_items'))
    )


def downgrade() -> None:
    op.drop_table('review_items')
    with op.batch_alter_table('import_stops', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_import_stops_run_id'))

    op.drop_table('import_stops')
    op.drop_table('import_runs')
