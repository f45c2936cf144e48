"""The coding desk: codebook, coders, codings, themes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('coder',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('consultation_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['consultation_id'], ['consultation.id'], name=op.f('fk_coder_consultation_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_coder_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_coder')),
    sa.UniqueConstraint('consultation_id', 'number', name=op.f('uq_coder_consultation_id_number')),
    sa.UniqueConstraint('consultation_id', 'person_id', name=op.f('uq_coder_consultation_id_person_id'))
    )
    op.create_index(op.f('ix_coder_person_id'), 'coder', ['person_id'], unique=False)
    op.create_table('theme',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('consultation_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('names', sa.JSON(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['consultation_id'], ['consultation.id'], name=op.f('fk_theme_consultation_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_theme')),
    sa.UniqueConstraint('consultation_id', 'number', name=op.f('uq_theme_consultation_id_number'))
    )
    op.create_table('code',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('consultation_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('parent_id', sa.Uuid(), nullable=True),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('names', sa.JSON(), nullable=False),
    sa.Column('memos', sa.JSON(), nullable=False),
    sa.Column('examples', sa.JSON(), nullable=False),
    sa.Column('theme_id', sa.Uuid(), nullable=True),
    sa.Column('merged_into_id', sa.Uuid(), nullable=True),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['consultation_id'], ['consultation.id'], name=op.f('fk_code_consultation_id')),
    sa.ForeignKeyConstraint(['merged_into_id'], ['code.id'], name=op.f('fk_code_merged_into_id')),
    sa.ForeignKeyConstraint(['parent_id'], ['code.id'], name=op.f('fk_code_parent_id')),
    sa.ForeignKeyConstraint(['theme_id'], ['theme.id'], name=op.f('fk_code_theme_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_code')),
    sa.UniqueConstraint('consultation_id', 'key', name=op.f('uq_code_consultation_id_key')),
    sa.UniqueConstraint('consultation_id', 'number', name=op.f('uq_code_consultation_id_number'))
    )
    op.create_table('coded_text',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('consultation_id', sa.Uuid(), nullable=False),
    sa.Column('submission_id', sa.Uuid(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('coders', sa.Integer(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('settled_by', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['consultation_id'], ['consultation.id'], name=op.f('fk_coded_text_consultation_id')),
    sa.ForeignKeyConstraint(['submission_id'], ['submission.id'], name=op.f('fk_coded_text_submission_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_coded_text')),
    sa.UniqueConstraint('submission_id', 'revision', name=op.f('uq_coded_text_submission_id_revision'))
    )
    op.create_index('ix_coded_text_state', 'coded_text', ['consultation_id', 'state', 'submission_id'], unique=False)
    op.create_table('coding_task',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('text_id', sa.Uuid(), nullable=False),
    sa.Column('coder_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['coder_id'], ['coder.id'], name=op.f('fk_coding_task_coder_id')),
    sa.ForeignKeyConstraint(['text_id'], ['coded_text.id'], name=op.f('fk_coding_task_text_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_coding_task')),
    sa.UniqueConstraint('text_id', 'coder_id', name=op.f('uq_coding_task_text_id_coder_id'))
    )
    op.create_index('ix_coding_task_coder', 'coding_task', ['coder_id', 'done_at'], unique=False)
    op.create_table('final_coding',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('text_id', sa.Uuid(), nullable=False),
    sa.Column('passage_id', sa.Uuid(), nullable=False),
    sa.Column('code_id', sa.Uuid(), nullable=False),
    sa.Column('begins', sa.Integer(), nullable=False),
    sa.Column('ends', sa.Integer(), nullable=False),
    sa.Column('stance', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['code_id'], ['code.id'], name=op.f('fk_final_coding_code_id')),
    sa.ForeignKeyConstraint(['passage_id'], ['passage.id'], name=op.f('fk_final_coding_passage_id')),
    sa.ForeignKeyConstraint(['text_id'], ['coded_text.id'], name=op.f('fk_final_coding_text_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_final_coding')),
    sa.UniqueConstraint('passage_id', 'code_id', name=op.f('uq_final_coding_passage_id_code_id'))
    )
    op.create_index('ix_final_coding_code', 'final_coding', ['code_id', 'passage_id'], unique=False)
    op.create_index('ix_final_coding_text', 'final_coding', ['text_id'], unique=False)
    op.create_table('coding',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('task_id', sa.Uuid(), nullable=False),
    sa.Column('passage_id', sa.Uuid(), nullable=False),
    sa.Column('code_id', sa.Uuid(), nullable=False),
    sa.Column('begins', sa.Integer(), nullable=False),
    sa.Column('ends', sa.Integer(), nullable=False),
    sa.Column('stance', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['code_id'], ['code.id'], name=op.f('fk_coding_code_id')),
    sa.ForeignKeyConstraint(['passage_id'], ['passage.id'], name=op.f('fk_coding_passage_id')),
    sa.ForeignKeyConstraint(['task_id'], ['coding_task.id'], name=op.f('fk_coding_task_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_coding')),
    sa.UniqueConstraint('task_id', 'passage_id', 'code_id', name=op.f('uq_coding_task_id_passage_id_code_id'))
    )
    op.create_index('ix_coding_code', 'coding', ['code_id'], unique=False)
    op.create_index('ix_coding_passage', 'coding', ['passage_id'], unique=False)
    op.create_table('coding_memo',
    sa.Column('task_id', sa.Uuid(), nullable=False),
    sa.Column('passage_id', sa.Uuid(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['passage_id'], ['passage.id'], name=op.f('fk_coding_memo_passage_id')),
    sa.ForeignKeyConstraint(['task_id'], ['coding_task.id'], name=op.f('fk_coding_memo_task_id')),
    sa.PrimaryKeyConstraint('task_id', 'passage_id', name=op.f('pk_coding_memo'))
    )


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
