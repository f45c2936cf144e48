"""Fill a database that holds the sample consultation, up to a number of submissions.

The sample gives what was played through the services: sessions, recommendations with their ballots, an edition, the log.
What is added here goes in by bulk inserts, in the shape the services write: submission, revision, numbered passages,
topics, decision of a moderator; then the text index is made.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa

from consult import clock, search
from consult.accounts.models import Body, Person
from consult.consultations.models import Consultation, Member, Numbering, Topic
from consult.db import dialect_name, new_id, session, transaction
from consult.i18n import Localized
from consult.submissions.content import NumberedPassage, fingerprint, public_content
from consult.submissions.models import Passage, ReviewDecision, Revision, Submission, SubmissionTopic
from tools.bench.words import Writer

#: Submissions written in one transaction.
CHUNK = 5_000
LANGUAGES, LANGUAGE_SHARES = ("ar", "en", "fr"), (70, 20, 10)
STATES = ("accepted", "received", "returned", "hidden", "withdrawn")
STATE_SHARES = (920, 55, 12, 8, 5)
#: state -> decision and ground that led to it
DECIDED = {"accepted": ("accept", "in_order"), "returned": ("return", "unclear"), "hidden": ("hide", "names_person")}
#: Members who get a place for their body, by kind of body and track, at most so many of each.
TAKING_PART = (("municipality", "municipal", 142), ("university", "academic", 30), ("cso", "cso", 40))
TABLES = (Submission, Revision, Passage, SubmissionTopic, ReviewDecision)


@dataclass(frozen=True, slots=True)
class Author:
    """A member as a submission knows them."""

    member: uuid.UUID
    track: str
    body: uuid.UUID
    place: Localized


@dataclass(slots=True)
class Batch:
    """Rows to be written together, by table."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {m.__tablename__: [] for m in TABLES})

    def add(self, model: Any, **values: Any) -> None:
        """Add one row."""
        self.rows[model.__tablename__].append(values)

    def write(self) -> None:
        """Write everything, parents first, in one transaction."""
        with transaction():
            for model in TABLES:
                if rows := self.rows[model.__tablename__]:
                    session.execute(sa.insert(model.__table__), rows)


def fill(consultation: Consultation, submissions: int, *, seed: int = 1) -> None:
    """Add members for many bodies, then submissions until there are so many; the same seed gives the same texts."""
    random = Random(seed)
    made = Maker(consultation, random)
    for chunk in _chunks(range(made.first, submissions + 1), CHUNK):
        batch = Batch()
        for number in chunk:
            made.submission(batch, number, share=number / submissions)
        batch.write()
    _continue_numbering(consultation.id, made.year, submissions)
    with transaction():
        search.rebuild()
    _analyse()


class Maker:
    """Makes the rows of one submission after another."""

    def __init__(self, consultation: Consultation, random: Random) -> None:
        self.random, self.consultation = random, consultation
        self.now = clock.now()
        self.year = self.now.year
        self.authors = list(_authors(consultation.id, random))
        self.topics = [(t.id, t.slug) for t in session.scalars(_of(Topic, consultation.id))]
        self.writers = {code: Writer(code, random) for code in LANGUAGES}
        self.first = session.scalar(sa.select(sa.func.count()).select_from(Submission)) + 1  # type: ignore[operator]

    def submission(self, batch: Batch, number: int, share: float) -> None:
        """Add one submission with everything that belongs to it; `share` is how far through the phase it came."""
        random = self.random
        author = random.choice(self.authors)
        language = random.choices(LANGUAGES, LANGUAGE_SHARES)[0]
        state = random.choices(STATES, STATE_SHARES)[0]
        writer, submission = self.writers[language], new_id()
        receipt = f"{self.consultation.prefix}-{self.year}-{number:05}"
        title = writer.title(author.place.for_language(language))
        received_at = self.now - timedelta(days=80) * (1 - share) - timedelta(seconds=1)
        withheld = random.random() < 0.02
        passages = [NumberedPassage(n, kind, text) for n, (kind, text) in enumerate(writer.passages(), start=1)]
        topics = random.sample(self.topics, random.randint(1, 3))
        batch.add(
            Submission,
            id=submission,
            consultation_id=self.consultation.id,
            number=receipt,
            track=author.track,
            member_id=author.member,
            body_id=None if withheld else author.body,
            author="",
            withheld=withheld,
            title=title,
            language=language,
            answers={},
            state=state,
            revision=1,
            received_at=received_at,
            decided_at=received_at + timedelta(hours=20) if state in DECIDED else None,
            channel="online",
        )
        self._revision(batch, submission, receipt, title, language, [slug for _, slug in topics], passages, received_at)
        for topic, _ in topics:
            batch.add(SubmissionTopic, submission_id=submission, topic_id=topic)
        self._decision(batch, submission, state, received_at)

    def _revision(
        self,
        batch: Batch,
        submission: uuid.UUID,
        receipt: str,
        title: str,
        language: str,
        topics: list[str],
        passages: Sequence[NumberedPassage],
        at: datetime,
    ) -> None:
        content = public_content(
            number=receipt, revision=1, title=title, language=language, topics=topics, passages=passages, answers={}
        )
        batch.add(
            Revision,
            id=new_id(),
            submission_id=submission,
            number=1,
            title=title,
            language=language,
            topics=topics,
            answers={},
            private_answers={},
            fingerprint=fingerprint(content),
            at=at,
        )
        for p in passages:
            batch.add(
                Passage, id=new_id(), submission_id=submission, revision=1, number=p.number, kind=p.kind, text=p.text
            )

    def _decision(self, batch: Batch, submission: uuid.UUID, state: str, received_at: datetime) -> None:
        if state not in DECIDED:
            return
        decision, ground = DECIDED[state]
        batch.add(
            ReviewDecision,
            id=new_id(),
            consultation_id=self.consultation.id,
            submission_id=submission,
            revision=1,
            decision=decision,
            ground=ground,
            reason="",
            at=received_at + timedelta(hours=20),
        )


def _of(model: Any, consultation: uuid.UUID) -> sa.Select[Any]:
    return sa.select(model).where(model.consultation_id == consultation)


def _authors(consultation: uuid.UUID, random: Random) -> Iterator[Author]:
    """Enter a member for every body that may take part and has none; yield those who write."""
    taken = set(session.scalars(sa.select(Member.body_id).where(Member.consultation_id == consultation)))
    number = session.scalar(sa.select(sa.func.max(Member.number)).where(Member.consultation_id == consultation)) or 0
    for kind, track, most in TAKING_PART:
        query = sa.select(Body.id, Body.names).where(Body.kind == kind).order_by(Body.key).limit(most)
        for body, names in session.execute(query).all():
            if body not in taken:
                number += 1
                yield Author(_member(consultation, track, body, number, random), track, body, names)
    with transaction():
        session.execute(
            sa.update(Numbering)
            .where(Numbering.consultation_id == consultation, Numbering.kind == "member")
            .values(last=number)
        )


def _member(consultation: uuid.UUID, track: str, body: uuid.UUID, number: int, random: Random) -> uuid.UUID:
    given, family = random.choice(("سالم", "مريم", "يوسف", "هدى")), random.choice(("الورفلي", "التاجوري", "الزنتاني"))
    person = Person(id=new_id(), name=f"{given} {family}", language="ar", created_at=clock.now())
    member = Member(
        id=new_id(),
        consultation_id=consultation,
        person_id=person.id,
        track=track,
        own_body_id=body,
        number=number,
        invited_at=clock.now(),
    )
    with transaction():
        session.add(person)
        session.flush()
        session.add(member)
        session.flush()
        return member.id


def _continue_numbering(consultation: uuid.UUID, year: int, last: int) -> None:
    with transaction():
        session.execute(
            sa.update(Numbering)
            .where(Numbering.consultation_id == consultation, Numbering.kind == "submission", Numbering.year == year)
            .values(last=last)
        )


def _chunks(numbers: Iterable[int], size: int) -> Iterator[list[int]]:
    chunk: list[int] = []
    for number in numbers:
        chunk.append(number)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _analyse() -> None:
    """Let PostgreSQL know its tables, as it does by itself within a minute in real use."""
    if dialect_name() == "postgresql":
        with transaction():
            session.execute(sa.text("ANALYZE"))


__all__ = ["fill"]
