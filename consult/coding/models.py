"""A codebook, its coders, what each of them gave which passage, and what was settled in the end."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa

from consult.db import Id, LocalizedText, Mapped, Model, mapped_column
from consult.i18n import Localized


class Theme(Model):
    """A theme that groups codes. `state` is what a person found (`open`, `agreed`, `contested`), `note` why, in `language`."""

    __tablename__ = "theme"
    __table_args__ = (sa.UniqueConstraint("consultation_id", "number"),)
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    number: Mapped[int]
    names: Mapped[Localized] = mapped_column(LocalizedText())
    state: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="")
    decided_by: Mapped[uuid.UUID | None]
    decided_at: Mapped[datetime | None]


class Code(Model):
    """A code of the codebook. `number` is what coders type; `key` names it in files (`gcm:1`, `c27`) and stays.

    A code that was given is never deleted: it is retired, or merged into another one, and what was coded stays as it was.
    """

    __tablename__ = "code"
    __table_args__ = (
        sa.UniqueConstraint("consultation_id", "number"),
        sa.UniqueConstraint("consultation_id", "key"),
    )
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    number: Mapped[int]
    key: Mapped[str]
    parent_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("code.id"))
    position: Mapped[int]
    names: Mapped[Localized] = mapped_column(LocalizedText())
    memos: Mapped[Localized] = mapped_column(LocalizedText())
    examples: Mapped[Localized] = mapped_column(LocalizedText())
    theme_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("theme.id"))
    merged_into_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("code.id"))
    retired_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Coder(Model):
    """A person who codes in a consultation; to everybody but the organisers they are their `number`."""

    __tablename__ = "coder"
    __table_args__ = (
        sa.UniqueConstraint("consultation_id", "number"),
        sa.UniqueConstraint("consultation_id", "person_id"),
    )
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    number: Mapped[int]
    added_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class CodedText(Model):
    """One revision of a submission that is coded by one coder or several; see `consult.coding.states`."""

    __tablename__ = "coded_text"
    __table_args__ = (
        sa.UniqueConstraint("submission_id", "revision"),
        sa.Index("ix_coded_text_state", "consultation_id", "state", "submission_id"),
    )
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    submission_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("submission.id"))
    revision: Mapped[int]
    coders: Mapped[int]
    state: Mapped[str]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[uuid.UUID | None]


class CodingTask(Model):
    """That a coder codes a text. `version` counts saves, so that two pages never write over each other."""

    __tablename__ = "coding_task"
    __table_args__ = (
        sa.UniqueConstraint("text_id", "coder_id"),
        sa.Index("ix_coding_task_coder", "coder_id", "done_at"),
    )
    id: Mapped[Id]
    text_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("coded_text.id"))
    coder_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("coder.id"))
    version: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]


class Coding(Model):
    """That a coder gave a passage a code: for the characters from `begins` to before `ends` of its original spelling.

    `stance` is what the passage says about the matter of the code: `for`, `against`, `unclear`, "" where nobody marked it.
    """

    __tablename__ = "coding"
    __table_args__ = (
        sa.UniqueConstraint("task_id", "passage_id", "code_id"),
        sa.Index("ix_coding_passage", "passage_id"),
        sa.Index("ix_coding_code", "code_id"),
    )
    id: Mapped[Id]
    task_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("coding_task.id"))
    passage_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("passage.id"))
    code_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("code.id"))
    begins: Mapped[int]
    ends: Mapped[int]
    stance: Mapped[str] = mapped_column(default="")


class CodingStep(Model):
    """A code that a save of a task changed on a passage, so that its coder can take the save back: codes alone, no words.

    `begins`, `ends` and `stance` are what stood before the save numbered `number`, the first two None where the code was not
    given; once the step is taken back (`undone`), what stood after it.
    """

    __tablename__ = "coding_step"
    task_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("coding_task.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    passage_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("passage.id"), primary_key=True)
    code_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("code.id"), primary_key=True)
    begins: Mapped[int | None]
    ends: Mapped[int | None]
    stance: Mapped[str] = mapped_column(default="")
    undone: Mapped[bool] = mapped_column(default=False)


class CodingMemo(Model):
    """What a coder noted about a passage."""

    __tablename__ = "coding_memo"
    task_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("coding_task.id"), primary_key=True)
    passage_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("passage.id"), primary_key=True)
    text: Mapped[str]


class FinalCoding(Model):
    """A code that a passage has in the end: of its one coder, of all of them alike, or decided between them."""

    __tablename__ = "final_coding"
    __table_args__ = (
        sa.UniqueConstraint("passage_id", "code_id"),
        sa.Index("ix_final_coding_code", "code_id", "passage_id"),
        sa.Index("ix_final_coding_text", "text_id"),
    )
    id: Mapped[Id]
    text_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("coded_text.id"))
    passage_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("passage.id"))
    code_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("code.id"))
    begins: Mapped[int]
    ends: Mapped[int]
    stance: Mapped[str] = mapped_column(default="")
