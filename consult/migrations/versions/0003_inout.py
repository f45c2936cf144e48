"""Imports, saved maps, votes on statements, and the open data that lie ready."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('import_run',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('consultation_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('preset', sa.Text(), nullable=False),
    sa.Column('columns', sa.JSON(), nullable=False),
    sa.Column('given', sa.JSON(), nullable=False),
    sa.Column('dry', sa.Boolean(), nullable=False),
    sa.Column('brought_by', sa.Uuid(), nullable=True),
    sa.Column('brought_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('reached', sa.Integer(), nullable=False),
    sa.Column('made', sa.Integer(), nullable=False),
    sa.Column('changed', sa.Integer(), nullable=False),
    sa.Column('unchanged', sa.Integer(), nullable=False),
    sa.Column('replaced', sa.Integer(), nullable=False),
    sa.Column('refused', sa.Integer(), nullable=False),
    sa.Column('last_error', sa.Text(), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('kept', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['consultation_id'], ['consultation.id'], name=op.f('fk_import_run_consultation_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_run'))
    )
    op.create_index('ix_import_run_consultation', 'import_run', ['consultation_id', 'id'], unique=False)
    op.create_index('ix_import_run_due', 'import_run', ['state', 'asked_at'], unique=False)
    op.create_table('import_refusal',
    sa.Column('run_id', sa.Uuid(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('row', sa.Integer(), nullable=False),
    sa.Column('column', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('values', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['run_id'], ['import_run.id'], name=op.f('fk_import_refusal_run_id')),
    sa.PrimaryKeyConstraint('run_id', 'place', name=op.f('pk_import_refusal'))
    )
    op.create_table('import_map',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('consultation_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('given', sa.JSON(), nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['consultation_id'], ['consultation.id'], name=op.f('fk_import_map_consultation_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_map')),
    sa.UniqueConstraint('consultation_id', 'name', name=op.f('uq_import_map_consultation_id_name'))
    )
    op.create_table('statement_vote',
    sa.Column('submission_id', sa.Uuid(), nullable=False),
    sa.Column('participant', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('value', sa.SmallInteger(), nullable=False),
    sa.CheckConstraint('value IN (-1, 0, 1)', name=op.f('ck_statement_vote_value')),
    sa.ForeignKeyConstraint(['submission_id'], ['submission.id'], name=op.f('fk_statement_vote_submission_id')),
    sa.PrimaryKeyConstraint('submission_id', 'participant', name=op.f('pk_statement_vote'))
    )
    op.create_table('open_data',
    sa.Column('consultation_id', sa.Uuid(), nullable=False),
    sa.Column('licence', sa.Text(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('digest', sa.Text(), nullable=False),
    sa.Column('rows', sa.JSON(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['consultation_id'], ['consultation.id'], name=op.f('fk_open_data_consultation_id')),
    sa.PrimaryKeyConstraint('consultation_id', name=op.f('pk_open_data'))
    )


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
