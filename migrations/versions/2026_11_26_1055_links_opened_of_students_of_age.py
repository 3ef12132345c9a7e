"""links that were opened when the student was of age, so with the student's yes

Revision: d8e20b64f1a3
Follows: c5d7a9301b2e
"""

import sqlalchemy as sa
from alembic import op

revision = 'd8e20b64f1a3'
down_revision = 'c5d7a9301b2e'
branch_labels = None
depends_on = None

LINKS = sa.table(
    'guardianships',
    sa.column('id', sa.Integer()),
    sa.column('student_id', sa.Integer()),
    sa.column('opened_at', sa.DateTime(timezone=True)),
    sa.column('opened_of_age', sa.Boolean()),
)
STUDENTS = sa.table(
    'students', sa.column('id', sa.Integer()), sa.column('birth_date', sa.Date())
)


def upgrade() -> None:
    with op.batch_alter_table('guardianships', schema=None) as batch_op:
        batch_op.add_column(
            sa.Column('opened_of_age', sa.Boolean(), server_default=sa.false(), nullable=False)
        )
    connection = op.get_bind()
    opened = connection.execute(
        sa.select(LINKS.c.id, LINKS.c.opened_at, STUDENTS.c.birth_date)
        .join(STUDENTS, STUDENTS.c.id == LINKS.c.student_id)
        .where(LINKS.c.opened_at.is_not(None), STUDENTS.c.birth_date.is_not(None))
    ).all()
    of_age = [
        id_
        for id_, opened_at, born in opened
        # Tuples, not dates: 29 February has no day eighteen years on.
        if (opened_at.year, opened_at.month, opened_at.day) >= (born.year + 18, born.month, born.day)
    ]
    for id_ in of_age:
        connection.execute(
            sa.update(LINKS).where(LINKS.c.id == id_).values(opened_of_age=True)
        )


def downgrade() -> None:
    with op.batch_alter_table('guardianships', schema=None) as batch_op:
        batch_op.drop_column('opened_of_age')
