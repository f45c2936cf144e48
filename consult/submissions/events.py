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
    """A new revision of a submission was handed in, or came by an import; the earlier ones are kept.

    `instead` is the body that acted in the place of the one whose text it is, which had gone into it.
    """

    submission: uuid.UUID
    number: str
    revision: int
    fingerprint: str
    instead: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class SubmissionAccepted(Event):
    """A submission was accepted for discussion: from now on everybody can read it.

    By a moderator, or, with the ground `by_rule` and no actor, by the rule of its track when it was handed in.
    """

    submission: uuid.UUID
    number: str
    revision: int
    ground: str


@dataclass(frozen=True, slots=True)
class SubmissionLookedOver(Event):
    """A moderator read a submission that had been published at once, and it stays public."""

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
    """The author, or the body whose text it is, withdrew a submission: nobody else can read it any more.

    `instead` is the body that acted in the place of the one whose text it was, which had gone into it.
    """

    submission: uuid.UUID
    number: str
    instead: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class AuthorNameChanged(Event):
    """The author's name under which a submission stands was changed or taken off: whoever wrote it took it over with their account."""

    submission: uuid.UUID
    number: str


@dataclass(frozen=True, slots=True)
class NamesOpened(Event):
    """The names of the authors of a track, kept back while their texts were judged, were opened: of how many texts."""

    track: str
    texts: int


@dataclass(frozen=True, slots=True)
class BulkDecisionHeld(Event):
    """A moderator took one decision on several texts; it is held for ten minutes before anything happens."""

    act: uuid.UUID
    decision: str
    ground: str
    texts: int


@dataclass(frozen=True, slots=True)
class BulkDecisionUndone(Event):
    """A decision on several texts was undone while it was held: nothing had happened."""

    act: uuid.UUID


@dataclass(frozen=True, slots=True)
class BulkDecisionDone(Event):
    """A decision on several texts was carried out: on so many; the others had moved on or were refused."""

    act: uuid.UUID
    decided: int
    skipped: int


@dataclass(frozen=True, slots=True)
class AppealMade(Event):
    """An appeal was made against a decision that returned or hid a submission: no fact leads to the text but the appeal itself."""

    appeal: uuid.UUID


@dataclass(frozen=True, slots=True)
class AppealDecided(Event):
    """Somebody who had not decided on the text decided an appeal, and nothing changes for the text: the decision is upheld.

    One that is overturned is told as `SubmissionAccepted` alone: side by side in the log, the two would tell which text it was about.
    """

    appeal: uuid.UUID
    ground: str


@dataclass(frozen=True, slots=True)
class GroundSet(Event):
    """A ground of moderators was added, worded anew, retired or taken back: its key, and what it stands for from now on."""

    ground: str
    decisions: tuple[str, ...]
    seals: bool
    retired: bool


@dataclass(frozen=True, slots=True)
class AppealRulesSet(Event):
    """For how many days authors may appeal was set, and in how many an appeal is to be decided."""

    appeal_days: int
    answer_days: int


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
class CampaignReopened(Event):
    """Somebody of the staff took back what was decided on submissions proposed as copies of one letter."""

    campaign: uuid.UUID
    texts: int


@dataclass(frozen=True, slots=True)
class ImportAsked(Event):
    """Somebody asked for the rows of a file to be brought in: submissions of a consultation, or bodies of the register."""

    run: uuid.UUID


@dataclass(frozen=True, slots=True)
class ImportEnded(Event):
    """The worker brought in a file: so many submissions or bodies are new, say something else now, stayed as they were, were refused."""

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


@dataclass(frozen=True, slots=True)
class SignOffRuleSet(Event):
    """A body of a track set who signs off its texts; which body is not said, for it may withhold its name."""

    track: str
    level: str


@dataclass(frozen=True, slots=True)
class LeadNamed(Event):
    """An organiser named who leads for a body of a track, because whoever led could not sign in; which body is not said."""

    track: str
    lead: uuid.UUID


@dataclass(frozen=True, slots=True)
class SignOffAsked(Event):
    """Colleagues were asked to sign off a text, known by its digest; private answers are not in it."""

    text: uuid.UUID
    digest: str


@dataclass(frozen=True, slots=True)
class TextSignedOff(Event):
    """A member of the body signed off a text."""

    text: uuid.UUID
    digest: str


@dataclass(frozen=True, slots=True)
class SignOffFell(Event):
    """The sign-offs of a text fell because it was changed."""

    text: uuid.UUID
    digest: str


@dataclass(frozen=True, slots=True)
class WithdrawalAgreed(Event):
    """A member agreed that a submission which their body signed off is withdrawn; it is once all have whom the rule asks for."""

    submission: uuid.UUID
    number: str


@dataclass(frozen=True, slots=True)
class CosignatureAsked(Event):
    """The author of a submission asked another body to co-sign it; which one is said once it has."""

    submission: uuid.UUID
    number: str


@dataclass(frozen=True, slots=True)
class SubmissionCosigned(Event):
    """A body that takes part under its own name co-signed a revision of a submission."""

    submission: uuid.UUID
    number: str
    body: uuid.UUID
    revision: int


@dataclass(frozen=True, slots=True)
class CosignatureRevoked(Event):
    """A body took its signature under a submission back; `instead` is the one that acted in its place, because it had gone into it."""

    submission: uuid.UUID
    number: str
    body: uuid.UUID
    instead: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class CosignaturesFell(Event):
    """The signatures of these bodies under a submission fell: a new revision changed in substance what they had signed."""

    submission: uuid.UUID
    number: str
    revision: int
    signatures: int
    bodies: tuple[uuid.UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class TranslationHandedIn(Event):
    """A translator finished a translation of a revision of a submission; somebody else reads it before it is official."""

    submission: uuid.UUID
    number: str
    language: str
    revision: int


@dataclass(frozen=True, slots=True)
class TranslationReturned(Event):
    """A translation was sent back to its writer."""

    submission: uuid.UUID
    number: str
    language: str


@dataclass(frozen=True, slots=True)
class TranslationApproved(Event):
    """A translation became official; an earlier one in that language is no longer shown."""

    submission: uuid.UUID
    number: str
    language: str
    revision: int


@dataclass(frozen=True, slots=True)
class TranslationSetAside(Event):
    """A translation of a submission is no longer shown, though no other has taken its place."""

    submission: uuid.UUID
    number: str
    language: str


@dataclass(frozen=True, slots=True)
class MachineTranslationAsked(Event):
    """A translator asked a plugin for a translation by machine."""

    submission: uuid.UUID
    number: str
    language: str


@dataclass(frozen=True, slots=True)
class MachineTranslationMade(Event):
    """A plugin translated a submission by machine; it is marked as such wherever it is shown."""

    submission: uuid.UUID
    number: str
    language: str
    revision: int
