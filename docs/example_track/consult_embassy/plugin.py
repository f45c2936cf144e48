"""A whole track in one file: two questions, one table, one reaction, one card on the organiser's desk."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from markupsafe import Markup

from consult.sdk import (
    N_,
    Mapped,
    Model,
    Question,
    QuestionKind,
    Recorded,
    Submission,
    Track,
    hookimpl,
    mapped_column,
    piece,
    session,
    transaction,
)


class EmbassyTrack(Track):
    """People who live abroad write for themselves and say from which country."""

    key = "embassy"
    label = N_("Libyans abroad")
    description = N_("From wherever you live")

    def questions(self, settings: Mapping[str, Any]) -> Sequence[Question]:
        """Ask for the country, and since when."""
        return (
            Question("country", QuestionKind.TEXT, N_("In which country do you live?"), required=True, limit=60),
            Question("since", QuestionKind.NUMBER, N_("Since which year?")),
        )

    def migrations(self) -> Path:
        """This plugin's own history."""
        return Path(__file__).parent / "migrations"


class EmbassyVoice(Model):
    """From which country a submission came."""

    __tablename__ = "embassy_voice"
    submission_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("submission.id"), primary_key=True)
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    country: Mapped[str]


@hookimpl
def consult_track() -> Track:
    """The track."""
    return EmbassyTrack()


@hookimpl
def consult_reacts_to() -> Iterable[str]:
    """Only what is handed in."""
    return ["SubmissionReceived"]


@hookimpl
def consult_event(event: Recorded) -> None:
    """Remember the country; the same event again changes nothing."""
    with transaction():
        submission = session.get(Submission, uuid.UUID(event.facts["submission"]))
        if submission is None or submission.track != EmbassyTrack.key:
            return
        if session.get(EmbassyVoice, submission.id) is None:
            country = submission.answers.get("country", "")
            session.add(EmbassyVoice(submission_id=submission.id, consultation_id=event.stream, country=country))


@hookimpl
def consult_slot(slot: str, context: dict[str, Any]) -> Markup | None:
    """Show organisers from how many countries people wrote."""
    if slot != "organise.overview":
        return None
    countries = session.scalar(
        sa.select(sa.func.count(sa.distinct(EmbassyVoice.country))).where(
            EmbassyVoice.consultation_id == context["consultation"].id
        )
    )
    return piece("embassy/overview.html", countries=countries)
