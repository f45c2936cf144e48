"""What an event of the log is called in a list: one sentence for each type, with its number where it has one."""

from __future__ import annotations

from collections.abc import Mapping

from consult.events.types import Recorded
from consult.i18n import N_, Message

#: What happens to one sheet is told to the instance's stream. Lines of before that was so say one sentence without a number: else
#: those beside them would tell everybody who knows a sheet, such as whoever printed its receipt, which text it became.
ABOUT_SHEETS = (
    "SheetReceived",
    "SheetEntered",
    "EntriesCompared",
    "SheetSettled",
    "SheetSetAside",
    "ReceiptPrinted",
    "SheetClaimed",
    "ScanAdded",
    "ScanRemoved",
)
#: What members of a body say inside of its texts is told to the instance's stream too. Lines of before say one sentence that tells of
#: no body: several that did, shortly before the line of a text without a name, would tell that it is a body's, and of which size.
ABOUT_SIGN_OFFS = ("SignOffAsked", "TextSignedOff", "SignOffFell", "WithdrawalAgreed")
#: So are an appeal and its decision: who counts the lines of either would know how many were upheld, which few appeals keep hidden.
ABOUT_APPEALS = ("AppealMade", "AppealDecided")
#: Event type -> a sentence; `%(number)s` and the like are facts of the event.
WORDS: Mapping[str, Message] = {
    "ConsultationCreated": N_("The consultation was set up"),
    "ConsultationNamed": N_("Its names or texts were changed"),
    "ConsultationPublished": N_("The consultation was made public"),
    "PurposePublished": N_("A text that people are asked to agree to was published: version %(version)s"),
    "ReferenceFiguresRecorded": N_("Figures were recorded that what was heard is set against"),
    "ReferenceFiguresRemoved": N_("Figures that what was heard was set against were removed"),
    "ChannelsCounted": N_("It was counted how %(texts)s texts without a name came in"),
    "PurposeEnded": N_("People are asked to agree to a purpose no more"),
    "AppealsCounted": N_("It was counted how %(appeals)s appeals were decided"),
    "PhasesSet": N_("The phases were set"),
    "TrackSet": N_("A track was set"),
    "TrackModerationSet": N_("When moderators read the texts of a track was changed"),
    "TrackBlindSet": N_("Whether the texts of a track are judged without names was changed"),
    "NamesOpened": N_("The names of authors whose texts were judged blind were opened"),
    "TopicsChosen": N_("The topics were chosen"),
    "RulesChosen": N_("The decision rules were chosen"),
    "DecisionRuleAdded": N_("A decision rule was added"),
    "SeatsCreated": N_("Seats were added to the plenary"),
    "SeatGiven": N_("A seat was given to a member"),
    "SeatVacated": N_("A seat was vacated"),
    "SeatRemoved": N_("Seat %(number)s, which nobody had held, was removed"),
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
    "OwnNameChanged": N_("A member changed their own name"),
    "DisplayNameChanged": N_("A member changed the name under which they take part"),
    "MemberLeft": N_("A member left"),
    "SubmissionReceived": N_("Submission %(number)s was received"),
    "AuthorNameChanged": N_("The author’s name on submission %(number)s was changed or taken off"),
    "SubmissionCorrected": N_("Submission %(number)s was corrected: revision %(revision)s"),
    "SubmissionAccepted": N_("Submission %(number)s was accepted for discussion"),
    "SubmissionLookedOver": N_("Submission %(number)s, published at once, was looked over and stays"),
    "SubmissionReturned": N_("Submission %(number)s was returned for correction"),
    "SubmissionHidden": N_("The text of submission %(number)s was hidden"),
    "SubmissionAnswered": N_("Submission %(number)s, or a passage of it, was answered"),
    "SubmissionWithdrawn": N_("Submission %(number)s was withdrawn"),
    "BulkDecisionHeld": N_("A decision on several texts at once is held: %(texts)s"),
    "BulkDecisionUndone": N_("A decision on several texts was undone before anything happened"),
    "BulkDecisionDone": N_("A decision on several texts was carried out: %(decided)s"),
    "GroundSet": N_("A ground of moderators was set"),
    "AppealRulesSet": N_("The days of appeals were set"),
    "ReviewerNamed": N_("A reviewer of a track was named, or what they read was changed: %(number)s"),
    "ReviewerEnded": N_("A reviewer judges no more: %(number)s"),
    "ReviewCriteriaSet": N_("On what reviewers of a track score was changed"),
    "ReviewsAssigned": N_("Texts were given to reviewers: %(texts)s, assessments asked for: %(assessments)s"),
    "ReviewTakenBack": N_("A text was taken back from a reviewer"),
    "EvaluationPublished": N_("Evaluation %(number)s of the consultation was published"),
    "EvaluationAnswered": N_("The organisers answered evaluation %(number)s"),
    "InterestDeclared": N_("Somebody declared an interest in a text and keeps away from it"),
    "InterestLiftAsked": N_("Somebody asked to lift an interest that was declared by mistake"),
    "InterestLifted": N_("An interest that was declared by mistake was lifted"),
    "InterestStays": N_("An interest was not lifted: it stays"),
    "AssessmentHandedIn": N_("A reviewer handed in an assessment"),
    "AssessmentReopened": N_("An assessment that was handed in was opened again"),
    "ReviewNoted": N_("Those who judge a text talked about it"),
    "CosignatureAsked": N_("Another body was asked to co-sign submission %(number)s"),
    "SubmissionCosigned": N_("A body co-signed submission %(number)s, revision %(revision)s"),
    "CosignatureRevoked": N_("A body took its signature under submission %(number)s back"),
    "CosignaturesFell": N_("Signatures under submission %(number)s fell with revision %(revision)s: %(signatures)s"),
    "LeadNamed": N_("An organiser named who leads for a body"),
    "SignOffRuleSet": N_("A body set who signs off its texts"),
    **dict.fromkeys(ABOUT_SIGN_OFFS, N_("A text was worked on")),
    "ResponseAsked": N_("A body was asked for its official response"),
    "ResponseRequestDropped": N_("A body is no longer asked for an official response"),
    "ResponseSignedOff": N_("A member signed off the official response of their body"),
    "ResponseDue": N_("A body was reminded of the official response that it was asked for"),
    "ResponsePassed": N_("A request for an official response passed to another body, with the one that was asked"),
    "ResponsePublished": N_("The official response of a body was published"),
    "TranslationHandedIn": N_("A translation of submission %(number)s was finished and waits for approval"),
    "TranslationReturned": N_("A translation of submission %(number)s was sent back to its writer"),
    "TranslationApproved": N_("A translation of submission %(number)s, revision %(revision)s, became official"),
    "TranslationSetAside": N_("A translation of submission %(number)s is no longer shown"),
    "MachineTranslationAsked": N_("A machine translation of submission %(number)s was asked for"),
    "MachineTranslationMade": N_("Submission %(number)s, revision %(revision)s, was translated by machine"),
    "CampaignSearchAsked": N_("A search for campaigns was asked for"),
    "CampaignConfirmed": N_("Submissions confirmed as copies of one letter: %(texts)s"),
    "CampaignReopened": N_("A decision on like submissions was taken back: %(texts)s"),
    "CampaignDismissed": N_("Submissions found not to be copies of one letter: %(texts)s"),
    "ImportAsked": N_("A file was asked to be brought in"),
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
    "SheetsPrinted": N_("Sheets of paper were printed: %(sheets)s"),
    **dict.fromkeys(ABOUT_APPEALS, N_("An appeal was made or decided")),
    **dict.fromkeys(ABOUT_SHEETS, N_("Clerks worked on a sheet of paper")),
    "CodebookStarted": N_("Codes were taken into the codebook from a scheme: %(codes)s"),
    "CodeSaved": N_("Code %(number)s of the codebook was saved"),
    "CodeMerged": N_("Code %(number)s was merged into code %(into)s"),
    "CodeRetired": N_("Code %(number)s is given no more"),
    "CoderAdded": N_("Coder %(number)s was charged with coding"),
    "CoderEnded": N_("Coder %(number)s codes no more"),
    "TextsAssigned": N_("Texts were handed out to coders: %(texts)s; to two of them: %(twice)s"),
    "TextCoded": N_("A coder finished submission %(number)s"),
    "CodingUndone": N_("A coder took a step on submission %(number)s back"),
    "CodingRedone": N_("A coder did a step on submission %(number)s again"),
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
    "QuoteSourceAdded": N_(
        "Quote %(quote)s from a confidential testimony became a source of recommendation %(number)s"
    ),
    "QuoteSourceRemoved": N_("Quote %(quote)s is no longer a source of recommendation %(number)s"),
    "VersionWritten": N_("Version %(version)s of recommendation %(number)s was written"),
    "RecommendationProposed": N_("Recommendation %(number)s was opened for discussion"),
    "ReservationRecorded": N_("A reservation about recommendation %(number)s was put on record"),
    "ReservationWithdrawn": N_("A reservation about recommendation %(number)s was withdrawn"),
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
    "EndExplained": N_("The reason was published why the phase ended while submissions had no answer: %(unanswered)s"),
    "MessageSent": N_("The organisers wrote to a group: message %(number)s"),
    "TestimonyOffered": N_("Confidential testimony is heard from here on"),
    "TestimonyClosed": N_("No new confidential testimony is taken"),
    "LogKeyRenewed": N_("The log has a new key, named by the former one: key %(number)s"),
    "LogKeyReplaced": N_("The log has a new key without the former one, and its chain is broken here: key %(number)s"),
    "ReaderNamed": N_("A reader of confidential testimony was named"),
    "ReaderEnded": N_("A reader of confidential testimony no longer reads"),
    "QuotePublished": N_("Quote %(number)s from a confidential testimony was published"),
    "QuoteWithdrawn": N_("The words of quote %(number)s were taken back by their author"),
    "LettersSent": N_("Letters of answer were sent: %(letters)s"),
    "LettersPrinted": N_("Letters of answer were printed: %(letters)s"),
    "LetterWordsWritten": N_("The words of the letters of answer were written, in languages: %(languages)s"),
    "MemberRegistered": N_("Somebody registered and takes part"),
    "BodyUnsettled": N_("The end of a body was a mistake: seats and members came back"),
    "MemberReturned": N_("A member takes part again"),
    "BodySettled": N_("What becomes of the seats and members of a body that ended was decided"),
    "AccreditationMoved": N_("Application %(number)s of a body to take part moved on"),
    "AccreditationFileAdded": N_("A file was added to application %(number)s of a body to take part"),
    "AccreditationFileRemoved": N_("A file was removed from application %(number)s of a body to take part"),
    "AccreditationReminded": N_("Somebody was reminded of application %(number)s of a body to take part"),
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
    facts = {**event.facts, **_counted(event)}
    wanted = {name: facts.get(name, "") for name in _parameters(words.text)}
    said = Message(words.text, wanted)
    if event.facts.get("instead"):
        return N_("%(event)s; another body acted in the place of one that had ended", event=said)
    return said


def _counted(event: Recorded) -> Mapping[str, int]:
    """Return how many sheets were printed, and not which: a number left out between two runs is a text that a clerk wrote down."""
    return {"sheets": event.facts["last"] - event.facts["first"] + 1} if event.type == "SheetsPrinted" else {}


def _parameters(text: str) -> tuple[str, ...]:
    return tuple(part.partition(")")[0] for part in text.split("%(")[1:])
