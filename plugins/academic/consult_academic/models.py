"""The plugin's own table."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from consult.sdk import N_, ErasureRule, Mapped, Model, Treatment, mapped_column


class AcademicPaper(Model):
    """The discipline of a paper, kept apart so that it can be counted."""

    __tablename__ = "academic_paper"
    __table_args__ = (
        {
            "info": {
                "erasure": ErasureRule(Treatment.TEXT),
                "retention": "texts",
                "own_data": N_("The disciplines of your papers"),
            }
        },
    )
    submission_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("submission.id"), primary_key=True)
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"), index=True)
    discipline: Mapped[str]
