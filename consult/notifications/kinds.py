"""What people are told of, as data: for each kind of notice its topic, its words, and the page where the matter stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from consult.accounts.access import ROLE_LABELS, Role
from consult.accounts.four_eyes import KIND_LABELS
from consult.accounts.four_eyes import Kind as GraveKind
from consult.i18n import N_, Localized, Message


class Topic(StrEnum):
    """What notices are about, as people choose how to be told of it."""

    SUBMISSIONS = "submissions"
    SESSIONS = "sessions"
    BALLOTS = "ballots"
    ANSWERS = "answers"
    SEARCHES = "searches"
    MESSAGES = "messages"
    ACCOUNT = "account"


class How(StrEnum):
    """When somebody gets a mail about a topic; the notice in the product is there in any case."""

    NOW = "now"
    DAILY = "daily"
    WEEKLY = "weekly"
    PRODUCT = "product"


TOPICS: Mapping[Topic, Message] = {
    Topic.SUBMISSIONS: N_("My submissions"),
    Topic.SESSIONS: N_("Sessions"),
    Topic.BALLOTS: N_("Ballots"),
    Topic.ANSWERS: N_("What became of my texts"),
    Topic.SEARCHES: N_("What my saved searches find"),
    Topic.MESSAGES: N_("Messages from the organisers"),
    Topic.ACCOUNT: N_("Account, roles and security"),
}
HOW_LABELS: Mapping[How, Message] = {
    How.NOW: N_("By mail at once"),
    How.DAILY: N_("One mail a day"),
    How.WEEKLY: N_("One mail a week"),
    How.PRODUCT: N_("No mail, only here"),
}
#: What is never switched off or put off: whoever does not hear of it at once may lose the account.
ALWAYS = frozenset({Topic.ACCOUNT})
#: How somebody is told who has not said otherwise.
USUAL: Mapping[Topic, How] = {**dict.fromkeys(Topic, How.NOW), Topic.SESSIONS: How.DAILY, Topic.SEARCHES: How.DAILY}

#: Says what happened: from what the notice is about, and the names of the consultation.
Title = Callable[[str, Localized], Message]
#: Leads to it: a path beginning with a slash, from the consultation's address name and what the notice is about.
Path = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of notice."""

    topic: Topic
    title: Title
    path: Path


def _plain(message: Message) -> Title:
    return lambda _about, _names: message


def _numbered(message: Message) -> Title:
    return lambda about, _names: Message(message.text, {"number": about})


def _named(message: Message) -> Title:
    return lambda _about, names: Message(message.text, {"consultation": names})


def _role(message: Message) -> Title:
    def title(about: str, _names: Localized) -> Message:
        return Message(message.text, {"role": ROLE_LABELS[Role(about)] if about in set(Role) else about})

    return title


def _act(message: Message) -> Title:
    def title(about: str, _names: Localized) -> Message:
        return Message(message.text, {"act": KIND_LABELS[GraveKind(about)] if about in set(GraveKind) else about})

    return title


def _to_submission(slug: str, about: str) -> str:
    return f"/c/{slug}/submissions/{about}/"


def _to_letter(slug: str, about: str) -> str:
    return f"/c/{slug}/letters/{about}/"


def _to_edition(slug: str, about: str) -> str:
    return f"/c/{slug}/outcome/{about}/"


def _to_session(slug: str, about: str) -> str:
    return f"/c/{slug}/sessions/{about}/"


def _to_ballot(slug: str, about: str) -> str:
    return f"/c/{slug}/ballots/{about}/"


def _to_message(slug: str, about: str) -> str:
    return f"/c/{slug}/messages/{about}/"


def _to_response(slug: str, about: str) -> str:
    return f"/c/{slug}/responses/{about}/"


def _to_reservation(slug: str, about: str) -> str:
    return f"/c/{slug}/reservations/{about}/"


def _to_cosign(slug: str, about: str) -> str:
    return f"/c/{slug}/cosign/{about}/"


def _to_translation(slug: str, about: str) -> str:
    return f"/c/{slug}/translations/{about}/"


def _to_office(slug: str, _about: str) -> str:
    return f"/c/{slug}/office/"


def _to_draft(slug: str, about: str) -> str:
    return f"/c/{slug}/write/{about}/check/"


def _to_drafting(slug: str, about: str) -> str:
    return f"/c/{slug}/organise/recommendations/{about}/"


def _to_reviews(slug: str, _about: str) -> str:
    return f"/c/{slug}/peer-review/"


def _to_interests(slug: str, _about: str) -> str:
    return f"/c/{slug}/interests/"


def _to_account(_slug: str, _about: str) -> str:
    return "/account"


def _to_erasure(_slug: str, _about: str) -> str:
    return "/account/erase"


def _to_member(slug: str, about: str) -> str:
    return f"/c/{slug}/organise/people/{about}/"


def _to_testimony(slug: str, _about: str) -> str:
    return f"/c/{slug}/testimony/"


def _to_second(slug: str, about: str) -> str:
    if about == GraveKind.READER:
        return f"/c/{slug}/organise/testimony/"
    if about == GraveKind.LOG_KEY:
        return "/administer/log-key/"
    return f"/c/{slug}/organise/document/second/" if slug else "/administer/accounts/second/"


def _to_security(_slug: str, _about: str) -> str:
    return "/account/security"


KINDS: Mapping[str, Kind] = {
    "submission_received": Kind(Topic.SUBMISSIONS, _numbered(N_("Receipt %(number)s")), _to_submission),
    "submission_accepted": Kind(
        Topic.SUBMISSIONS, _numbered(N_("Accepted for discussion: %(number)s")), _to_submission
    ),
    "submission_returned": Kind(
        Topic.SUBMISSIONS, _numbered(N_("Returned for correction: %(number)s")), _to_submission
    ),
    "submission_hidden": Kind(Topic.SUBMISSIONS, _numbered(N_("Text hidden: %(number)s")), _to_submission),
    "answer": Kind(Topic.ANSWERS, _numbered(N_("A letter about your submission %(number)s")), _to_letter),
    "edition_published": Kind(Topic.ANSWERS, _plain(N_("What became of your submissions")), _to_edition),
    "session_planned": Kind(Topic.SESSIONS, _numbered(N_("Session %(number)s is planned")), _to_session),
    "session_moved": Kind(Topic.SESSIONS, _numbered(N_("Session %(number)s has another time")), _to_session),
    "ballot_opened": Kind(Topic.BALLOTS, _numbered(N_("You can vote: ballot %(number)s is open")), _to_ballot),
    "ballot_closed": Kind(Topic.BALLOTS, _numbered(N_("Ballot %(number)s is counted")), _to_ballot),
    "search_found": Kind(Topic.SEARCHES, _numbered(N_("Found by a saved search: %(number)s")), _to_submission),
    "own_name_changed": Kind(
        Topic.MESSAGES, _plain(N_("A member who takes part under their own name changed it")), _to_member
    ),
    "source_gone": Kind(Topic.MESSAGES, _numbered(N_("A source of recommendation %(number)s is gone")), _to_drafting),
    "review_given": Kind(Topic.MESSAGES, _plain(N_("There are texts for you to judge")), _to_reviews),
    "review_reopened": Kind(Topic.MESSAGES, _plain(N_("Your assessment is open again")), _to_reviews),
    "interest_answered": Kind(Topic.MESSAGES, _plain(N_("About an interest that you declared")), _to_interests),
    "message": Kind(Topic.MESSAGES, _named(N_("A message from the organisers of %(consultation)s")), _to_message),
    "text_translated": Kind(Topic.SUBMISSIONS, _numbered(N_("Translated: %(number)s")), _to_submission),
    "translation_returned": Kind(
        Topic.SUBMISSIONS, _plain(N_("A translation of yours was sent back")), _to_translation
    ),
    "translation_approved": Kind(Topic.SUBMISSIONS, _plain(N_("A translation of yours is official")), _to_translation),
    "translation_stale": Kind(
        Topic.SUBMISSIONS, _plain(N_("The original of a translation of yours has changed")), _to_translation
    ),
    "response_asked": Kind(Topic.MESSAGES, _plain(N_("Your body is asked for its official response")), _to_response),
    "response_passed": Kind(
        Topic.MESSAGES, _plain(N_("An official response is your body’s to give now")), _to_response
    ),
    "response_due": Kind(Topic.MESSAGES, _plain(N_("The official response of your body is due")), _to_response),
    "cosign_asked": Kind(Topic.SUBMISSIONS, _plain(N_("Your body is asked to co-sign a text")), _to_cosign),
    "cosigned": Kind(Topic.SUBMISSIONS, _numbered(N_("A body has co-signed %(number)s")), _to_submission),
    "cosignature_revoked": Kind(
        Topic.SUBMISSIONS, _numbered(N_("A body has taken back its signature under %(number)s")), _to_submission
    ),
    "cosignature_fell": Kind(
        Topic.SUBMISSIONS, _plain(N_("A text that your body co-signed has changed: its signature fell")), _to_cosign
    ),
    "answer_to_cosigned": Kind(
        Topic.ANSWERS, _numbered(N_("An answer to a text that your body co-signed: %(number)s")), _to_submission
    ),
    "sign_off_asked": Kind(Topic.SUBMISSIONS, _plain(N_("A text of your body waits for your sign-off")), _to_draft),
    "reservation_to_sign": Kind(
        Topic.SUBMISSIONS,
        _plain(N_("A reservation of your body, or its withdrawal, waits for your sign-off")),
        _to_reservation,
    ),
    "response_to_sign": Kind(
        Topic.SUBMISSIONS, _plain(N_("The official response of your body waits for your sign-off")), _to_response
    ),
    "sign_off_done": Kind(Topic.SUBMISSIONS, _plain(N_("A text of your body is signed off")), _to_draft),
    "lead_named": Kind(Topic.SUBMISSIONS, _plain(N_("An organiser named who leads for your body")), _to_office),
    "withdrawal_agreed": Kind(
        Topic.SUBMISSIONS, _numbered(N_("A text of your body is to be withdrawn: %(number)s")), _to_submission
    ),
    "card_printed": Kind(Topic.ACCOUNT, _plain(N_("A new sign-in card was printed for you")), _to_account),
    "role_granted": Kind(Topic.ACCOUNT, _role(N_("You have a new role: %(role)s")), _to_account),
    "role_revoked": Kind(Topic.ACCOUNT, _role(N_("A role of yours has ended: %(role)s")), _to_account),
    "address_changed": Kind(Topic.ACCOUNT, _plain(N_("Your e-mail address was changed")), _to_account),
    "password_set": Kind(Topic.ACCOUNT, _plain(N_("Your password was set")), _to_security),
    "second_factor_added": Kind(Topic.ACCOUNT, _plain(N_("A second step was set up")), _to_security),
    "second_factor_removed": Kind(Topic.ACCOUNT, _plain(N_("A second step was removed")), _to_security),
    "identity_joined": Kind(Topic.ACCOUNT, _plain(N_("An account elsewhere was joined with yours")), _to_security),
    "identity_parted": Kind(Topic.ACCOUNT, _plain(N_("An account elsewhere was parted from yours")), _to_security),
    "passkey_added": Kind(Topic.ACCOUNT, _plain(N_("A passkey was added")), _to_security),
    "passkey_removed": Kind(Topic.ACCOUNT, _plain(N_("A passkey was removed")), _to_security),
    "recovery_codes_made": Kind(Topic.ACCOUNT, _plain(N_("You have new recovery codes")), _to_security),
    "recovery_code_used": Kind(Topic.ACCOUNT, _plain(N_("A recovery code was used")), _to_security),
    "signed_out_elsewhere": Kind(Topic.ACCOUNT, _plain(N_("Other devices were signed out")), _to_security),
    "account_signed_out": Kind(Topic.ACCOUNT, _plain(N_("You were signed out")), _to_security),
    "account_closed": Kind(Topic.ACCOUNT, _plain(N_("Your account was closed")), _to_account),
    "erasure_asked": Kind(Topic.ACCOUNT, _plain(N_("You asked to be erased")), _to_erasure),
    "erasure_withdrawn": Kind(Topic.ACCOUNT, _plain(N_("Nothing is erased")), _to_account),
    "act_waits": Kind(Topic.ACCOUNT, _act(N_("This waits for a second person: %(act)s")), _to_second),
    "act_confirmed": Kind(Topic.ACCOUNT, _act(N_("A second person confirmed: %(act)s")), _to_second),
    "act_refused": Kind(Topic.ACCOUNT, _act(N_("A second person refused: %(act)s")), _to_second),
    "reader_named": Kind(Topic.ACCOUNT, _plain(N_("Somebody was named to read confidential testimony")), _to_testimony),
    "account_opened": Kind(Topic.ACCOUNT, _plain(N_("Your account is open again")), _to_account),
}


def topic_of(kind: str) -> Topic:
    """Return the topic of a kind of mail; what is no notice (a sign-in link, an invitation) belongs to the account."""
    return KINDS[kind].topic if kind in KINDS else Topic.ACCOUNT
