"""Which rows have had their time, and since when, where that is seen from other rows: conditions of queries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from consult import clock
from consult.accounts.models import (
    Person,
    RoleGrant,
    SignIn,
)
from consult.consent.queries import agrees
from consult.consent.uses import Use
from consult.consultations.accreditation.models import Application, ApplicationFile, ApplicationStep
from consult.consultations.accreditation.states import ApplicationState
from consult.consultations.models import Member, Phase
from consult.notifications.models import MessageReader, MessageRound
from consult.paper.models import Scan, Sheet
from consult.paper.states import SheetState
from consult.submissions.documents.models import Attachment, SubmissionAttachment
from consult.submissions.exchange.models import ImportRefusal, ImportRun
from consult.submissions.models import Draft, Submission
from consult.submissions.states import SubmissionState
from consult.testimony.models import Testimony
from consult.testimony.states import TestimonyState

Conditions = Sequence[sa.ColumnElement[bool]]


def loose() -> Conditions:
    """Files that no revision was handed in with, and whose draft is gone."""
    handed_in = sa.exists().where(SubmissionAttachment.attachment_id == Attachment.id)
    return ~handed_in, ~sa.exists().where(Draft.id == Attachment.draft_id)


def of_withdrawn() -> Conditions:
    """Files that only withdrawn texts were handed in with."""
    link = SubmissionAttachment.attachment_id == Attachment.id
    other = (Submission.id == SubmissionAttachment.submission_id, Submission.state != SubmissionState.WITHDRAWN)
    drafted = sa.exists().where(Draft.id == Attachment.draft_id)
    return sa.exists().where(link), ~sa.exists().where(link, *other), ~drafted


def withdrawn_at() -> sa.ScalarSelect[Any]:
    return (
        sa.select(sa.func.max(Submission.decided_at))
        .join(SubmissionAttachment, SubmissionAttachment.submission_id == Submission.id)
        .where(SubmissionAttachment.attachment_id == Attachment.id)
        .correlate(Attachment)
        .scalar_subquery()
    )


def of_withdrawn_sheet() -> Conditions:
    """Pictures of sheets whose text was withdrawn, by its author or with an erasure."""
    sheet = (Sheet.id == Scan.sheet_id, Submission.id == Sheet.submission_id)
    return (sa.exists().where(*sheet, Submission.state == SubmissionState.WITHDRAWN),)


def of_set_aside() -> Conditions:
    return (sa.exists().where(Sheet.id == Scan.sheet_id, Sheet.state == SheetState.VOID),)


def set_aside_at() -> sa.ScalarSelect[Any]:
    return sa.select(Sheet.done_at).where(Sheet.id == Scan.sheet_id).correlate(Scan).scalar_subquery()


def last_end(link: type[Any]) -> sa.ScalarSelect[Any]:
    """Return when the last phase ended of all consultations that somebody takes part in, or applied to."""
    return (
        sa.select(sa.func.max(Phase.closes_at))
        .join(link, link.consultation_id == Phase.consultation_id)
        .where(link.person_id == Person.id)
        .correlate(Person)
        .scalar_subquery()
    )


def of_former(link: type[Any]) -> Callable[[], Conditions]:
    """Return which people can still be reached, hold no office, and have not signed in lately."""

    def which() -> Conditions:
        in_force = sa.or_(RoleGrant.ends_at.is_(None), RoleGrant.ends_at > clock.now())
        office = sa.exists().where(RoleGrant.person_id == Person.id, RoleGrant.revoked_at.is_(None), in_force)
        own = sa.select(link.consultation_id).where(link.person_id == Person.id).correlate(Person)
        unplanned = sa.exists().where(
            link.person_id == Person.id, ~sa.exists().where(Phase.consultation_id == link.consultation_id)
        )
        conditions = [Person.email_key.is_not(None), own.exists(), ~unplanned, ~office]
        conditions.append(~sa.exists().where(SignIn.person_id == Person.id))
        wanted = agrees(Use.CONTACT, Person.id, link.consultation_id)
        conditions.append(~sa.exists().where(link.person_id == Person.id, wanted))
        if link is not Member:
            conditions.append(~sa.exists().where(Member.person_id == Person.id))
        return conditions

    return which


def application_ended() -> sa.ScalarSelect[Any]:
    ends = sa.select(sa.func.max(Phase.closes_at)).where(Phase.consultation_id == Application.consultation_id)
    return ends.correlate(Application).scalar_subquery()


def of_application(*, closed: bool) -> Conditions:
    """Files of applications that nothing can follow any more, or of all others."""
    over = Application.state.in_((ApplicationState.WITHDRAWN, ApplicationState.REFUSED_FINALLY))
    return (sa.exists().where(Application.id == ApplicationFile.application_id, over if closed else ~over),)


def application_closed() -> sa.ScalarSelect[Any]:
    steps = sa.select(sa.func.max(ApplicationStep.at)).where(
        ApplicationStep.application_id == ApplicationFile.application_id
    )
    return steps.correlate(ApplicationFile).scalar_subquery()


def consultation_over() -> sa.ScalarSelect[Any]:
    ends = sa.select(sa.func.max(Phase.closes_at)).join(
        Application, Application.consultation_id == Phase.consultation_id
    )
    return ends.where(Application.id == ApplicationFile.application_id).correlate(ApplicationFile).scalar_subquery()


def withdrawn_testimony() -> Conditions:
    left = (Testimony.wrapped_key.is_not(None), Testimony.sealed.is_not(None), Testimony.lookup.is_not(None))
    return Testimony.state == TestimonyState.WITHDRAWN, sa.or_(*left)


def of_message(column: Any) -> sa.ScalarSelect[Any]:
    sent = sa.select(column).where(MessageRound.id == MessageReader.round_id)
    return sent.correlate(MessageReader).scalar_subquery()


def of_run() -> sa.ScalarSelect[Any]:
    brought = sa.select(ImportRun.brought_at).where(ImportRun.id == ImportRefusal.run_id)
    return brought.correlate(ImportRefusal).scalar_subquery()
