"""The plugin's own tables; the registration is here and nowhere else."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa

from consult.sdk import N_, ErasureRule, Mapped, Model, Treatment, mapped_column


class CsoRegistration(Model):
    """What an organisation says of its registration, for itself and for nobody else; deleted when it says nothing more.

    `authorities` are codes of the reference file.
    """

    __tablename__ = "cso_registration"
    __table_args__ = (
        {
            "info": {
                "erasure": ErasureRule(Treatment.ERASE),
                "retention": "people",
                "own_data": N_("The registration of your organisation"),
            }
        },
    )
    member_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("member.id"), primary_key=True)
    authorities: Mapped[list[str]] = mapped_column(default=list)
    number: Mapped[str] = mapped_column(default="")
    noted_at: Mapped[datetime]


class CsoVoice(Model):
    """Kind and coverage of the organisation behind a submission, kept apart so that they can be counted."""

    __tablename__ = "cso_voice"
    __table_args__ = (
        {
            "info": {
                "erasure": ErasureRule(Treatment.TEXT),
                "retention": "texts",
                "own_data": N_("Kind and coverage of the organisation behind your texts"),
            }
        },
    )
    submission_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("submission.id"), primary_key=True)
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"), index=True)
    kind: Mapped[str]
    coverage: Mapped[str]
