"""What a body keeps while its members write together: parts and who holds them, earlier saves, comments, sign-offs."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from consult.db import Id, Mapped, Model, mapped_column


class Office(Model):
    """How a body signs off in a track of a consultation: who leads (None: its first member), which level, how many others.

    Where an organiser named the lead, because whoever led could not sign in, `lead_because` says why and `lead_named_at` when.
    """

    __tablename__ = "office"
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"), primary_key=True)
    body_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("body.id"), primary_key=True)
    track: Mapped[str] = mapped_column(primary_key=True)
    lead_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("member.id"), index=True)
    level: Mapped[str] = mapped_column(default="member")
    others: Mapped[int] = mapped_column(default=0)
    lead_because: Mapped[str] = mapped_column(default="")
    lead_language: Mapped[str] = mapped_column(default="")
    lead_named_at: Mapped[datetime | None]


class TextPart(Model):
    """A part of a text that several write: its own count of saves, from which page the last came, and who writes in it until when."""

    __abstract__ = True
    if TYPE_CHECKING:
        text_id: Mapped[uuid.UUID]
    part: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    saved_from: Mapped[str] = mapped_column(default="")
    holder_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("member.id"), index=True)
    until: Mapped[datetime | None]


class TextSave(Model):
    """What a part of such a text said after somebody's save; saves from one page, one after the other, are one row."""

    __abstract__ = True
    if TYPE_CHECKING:
        text_id: Mapped[uuid.UUID]
    id: Mapped[Id]
    part: Mapped[str]
    member_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    page: Mapped[str] = mapped_column(default="")
    content: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime]


class TextComment(Model):
    """A colleague's words on a part: inside the body only, gone when the text leaves it or is deleted."""

    __abstract__ = True
    if TYPE_CHECKING:
        text_id: Mapped[uuid.UUID]
    id: Mapped[Id]
    part: Mapped[str]
    member_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    text: Mapped[str]
    language: Mapped[str]
    at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]


class DraftPart(TextPart):
    """A part of a shared draft."""

    __tablename__ = "draft_part"
    text_id: Mapped[uuid.UUID] = mapped_column(
        "draft_id", sa.ForeignKey("draft.id", ondelete="CASCADE"), primary_key=True
    )


class DraftSave(TextSave):
    """An earlier wording of a part of a shared draft."""

    __tablename__ = "draft_save"
    __table_args__ = (sa.Index("ix_draft_save_draft", "draft_id", "id"),)
    text_id: Mapped[uuid.UUID] = mapped_column("draft_id", sa.ForeignKey("draft.id", ondelete="CASCADE"))


class DraftComment(TextComment):
    """A comment on a shared draft."""

    __tablename__ = "draft_comment"
    __table_args__ = (sa.Index("ix_draft_comment_draft", "draft_id", "part", "id"),)
    text_id: Mapped[uuid.UUID] = mapped_column("draft_id", sa.ForeignKey("draft.id", ondelete="CASCADE"))


class SignOff(Model):
    """A member's yes to one text, known by its digest. `text_id` is the draft's id, which becomes that of the revision.

    It is no foreign key, because the yes stays when the draft has become a revision; `fell_at` is when the text changed.
    """

    __tablename__ = "sign_off"
    __table_args__ = (sa.UniqueConstraint("text_id", "digest", "member_id"),)
    id: Mapped[Id]
    text_id: Mapped[uuid.UUID]
    digest: Mapped[str]
    member_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    at: Mapped[datetime]
    fell_at: Mapped[datetime | None]
