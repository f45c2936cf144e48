"""Mails that the worker makes from notices: one for each where many are told at once, and the daily and weekly letters.

Each is written in one transaction with the marks on its notices: whoever dies in the middle has written nothing.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

import sqlalchemy as sa

from consult import clock
from consult.accounts.models import Person
from consult.consultations.models import Consultation
from consult.db import session, transaction
from consult.events.deliver import load_recorded, place_of_error
from consult.events.types import Recorded
from consult.i18n import N_, NN_, Localized
from consult.notifications.kinds import KINDS, How
from consult.notifications.letters import bodies, searches, sources, translations
from consult.notifications.letters.many import Said
from consult.notifications.mail import Entry, Link, Part, page_address, write_mail
from consult.notifications.models import Mail, Notice
from consult.notifications.notices import line_of, settled_of, waiting_of
from consult.notifications.telling import CHUNK, SETTLES
from consult.notifications.wishes import next_gathering, wishes_of

#: Matters that one letter names; whoever has more reads the rest in the product.
MOST = 30
SUBJECTS = {How.DAILY: N_("What happened today for you"), How.WEEKLY: N_("What happened this week for you")}
WHY = {
    How.DAILY: N_("You get this letter once a day because you chose so in your account."),
    How.WEEKLY: N_("You get this letter once a week because you chose so in your account."),
}

#: What the letter of a notice says, by its kind.
LETTERS: Mapping[str, Callable[[Person, Recorded], Said]] = {
    **bodies.LETTERS,
    **sources.LETTERS,
    **translations.LETTERS,
    "search_found": searches.said,
}
#: Kinds of which a letter tells only as long as its reader may read what it is about: asked when it is written.
STILL: Mapping[str, Callable[[Person, Recorded, str], bool]] = {"search_found": searches.is_still_read}
#: How long a letter that could not be written waits.
PUT_OFF = timedelta(hours=1)
log = logging.getLogger(__name__)

Waiting = Sequence[tuple[Notice, str | None, Localized | None]]


def gather_due(limit: int = 50) -> int:
    """Write the mails that are due, one transaction for each, and return how many were looked at.

    Two workers wait for each other at the person; the second finds nothing left to write.
    """
    done = 0
    while done < limit and _gather_next():
        done += 1
    return done


def _gather_next() -> bool:
    due = sa.select(Notice.id, Notice.person_id, Notice.how)
    due = due.where(Notice.gathered_at.is_(None), Notice.gather_at <= clock.now())
    found = session.execute(due.order_by(Notice.gather_at, Notice.id).limit(1)).first()
    session.rollback()
    if found is None:
        return False
    try:
        with transaction():
            person = session.get_one(Person, found.person_id, with_for_update=True, populate_existing=True)
            if found.how == How.NOW:
                _write_one(person, found.id)
            else:
                _gather(person, How(found.how))
    except (sa.exc.SQLAlchemyError, OSError):
        raise  # the database cannot be reached: the worker rests and tries again
    except Exception as error:
        log.warning("the letter of notice %s could not be written: %s", found.id, place_of_error(error))
        _put_off(found.id)
    return True


def _put_off(notice: uuid.UUID) -> None:
    """Try a notice again later, so that one which cannot be put in words holds up nobody else."""
    with transaction():
        session.execute(sa.update(Notice).where(Notice.id == notice).values(gather_at=clock.now() + PUT_OFF))


def _write_one(person: Person, notice_id: uuid.UUID) -> None:
    """Write the mail of one notice, unless another worker did, or its reader has seen the notice meanwhile.

    Of a kind that settles, it is the mail of all that wait.
    """
    notice = session.get_one(Notice, notice_id, populate_existing=True)
    if notice.gathered_at is not None:
        return
    waiting = settled_of(notice) if notice.kind in SETTLES else []
    unread, left = _unread(person, waiting)
    _mark([one for one, _, _ in waiting] or [notice], {"gathered_at": clock.now()})
    if len(unread) > 1:
        _write_several(person, unread, left)
        return
    notice = unread[0][0] if unread else notice
    if notice.read_at is not None or notice.kind not in LETTERS or not _is_told(notice, person):
        return
    event = load_recorded(notice.event_id)
    consultation = session.get_one(Consultation, notice.consultation_id)
    kind, said = KINDS[notice.kind], LETTERS[notice.kind](person, event)
    write_mail(
        person,
        notice.kind,
        f"{event.id}/{notice.about}",
        said.subject or kind.title(notice.about, consultation.names),
        said.parts,
        Link(page_address(kind.path(consultation.slug, notice.about), person.language), said.label),
        sender=consultation.names,
        why=N_("You get this letter because you take part in this consultation."),
        timezone=consultation.timezone,
    )


def _write_several(person: Person, unread: Waiting, left: int) -> None:
    """Write one mail of all that a person's saved searches found in a consultation."""
    first, _, names = unread[0]
    write_mail(
        person,
        first.kind,
        f"{first.event_id}/{first.about}",
        NN_(
            "Your saved searches find one new text",
            "Your saved searches find %(count)s new texts",
            len(unread) + left,
        ),
        [*_parts(unread, left, person.language), searches.OFF],
        Link(page_address("/account/notices", person.language), N_("Read all notices")),
        sender=names,
        why=N_("You get this letter because you take part in this consultation."),
    )


def _is_told(notice: Notice, person: Person) -> bool:
    asks = STILL.get(notice.kind)
    return asks is None or asks(person, load_recorded(notice.event_id), notice.about)


def _unread(person: Person, waiting: Waiting) -> tuple[Waiting, int]:
    """Return the first MOST of what waits that its reader has not seen and is still told, and how many come after these.

    Whether those are still told is not asked: there may be ten thousand.
    """
    unread = [one for one in waiting if one[0].read_at is None and one[0].kind in KINDS]
    told: list[tuple[Notice, str | None, Localized | None]] = []
    for looked_at, one in enumerate(unread, start=1):
        if _is_told(one[0], person):
            told.append(one)
        if len(told) == MOST:
            return told, len(unread) - looked_at
    return told, 0


def _mark(notices: Sequence[Notice], marks: Mapping[str, object]) -> None:
    ids = [notice.id for notice in notices]
    for begin in range(0, len(ids), CHUNK):  # no engine takes any number of parameters
        session.execute(sa.update(Notice).where(Notice.id.in_(ids[begin : begin + CHUNK])).values(dict(marks)))


def _gather(person: Person, how: How) -> None:
    now = clock.now()
    waiting = waiting_of(person.id, how, now)
    if not waiting:
        return
    unread, left = _unread(person, waiting)
    period = max(notice.gather_at for notice, _, _ in waiting if notice.gather_at is not None)
    wishes = wishes_of([person.id])[person.id]
    marks: dict[str, object] = {"gathered_at": now}
    if unread and _is_written(person.id, how, period.isoformat()):
        marks = {"gather_at": next_gathering(how, now, wishes.timezone)}  # came while its letter was written: the next
    elif unread:
        write_mail(
            person,
            f"digest_{how}",
            period.isoformat(),
            SUBJECTS[how],
            _parts(unread, left, person.language),
            Link(page_address("/account/notices", person.language), N_("Read all notices")),
            why=WHY[how],
            due_at=wishes.due(KINDS[unread[0][0].kind].topic, now),
        )
    _mark([notice for notice, _, _ in waiting], marks)


def _is_written(person: uuid.UUID, how: How, period: str) -> bool:
    written = (Mail.person_id == person, Mail.kind == f"digest_{how}", Mail.cause == period)
    return bool(session.scalar(sa.select(sa.exists().where(*written))))


def _parts(unread: Waiting, left: int, language: str) -> list[Part]:
    """Return what the letter says: under each consultation's name its matters, each with its own link; how many more there are."""
    parts: list[Part] = []
    before: Localized | None = None
    for notice, slug, names in unread:
        if names is not None and names != before:
            parts.append(names)
        before = names
        line = line_of(notice, slug, names)
        parts.append(Entry(line.title, page_address(line.path, language)))
    if left > 0:
        parts.append(NN_("And %(count)s more.", "And %(count)s more.", left))
    return parts
