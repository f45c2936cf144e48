"""A position from draft to disposition."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import relationship

from consult.db import Id, Mapped, Model, mapped_column


class Questionnaire(Model):
    """One version of an organiser's form for a track; once it is opened it is never changed.

    `content` is what `questionnaire_content` reads, `digest` SHA-256 of its canonical JSON. `state` is draft, open (new
    drafts answer it) or retired (drafts begun on it still do); a track has at most one draft and one open version.
    """

    __tablename__ = "questionnaire"
    __table_args__ = (
        sa.UniqueConstraint("consultation_id", "track", "version"),
        sa.Index(
            "uq_questionnaire_current",
            "consultation_id",
            "track",
            "state",
            unique=True,
            sqlite_where=sa.text("state <> 'retired'"),
            postgresql_where=sa.text("state <> 'retired'"),
        ),
    )
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    track: Mapped[str]
    version: Mapped[int]
    state: Mapped[str]
    content: Mapped[dict[str, Any]] = mapped_column(default=dict)
    digest: Mapped[str]
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]


class Draft(Model):
    """An unfinished position, kept at every step: `answers` by field name, as typed.

    `version` counts saves and `saved_from` names the page that saved last: another page that has not seen the last save
    is told so. For a correction, `submission_id` is the submission that was returned. The id becomes that of the revision,
    so a draft is handed in once, however often the button is pressed. `questionnaire_id` is the version of the organiser's
    form it was begun on, and keeps. Where `shared_body_id` is set, members of that body and `shared_track` write in it too;
    `asked_digest` is the text for which a sign-off was asked.
    """

    __tablename__ = "draft"
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    member_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    submission_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("submission.id"), unique=True)
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    version: Mapped[int] = mapped_column(default=1)
    saved_from: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    questionnaire_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("questionnaire.id"))
    shared_body_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("body.id"), index=True)
    shared_track: Mapped[str] = mapped_column(default="", server_default="")
    asked_digest: Mapped[str] = mapped_column(default="", server_default="")


class Submission(Model):
    """A position that was handed in or imported.

    `title`, `language`, `answers` are those of the current revision; private answers stand in the revision only. `body_id`
    and `author` are what others may read of who wrote it (nothing when `withheld`; `author` only where there is no body);
    `track` is "" for an import without one. `source_key` and `source_hash` make imports idempotent. `look_over`: it was published
    before anybody read it, and waits to be looked over. `signed_off_at` is when the body signed off the current revision.
    `correctable_until`: until then its author mends what nobody looks over.
    `came_in_on` is the day on which it came in on paper, `hands` are the ids of whoever entered it from there, between commas.
    """

    __tablename__ = "submission"
    __table_args__ = (
        sa.UniqueConstraint("consultation_id", "number"),
        sa.UniqueConstraint("consultation_id", "source_key"),
        sa.Index("ix_submission_register", "consultation_id", "state", "received_at", "id"),
        sa.Index("ix_submission_track", "consultation_id", "state", "track", "received_at", "id"),
        sa.Index("ix_submission_language", "consultation_id", "state", "language", "received_at", "id"),
        sa.Index("ix_submission_body", "consultation_id", "body_id", "state", "received_at", "id"),
        sa.Index("ix_submission_member", "member_id"),
        sa.Index("ix_submission_public", "consultation_id", "state", "decided_at", "id"),
        sa.Index("ix_submission_look_over", "consultation_id", "look_over", "received_at", "id"),
    )
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    number: Mapped[str]
    track: Mapped[str]
    member_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("member.id"))
    body_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("body.id"))
    author: Mapped[str] = mapped_column(default="")
    withheld: Mapped[bool] = mapped_column(default=False)
    title: Mapped[str]
    language: Mapped[str]
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str]
    revision: Mapped[int] = mapped_column(default=1)
    received_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    look_over: Mapped[bool] = mapped_column(default=False)
    channel: Mapped[str] = mapped_column(default="online")  # online | import | paper | assisted
    channel_counted: Mapped[bool] = mapped_column(default=False)  # in a step of `figures.channels`
    source_key: Mapped[str | None]
    source_hash: Mapped[bytes | None]
    questionnaire_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("questionnaire.id"))
    signed_off_at: Mapped[datetime | None]
    correctable_until: Mapped[datetime | None]
    came_in_on: Mapped[date | None]
    hands: Mapped[str] = mapped_column(default="")

    revisions: Mapped[list[Revision]] = relationship(order_by="Revision.number", viewonly=True)


class Revision(Model):
    """One text of a submission, never changed.

    `fingerprint` is SHA-256 of the canonical JSON of what is public of it: it stands on the receipt and in the event.
    `private_answers` are for the author alone; `why` is what the author says a correction changed, and why; `topics` are the slugs of the topics it was handed in under;
    `questionnaire_id` is the version of the organiser's form that the answers are to.
    """

    __tablename__ = "revision"
    __table_args__ = (sa.UniqueConstraint("submission_id", "number"),)
    id: Mapped[Id]
    submission_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("submission.id"))
    number: Mapped[int]
    title: Mapped[str]
    language: Mapped[str]
    topics: Mapped[list[str]] = mapped_column(default=list)
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    private_answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    why: Mapped[str] = mapped_column(default="", server_default="")
    fingerprint: Mapped[str]
    handed_in_by: Mapped[uuid.UUID | None]
    at: Mapped[datetime]
    questionnaire_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("questionnaire.id"))


class Passage(Model):
    """A numbered part of one revision: what recommendations cite.

    `kind` is text or proposal (a paragraph of either), or answer: a public answer in words to the organisers' `question`.
    """

    __tablename__ = "passage"
    __table_args__ = (sa.UniqueConstraint("submission_id", "revision", "number"),)
    id: Mapped[Id]
    submission_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("submission.id"))
    revision: Mapped[int]
    number: Mapped[int]
    kind: Mapped[str]
    text: Mapped[str]
    question: Mapped[str] = mapped_column(default="", server_default="")


class SubmissionTopic(Model):
    """That a submission is about a topic."""

    __tablename__ = "submission_topic"
    submission_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("submission.id"), primary_key=True)
    topic_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("topic.id"), primary_key=True)
    __table_args__ = (sa.Index("ix_submission_topic_topic", "topic_id", "submission_id"),)


class ReviewDecision(Model):
    """A moderator's decision on one revision: the public `ground`, and the `reason` that the author alone gets.

    `seals`: its ground keeps the revision out of sight for good. `decided_by` is nobody where a rule published at once.
    `waited` is how many seconds the revision had waited to be read, none where it had been read before. `appeal_until` is
    the deadline that its author was told, none where there is no appeal.
    """

    __tablename__ = "review_decision"
    __table_args__ = (
        sa.Index("ix_review_decision_register", "consultation_id", "decision", "at", "id"),
        sa.Index("ix_review_decision_waited", "consultation_id", "waited"),
    )
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    submission_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("submission.id"), index=True)
    revision: Mapped[int]
    decision: Mapped[str]
    ground: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    seals: Mapped[bool] = mapped_column(default=False)
    waited: Mapped[int | None]
    appeal_until: Mapped[datetime | None]
    decided_by: Mapped[uuid.UUID | None]
    at: Mapped[datetime]


class Appeal(Model):
    """An author's appeal against one decision, at most one for each: `reason` is theirs, `answer` is for them alone.

    `due_at` is when it is to be decided. `waited` is how many seconds it took. `counted` tells that its outcome and `ground` are in a
    step of what everybody is told (`review.appeal_figures`).
    """

    __tablename__ = "appeal"
    __table_args__ = (
        sa.Index("ix_appeal_list", "consultation_id", "state", "due_at", "id"),
        sa.Index("ix_appeal_waited", "consultation_id", "waited"),
    )
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    submission_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("submission.id"), index=True)
    decision_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("review_decision.id"), unique=True)
    state: Mapped[str]
    reason: Mapped[str]
    language: Mapped[str]
    made_at: Mapped[datetime]
    due_at: Mapped[datetime]
    ground: Mapped[str] = mapped_column(default="")
    answer: Mapped[str] = mapped_column(default="")
    waited: Mapped[int | None]
    decided_by: Mapped[uuid.UUID | None]
    decided_at: Mapped[datetime | None]
    counted: Mapped[bool] = mapped_column(default=False)


class BulkDecision(Model):
    """A decision on many texts at once: held until `due_at`, then carried out for whoever held it, unless it was undone."""

    __tablename__ = "bulk_decision"
    __table_args__ = (
        sa.Index("ix_bulk_decision_due", "state", "due_at"),
        sa.Index("ix_bulk_decision_list", "consultation_id", "made_at"),
    )
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    decision: Mapped[str]
    ground: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    state: Mapped[str]
    held_by: Mapped[uuid.UUID | None]
    made_at: Mapped[datetime]
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class BulkText(Model):
    """A text of a decision on many, as it stood when that was held (revision, last decision), and what became of it (`Outcome`)."""

    __tablename__ = "bulk_text"
    act_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("bulk_decision.id"), primary_key=True)
    submission_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("submission.id"), primary_key=True)
    revision: Mapped[int]
    decided_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(default="")
    __table_args__ = (sa.Index("ix_bulk_text_submission", "submission_id", "outcome"),)


class CampaignSearch(Model):
    """A search for campaigns that somebody asked for. The worker holds it until `lease_until` and renews that with `progress`.

    `attempts` counts how often a worker took it: whoever was slower than its lease finds another number and stops.
    `texts` were read, `found` are the proposals it made.
    """

    __tablename__ = "campaign_search"
    __table_args__ = (
        sa.Index("ix_campaign_search_consultation", "consultation_id", "id"),
        sa.Index("ix_campaign_search_due", "state", "asked_at"),
    )
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    state: Mapped[str]
    progress: Mapped[int] = mapped_column(default=0)  # per cent
    asked_by: Mapped[uuid.UUID | None]
    asked_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    texts: Mapped[int] = mapped_column(default=0)
    found: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(default="")
    done_at: Mapped[datetime | None]


class CampaignProposal(Model):
    """Submissions that a search took for copies of one letter, and what a person made of it. `likeness` is in per cent.

    `texts` is how many belonged when that was decided; while nobody decided, those that do not demand the opposite.
    """

    __tablename__ = "campaign_proposal"
    __table_args__ = (sa.Index("ix_campaign_proposal_list", "consultation_id", "state", "texts", "id"),)
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    search_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("campaign_search.id"))
    representative_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("submission.id"))
    state: Mapped[str]
    texts: Mapped[int]
    likeness: Mapped[int]
    found_at: Mapped[datetime]
    decided_by: Mapped[uuid.UUID | None]
    decided_at: Mapped[datetime | None]


class CampaignMember(Model):
    """A submission in a proposal. `opposed` is what the search says of it; `belongs` what a person confirmed.

    Both are said of `revision`, the one that the search compared: a text that is corrected belongs no more.

    `chosen` is what a person said who went through the proposal page by page, None where nobody has looked at it yet.

    A submission belongs to one campaign at most: the one that was confirmed last.
    """

    __tablename__ = "campaign_member"
    proposal_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("campaign_proposal.id"), primary_key=True)
    submission_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("submission.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(server_default="1")
    opposed: Mapped[bool]
    belongs: Mapped[bool] = mapped_column(default=False)
    chosen: Mapped[bool | None]
    __table_args__ = (sa.Index("ix_campaign_member_submission", "submission_id", "proposal_id"),)
