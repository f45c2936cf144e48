"""What an event of the log is called in a list: one sentence for each type, with its number where it has one."""

from __future__ import annotations

from collections.abc import Mapping

from consult.events.types import Recorded
from consult.i18n import N_, Message

#: Event type -> a sentence; `%(number)s` and the like are facts of the event.
WORDS: Mapping[str, Message] = {
    "ConsultationCreated": N_("The consultation was set up"),
    "ConsultationNamed": N_("Its names or texts were changed"),
    "ConsultationPublished": N_("The consultation was made public"),
    "PhasesSet": N_("The phases were set"),
    "TrackSet": N_("A track was set"),
    "TrackModerationSet": N_("When moderators read the texts of a track was changed"),
    "TopicsChosen": N_("The topics were chosen"),
    "RulesChosen": N_("The decision rules were chosen"),
    "DecisionRuleAdded": N_("A decision rule was added"),
    "SeatsCreated": N_("Seats were added to the plenary"),
    "SeatGiven": N_("A seat was given to a member"),
    "SeatVacated": N_("A seat was vacated"),
    "MemberInvited": N_("Somebody was invited to take part"),
    "InvitationRenewed": N_("An invitation was renewed"),
    "CardPrinted": N_("A new sign-in card was printed in the hall"),
    "MemberLeft": N_("A member left"),
    "SubmissionReceived": N_("Submission %(number)s was received"),
    "SubmissionCorrected": N_("Submission %(number)s was corrected: revision %(revision)s"),
    "SubmissionAccepted": N_("Submission %(number)s was accepted for discussion"),
    "SubmissionLookedOver": N_("Submission %(number)s, published at once, was looked over and stays"),
    "SubmissionReturned": N_("Submission %(number)s was returned for correction"),
    "SubmissionHidden": N_("The text of submission %(number)s was hidden"),
    "SubmissionAnswered": N_("Submission %(number)s, or a passage of it, was answered"),
    "SubmissionWithdrawn": N_("Submission %(number)s was withdrawn by its author"),
    "BulkDecisionHeld": N_("A decision on several texts at once is held: %(texts)s"),
    "BulkDecisionUndone": N_("A decision on several texts was undone before anything happened"),
    "BulkDecisionDone": N_("A decision on several texts was carried out: %(decided)s"),
    "AppealMade": N_("The author of submission %(number)s appealed"),
    "AppealDecided": N_("The appeal about submission %(number)s was decided"),
    "GroundSet": N_("A ground of moderators was set"),
    "AppealRulesSet": N_("The days of appeals were set"),
    "CampaignSearchAsked": N_("A search for campaigns was asked for"),
    "CampaignConfirmed": N_("Submissions confirmed as copies of one letter: %(texts)s"),
    "CampaignDismissed": N_("Submissions found not to be copies of one letter: %(texts)s"),
    "SessionPlanned": N_("Session %(number)s was planned"),
    "SessionChanged": N_("The plan of session %(number)s was changed"),
    "SessionOpened": N_("Session %(number)s was opened"),
    "SessionSuspended": N_("Session %(number)s was suspended"),
    "SessionResumed": N_("Session %(number)s was resumed"),
    "SessionClosed": N_("Session %(number)s was closed"),
    "AgendaItemAdded": N_("An item was added to an agenda"),
    "AgendaItemChanged": N_("An item of an agenda was changed"),
    "AgendaItemMoved": N_("An item of an agenda got another place"),
    "AgendaItemRemoved": N_("An item was taken off an agenda"),
    "AgendaItemStarted": N_("Item %(position)s of the agenda came under discussion"),
    "AgendaItemFinished": N_("The discussion of item %(position)s of the agenda ended"),
    "MemberCheckedIn": N_("A member came into the room"),
    "MemberCheckedOut": N_("A member left the room"),
    "FloorRequested": N_("A member asked for the floor"),
    "FloorRequestWithdrawn": N_("A request for the floor was withdrawn"),
    "FloorGiven": N_("A member was given the floor"),
    "SpeakingTimeExtended": N_("Speaking time was extended"),
    "FloorEnded": N_("A member finished speaking"),
    "MinutesWritten": N_("A paragraph was written into the minutes"),
    "MinutesCorrected": N_("The minutes were corrected before approval"),
    "MinutesLineHidden": N_("A line was left out of the minutes"),
    "MinutesLineShown": N_("A line was taken back into the minutes"),
    "MinutesApproved": N_("The minutes of session %(number)s were approved"),
    "RecommendationDrafted": N_("Recommendation %(number)s was begun as a draft"),
    "RecommendationDetailsChanged": N_("Details of recommendation %(number)s were changed"),
    "SourceAdded": N_("A passage of a submission became a source of recommendation %(number)s"),
    "SourceRemoved": N_("A passage is no longer a source of recommendation %(number)s"),
    "VersionWritten": N_("Version %(version)s of recommendation %(number)s was written"),
    "RecommendationProposed": N_("Recommendation %(number)s was opened for discussion"),
    "ReservationRecorded": N_("A reservation about recommendation %(number)s was put on record"),
    "BallotPrepared": N_("Ballot %(number)s was prepared"),
    "BallotOpened": N_("Ballot %(number)s was opened"),
    "BallotClosed": N_("Ballot %(number)s was closed and counted"),
    "BallotAnnulled": N_("Ballot %(number)s was annulled"),
    "RegionEdited": N_("A part of the outcome document was edited"),
    "RegionMerged": N_("A part of the outcome document was merged with its source"),
    "RegionReturned": N_("A part of the outcome document was returned to the record"),
    "RegionLocked": N_("A part of the outcome document was locked"),
    "RegionUnlocked": N_("A part of the outcome document was unlocked"),
    "RegionHidden": N_("A part of the outcome document was hidden"),
    "RegionShown": N_("A part of the outcome document was shown again"),
    "SilenceExplained": N_("The reason was published why submissions have no answer yet: %(unanswered)s"),
    "LettersSent": N_("Letters of answer were sent: %(letters)s"),
    "EditionPublished": N_("Edition %(number)s of the outcome document was published"),
}


def event_words(event: Recorded) -> Message:
    """Return the sentence for an event; a plugin's own type is told by its name."""
    words = WORDS.get(event.type)
    if words is None:
        return N_("An event of a plugin: %(type)s", type=event.type)
    wanted = {name: event.facts.get(name, "") for name in _parameters(words.text)}
    return Message(words.text, wanted)


def _parameters(text: str) -> tuple[str, ...]:
    return tuple(part.partition(")")[0] for part in text.split("%(")[1:])
