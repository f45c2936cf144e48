"""Letters about a submission to its author: the receipt, what a moderator decided, and why.

A letter lies on servers that are not ours. It says the number of the receipt and that there is something to read, and no
more: neither title, nor text, nor reason. Those stand on the page, behind the sign-in.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from consult.accounts.models import Person
from consult.consultations.models import Consultation
from consult.db import session
from consult.events.types import Recorded
from consult.i18n import N_, Message
from consult.notifications.mail import Link, Words, page_address
from consult.notifications.telling import tell
from consult.submissions.belonging import who_acts
from consult.submissions.models import ReviewDecision, Submission
from consult.submissions.states import BY_RULE, Decision

#: Why an author gets these letters.
WHY = N_("You get this letter because you handed in a submission.")
#: Why whoever takes part for a body gets them, once the author of its text has left.
WHY_BODY = N_("You get this letter because your body handed in a submission, and its author has left.")
#: Where the reason of a decision is: never in the letter.
REASON_ELSEWHERE = N_("The reason stands on the page of your submission. Sign in to read it.")


def received(recorded: Recorded) -> None:
    """Send the receipt of a submission, or of its new revision."""
    row = submission_of(recorded)
    said: list[Message | Words] = [
        N_("We have your submission. Its receipt number is %(number)s.", number=row.number),
        N_("Everybody can read it now. Keep the number: it never changes.")
        if _by_rule(row, recorded)
        else N_("A moderator reads it and tells you the decision, with a reason. Keep the number: it never changes."),
        N_("Fingerprint of the text: %(fingerprint)s", fingerprint=recorded.facts["fingerprint"]),
    ]
    send(recorded, row, "submission_received", N_("Receipt %(number)s", number=row.number), said)


def accepted(recorded: Recorded) -> None:
    """Tell the author that everybody can read the text now; the receipt has said so where its track publishes at once.

    Where an appeal led to it, they are told that: the log has no other event of it.
    """
    if recorded.facts["ground"] == BY_RULE:
        return
    row = submission_of(recorded)
    if (decision := _decision(recorded, row)) is not None and decision.decision == Decision.OVERTURN:
        overturned = N_(
            "Your appeal was followed: the decision on submission %(number)s is overturned. Everybody can read it now.",
            number=row.number,
        )
        send_verdict(recorded, row, overturned)
        return
    said: list[Message | Words] = [
        N_(
            "Your submission %(number)s is accepted for discussion. Everybody can read its text now.", number=row.number
        ),
        N_("You will get a letter when the outcome document tells what became of it."),
    ]
    send(recorded, row, "submission_accepted", N_("Accepted for discussion: %(number)s", number=row.number), said)


def returned(recorded: Recorded) -> None:
    """Tell the author what to mend."""
    row = submission_of(recorded)
    said: list[Message | Words] = [
        N_("A moderator returned your submission %(number)s to you, so that you can correct it.", number=row.number),
        REASON_ELSEWHERE,
        N_("The text is kept as you wrote it. Open it, correct it and hand it in again: it keeps its number."),
        *_appeal_words(recorded, row),
    ]
    send(recorded, row, "submission_returned", N_("Returned for correction: %(number)s", number=row.number), said)


def hidden(recorded: Recorded) -> None:
    """Tell the author that the text is not shown any more, and on what ground."""
    row = submission_of(recorded)
    said: list[Message | Words] = [
        N_(
            "A moderator hid the text of your submission %(number)s. It is kept, and you can read it.",
            number=row.number,
        ),
        REASON_ELSEWHERE,
        *_appeal_words(recorded, row),
    ]
    send(recorded, row, "submission_hidden", N_("Text hidden: %(number)s", number=row.number), said)


def send_verdict(recorded: Recorded, row: Submission, outcome: Message) -> None:
    """Send the letter about an appeal that was decided: how it ended, and where the reason stands."""
    subject = N_("Your appeal is decided: %(number)s", number=row.number)
    send(recorded, row, "appeal_decided", subject, [outcome, REASON_ELSEWHERE])


def submission_of(recorded: Recorded) -> Submission:
    """Return the submission an event is about."""
    return session.get_one(Submission, uuid.UUID(recorded.facts["submission"]))


def _by_rule(row: Submission, recorded: Recorded) -> bool:
    """Tell whether the revision that was handed in was published at once."""
    revision = recorded.facts.get("revision", 1)
    decisions = (ReviewDecision.submission_id == row.id, ReviewDecision.revision == revision)
    return bool(session.scalar(sa.select(sa.exists().where(*decisions, ReviewDecision.ground == BY_RULE))))


def _decision(recorded: Recorded, row: Submission) -> ReviewDecision | None:
    """Return the decision that an event tells of."""
    return session.scalars(
        sa.select(ReviewDecision)
        .where(ReviewDecision.submission_id == row.id, ReviewDecision.at <= recorded.at)
        .order_by(ReviewDecision.at.desc(), ReviewDecision.id.desc())
        .limit(1)
    ).first()


def _appeal_words(recorded: Recorded, row: Submission) -> list[Message | Words]:
    """Return until when the author may appeal, where they may."""
    decision = _decision(recorded, row)
    if decision is None or decision.appeal_until is None:
        return []
    return [
        N_(
            "If you find this wrong, you may appeal until %(day)s, on the page of your submission. Somebody else decides.",
            day=decision.appeal_until,
        )
    ]


def language_of(person: uuid.UUID | None) -> str:
    """Return the language in which somebody writes, Arabic where nobody is known."""
    return session.scalar(sa.select(Person.language).where(Person.id == person)) or "ar"


def send(recorded: Recorded, row: Submission, kind: str, subject: Message, said: list[Message | Words]) -> None:
    """Send a letter to whoever acts on a text; what came by an import without an author has nobody to write to."""
    consultation = session.get_one(Consultation, recorded.stream)
    page = f"/c/{consultation.slug}/submissions/{row.number}/"
    for person, why in _who_acts(row):
        tell(
            person,
            recorded,
            kind,
            subject,
            said,
            Link(page_address(page, person.language), N_("Your submission")),
            about=row.number,
            sender=consultation.names,
            why=why,
            timezone=consultation.timezone,
        )


def acting_on(row: Submission) -> Sequence[uuid.UUID]:
    """Return the people who act on a text, by id (1 query)."""
    return sorted(one.person for one in session.execute(who_acts(Submission.id == row.id)))


def _who_acts(row: Submission) -> Sequence[tuple[Person, Message]]:
    """Return whoever acts on a text, by id, with why they are told (1 query)."""
    acts = who_acts(Submission.id == row.id).subquery()
    people = sa.select(Person, acts.c.for_body).join(acts, acts.c.person == Person.id).order_by(Person.id)
    return [(person, WHY_BODY if for_body else WHY) for person, for_body in session.execute(people)]


WRITERS = {
    "SubmissionAccepted": accepted,
    "SubmissionHidden": hidden,
    "SubmissionReceived": received,
    "SubmissionReturned": returned,
}
