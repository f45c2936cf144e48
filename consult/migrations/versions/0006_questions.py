"""Forms that organisers write: their versions, and which one a draft and a revision answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ANSWERING = ("draft", "submission", "revision")
#: From its opening on, a version is what people answered: only its retirement is still to come.
_SQLITE = (
    """
    CREATE TRIGGER questionnaire_update BEFORE UPDATE ON questionnaire
    WHEN OLD.state <> 'draft' AND (NEW.id IS NOT OLD.id OR NEW.consultation_id IS NOT OLD.consultation_id
      OR NEW.track IS NOT OLD.track OR NEW.version IS NOT OLD.version OR NEW.content IS NOT OLD.content
      OR NEW.digest IS NOT OLD.digest OR NEW.published_at IS NOT OLD.published_at OR NEW.state NOT IN ('open', 'retired')
      OR (OLD.state = 'retired' AND NEW.state <> 'retired'))
    BEGIN SELECT RAISE(ABORT, 'a form that was opened is never changed'); END
    """,
    """
    CREATE TRIGGER questionnaire_delete BEFORE DELETE ON questionnaire WHEN OLD.state <> 'draft'
    BEGIN SELECT RAISE(ABORT, 'a form that was opened is never changed'); END
    """,
)
_POSTGRESQL = (
    """
    CREATE FUNCTION refuse_questionnaire_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF OLD.state = 'draft' THEN
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
      END IF;
      IF TG_OP = 'DELETE' OR NEW.id <> OLD.id OR NEW.consultation_id <> OLD.consultation_id
         OR NEW.track <> OLD.track OR NEW.version <> OLD.version OR NEW.content::text <> OLD.content::text
         OR NEW.digest <> OLD.digest OR NEW.published_at IS DISTINCT FROM OLD.published_at
         OR NEW.state NOT IN ('open', 'retired') OR (OLD.state = 'retired' AND NEW.state <> 'retired') THEN
        RAISE EXCEPTION 'a form that was opened is never changed';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER questionnaire_guard BEFORE UPDATE OR DELETE ON questionnaire
    FOR EACH ROW EXECUTE FUNCTION refuse_questionnaire_change()
    """,
)


def upgrade() -> None:
    op.create_table(
        "questionnaire",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("track", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_questionnaire_consultation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questionnaire")),
        sa.UniqueConstraint("consultation_id", "track", "version", name=op.f("uq_questionnaire_consultation_id_track_version")),
    )
    op.create_index(
        "uq_questionnaire_current",
        "questionnaire",
        ["consultation_id", "track", "state"],
        unique=True,
        sqlite_where=sa.text("state <> 'retired'"),
        postgresql_where=sa.text("state <> 'retired'"),
    )
    # In words: Alembic would copy the whole table on SQLite, which takes a column with a reference as it is.
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in _ANSWERING:
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN questionnaire_id {'CHAR(32)' if sqlite else 'UUID'}"
            f" CONSTRAINT fk_{table}_questionnaire_id REFERENCES questionnaire (id)"
        )
    for statement in _SQLITE if sqlite else _POSTGRESQL:
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
