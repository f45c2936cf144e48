"""Every class of data with its rule, in this one place: what is kept, for how long, and why.

A table belongs to exactly one class; a test fails for one that was forgotten. Plugins name the class of their own tables:
`__table_args__ = ({"info": {"retention": "texts"}},)`. A period may be shortened by the setting `retention`, never made
longer: what the public page promises holds for every instance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa

from consult.accounts.address_models import AddressChange
from consult.accounts.models import (
    Attempt,
    HalfSignIn,
    LinkRequest,
    Person,
    SignIn,
    SignInLink,
    SpentChallenge,
)
from consult.consultations.accreditation.models import Application, ApplicationFile, UnconfirmedApplication
from consult.consultations.models import Member
from consult.consultations.registration_models import Registration
from consult.consultations.upload_models import Upload
from consult.db import Base
from consult.evaluation.models import EvaluationDraft
from consult.i18n import N_, Message
from consult.notifications.models import Mail, MessageReader, MessageRound, Notice
from consult.paper.models import Scan
from consult.recommendations.reservation_models import UnsignedReservation
from consult.recommendations.response_models import ResponseComment, ResponseSave
from consult.retention import acts, ended
from consult.retention.ended import Conditions
from consult.settings import Settings, UnknownSetting
from consult.submissions.documents.models import Attachment
from consult.submissions.drafting.begun_models import BegunText
from consult.submissions.exchange.models import ImportRefusal, ImportRun
from consult.submissions.exchange.states import UNDER_WAY
from consult.submissions.models import Draft
from consult.testimony.models import Testimony

Act = Callable[[Sequence[Any]], None]


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one table that go: `since` is when their time begins to run, None for what goes at once.

    `where` says which of its rows; `act` is what is done with them, by their ids; without it they are deleted.
    """

    model: type[Any]
    since: Any = None
    where: Callable[[], Conditions] = tuple
    act: Act | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A class of data: what it is, its rule in words, and the days after which its `parts` go.

    Without days it is kept, and `rule` says why. `tables` are those that belong to it, whether rows of theirs go or not.
    `dated` says that the day of its oldest row may be told.
    """

    key: str
    label: Message
    rule: Message
    tables: tuple[str, ...]
    days: int | None = None
    parts: tuple[Part, ...] = ()
    dated: bool = True


#: What goes, after so many days; in the order in which the pages show it and the job takes it.
GOING: tuple[Kept, ...] = (
    Kept(
        "tries",
        N_("Tries to sign in, and first steps that were not finished"),
        N_("Counted by a keyed hash against guessing. Each row names the moment after which it is of no use."),
        ("attempt", "spent_challenge", "half_sign_in", "link_request", "address_change"),
        1,
        (
            Part(Attempt, Attempt.ends_at),
            Part(SpentChallenge, SpentChallenge.ends_at),
            Part(HalfSignIn, HalfSignIn.expires_at),
            Part(LinkRequest, LinkRequest.asked_at),
            Part(AddressChange, AddressChange.expires_at),
        ),
    ),
    Kept(
        "devices",
        N_("Devices and sign-ins that have ended"),
        N_("Kept for a while after their end, so that you can see in your account whether it was you."),
        ("sign_in",),
        90,
        (Part(SignIn, SignIn.expires_at),),
    ),
    Kept(
        "links",
        N_("Sign-in links, invitations and cards that have expired"),
        N_("Kept for a while after their end, so that you can see who made one for you. They open nothing."),
        ("sign_in_link",),
        365,
        (Part(SignInLink, SignInLink.expires_at),),
    ),
    Kept(
        "registrations",
        N_("Registrations that nobody confirmed"),
        N_("What was typed goes when the mailed link has expired."),
        ("registration",),
        1,
        (Part(Registration, Registration.expires_at),),
    ),
    Kept(
        "unconfirmed_applications",
        N_("Applications of bodies whose address nobody confirmed"),
        N_("Counted from the newest letter. Nobody has read them, and no person was entered."),
        ("accreditation_unconfirmed",),
        7,
        (Part(UnconfirmedApplication, UnconfirmedApplication.asked_at),),
    ),
    Kept(
        "mails",
        N_("Mails that have left"),
        N_("Their text is emptied when they leave. That there was one stays for a while, so that none is sent twice."),
        ("mail",),
        180,
        (Part(Mail, sa.func.coalesce(Mail.sent_at, Mail.refused_at, Mail.created_at, type_=Mail.sent_at.type)),),
    ),
    Kept(
        "notices",
        N_("Notices, and messages of the organisers to you"),
        N_("What they tell of stands in the record; that you were told of it goes."),
        ("notice", "message_reader"),
        365,
        (Part(Notice, Notice.at), Part(MessageReader, ended.of_message(MessageRound.sent_at))),
    ),
    Kept(
        "drafts",
        N_("Drafts that were never handed in"),
        N_(
            "Counted from the day on which something in them was saved last; comments and earlier wordings go with them."
        ),
        (
            *("draft", "draft_part", "draft_save", "draft_comment"),
            "evaluation_draft",
            "unsigned_reservation",
            "response_save",
            "response_comment",
        ),
        365,
        (
            Part(Draft, Draft.saved_at, act=acts.drop_drafts),
            Part(EvaluationDraft, EvaluationDraft.saved_at),
            Part(UnsignedReservation, UnsignedReservation.saved_at),
            Part(ResponseSave, ResponseSave.at),
            Part(ResponseComment, ResponseComment.at),
        ),
    ),
    Kept(
        "begun",
        N_("Texts begun without an account, and documents of which only pieces came"),
        N_(
            "Kept until somebody takes them over, or sends the rest. Counted from the day on which somebody last went on with them."
        ),
        ("begun_text", "upload"),
        7,
        (Part(BegunText, BegunText.saved_at), Part(Upload, Upload.expires_at)),
    ),
    Kept(
        "held_files",
        N_("Files that were added and never handed in"),
        N_("Files whose draft is gone."),
        (),
        30,
        (Part(Attachment, Attachment.checked_at, ended.loose, acts.drop_files),),
    ),
    Kept(
        "withdrawn_files",
        N_("Files of texts that their authors withdrew"),
        N_("Counted from the withdrawal. The number and the fingerprint of the text stay in the log."),
        (),
        90,
        (Part(Attachment, ended.withdrawn_at(), ended.of_withdrawn, acts.drop_files),),
    ),
    Kept(
        "withdrawn_scans",
        N_("Pictures of sheets of paper whose text was withdrawn or erased"),
        N_("From the withdrawal on nobody can open them; they are deleted within a day."),
        (),
        0,
        (Part(Scan, None, ended.of_withdrawn_sheet, acts.drop_scans),),
        dated=False,
    ),
    Kept(
        "set_aside_scans",
        N_("Pictures of sheets of paper that were set aside"),
        N_("Counted from the day on which it was set aside: until then it can be seen whether that was right."),
        (),
        90,
        (Part(Scan, ended.set_aside_at(), ended.of_set_aside, acts.drop_scans),),
    ),
    Kept(
        "application_files",
        N_("Files of bodies that applied to take part"),
        N_(
            "Counted from the end of the last phase; of an application that was withdrawn, or refused on appeal, from that day. A file that the body removes itself is deleted at once."
        ),
        ("accreditation_file",),
        365,
        (
            Part(
                ApplicationFile,
                ended.application_closed(),
                lambda: ended.of_application(closed=True),
                acts.drop_application_files,
            ),
            Part(
                ApplicationFile,
                ended.consultation_over(),
                lambda: ended.of_application(closed=False),
                acts.drop_application_files,
            ),
        ),
    ),
    Kept(
        "import_files",
        N_("Tables that organisers brought in"),
        N_("The file goes when its rows are in, or when nobody decided on it. That it was brought in stays."),
        ("import_run",),
        1,
        (
            Part(
                ImportRun,
                ImportRun.brought_at,
                lambda: (ImportRun.kept.is_(True), ImportRun.state.not_in(UNDER_WAY)),
                acts.drop_import_files,
            ),
        ),
    ),
    Kept(
        "import_refusals",
        N_("Rows of such tables that were refused"),
        N_("Kept for as long as whoever brought them may mend them."),
        ("import_refusal",),
        30,
        (Part(ImportRefusal, ended.of_run()),),
    ),
    Kept(
        "testimony",
        N_("Confidential testimony that was withdrawn"),
        N_(
            "Its key, its words and its files go at the moment of the withdrawal. What is not withdrawn stays sealed; its page says who reads it."
        ),
        (
            *("testimony", "testimony_message", "testimony_file", "testimony_piece", "testimony_quote"),
            *("testimony_offer", "testimony_reader", "quote"),
        ),
        0,
        (Part(Testimony, None, ended.withdrawn_testimony, acts.empty_testimonies),),
        dated=False,
    ),
    Kept(
        "addresses",
        N_("Addresses of people, after their last consultation"),
        N_(
            "Counted from the end of its last phase: e-mail address, password, passkeys, place and wishes go. It does not touch who still signs in, holds an office, or agreed to be contacted afterwards."
        ),
        (
            "passkey",
            "outside_identity",
            "authenticator_app",
            "recovery_code",
            "reach",
            "wish",
            "failing_address",
            "saved_search",
        ),
        730,
        (
            Part(Person, ended.last_end(Member), ended.of_former(Member), acts.forget_addresses),
            Part(Person, ended.last_end(Application), ended.of_former(Application), acts.forget_addresses),
            Part(Application, ended.application_ended(), lambda: (Application.contact != "",), acts.forget_applicants),
        ),
    ),
)

#: What stays, and why.
STAYING: tuple[Kept, ...] = (
    Kept(
        "log",
        N_("The log of what happened"),
        N_(
            "For ever: it is signed, and a row that is missing would look like a row that was removed. It holds numbers and no names; whoever is erased is taken out of what it says of signing in."
        ),
        (
            "event",
            "stream",
            "checkpoint",
            "log_key",
            "log_key_change",
            "delivery",
            "grave_act",
            "four_eyes",
            "retention_run",
        ),
    ),
    Kept(
        "votes",
        N_("Ballots, rolls and votes"),
        N_("For ever: a result has to be counted again by anybody, at any time."),
        ("ballot", "roll_entry", "open_choice", "custom_rule"),
    ),
    Kept(
        "texts",
        N_("Texts that were handed in, and what became of them"),
        N_("For ever: they are the consultation. Authors withdraw their own, or have themselves erased."),
        (
            *("submission", "revision", "passage", "submission_topic", "submission_attachment", "attachment"),
            *("statement_vote", "channel_count", "review_decision", "appeal", "bulk_decision", "bulk_text"),
            *("campaign_search", "campaign_proposal", "campaign_member", "disposition", "letter_round", "letter_sent"),
            *("silent_end", "letter_words"),
            *(
                "sign_off",
                "cosignature",
                "office",
                "import_map",
                "questionnaire",
                "translation",
                "sealed_name",
                "translation_part",
            ),
        ),
    ),
    Kept(
        "paper",
        N_("What came on paper: sheets, what clerks typed, scans"),
        N_("As long as the text it became: that two people typed the same shows that the text is what was written."),
        ("paper_sheet", "paper_entry", "paper_comparison", "paper_scan"),
    ),
    Kept(
        "peer_review",
        N_("How reviewers judged texts"),
        N_("As long as the texts: criteria, declared interests and assessments show that the judgement was fair."),
        (
            *("criteria", "reviewer", "assessment", "earlier_assessment"),
            *("declared_interest", "lifted_interest", "review_note"),
        ),
    ),
    Kept(
        "sessions",
        N_("Sessions, attendance, the floor and minutes"),
        N_("For ever: the quorum and the minutes rest on them."),
        ("session", "agenda_item", "attendance", "speech", "minutes_entry"),
    ),
    Kept(
        "outcome",
        N_("Recommendations and the outcome document"),
        N_("For ever: they are published, sealed, and lead back to the texts they come from."),
        (
            *("recommendation", "version", "clause", "source", "reservation", "official_response"),
            "response_part",
            *("edition", "edition_file", "citation", "region", "region_text", "open_data"),
            *("evaluation", "evaluation_answer"),
        ),
    ),
    Kept(
        "coding",
        N_("Codes that were given to texts"),
        N_("As long as the texts: they are counted, and show how the analysis came about."),
        (
            *(
                "code",
                "coder",
                "coded_text",
                "coding_task",
                "coding",
                "coding_step",
                "final_coding",
                "coding_memo",
                "theme",
            ),
        ),
    ),
    Kept(
        "people",
        N_("Who took part, for whom, with which seat and office"),
        N_("For ever: it decides which votes counted and who decided what. Whoever is erased becomes a number."),
        (
            *(
                "person",
                "member",
                "role_grant",
                "moderation_task",
                "moderator_desk",
                "seat",
                "seat_term",
                "seat_removed",
                "alternate",
                "proxy",
            ),
            *("accreditation", "accreditation_step", "body_settlement", "body_settlement_part", "erasure"),
        ),
    ),
    Kept(
        "consents",
        N_("What people were asked to agree to, and their answers"),
        N_(
            "As long as the account: who asks has to be able to show what was agreed to. They go when somebody is erased."
        ),
        ("purpose", "purpose_version", "consent"),
    ),
    Kept(
        "bodies",
        N_("The register of bodies"),
        N_(
            "For ever: mandates, former names, mergers and splits explain who spoke for whom. A contact goes when it is changed or removed."
        ),
        (
            *("body", "body_capacity", "body_contact", "body_mandate", "body_mandate_topic", "body_mandate_overlap"),
            *("body_state", "body_end", "body_end_mandate", "body_successor"),
        ),
    ),
    Kept(
        "frame",
        N_("How the consultation was set up"),
        N_("For ever: phases, tracks and rules are what everything else was measured by. No person stands in it."),
        (
            *("consultation", "phase", "consultation_track", "topic", "numbering", "message_round"),
            *("reference_figures", "mission"),
        ),
    ),
)
CLASSES: tuple[Kept, ...] = (*GOING, *STAYING)


def forgotten_tables() -> Sequence[str]:
    """Return tables that belong to no class, or to more than one."""
    known = {kept.key for kept in CLASSES}
    named = {t.name: [k.key for k in CLASSES if t.name in k.tables] for t in Base.metadata.sorted_tables}
    for table in Base.metadata.sorted_tables:
        if own := table.info.get("retention"):
            named[table.name].append(own)
    return [name for name, keys in named.items() if len(keys) != 1 or not set(keys) <= known]


def periods(settings: Settings) -> Mapping[str, int]:
    """Return the days after which each class goes here. Raises UnknownSetting for a line that is none."""
    return _periods(settings.retention)


@cache
def _periods(lines: tuple[str, ...]) -> Mapping[str, int]:
    found = {kept.key: kept.days for kept in GOING if kept.days is not None}
    for line in lines:
        key, _, days = (part.strip() for part in line.partition("="))
        if key not in found or not (days.isascii() and days.isdigit()):
            raise UnknownSetting(f"retention: {line!r} is no class of data with a number of days ({', '.join(found)})")
        if int(days) > found[key]:
            raise UnknownSetting(f"retention: {key} is kept for at most {found[key]} days; a shorter time may be set")
        found[key] = int(days)
    return found


def parts_of(kept: Kept) -> Iterator[tuple[Part, list[sa.ColumnElement[bool]]]]:
    """Yield the parts of a class, each with the conditions that a row of its table is under the rule."""
    for part in kept.parts:
        yield part, list(part.where())
