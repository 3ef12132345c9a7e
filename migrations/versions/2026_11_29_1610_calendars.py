"""calendars of teachers, and the talks in them

Revision: 3d9a1c5e7f20
Follows: 7b41d0c95e28
"""

import sqlalchemy as sa
from alembic import op

revision = '3d9a1c5e7f20'
down_revision = '7b41d0c95e28'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('mailboxes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('paused_until', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mailboxes')),
    sa.UniqueConstraint('kind', 'account', name=op.f('uq_mailboxes_kind_account'))
    )
    op.create_table('teacher_calendars',
    sa.Column('teacher_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('account', sa.String(), nullable=False),
    sa.CheckConstraint("kind IN ('', 'microsoft', 'google', 'ical', 'none')", name=op.f('ck_teacher_calendars_kind')),
    sa.ForeignKeyConstraint(['teacher_id'], ['teachers.id'], name=op.f('fk_teacher_calendars_teacher_id_teachers'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('teacher_id', name=op.f('pk_teacher_calendars'))
    )
    with op.batch_alter_table('teacher_calendars', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_teacher_calendars_kind'), ['kind'], unique=False)

    op.create_table('calendar_entries',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('booking_id', sa.Integer(), nullable=False),
    sa.Column('teacher_id', sa.Integer(), nullable=False),
    sa.Column('mailbox_id', sa.Integer(), nullable=False),
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.Column('tried', sa.Boolean(), nullable=False),
    sa.Column('unsure', sa.Boolean(), nullable=False),
    sa.Column('doubtful', sa.Boolean(), nullable=False),
    sa.Column('remote_id', sa.String(), nullable=False),
    sa.Column('shown', sa.JSON(), nullable=True),
    sa.Column('link', sa.String(), nullable=False),
    sa.Column('looks', sa.Integer(), nullable=False),
    sa.Column('vanished', sa.Boolean(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('noted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('leased_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('fault', sa.String(), nullable=False),
    sa.Column('refusal', sa.String(), nullable=False),
    sa.Column('fault_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('given_up', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['booking_id'], ['bookings.id'], name=op.f('fk_calendar_entries_booking_id_bookings'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['mailbox_id'], ['mailboxes.id'], name=op.f('fk_calendar_entries_mailbox_id_mailboxes')),
    sa.ForeignKeyConstraint(['teacher_id'], ['teachers.id'], name=op.f('fk_calendar_entries_teacher_id_teachers'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calendar_entries')),
    sa.UniqueConstraint('booking_id', 'teacher_id', name=op.f('uq_calendar_entries_booking_id_teacher_id'))
    )
    with op.batch_alter_table('calendar_entries', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_calendar_entries_mailbox_id'), ['mailbox_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_calendar_entries_due_at'), ['due_at'], unique=False)

    with op.batch_alter_table('bookings', schema=None) as batch_op:
        batch_op.add_column(sa.Column('link', sa.String(), server_default='', nullable=False))

    with op.batch_alter_table('school', schema=None) as batch_op:
        batch_op.add_column(sa.Column('calendar', sa.String(), server_default='', nullable=False))


def downgrade() -> None:
    with op.batch_alter_table('school', schema=None) as batch_op:
        batch_op.drop_column('calendar')

    with op.batch_alter_table('bookings', schema=None) as batch_op:
        batch_op.drop_column('link')

    op.drop_table('calendar_entries')
    op.drop_table('teacher_calendars')
    op.drop_table('mailboxes')
