"""Letters about an edition of the outcome document: to whoever acts on a text, what became of it."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from consult.accounts.models import Person
from consult.consultations.models import Consultation
from consult.db import session
from consult.events.types import Recorded
from consult.i18n import N_, Message
from consult.notifications.letters.submissions import WHY, WHY_BODY
from consult.notifications.mail import Link, page_address
from consult.notifications.telling import tell
from consult.outcomes.trace import Step, what_became
from consult.submissions.belonging import who_acts
from consult.submissions.models import Submission
from consult.submissions.states import SubmissionState

#: Submissions a letter speaks of one by one; somebody with more reads the rest on the page of their own.
MOST = 10


@dataclass(frozen=True, slots=True)
class Own:
    """A submission on which a person acts: its id, number, whether its author's name is withheld, and whether it is theirs only for a body."""

    id: uuid.UUID
    number: str
    withheld: bool
    for_body: bool


def edition_published(recorded: Recorded) -> None:
    """Write to whoever acts on an accepted submission, in their language, what became of it (4 queries a language)."""
    consultation = session.get_one(Consultation, recorded.stream)
    for language, people in _readers(consultation.id).items():
        named = [one.id for texts in people.values() for one in texts if not one.withheld]
        ways = what_became(named, language)
        for person in session.scalars(sa.select(Person).where(Person.id.in_(people)).order_by(Person.id)):
            _write(recorded, consultation, person, people[person.id], ways)


def _readers(consultation: uuid.UUID) -> Mapping[str, Mapping[uuid.UUID, list[Own]]]:
    """Return the accepted submissions on which each person acts, by the language they read."""
    acts = who_acts(
        sa.and_(Submission.consultation_id == consultation, Submission.state == SubmissionState.ACCEPTED)
    ).subquery()
    rows = session.execute(
        sa.select(Person.language, Person.id, Submission.id, Submission.number, Submission.withheld, acts.c.for_body)
        .select_from(acts)
        .join(Person, Person.id == acts.c.person)
        .join(Submission, Submission.id == acts.c.text)
        .order_by(Submission.number)
    )
    found: dict[str, dict[uuid.UUID, list[Own]]] = defaultdict(lambda: defaultdict(list))
    for language, person, *own in rows:
        found[language][person].append(Own(*own))
    return found


def _write(
    recorded: Recorded,
    consultation: Consultation,
    person: Person,
    texts: Sequence[Own],
    ways: Mapping[uuid.UUID, Sequence[Step]],
) -> None:
    edition = recorded.facts["number"]
    said = [
        N_(
            "Edition %(edition)s of the outcome document of %(consultation)s is published.",
            edition=edition,
            consultation=consultation.names,
        ),
        *(line for one in texts[:MOST] for line in _of_text(one, ways)),
        N_("You can follow every step, from your words to the paragraph, on the page of your submission."),
    ]
    tell(
        person,
        recorded,
        "edition_published",
        N_("What became of your submissions"),
        said,
        Link(page_address(f"/c/{consultation.slug}/outcome/{edition}/", person.language), N_("Read the edition")),
        about=str(edition),
        sender=consultation.names,
        why=WHY_BODY if all(one.for_body for one in texts) else WHY,
        timezone=consultation.timezone,
    )


def _of_text(one: Own, ways: Mapping[uuid.UUID, Sequence[Step]]) -> Iterator[Message]:
    """Yield what became of a text, step by step; of a withheld author's only that there is something to read."""
    if one.withheld:
        yield N_("There is something new about your submission %(number)s. Sign in to read it.", number=one.number)
        return
    yield N_("Your submission %(number)s:", number=one.number)
    for step in ways[one.id]:
        if step.note is None:
            yield N_("– %(step)s", step=step.title)
        else:
            yield N_("– %(step)s (%(note)s)", step=step.title, note=step.note)


WRITERS = {"EditionPublished": edition_published}
