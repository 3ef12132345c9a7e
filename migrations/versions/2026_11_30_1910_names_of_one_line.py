"""names of one line, without control characters

Rooms and subjects stay as they are: their names are unique, and two might become the same.

Revision: 8d41c7b2e650
Follows: c1e96a0d47f8
"""

import re

import sqlalchemy as sa
from alembic import op

revision = '8d41c7b2e650'
down_revision = 'c1e96a0d47f8'
branch_labels = None
depends_on = None

CONTROLS = re.compile('[\x00-\x1f\x7f-\x9f\u2028\u2029]+')
NAMES = {
    'school': ('name', 'contact_name', 'contact_mail', 'contact_phone'),
    'rounds': ('name',),
    'people': ('salutation', 'given_name', 'prefix', 'family_name', 'email'),
    'branches': ('name',),
    'home_classes': ('name',),
    'teaching_groups': ('name',),
}


def upgrade() -> None:
    connection = op.get_bind()
    for name, columns in NAMES.items():
        table = sa.table(name, sa.column('id'), *map(sa.column, columns))
        for row in connection.execute(sa.select(table)).mappings().all():
            cleaned = {column: CONTROLS.sub(' ', row[column]).strip() for column in columns}
            if any(row[column] != text for column, text in cleaned.items()):
                connection.execute(sa.update(table).where(table.c.id == row['id']).values(cleaned))


def downgrade() -> None:
    pass
