"""Erasing somebody, in one transaction: by the rules of every table, in the text index, and in the log.

An event of a person's own signing in loses content and salt. Its leaf stays, so checkpoints and proofs from before hold.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from consult import clock, search
from consult.accounts.access import OPERATOR
from consult.accounts.four_eyes_models import GraveAct
from consult.accounts.models import LinkRequest, Person, email_key
from consult.attachments import path_of
from consult.consultations.accreditation.models import Application, ApplicationFile, UnconfirmedApplication
from consult.consultations.members import leave
from consult.consultations.models import Member
from consult.consultations.registration_models import Registration
from consult.db import Base, clear_log, session, transaction
from consult.erasure.asking import erasure_refusal
from consult.erasure.contacts import erase_contacts
from consult.erasure.events import MemberErased, PersonErased
from consult.erasure.listing import note_erased
from consult.erasure.models import Erasure
from consult.erasure.plan import OwnText, drafts_passed_on, of_person, tables_there, texts_of
from consult.erasure.rules import Rule, Treatment
from consult.erasure.states import ErasureState
from consult.events.models import INSTANCE, Delivery, EventRow
from consult.events.record import record
from consult.outcomes.models import OpenData
from consult.outcomes.open_data_ready import file_of
from consult.paper.models import Scan
from consult.paper.queries import places_of_scans
from consult.submissions.documents.models import Attachment, SubmissionAttachment
from consult.submissions.events import SubmissionWithdrawn
from consult.submissions.models import Draft, Submission
from consult.submissions.offices.models import Office
from consult.submissions.review.deciding import lapse_appeal
from consult.submissions.states import SubmissionState

#: What the log tells of how, when and on what somebody signed in: of no use to anybody when they are gone.
EMPTIED_EVENTS = frozenset(
    {
        *("SignedIn", "SignedOut", "SignedOutElsewhere", "AccountSignedOut", "SecondStepBegun", "ProvedAgain"),
        *("SecondFactorAdded", "SecondFactorRemoved", "RecoveryCodesMade", "RecoveryCodeUsed", "SecondStepReset"),
        *("PasskeyAdded", "PasskeyRemoved", "PasswordSet", "SignInLinkMade", "WishesChanged", "AddressTriedAgain"),
        *("IdentityJoined", "IdentityParted", "ConsentAnswered"),
        *("AddressChangeAsked", "AddressChangeDropped", "AddressChanged"),
    }
)
#: Whoever was given an office while they waited is looked at again later.
AGAIN = timedelta(days=1)


def erase_due() -> bool:
    """Erase one person whose time to change their mind is over; tell whether there was one. For the worker (1 query for none)."""
    due = (Erasure.state == ErasureState.WAITING, Erasure.due_at <= clock.now())
    found = session.execute(sa.select(Erasure.id).where(*due).order_by(Erasure.due_at).limit(1)).first()
    if found is None:
        return False
    carry_out(found.id)
    return True


def carry_out(erasure: uuid.UUID) -> bool:
    """Erase the person of a wish that waits; tell whether it was done. Whoever holds an office is looked at again later."""
    person = session.get_one(Erasure, erasure).person_id
    with transaction():
        session.get_one(Person, person, with_for_update=True, populate_existing=True)
        row = session.get_one(Erasure, erasure, with_for_update=True, populate_existing=True)
        if row.state != ErasureState.WAITING:
            return False
        if erasure_refusal(person):
            row.due_at = clock.now() + AGAIN
            return False
        places = _places_of(person)
        _erase(row)
    _drop_files(places)
    _drop_old_packages(person)
    clear_log()
    return True


def _erase(row: Erasure) -> None:
    person = session.get_one(Person, row.person_id)
    texts = texts_of(person.id)
    going = [text for text in texts if str(text.id) in row.texts and not text.stays]
    members = session.scalars(sa.select(Member).where(Member.person_id == person.id).order_by(Member.id)).all()
    for member in members:
        if member.part_ended_at is None:
            leave(member, OPERATOR)
    for text in texts:
        lapse_appeal(session.get_one(Submission, text.id))
    _take_back(going)
    _hand_over_drafts(person.id)
    contacts = erase_contacts(person, {uuid.UUID(one) for one in row.contacts})
    _erase_beside(person)
    for table, rule in reversed(tables_there()):
        _apply(table, rule, person.id, [text.id for text in going])
    _withhold(person.id)
    person_row = Base.metadata.tables["person"]
    session.execute(sa.update(person_row).where(person_row.c.id == person.id).values(closed_at=clock.now()))
    row.state, row.texts, row.contacts, row.decided_at = ErasureState.DONE, [], [], clock.now()
    session.flush()
    session.expire_all()
    for text in texts:
        search.refresh(text.id)
    search.forget_removed()
    emptied = _empty_events(row.person_id)
    for member in members:
        numbers = tuple(text.number for text in going if text.member == member.id)
        record(MemberErased(member.id, numbers), stream=member.consultation_id, actor=None)
    record(PersonErased(row.id, row.person_id, emptied, len(contacts)), actor=None)
    note_erased(row.person_id, [*(text.id for text in going), *contacts])


def _hand_over_drafts(person: uuid.UUID) -> None:
    """Leave drafts that a body writes together, with their files, to a colleague: they are the body's work, not one person's."""
    for draft, colleague in drafts_passed_on(person).items():
        session.get_one(Draft, draft).member_id = colleague
        files = sa.update(Attachment).where(Attachment.draft_id == draft).values(member_id=colleague)
        session.execute(files.execution_options(synchronize_session=False))
    session.flush()


def _take_back(going: Iterable[OwnText]) -> None:
    """Withdraw the texts that go, as their author could have done, whatever the phase."""
    for text in going:
        row = session.get_one(Submission, text.id, with_for_update=True, populate_existing=True)
        if row.state == SubmissionState.WITHDRAWN:
            continue
        row.state, row.decided_at, row.look_over = SubmissionState.WITHDRAWN, clock.now(), False
        session.execute(sa.delete(Draft).where(Draft.submission_id == row.id))
        record(SubmissionWithdrawn(row.id, row.number), stream=row.consultation_id, actor=None)
    session.flush()


def _erase_beside(person: Person) -> None:
    """Erase what no foreign key leads to: a link just asked for, a registration or an application that waits, why the account was closed or another leads."""
    if person.email:
        session.execute(sa.delete(LinkRequest).where(LinkRequest.email_key == person.email_key))
        for registration in session.scalars(sa.select(Registration)).all():
            if email_key(registration.email) == person.email_key:
                session.delete(registration)
        for application in session.scalars(sa.select(UnconfirmedApplication)).all():
            if email_key(application.email) == person.email_key:
                session.delete(application)
    named: Any = GraveAct.details
    about = sa.or_(GraveAct.subject_id == person.id, named["person"].as_string() == str(person.id))
    session.execute(sa.update(GraveAct).where(about).values(details={}).execution_options(synchronize_session=False))
    _erase_why_another_leads(person.id)
    session.flush()


def _erase_why_another_leads(person: uuid.UUID) -> None:
    """Empty the reasons for which organisers named who leads a body of theirs: they tell of whoever led before."""
    theirs = sa.exists().where(
        Member.person_id == person,
        Member.consultation_id == Office.consultation_id,
        Member.own_body_id == Office.body_id,
        Member.track == Office.track,
    )
    emptied = sa.update(Office).where(theirs).values(lead_because="")
    session.execute(emptied.execution_options(synchronize_session=False))


def _apply(table: sa.Table, rule: Rule, person: uuid.UUID, going: Sequence[uuid.UUID]) -> None:
    """Do to a table what its rule says."""
    own = of_person(table, rule, person)
    if rule.treatment is Treatment.ERASE:
        session.execute(sa.delete(table).where(own))
        return
    if rule.treatment is Treatment.TEXT:
        gone = _gone(table, own, going)
        session.execute(_cleared(table, gone, rule.clear) if rule.clear else sa.delete(table).where(gone))
    elif rule.clear:
        session.execute(_cleared(table, own, rule.clear))
    if rule.always:
        session.execute(_cleared(table, own, rule.always))


def _gone(table: sa.Table, own: sa.ColumnElement[bool], going: Sequence[uuid.UUID]) -> sa.ColumnElement[bool]:
    """Return which rows go with the texts that go; a file goes when no text that stays was handed in with it."""
    if table.name == "attachment":
        return sa.and_(own, ~sa.exists().where(SubmissionAttachment.attachment_id == table.c.id))
    return table.c["id" if table.name == "submission" else "submission_id"].in_(going)


def _cleared(table: sa.Table, which: sa.ColumnElement[bool], values: Any) -> sa.Update:
    return sa.update(table).where(which).values(dict(values))


def _withhold(person: uuid.UUID) -> None:
    """Let a text that stays and was nobody's but theirs be read without a name."""
    members = sa.select(Member.id).where(Member.person_id == person)
    alone = (Submission.member_id.in_(members), Submission.body_id.is_(None))
    session.execute(
        sa.update(Submission).where(*alone).values(withheld=True).execution_options(synchronize_session=False)
    )


def _empty_events(person: uuid.UUID) -> int:
    """Take content and salt from the events of a person's signing in, and what has not been told of them; return how many."""
    named = sa.or_(EventRow.actor_id == person, EventRow.facts["person"].as_string() == str(person))
    which = (EventRow.stream_id == INSTANCE, EventRow.type.in_(EMPTIED_EVENTS), EventRow.salt.is_not(None), named)
    ids = list(session.scalars(sa.select(EventRow.id).where(*which)))
    session.execute(sa.delete(Delivery).where(Delivery.event_id.in_(ids), Delivery.done_at.is_(None)))
    session.execute(
        sa.update(EventRow)
        .where(EventRow.id.in_(ids))
        .values(salt=None, facts=sa.null(), actor_id=None)
        .execution_options(synchronize_session=False)
    )
    return len(ids)


def _places_of(person: uuid.UUID) -> Sequence[str]:
    """Return where the files of a person's texts, drafts and applications lie."""
    members = sa.select(Member.id).where(Member.person_id == person)
    documents = session.scalars(sa.select(Attachment.place).where(Attachment.member_id.in_(members))).all()
    own = ApplicationFile.application_id == Application.id
    applied = sa.select(ApplicationFile.place).join(Application, own).where(Application.person_id == person)
    return [*documents, *filter(None, session.scalars(applied)), *places_of_scans(person)]


def _drop_files(places: Sequence[str]) -> None:
    """Remove the files whose row is gone, now that this is certain."""
    kept = {
        place
        for model in (Attachment, ApplicationFile, Scan)
        for place in (session.scalars(sa.select(model.place).where(model.place.in_(places))) if places else ())
    }
    for place in set(places) - kept:
        path_of(place).unlink(missing_ok=True)


def _drop_old_packages(person: uuid.UUID) -> None:
    """Remove the open data that lie ready from before; the worker makes them anew."""
    where = sa.select(Member.consultation_id).where(Member.person_id == person)
    for row in session.scalars(sa.select(OpenData).where(OpenData.consultation_id.in_(where))).all():
        file_of(row).unlink(missing_ok=True)
