"""Public answers in words to the organisers' questions are passages: found, coded and answered like the rest of a text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op
from uuid_utils.compat import uuid7

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

BATCH = 500


def _table(name: str, **columns: Any) -> sa.TableClause:
    return sa.table(name, *(sa.column(column, kind) for column, kind in columns.items()))


questionnaire = _table("questionnaire", id=sa.Uuid(), content=sa.JSON())
handed_in = _table(
    "revision",
    id=sa.Uuid(),
    submission_id=sa.Uuid(),
    number=sa.Integer(),
    answers=sa.JSON(),
    questionnaire_id=sa.Uuid(),
)
passage = _table(
    "passage",
    id=sa.Uuid(),
    submission_id=sa.Uuid(),
    revision=sa.Integer(),
    number=sa.Integer(),
    kind=sa.Text(),
    text=sa.Text(),
    question=sa.Text(),
)


def upgrade() -> None:
    op.add_column("passage", sa.Column("question", sa.Text(), server_default="", nullable=False))
    connection = op.get_bind()
    asked = {form: list(_asked(content)) for form, content in connection.execute(sa.select(questionnaire)).all()}
    forms = [form for form, keys in asked.items() if keys]
    if forms and _write(connection, asked, handed_in.c.questionnaire_id.in_(forms)):
        # The index holds passages: emptied, it is made anew once the schema is whole.
        op.execute("DELETE FROM submission_index")
        if connection.dialect.name == "sqlite":
            op.execute("DELETE FROM submission_place")


def _asked(content: Mapping[str, Any]) -> Iterator[str]:
    """Yield the keys of questions that others read the answers of, in the author's own words."""
    for section in content.get("sections", ()):
        for question in section["questions"]:
            if question["kind"] in ("text", "long_text") and not question.get("private"):
                yield question["key"]


def _write(connection: sa.Connection, asked: Mapping[Any, list[str]], answering: sa.ColumnElement[bool]) -> bool:
    """Write the answers of every revision behind its passages; tell whether there were any."""
    last, wrote = None, False
    numbers = (
        sa.select(sa.func.coalesce(sa.func.max(passage.c.number), 0))
        .where(passage.c.submission_id == handed_in.c.submission_id, passage.c.revision == handed_in.c.number)
        .scalar_subquery()
    )
    while True:
        query = sa.select(handed_in, numbers.label("last")).where(answering).order_by(handed_in.c.id).limit(BATCH)
        rows = connection.execute(query if last is None else query.where(handed_in.c.id > last)).all()
        if not rows:
            return wrote
        made = [one for row in rows for one in _passages(row, asked[row.questionnaire_id])]
        if made:
            connection.execute(sa.insert(passage), made)
        last, wrote = rows[-1].id, wrote or bool(made)


def _passages(row: Any, keys: list[str]) -> Iterator[dict[str, Any]]:
    number = row.last
    for key in keys:
        answer = (row.answers or {}).get(key)
        if isinstance(answer, str) and any(letter.isalpha() for letter in answer):
            number += 1
            yield {
                "id": uuid7(),
                "submission_id": row.submission_id,
                "revision": row.number,
                "number": number,
                "kind": "answer",
                "text": answer,
                "question": key,
            }


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
