"""Who codes which text: coders, and texts handed out to them, some to two who do not see each other."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.coding.events import CoderAdded, CoderEnded, TextsAssigned
from consult.coding.models import CodedText, Coder, Coding, CodingMemo, CodingStep, CodingTask
from consult.coding.settling import settle_if_done
from consult.coding.states import TextState
from consult.consultations.models import Consultation, Member
from consult.consultations.numbering import next_number
from consult.consultations.queries import people_of
from consult.db import new_id, session, transaction
from consult.errors import NotFound, Problem, Rejected
from consult.events.record import record
from consult.i18n import N_
from consult.submissions.models import Submission, SubmissionTopic
from consult.submissions.states import SubmissionState

#: Texts handed out at once.
MOST_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class TextChoice:
    """Which accepted texts: of a track, a language, a topic ("" and None for all), and how many per cent of them go to two coders."""

    coders: tuple[uuid.UUID, ...]
    track: str = ""
    language: str = ""
    topic: uuid.UUID | None = None
    twice: int = 20


@dataclass(frozen=True, slots=True)
class Assigned:
    """How many texts were handed out, and how many of them to two coders."""

    texts: int
    twice: int


def add_coder(person: uuid.UUID, *, consultation: Consultation, actor: Actor) -> Coder:
    """Charge somebody who takes part in the consultation, or holds a role in it, with coding. Raises Rejected."""
    with transaction():
        demand(actor, "coding.organise", consultation)
        if person not in set(session.scalars(people_of(consultation.id))):
            raise Rejected(N_("Choose somebody who takes part in this consultation."), "person")
        row = session.scalars(
            sa.select(Coder).where(Coder.consultation_id == consultation.id, Coder.person_id == person)
        ).first()
        if row is not None and row.ended_at is None:
            raise Rejected(N_("They are charged with coding already."), "person")
        if row is None:
            row = Coder(
                id=new_id(),
                consultation_id=consultation.id,
                person_id=person,
                number=next_number(consultation.id, "coder"),
                added_at=clock.now(),
            )
            session.add(row)
        row.ended_at = None
        session.flush()
        record(CoderAdded(row.id, row.number), stream=consultation.id, actor=actor.person)
        return row


def end_coder(number: int, *, consultation: Consultation, actor: Actor) -> Coder:
    """Let somebody code no more: what they finished stays, what they had not finished is free again. Raises NotFound."""
    with transaction():
        demand(actor, "coding.organise", consultation)
        row = session.scalars(
            sa.select(Coder)
            .where(Coder.consultation_id == consultation.id, Coder.number == number, Coder.ended_at.is_(None))
            .with_for_update()
        ).first()
        if row is None:
            raise NotFound
        row.ended_at = clock.now()
        _give_back(row)
        record(CoderEnded(row.id, row.number), stream=consultation.id, actor=actor.person)
        return row


def _give_back(coder: Coder) -> None:
    """Take the unfinished texts from a coder; a text that nobody else has is no longer coded, another one may now be settled."""
    open_tasks = sa.and_(CodingTask.coder_id == coder.id, CodingTask.done_at.is_(None))
    texts = session.scalars(
        sa.select(CodedText)
        .join(CodingTask, CodingTask.text_id == CodedText.id)
        .where(open_tasks)
        .order_by(CodedText.id)
        .with_for_update(of=CodedText)
    ).all()
    tasks = sa.select(CodingTask.id).where(open_tasks)
    for model in (Coding, CodingStep, CodingMemo):
        session.execute(sa.delete(model).where(model.task_id.in_(tasks)).execution_options(synchronize_session=False))
    session.execute(sa.delete(CodingTask).where(open_tasks).execution_options(synchronize_session=False))
    session.expire_all()
    for text in texts:
        text.coders -= 1
        if not text.coders:
            session.delete(text)
        else:
            settle_if_done(text)
    session.flush()


def assign_texts(choice: TextChoice, *, consultation: Consultation, actor: Actor) -> Assigned:
    """Hand out the chosen texts that nobody codes yet, evenly, nobody their own. Raises Rejected.

    Which texts go to two coders is drawn by a fixed hash of their id: nobody can choose what is checked.
    """
    with transaction():
        demand(actor, "coding.organise", consultation)
        coders = _chosen(choice.coders, consultation)
        if problems := list(_problems(choice, coders)):
            raise Rejected(problems)
        rows = sorted(session.execute(_uncoded(choice, consultation)), key=lambda row: _lot(row.id))
        twice = round(len(rows) * choice.twice / 100)
        loads = _loads(consultation.id)
        texts, tasks = [], []
        for at, row in enumerate(rows):
            wanted = _least_loaded(coders, loads, row.person_id, 2 if at < twice else 1)
            if wanted:
                texts.append(_text(row, len(wanted), consultation))
                tasks += [_task(texts[-1]["id"], coder.id) for coder in wanted]
        if not texts:
            raise Rejected(N_("No such text is left that could be handed out."))
        session.execute(sa.insert(CodedText), texts)
        session.execute(sa.insert(CodingTask), tasks)
        done = Assigned(len(texts), sum(text["coders"] == 2 for text in texts))
        record(TextsAssigned(done.texts, done.twice), stream=consultation.id, actor=actor.person)
        return done


def _chosen(coders: Collection[uuid.UUID], consultation: Consultation) -> Sequence[Coder]:
    return session.scalars(
        sa.select(Coder)
        .where(Coder.consultation_id == consultation.id, Coder.id.in_(coders), Coder.ended_at.is_(None))
        .order_by(Coder.number)
    ).all()


def _problems(choice: TextChoice, coders: Sequence[Coder]) -> Iterator[Problem]:
    if not coders or len(coders) < len(set(choice.coders)):
        yield Problem("coders", N_("Choose at least one coder."))
    if not 0 <= choice.twice <= 100:
        yield Problem("twice", N_("Write a whole number from %(low)s to %(high)s.", low=0, high=100))
    elif choice.twice and len(set(choice.coders)) == 1:
        yield Problem("twice", N_("For texts that two code, choose at least two coders."))


def _uncoded(choice: TextChoice, consultation: Consultation) -> sa.Select[Any]:
    """Return accepted texts of the choice whose present revision nobody was charged with, each with its author."""
    coded = sa.exists().where(CodedText.submission_id == Submission.id, CodedText.revision == Submission.revision)
    columns: tuple[Any, ...] = (Submission.id, Submission.revision, Member.person_id)
    query = (
        sa.select(*columns)
        .outerjoin(Member, Member.id == Submission.member_id)
        .where(
            Submission.consultation_id == consultation.id,
            Submission.state == SubmissionState.ACCEPTED,
            sa.not_(coded),
        )
        .order_by(Submission.id)
        .limit(MOST_AT_ONCE)
    )
    if choice.track:
        query = query.where(Submission.track == choice.track)
    if choice.language:
        query = query.where(Submission.language == choice.language)
    if choice.topic is not None:
        about = sa.exists().where(
            SubmissionTopic.submission_id == Submission.id, SubmissionTopic.topic_id == choice.topic
        )
        query = query.where(about)
    return query


def _lot(submission: uuid.UUID) -> bytes:
    return sha256(submission.bytes).digest()


def _loads(consultation: uuid.UUID) -> Counter[uuid.UUID]:
    """Return how many unfinished texts each coder has."""
    rows = session.execute(
        sa.select(CodingTask.coder_id, sa.func.count())
        .join(Coder, Coder.id == CodingTask.coder_id)
        .where(Coder.consultation_id == consultation, CodingTask.done_at.is_(None))
        .group_by(CodingTask.coder_id)
    )
    return Counter(dict(rows.all()))


def _least_loaded(
    coders: Sequence[Coder], loads: Counter[uuid.UUID], author: uuid.UUID | None, number: int
) -> Sequence[Coder]:
    free = [coder for coder in coders if coder.person_id != author]
    taken = sorted(free, key=lambda coder: (loads[coder.id], coder.number))[:number]
    for coder in taken:
        loads[coder.id] += 1
    return taken


def _text(row: Any, coders: int, consultation: Consultation) -> dict[str, Any]:
    return {
        "id": new_id(),
        "consultation_id": consultation.id,
        "submission_id": row.id,
        "revision": row.revision,
        "coders": coders,
        "state": TextState.OPEN,
    }


def _task(text: uuid.UUID, coder: uuid.UUID) -> dict[str, Any]:
    return {"id": new_id(), "text_id": text, "coder_id": coder, "version": 1}
