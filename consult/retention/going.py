"""What goes, after so many days."""

from __future__ import annotations

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
from consult.evaluation.models import EvaluationDraft
from consult.i18n import N_
from consult.notifications.models import Mail, MessageReader, MessageRound, Notice
from consult.paper.models import Scan
from consult.recommendations.reservation_models import UnsignedReservation
from consult.recommendations.response_models import ResponseComment, ResponseSave
from consult.retention import acts, ended
from consult.retention.kept import Kept, Part
from consult.submissions.documents.models import Attachment
from consult.submissions.drafting.begun_models import BegunText
from consult.submissions.exchange.models import ImportRefusal, ImportRun
from consult.submissions.exchange.states import UNDER_WAY
from consult.submissions.models import Draft
from consult.testimony.models import Testimony

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
