"""guardians who are one person, and who a teaching guardian was before

Revision: c5d7a9301b2e
Follows: b21f6d0e94c7
"""

import sqlalchemy as sa
from alembic import op

revision = 'c5d7a9301b2e'
down_revision = 'b21f6d0e94c7'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('guardians', schema=None) as batch_op:
        batch_op.add_column(sa.Column('same_as_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('former_person_id', sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f('ix_guardians_same_as_id'), ['same_as_id'], unique=False)
        batch_op.create_unique_constraint(
            batch_op.f('uq_guardians_former_person_id'), ['former_person_id']
        )
        batch_op.create_foreign_key(
            batch_op.f('fk_guardians_same_as_id_guardians'), 'guardians', ['same_as_id'], ['id']
        )
        batch_op.create_foreign_key(
            batch_op.f('fk_guardians_former_person_id_people'),
            'people',
            ['former_person_id'],
            ['id'],
        )
    with op.batch_alter_table('guardianships', schema=None) as batch_op:
        batch_op.add_column(sa.Column('via_id', sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f('ix_guardianships_via_id'), ['via_id'], unique=False)
        batch_op.create_foreign_key(
            batch_op.f('fk_guardianships_via_id_guardians'), 'guardians', ['via_id'], ['id']
        )


def downgrade() -> None:
    with op.batch_alter_table('guardianships', schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f('fk_guardianships_via_id_guardians'), type_='foreignkey'
        )
        batch_op.drop_index(batch_op.f('ix_guardianships_via_id'))
        batch_op.drop_column('via_id')
    with op.batch_alter_table('guardians', schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f('fk_guardians_former_person_id_people'), type_='foreignkey'
        )
        batch_op.drop_constraint(
            batch_op.f('fk_guardians_same_as_id_guardians'), type_='foreignkey'
        )
        batch_op.drop_constraint(batch_op.f('uq_guardians_former_person_id'), type_='unique')
        batch_op.drop_index(batch_op.f('ix_guardians_same_as_id'))
        batch_op.drop_column('former_person_id')
        batch_op.drop_column('same_as_id')
