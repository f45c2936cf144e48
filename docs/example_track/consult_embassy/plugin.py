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
    NN_,
    Consultation,
    ErasureRule,
    Mapped,
    Message,
    Model,
    Question,
    QuestionKind,
    Recorded,
    ReportSection,
    Submission,
    Track,
    Treatment,
    hookimpl,
    mapped_column,
    piece,
    session,
)


class EmbassyTrack(Track):
    """People who live abroad write for themselves and say from which country."""

    key = "embassy"
    label = N_("Libyans abroad")
    description = N_("From wherever you live")

    def questions(self, settings: Mapping[str, Any]) -> Sequence[Question]:
        """Ask for the country, and for how long."""
        return (
            Question("country", QuestionKind.TEXT, N_("In which country do you live?"), required=True, limit=60),
            Question("years", QuestionKind.NUMBER, N_("For how many years?")),
        )

    def migrations(self) -> Path:
        """This plugin's own history."""
        return Path(__file__).parent / "migrations"


@hookimpl
def consult_track() -> Track:
    """The track."""
    return EmbassyTrack()


class EmbassyVoice(Model):
    """From which country a submission came."""

    __tablename__ = "embassy_voice"
    __table_args__ = (
        {
            "info": {
                "erasure": ErasureRule(Treatment.TEXT),
                "retention": "texts",
                "own_data": N_("From which country you wrote"),
            }
        },
    )
    submission_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("submission.id"), primary_key=True)
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    country: Mapped[str]


@hookimpl
def consult_reacts_to() -> Iterable[str]:
    """What is handed in, and what is corrected."""
    return ["SubmissionReceived", "SubmissionCorrected"]


@hookimpl
def consult_event(event: Recorded) -> None:
    """Remember the country as it now is; the same event again changes nothing."""
    submission = session.get_one(Submission, uuid.UUID(event.facts["submission"]))
    if submission.track != EmbassyTrack.key or "country" not in submission.answers:  # an import may leave it open
        return
    voice = session.get(EmbassyVoice, submission.id)
    if voice is None:
        voice = EmbassyVoice(submission_id=submission.id, consultation_id=event.stream)
        session.add(voice)
    voice.country = submission.answers["country"]


def from_where(consultation: Consultation) -> Message:
    """Return the sentence that tells from how many countries people wrote."""
    different = sa.func.count(sa.distinct(EmbassyVoice.country))
    found = session.execute(sa.select(different).where(EmbassyVoice.consultation_id == consultation.id)).scalar_one()
    return NN_("They wrote from %(count)s country.", "They wrote from %(count)s countries.", found)


@hookimpl
def consult_slot(slot: str, context: dict[str, Any]) -> Markup | None:
    """Tell organisers."""
    if slot != "organise.overview":
        return None
    return piece("embassy/overview.html", words=from_where(context["consultation"]))


@hookimpl
def consult_report_sections(consultation: Consultation) -> Iterable[ReportSection]:
    """Tell the readers of the outcome document."""
    return [ReportSection(EmbassyTrack.key, "countries", N_("Libyans abroad"), (from_where(consultation),))]


#: Names of countries as people answer with them, from one language into another.
COUNTRIES = {("ar", "en"): {"تونس": "Tunisia", "مالطا": "Malta"}}


@hookimpl
def consult_translate(text: str, source: str, target: str) -> str | None:
    """Translate names of countries; a plugin for a translation service would ask it here, with a time limit."""
    return COUNTRIES.get((source, target), {}).get(text)
