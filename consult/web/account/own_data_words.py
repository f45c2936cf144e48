"""What is kept about a person, in words: what each table holds, and what the columns are called that say something to a reader.

What has no word here is shown all the same, beside the rest, under its name in the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from consult.accounts.access import ROLE_LABELS
from consult.coding.states import STANCE_LABELS
from consult.consultations.accreditation.states import STATE_LABELS as APPLICATION_LABELS
from consult.consultations.states import PROXY_END_LABELS
from consult.db import Base
from consult.i18n import N_, Message
from consult.notifications.kinds import HOW_LABELS, TOPICS
from consult.peer_review.states import INTEREST_LABELS, RECOMMENDATION_LABELS
from consult.recommendations.responses_together import PART_LABELS
from consult.submissions.drafting.steps import STEP_LABELS
from consult.submissions.offices.sign_off_rules import LEVEL_LABELS
from consult.submissions.states import APPEAL_LABELS, CHANNEL_LABELS, DECISION_LABELS, STATE_LABELS
from consult.submissions.translations.states import KIND_LABELS as TRANSLATION_LABELS
from consult.web.answers import KIND_LABELS


@dataclass(frozen=True, slots=True)
class Kind:
    """A table in words: what it holds, and the columns that come first, in the order in which they are read."""

    label: Message
    columns: tuple[str, ...] = ()


KINDS: Mapping[str, Kind] = {
    "person": Kind(N_("Your account"), ("name", "email", "language", "created_at")),
    "member": Kind(
        N_("Where you take part"),
        ("track", "number", "invited_at", "until", "part_ended_at", "withheld", "display_name"),
    ),
    "role_grant": Kind(N_("Your roles"), ("role", "granted_at", "ends_at", "reason", "revoked_because")),
    "moderation_task": Kind(N_("Texts on your desk as a moderator"), ("given_at",)),
    "moderator_desk": Kind(N_("Your desk as a moderator"), ("languages", "back_at")),
    "accreditation": Kind(
        N_("Applications of bodies with your address"),
        ("number", "track", "name", "state", "applied_at", "mandate", "legal_basis", "documents", "contact"),
    ),
    "accreditation_file": Kind(N_("Files of these applications"), ("name", "size", "added_at", "removed_at")),
    "accreditation_step": Kind(N_("What became of them"), ("state", "reason", "at")),
    "testimony_reader": Kind(N_("Where you read confidential testimony"), ("named_at", "ended_at")),
    "seat": Kind(N_("Your seats"), ("track", "number", "constituency")),
    "seat_term": Kind(N_("When you held a seat"), ("since", "until", "reason")),
    "alternate": Kind(N_("Seats for which you stand in"), ("position",)),
    "proxy": Kind(N_("Proxies that you gave or carry"), ("until", "shown", "ended_at", "ended_because")),
    "submission": Kind(
        N_("Your submissions"), ("number", "title", "track", "state", "received_at", "channel", "came_in_on")
    ),
    "revision": Kind(
        N_("Their revisions"), ("number", "title", "at", "why", "topics", "answers", "private_answers", "fingerprint")
    ),
    "passage": Kind(N_("Their passages"), ("revision", "number", "text")),
    "attachment": Kind(N_("Your documents"), ("name", "size", "checked_at")),
    "upload": Kind(N_("Documents that are still being sent"), ("name", "size")),
    "submission_attachment": Kind(N_("Revisions they were handed in with")),
    "submission_topic": Kind(N_("Their topics")),
    "bulk_text": Kind(N_("Decisions taken on several texts at once")),
    "appeal": Kind(N_("Your appeals"), ("ground", "reason", "state", "answer", "made_at", "decided_at")),
    "review_decision": Kind(N_("What was decided on them"), ("decision", "ground", "reason", "at")),
    "disposition": Kind(N_("What became of them"), ("kind", "clause", "reason", "at")),
    "source": Kind(N_("Where recommendations cite them"), ("added_at",)),
    "coded_text": Kind(N_("That they are coded"), ("state", "settled_at")),
    "final_coding": Kind(N_("Codes that their passages were given"), ("stance",)),
    "coder": Kind(N_("Where you code texts"), ("number", "added_at", "ended_at")),
    "coding_task": Kind(N_("Texts you were charged with coding"), ("saved_at", "done_at")),
    "coding": Kind(N_("Codes you gave"), ("stance",)),
    "coding_step": Kind(N_("Steps of your coding that you can take back"), ("stance", "undone")),
    "coding_memo": Kind(N_("Your memos"), ("text",)),
    "sealed_name": Kind(N_("Your name, kept back while your text is judged"), ("author",)),
    "reviewer": Kind(N_("Where you judge texts as a reviewer"), ("track", "number", "added_at", "ended_at")),
    "assessment": Kind(
        N_("What you found of texts"), ("recommendation", "scores", "inside", "to_author", "saved_at", "handed_in_at")
    ),
    "declared_interest": Kind(
        N_("Texts in which you declared an interest"), ("kind", "at", "asked_at", "asked_because", "answered_because")
    ),
    "evaluation_draft": Kind(N_("The evaluation that you are writing"), ("texts", "saved_at")),
    "evaluation": Kind(N_("Evaluations that you published"), ("texts", "published_at")),
    "evaluation_answer": Kind(N_("What organisers answered to your evaluations"), ("texts", "answered_at")),
    "earlier_assessment": Kind(
        N_("What you had found of texts before it was opened again"),
        ("recommendation", "scores", "inside", "to_author", "handed_in_at", "reopened_at", "because"),
    ),
    "lifted_interest": Kind(
        N_("Interests you declared by mistake"), ("kind", "at", "asked_because", "lifted_at", "lifted_because")
    ),
    "review_note": Kind(N_("What you said in discussions of reviewers"), ("text", "at")),
    "campaign_member": Kind(N_("Letters like yours that were sent many times")),
    "paper_sheet": Kind(N_("Sheets of paper that you claimed"), ("number", "printed_at", "claimed_at")),
    "paper_entry": Kind(N_("When clerks entered them"), ("entered_at", "answers")),
    "paper_comparison": Kind(N_("Whether two entries of them differed"), ("box", "differed")),
    "paper_scan": Kind(N_("Pictures of them"), ("size", "added_at")),
    "statement_vote": Kind(N_("Votes brought in from another platform")),
    "letter_sent": Kind(N_("Letters on what became of them")),
    "draft": Kind(N_("Your drafts"), ("created_at", "saved_at", "answers")),
    "draft_part": Kind(N_("Parts of shared drafts that you write in"), ("part", "until")),
    "draft_save": Kind(N_("What was saved in drafts that you write with others"), ("part", "at", "content")),
    "draft_comment": Kind(N_("Comments inside your body"), ("text", "at")),
    "response_part": Kind(N_("Parts of official responses that you write in"), ("part", "until")),
    "response_save": Kind(N_("What you saved of official responses"), ("part", "at", "content")),
    "response_comment": Kind(N_("What you said to colleagues about official responses"), ("text", "at")),
    "cosignature": Kind(N_("Bodies asked to co-sign your texts"), ("asked_at", "given_at", "fell_at", "ended_at")),
    "translation": Kind(N_("Translations of your texts"), ("language", "kind", "revision")),
    "translation_part": Kind(N_("What they say"), ("part", "text")),
    "office": Kind(N_("Where you lead for your body"), ("track", "level", "lead_because")),
    "sign_off": Kind(N_("Texts that you signed off"), ("at", "fell_at")),
    "roll_entry": Kind(N_("Rolls of voters on which you stand"), ("track", "weight")),
    "open_choice": Kind(N_("Your votes in open ballots"), ("choice", "at")),
    "reservation": Kind(N_("Your reservations"), ("text", "at", "withdrawn_at")),
    "attendance": Kind(N_("When you were in the hall"), ("came_at", "left_at")),
    "speech": Kind(N_("When you asked for the floor and spoke"), ("asked_at", "given_at", "seconds")),
    "sign_in": Kind(N_("Where you signed in"), ("device", "method", "created_at", "seen_at", "ended_at")),
    "half_sign_in": Kind(N_("Sign-ins that wait for a second step"), ("device", "expires_at")),
    "sign_in_link": Kind(N_("Links and invitations for you"), ("created_at", "expires_at", "used_at")),
    "authenticator_app": Kind(N_("Your app that shows codes"), ("created_at",)),
    "passkey": Kind(N_("Your passkeys"), ("name", "created_at", "used_at")),
    "outside_identity": Kind(N_("Accounts elsewhere that sign you in"), ("issuer", "joined_at", "used_at")),
    "recovery_code": Kind(N_("Your recovery codes, as fingerprints")),
    "notice": Kind(N_("What you were told of"), ("at", "read_at")),
    "consent": Kind(N_("What you agreed to, and what not"), ("given", "version", "at", "replaced_at")),
    "reach": Kind(
        N_("Your place and quiet hours"), ("timezone", "country", "mission", "district", "quiet_from", "quiet_to")
    ),
    "wish": Kind(N_("How you want to be told"), ("topic", "how")),
    "saved_search": Kind(N_("Your saved searches"), ("name", "wanted", "created_at")),
    "address_change": Kind(N_("The address to which you want to change"), ("address", "asked_at", "expires_at")),
    "failing_address": Kind(N_("Refusals of your address by mail servers"), ("address", "code", "last_at")),
    "message_reader": Kind(N_("Messages of the organisers to you")),
    "erasure": Kind(N_("When you asked to be erased"), ("asked_at", "state", "due_at")),
    "mail": Kind(N_("Letters to you"), ("subject", "created_at", "sent_at")),
}


def label_of(table: str) -> Message:
    """Return what a table holds, in words; a plugin's table has them in its `info`."""
    if (kind := KINDS.get(table)) is not None:
        return kind.label
    said: Message | None = Base.metadata.tables[table].info.get("own_data")
    return said or N_("Noted by a track: %(table)s", table=table)


#: Codes of columns in words; tracks have those of their plugin.
CODES: Mapping[tuple[str, str], Mapping[Any, Message]] = {
    ("role_grant", "role"): ROLE_LABELS,
    ("accreditation", "state"): APPLICATION_LABELS,
    ("accreditation_step", "state"): APPLICATION_LABELS,
    ("proxy", "ended_because"): PROXY_END_LABELS,
    ("submission", "state"): STATE_LABELS,
    ("submission", "channel"): CHANNEL_LABELS,
    ("review_decision", "decision"): DECISION_LABELS,
    ("appeal", "state"): APPEAL_LABELS,
    ("disposition", "kind"): KIND_LABELS,
    ("draft_part", "part"): STEP_LABELS,
    ("draft_save", "part"): STEP_LABELS,
    ("response_part", "part"): PART_LABELS,
    ("response_save", "part"): PART_LABELS,
    ("office", "level"): LEVEL_LABELS,
    ("translation", "kind"): TRANSLATION_LABELS,
    **{(table, "stance"): STANCE_LABELS for table in ("final_coding", "coding", "coding_step")},
    **{(table, "recommendation"): RECOMMENDATION_LABELS for table in ("assessment", "earlier_assessment")},
    **{(table, "kind"): INTEREST_LABELS for table in ("declared_interest", "lifted_interest")},
    ("wish", "topic"): TOPICS,
    ("wish", "how"): HOW_LABELS,
}
#: What the log has of what somebody did, beside the tables.
EVENTS = Kind(N_("What the log has of what you did"), ("type", "at"))
COLUMNS: Mapping[str, Message] = {
    "back_at": N_("Back on"),
    "languages": N_("Languages"),
    "answers": N_("Answers"),
    "proposals": N_("Proposals"),
    "attachments": N_("Documents"),
    "left": N_("Answers to an earlier form"),
    "channel": N_("How it came"),
    "came_in_on": N_("Came in on paper on"),
    "clause": N_("Clause"),
    "contact": N_("Contact"),
    "content": N_("What was saved"),
    "display_name": N_("The name that others read"),
    "documents": N_("Documents"),
    "ended_because": N_("Why it ended"),
    "fingerprint": N_("Fingerprint"),
    "ground": N_("Ground"),
    "lead_because": N_("Why an organiser named you"),
    "legal_basis": N_("Legal basis"),
    "mandate": N_("Mandate"),
    "method": N_("How"),
    "private_answers": N_("Answers that you alone read"),
    "revoked_because": N_("Why it ended"),
    "scores": N_("Scores"),
    "topics": N_("Topics"),
    "type": N_("What happened"),
    "wanted": N_("What it looks for"),
    "why": N_("What you changed, and why"),
    "withdrawn_at": N_("Withdrawn"),
    "address": N_("E-mail address"),
    "code": N_("Code"),
    "country": N_("Country"),
    "district": N_("Consular district"),
    "mission": N_("Embassy or consulate"),
    "how": N_("How"),
    "last_at": N_("Last"),
    "quiet_from": N_("Quiet from"),
    "quiet_to": N_("Quiet until"),
    "read_at": N_("Read on"),
    "timezone": N_("Time zone"),
    "topic": N_("Topic"),
    "answered_at": N_("Answered"),
    "published_at": N_("Published"),
    "texts": N_("Text"),
    "added_at": N_("Added"),
    "applied_at": N_("Handed in"),
    "answer": N_("What you were answered"),
    "author": N_("Author"),
    "handed_in_at": N_("Handed in at"),
    "inside": N_("To those who decide"),
    "recommendation": N_("Recommendation"),
    "to_author": N_("To the author"),
    "made_at": N_("Handed in at"),
    "decided_at": N_("Decided at"),
    "answered_because": N_("What you were answered"),
    "asked_at": N_("Asked"),
    "asked_because": N_("What you asked"),
    "at": N_("When"),
    "box": N_("Box"),
    "came_at": N_("Came"),
    "checked_at": N_("Checked"),
    "claimed_at": N_("Claimed"),
    "choice": N_("Choice"),
    "constituency": N_("Constituency"),
    "created_at": N_("Made"),
    "decision": N_("Decision"),
    "device": N_("Device"),
    "differed": N_("Differed"),
    "done_at": N_("Finished"),
    "email": N_("E-mail address"),
    "due_at": N_("To be done on"),
    "ended_at": N_("Ended"),
    "ends_at": N_("Until"),
    "entered_at": N_("Entered"),
    "expires_at": N_("Valid until"),
    "fell_at": N_("Fell on"),
    "level": N_("Rule"),
    "part": N_("Part"),
    "part_ended_at": N_("Ended"),
    "given_at": N_("Got the floor"),
    "granted_at": N_("Since"),
    "invited_at": N_("Invited"),
    "issuer": N_("Where"),
    "joined_at": N_("Joined"),
    "kind": N_("Kind"),
    "language": N_("Language"),
    "left_at": N_("Left"),
    "name": N_("Name"),
    "named_at": N_("Named"),
    "number": N_("Number"),
    "position": N_("Place in the list"),
    "printed_at": N_("Printed"),
    "reason": N_("Reason"),
    "received_at": N_("Received"),
    "revision": N_("Revision"),
    "role": N_("Role"),
    "because": N_("Reason"),
    "lifted_at": N_("Lifted"),
    "lifted_because": N_("Reason"),
    "removed_at": N_("Removed"),
    "reopened_at": N_("Opened again"),
    "saved_at": N_("Saved"),
    "seconds": N_("Seconds"),
    "seen_at": N_("Last seen"),
    "sent_at": N_("Sent"),
    "shown": N_("Paper shown"),
    "since": N_("Since"),
    "settled_at": N_("Settled"),
    "stance": N_("Stance"),
    "size": N_("Bytes"),
    "state": N_("State"),
    "subject": N_("Subject"),
    "text": N_("Text"),
    "title": N_("Title"),
    "track": N_("Track"),
    "undone": N_("Taken back"),
    "until": N_("Until"),
    "used_at": N_("Used"),
    "version": N_("Version of the text"),
    "given": N_("You agreed"),
    "replaced_at": N_("Answered anew"),
    "weight": N_("Weight"),
    "withheld": N_("Name withheld"),
}
