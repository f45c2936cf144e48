"""Messages of the organisers to a group: shown as each reader gets them, counted, and sent as one recorded act."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.consultations.models import Consultation
from consult.db import session, transaction
from consult.errors import Conflict, Problem, Rejected
from consult.events.record import record
from consult.i18n import LANGUAGES, N_, Localized
from consult.notifications.events import MessageSent
from consult.notifications.groups import HANDED_IN, Counted, Group, Reached, counted, reached
from consult.notifications.models import MessageReader, MessageRound

LONGEST_SUBJECT, LONGEST_TEXT = 150, 5000


@dataclass(frozen=True, slots=True)
class MessageDraft:
    """A message to be sent. `key` names this one press: pressed again, it is the same message.

    `falls_back` says that whoever reads a language in which it is not written gets it in another; `people` is how many
    the organiser was shown, 0 before that.
    """

    key: uuid.UUID
    subjects: Localized
    texts: Localized
    group: Group
    falls_back: bool = False
    people: int = 0


@dataclass(frozen=True, slots=True)
class Preview:
    """How many a message would reach, and the languages that have readers and no text."""

    count: Counted
    gaps: Sequence[str]


def preview_message(draft: MessageDraft, *, consultation: Consultation, actor: Actor) -> Preview:
    """Check a message and count whom it would reach. Raises Rejected at the fields; changes nothing."""
    demand(actor, "message.send", consultation)
    return _checked(draft, reached(consultation.id, draft.group))


def _checked(draft: MessageDraft, people: Sequence[Reached]) -> Preview:
    count = counted(people)
    gaps = [code for code in LANGUAGES if count.languages.get(code) and code not in draft.texts]
    problems = list(_problems(draft))
    if not people:
        problems.append(Problem("track", N_("Nobody is in this group.")))
    if gaps and len(draft.texts) and not draft.falls_back:
        problems.append(
            Problem(
                "falls_back", N_("Some of them read a language in which it is not written: write it, or say so here.")
            )
        )
    if problems:
        raise Rejected(problems)
    return Preview(count, gaps)


def _problems(draft: MessageDraft) -> Iterator[Problem]:
    if not draft.texts and not draft.subjects:
        yield Problem("text_ar", N_("Write the message in one language at least."))
    for code in LANGUAGES:
        subject, text = draft.subjects.get(code, ""), draft.texts.get(code, "")
        if text and not subject:
            yield Problem(f"subject_{code}", N_("Write the subject."))
        if subject and not text:
            yield Problem(f"text_{code}", N_("Write the text."))
        if len(subject) > LONGEST_SUBJECT:
            yield Problem(f"subject_{code}", N_("Write at most %(limit)s characters.", limit=LONGEST_SUBJECT))
        if len(text) > LONGEST_TEXT:
            yield Problem(f"text_{code}", N_("Write at most %(limit)s characters.", limit=LONGEST_TEXT))
    if draft.group.handed_in and draft.group.handed_in not in HANDED_IN:
        yield Problem("handed_in", N_("Choose one of the answers."))


def send_message(draft: MessageDraft, *, consultation: Consultation, actor: Actor) -> MessageRound:
    """Send a message to everybody in its group, once: whoever sends the same draft again gets the message it became.

    Raises Rejected at the fields, and where the group has another number of people than the organiser was shown.
    """
    with transaction():
        demand(actor, "message.send", consultation)
        # Whoever else sends waits here: two presses of the button are one message.
        session.get_one(Consultation, consultation.id, with_for_update={"key_share": True}, populate_existing=True)
        known = session.get(MessageRound, draft.key)
        if known is not None:
            if known.consultation_id != consultation.id:
                raise Conflict(N_("This message was sent elsewhere."))
            return known
        people = reached(consultation.id, draft.group)
        preview = _checked(draft, people)
        if draft.people != len(people):
            raise Rejected(N_("The group has changed: it has %(count)s people now. Look once more.", count=len(people)))
        return _send(draft, people, preview.count, consultation, actor)


def _send(
    draft: MessageDraft, people: Sequence[Reached], count: Counted, consultation: Consultation, actor: Actor
) -> MessageRound:
    row = MessageRound(
        id=draft.key,
        consultation_id=consultation.id,
        number=len(messages_of(consultation.id)) + 1,
        subjects=draft.subjects,
        texts=draft.texts,
        chosen=draft.group.kept(),
        people=count.people,
        by_mail=count.by_mail,
        sent_by=actor.person,
        sent_at=clock.now(),
    )
    session.add(row)
    session.flush()
    readers = [{"round_id": row.id, "person_id": one.person, "withheld": one.withheld} for one in people]
    session.execute(sa.insert(MessageReader), readers)
    record(MessageSent(row.id, row.number, row.people), stream=consultation.id, actor=actor.person)
    return row


def messages_of(consultation: uuid.UUID) -> Sequence[MessageRound]:
    """Return the messages that were sent, the newest first (1 query)."""
    mine = sa.select(MessageRound).where(MessageRound.consultation_id == consultation)
    return session.scalars(mine.order_by(MessageRound.number.desc())).all()


def message_by_number(consultation: uuid.UUID, number: int) -> MessageRound | None:
    """Return one message."""
    mine = (MessageRound.consultation_id == consultation, MessageRound.number == number)
    return session.scalars(sa.select(MessageRound).where(*mine)).first()


def reader_of(message: MessageRound, person: uuid.UUID | None) -> MessageReader | None:
    """Return somebody as a reader of a message, None if it was not sent to them."""
    return None if person is None else session.get(MessageReader, (message.id, person))
