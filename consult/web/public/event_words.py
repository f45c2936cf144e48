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
    "SeatHandedOver": N_("A seat was handed over"),
    "AlternateAdded": N_("An alternate was entered for a seat"),
    "AlternateMoved": N_("The order of a seat’s alternates was changed"),
    "AlternateRemoved": N_("A member stands in for a seat no longer"),
    "ProxyGiven": N_("The holder of a seat gave a proxy"),
    "ProxyEnded": N_("A proxy ended"),
    "ProxiesLimited": N_("Proxies one member may carry: %(each)s"),
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
    "ImportAsked": N_("An organiser asked for a file of submissions to be brought in"),
    "ImportEnded": N_(
        "A file was brought in: %(made)s new, %(changed)s changed, %(unchanged)s unchanged, %(refused)s refused"
    ),
    "StatementVotesBrought": N_(
        "Votes on statements were brought in from another platform: %(votes)s on %(statements)s"
    ),
    "OpenDataLicensed": N_("The licence of the open data was chosen: %(licence)s"),
    "QuestionnaireDrafted": N_("A new version of a track’s form was begun: version %(version)s"),
    "QuestionnaireChanged": N_("Version %(version)s of a track’s form was changed before it was opened"),
    "QuestionnaireDiscarded": N_("Version %(version)s of a track’s form was deleted before it was opened"),
    "QuestionnaireOpened": N_("Version %(version)s of a track’s form was opened"),
    "CodebookStarted": N_("Codes were taken into the codebook from a scheme: %(codes)s"),
    "CodeSaved": N_("Code %(number)s of the codebook was saved"),
    "CodeMerged": N_("Code %(number)s was merged into code %(into)s"),
    "CodeRetired": N_("Code %(number)s is given no more"),
    "CoderAdded": N_("Coder %(number)s was charged with coding"),
    "CoderEnded": N_("Coder %(number)s codes no more"),
    "TextsAssigned": N_("Texts were handed out to coders: %(texts)s; to two of them: %(twice)s"),
    "TextCoded": N_("A coder finished submission %(number)s"),
    "CodingReopened": N_("A coder took submission %(number)s up again"),
    "CodingReconciled": N_("It was decided where the coders of submission %(number)s differed"),
    "ThemeSaved": N_("Theme %(number)s was saved"),
    "ThemeDecided": N_("A person found theme %(number)s agreed, contested or open"),
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
    "MessageSent": N_("The organisers wrote to a group: message %(number)s"),
    "TestimonyOffered": N_("Confidential testimony is heard from here on"),
    "TestimonyClosed": N_("No new confidential testimony is taken"),
    "ReaderNamed": N_("A reader of confidential testimony was named"),
    "ReaderEnded": N_("A reader of confidential testimony no longer reads"),
    "QuotePublished": N_("Quote %(number)s from a confidential testimony was published"),
    "LettersSent": N_("Letters of answer were sent: %(letters)s"),
    "MemberRegistered": N_("Somebody registered and takes part"),
    "AccreditationMoved": N_("Application %(number)s of a body to take part moved on"),
    "FourEyesSwitched": N_("It was changed whether publishing needs two people"),
    "GraveActAsked": N_("An act was asked for that a second person confirms"),
    "GraveActConfirmed": N_("A second person confirmed an act"),
    "GraveActWithdrawn": N_("An act that waited for a second person was withdrawn"),
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
