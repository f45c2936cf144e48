"""Events of submissions. The fingerprint is in them, so that the signed log shows any later change of a text.

The actor of an event of a submission whose author's name is withheld is left out: the log must not tell it either.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from consult.events.types import Event


@dataclass(frozen=True, slots=True)
class SubmissionReceived(Event):
    """A submission was handed in, or came by an import; `body` is None where there is none or the name is withheld."""

    submission: uuid.UUID
    number: str
    track: str
    body: uuid.UUID | None
    channel: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class SubmissionCorrected(Event):
    """A new revision of a submission was handed in, or came by an import; the earlier ones are kept."""

    submission: uuid.UUID
    number: str
    revision: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class SubmissionAccepted(Event):
    """A moderator accepted a submission for discussion: from now on everybody can read it."""

    submission: uuid.UUID
    number: str
    revision: int
    ground: str


@dataclass(frozen=True, slots=True)
class SubmissionReturned(Event):
    """A moderator returned a submission for correction."""

    submission: uuid.UUID
    number: str
    revision: int
    ground: str


@dataclass(frozen=True, slots=True)
class SubmissionHidden(Event):
    """A moderator hid the text of a submission; the original is kept."""

    submission: uuid.UUID
    number: str
    revision: int
    ground: str


@dataclass(frozen=True, slots=True)
class SubmissionWithdrawn(Event):
    """The author withdrew a submission: nobody else can read it any more."""

    submission: uuid.UUID
    number: str


@dataclass(frozen=True, slots=True)
class CampaignSearchAsked(Event):
    """Somebody of the staff asked for a search for campaigns among all submissions."""

    search: uuid.UUID


@dataclass(frozen=True, slots=True)
class CampaignConfirmed(Event):
    """Somebody of the staff confirmed that so many submissions are copies of one letter, and that others do not belong."""

    campaign: uuid.UUID
    texts: int
    left_out: int


@dataclass(frozen=True, slots=True)
class CampaignDismissed(Event):
    """Somebody of the staff found that submissions proposed as copies of one letter are none."""

    campaign: uuid.UUID
    texts: int


@dataclass(frozen=True, slots=True)
class ImportAsked(Event):
    """An organiser asked for the rows of a file to be brought in."""

    run: uuid.UUID


@dataclass(frozen=True, slots=True)
class ImportEnded(Event):
    """The worker brought in a file: so many submissions were made, got a new revision, stayed as they were, were refused."""

    run: uuid.UUID
    made: int
    changed: int
    unchanged: int
    refused: int


@dataclass(frozen=True, slots=True)
class StatementVotesBrought(Event):
    """Votes that another platform took on statements were brought in: so many, on so many statements."""

    statements: int
    votes: int


@dataclass(frozen=True, slots=True)
class QuestionnaireDrafted(Event):
    """A new version of a track's form was begun; nobody answers it yet."""

    questionnaire: uuid.UUID
    track: str
    version: int


@dataclass(frozen=True, slots=True)
class QuestionnaireChanged(Event):
    """The draft of a track's form was changed."""

    questionnaire: uuid.UUID
    track: str
    version: int


@dataclass(frozen=True, slots=True)
class QuestionnaireDiscarded(Event):
    """The draft of a track's form was deleted before anybody could answer it."""

    questionnaire: uuid.UUID
    track: str
    version: int


@dataclass(frozen=True, slots=True)
class QuestionnaireOpened(Event):
    """A version of a track's form was opened: from now on it is never changed, and new drafts answer it."""

    questionnaire: uuid.UUID
    track: str
    version: int
    digest: str
