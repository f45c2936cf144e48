"""What is done with rows whose time is over, where deleting them is not enough. Inside the transaction of the job."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import partial

import sqlalchemy as sa

from consult.accounts.models import AuthenticatorApp, Passkey, Person, RecoveryCode, SignInLink
from consult.accounts.signing_in.identity_models import OutsideIdentity
from consult.attachments import remove_files
from consult.consultations.accreditation.models import Application, ApplicationFile
from consult.db import session, transaction
from consult.notifications.models import FailingAddress, Reach, Wish
from consult.paper.models import Scan
from consult.submissions.documents.attached import forget_loose
from consult.submissions.documents.models import Attachment, SubmissionAttachment
from consult.submissions.exchange.importing import path_of as import_file
from consult.submissions.exchange.models import ImportRun
from consult.submissions.exchange.states import ImportState
from consult.submissions.models import Draft
from consult.submissions.saved_models import SavedSearch
from consult.testimony.models import Testimony


def drop_drafts(ids: Sequence[uuid.UUID]) -> None:
    """Delete drafts, what belongs to them, and files that were never handed in."""
    with transaction() as running:
        places = [place for one in ids for place in forget_loose(one)]
        session.execute(sa.delete(Draft).where(Draft.id.in_(ids)).execution_options(synchronize_session=False))
        running.after_commit(partial(remove_files, places))


def drop_files(ids: Sequence[uuid.UUID]) -> None:
    """Delete files, and that a revision was handed in with them."""
    with transaction() as running:
        places = session.scalars(sa.select(Attachment.place).where(Attachment.id.in_(ids))).all()
        for statement in (
            sa.delete(SubmissionAttachment).where(SubmissionAttachment.attachment_id.in_(ids)),
            sa.delete(Attachment).where(Attachment.id.in_(ids)),
        ):
            session.execute(statement.execution_options(synchronize_session=False))
        running.after_commit(partial(remove_files, places))


def drop_application_files(ids: Sequence[uuid.UUID]) -> None:
    """Delete files of applications, those too of which it was only kept that they had been there."""
    which = ApplicationFile.id.in_(ids)
    with transaction() as running:
        places = session.scalars(
            sa.select(ApplicationFile.place).where(which, ApplicationFile.place.is_not(None))
        ).all()
        session.execute(sa.delete(ApplicationFile).where(which).execution_options(synchronize_session=False))
        running.after_commit(partial(remove_files, [str(place) for place in places]))


def drop_scans(ids: Sequence[uuid.UUID]) -> None:
    """Delete pictures of sheets."""
    with transaction() as running:
        places = session.scalars(sa.select(Scan.place).where(Scan.id.in_(ids))).all()
        session.execute(sa.delete(Scan).where(Scan.id.in_(ids)).execution_options(synchronize_session=False))
        running.after_commit(partial(remove_files, places))


def drop_import_files(ids: Sequence[uuid.UUID]) -> None:
    """Take away files of imports that nobody decided on; that there was an import stays."""
    done = ImportRun.state == ImportState.DONE
    with transaction() as running:
        session.execute(
            sa.update(ImportRun)
            .where(ImportRun.id.in_(ids))
            .values(kept=False, state=sa.case((done, ImportRun.state), else_=ImportState.DROPPED))
            .execution_options(synchronize_session=False)
        )
        running.after_commit(partial(_remove_import_files, ids))


def _remove_import_files(ids: Sequence[uuid.UUID]) -> None:
    for one in ids:
        import_file(one).unlink(missing_ok=True)


def empty_testimonies(ids: Sequence[uuid.UUID]) -> None:
    """Take away what is left of testimonies that were withdrawn."""
    emptied = sa.update(Testimony).where(Testimony.id.in_(ids)).values(wrapped_key=None, sealed=None, lookup=None)
    session.execute(emptied.execution_options(synchronize_session=False))


def forget_addresses(ids: Sequence[uuid.UUID]) -> None:
    """Take away how somebody is reached and signs in; name, texts and votes stay as the record has them."""
    session.execute(
        sa.update(Person)
        .where(Person.id.in_(ids))
        .values(email="", email_key=None, password_hash="")
        .execution_options(synchronize_session=False)
    )
    for model in (
        SavedSearch,
        Reach,
        Wish,
        FailingAddress,
        Passkey,
        OutsideIdentity,
        AuthenticatorApp,
        RecoveryCode,
        SignInLink,
    ):
        session.execute(sa.delete(model).where(model.person_id.in_(ids)).execution_options(synchronize_session=False))


def forget_applicants(ids: Sequence[uuid.UUID]) -> None:
    """Take away the address that a body applied with."""
    emptied = sa.update(Application).where(Application.id.in_(ids)).values(contact="")
    session.execute(emptied.execution_options(synchronize_session=False))
