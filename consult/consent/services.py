"""What is done with purposes: their texts are published in versions, they end, and people answer them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.cleaning import clean_line, clean_text
from consult.consent.events import ConsentAnswered, PurposeEnded, PurposePublished
from consult.consent.models import Consent, Purpose, PurposeVersion
from consult.consent.queries import purpose_of
from consult.consent.uses import Use
from consult.consultations.models import Consultation
from consult.db import insert_into, new_id, session, transaction
from consult.errors import Conflict, Forbidden, NotFound, Problem, Rejected
from consult.events.record import record
from consult.i18n import LANGUAGES, N_, Localized

LONGEST_TITLE, LONGEST_TEXT = 120, 3000
MOVED_ON = N_("This text has been changed meanwhile. Read it again before you answer.")


@dataclass(frozen=True, slots=True)
class PurposeDraft:
    """A new version of a purpose: title, text and what changed in three languages; whether it changes something in substance.

    `seen` is the version that its writer began from, 0 for none.
    """

    use: Use
    titles: Localized
    texts: Localized
    changes: Localized = field(default_factory=Localized)
    substance: bool = True
    seen: int = 0


def publish_purpose(draft: PurposeDraft, *, consultation: Consultation, actor: Actor) -> Purpose:
    """Publish a text that people are asked to agree to. Where it changes something in substance, earlier answers stand no more.

    Raises Rejected at the fields (`title_ar`, `text_ar`, `changes_ar`, ...), Conflict where somebody else published meanwhile.
    """
    with transaction():
        demand(actor, "purpose.publish", consultation)
        row = _locked(consultation, draft.use)
        if row.version != draft.seen:
            raise Conflict(N_("Somebody else has published a version meanwhile. Look at it first."))
        titles, texts, changes = _clean(draft.titles, 1), _clean(draft.texts, 2), _clean(draft.changes, 2)
        if problems := [*_problems(titles, texts), *(_change_problems(changes) if row.version else ())]:
            raise Rejected(problems)
        substance = draft.substance or not row.version
        row.version += 1
        row.stands_from = row.version if substance else row.stands_from
        row.ended_at = None
        session.add(
            PurposeVersion(
                purpose_id=row.id,
                number=row.version,
                titles=titles,
                texts=texts,
                changes=changes if row.version > 1 else Localized(),
                substance=substance,
                published_by=actor.person,
                published_at=clock.now(),
            )
        )
        session.flush()
        published = PurposePublished(row.id, row.use, row.version, substance)
        record(published, stream=consultation.id, actor=actor.person)
        return row


def _locked(consultation: Consultation, use: Use) -> Purpose:
    """Return the row of a purpose, locked, making it where there is none; whoever else writes one waits."""
    values = {"id": new_id(), "consultation_id": consultation.id, "use": use.value, "version": 0, "stands_from": 1}
    session.execute(insert_into(Purpose).values(**values).on_conflict_do_nothing())
    here = (Purpose.consultation_id == consultation.id, Purpose.use == use)
    query = sa.select(Purpose).where(*here).with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).one()


def _clean(texts: Mapping[str, str], lines: int) -> Localized:
    clean = clean_line if lines == 1 else clean_text
    return Localized({code: cleaned for code in LANGUAGES if (cleaned := clean(texts.get(code, "")).strip())})


def _problems(titles: Localized, texts: Localized) -> Iterator[Problem]:
    for code in LANGUAGES:
        if code not in titles:
            yield Problem(f"title_{code}", N_("Write the title: everybody reads it in their own language."))
        elif len(titles[code]) > LONGEST_TITLE:
            yield Problem(f"title_{code}", N_("Write at most %(limit)s characters.", limit=LONGEST_TITLE))
        if code not in texts:
            yield Problem(f"text_{code}", N_("Write the text: nobody can agree to what they cannot read."))
        elif len(texts[code]) > LONGEST_TEXT:
            yield Problem(f"text_{code}", N_("Write at most %(limit)s characters.", limit=LONGEST_TEXT))


def _change_problems(changes: Localized) -> Iterator[Problem]:
    for code in LANGUAGES:
        if code not in changes:
            yield Problem(f"changes_{code}", N_("Say what changed: it stands beside the version."))
        elif len(changes[code]) > LONGEST_TEXT:
            yield Problem(f"changes_{code}", N_("Write at most %(limit)s characters.", limit=LONGEST_TEXT))


def end_purpose(use: Use, *, consultation: Consultation, actor: Actor) -> None:
    """Ask for a purpose no more; answers to it have no effect from now on. Raises NotFound where nobody is asked."""
    with transaction():
        demand(actor, "purpose.publish", consultation)
        row = purpose_of(consultation.id, use)
        if row is None or row.ended_at is not None:
            raise NotFound
        row = session.get_one(Purpose, row.id, with_for_update=True, populate_existing=True)
        row.ended_at = clock.now()
        record(PurposeEnded(row.id, row.use), stream=consultation.id, actor=actor.person)


def answer_purpose(use: Use, version: int, given: bool, *, consultation: Consultation, actor: Actor) -> None:
    """Say yes or no to the present text of a purpose; the same answer again changes nothing.

    Raises NotFound where nobody is asked for it, Conflict where the text is another one by now.
    """
    with transaction():
        demand(actor, "consent.give", consultation)
        if actor.person is None:
            raise Forbidden
        row = purpose_of(consultation.id, use)
        if row is None or row.ended_at is not None:
            raise NotFound
        row = session.get_one(Purpose, row.id, with_for_update=True, populate_existing=True)
        if row.version != version:
            raise Conflict(MOVED_ON)
        mine = (Consent.person_id == actor.person, Consent.purpose_id == row.id, Consent.replaced_at.is_(None))
        before = session.scalars(sa.select(Consent).where(*mine)).first()
        if before is not None and (before.version, before.given) == (version, given):
            return
        if before is not None:
            before.replaced_at = clock.now()
            session.flush()
        session.add(
            Consent(
                id=new_id(),
                person_id=actor.person,
                purpose_id=row.id,
                version=version,
                given=given,
                at=clock.now(),
            )
        )
        session.flush()
        record(ConsentAnswered(actor.person, row.id, version), actor=actor.person)


__all__ = ["PurposeDraft", "answer_purpose", "end_purpose", "publish_purpose"]
