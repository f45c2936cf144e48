"""Texts that are judged blind: from hand-in on their names are withheld from everybody, until a phase lets them be opened.

There is one way to withhold a name, `Submission.withheld`, and every page, list, file, mail and event that shows whom a text
is from asks it. Here a name is set aside at hand-in and put back when the names of its track are opened.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from consult import search
from consult.accounts.access import Actor, demand
from consult.accounts.four_eyes import Kind, ask_second, confirm_second, digest_of, needs_two
from consult.consultations.models import Consultation, Member
from consult.consultations.phases import Right
from consult.consultations.rights import demand_right
from consult.db import session, transaction
from consult.errors import Conflict
from consult.events.record import record
from consult.i18n import N_
from consult.plugins.questions import Question
from consult.submissions.events import NamesOpened
from consult.submissions.models import Revision, Submission
from consult.submissions.review.blind_models import SealedName
from consult.submissions.tracks import is_blind, questions_of
from consult.submissions.writing import Origin


def judged_blind(consultation: Consultation, track: str, submission: uuid.UUID | None = None) -> bool:
    """Tell whether the name of what is handed in to a track is kept back; a sealed text stays sealed when it is corrected."""
    return is_blind(consultation, track) or is_sealed(submission)


def is_sealed(submission: uuid.UUID | None) -> bool:
    """Tell whether the name of a submission is kept back until it is opened (1 query, none for None)."""
    if submission is None:
        return False
    return session.scalar(sa.select(sa.exists().where(SealedName.submission_id == submission))) is True


def without_name(origin: Origin) -> Origin:
    """Return an origin that tells nobody whom it is from."""
    return replace(origin, body=None, author="", withheld=True)


def set_aside(row: Submission, origin: Origin) -> None:
    """Keep whom a blind text is from for the day on which names are opened; a name its author withholds is kept nowhere."""
    forget_name(row.id)
    if not origin.withheld:
        session.add(SealedName(submission_id=row.id, body_id=origin.body, author="" if origin.body else origin.author))
    session.flush()


def forget_name(submission: uuid.UUID) -> None:
    """Take away the name that was set aside: whoever the text is from withholds it, and it is never opened."""
    session.execute(sa.delete(SealedName).where(SealedName.submission_id == submission))


def kept_private(questions: Sequence[Question], *, nameless: bool) -> frozenset[str]:
    """Return the keys of the questions whose answers are for the author alone; of a text without a name, those that identify too."""
    return frozenset(one.key for one in questions if one.private or (nameless and one.identifies))


def bodies_behind(texts: Collection[uuid.UUID]) -> Mapping[uuid.UUID, frozenset[uuid.UUID]]:
    """Return the bodies that texts are from, also those that nobody may be told: to keep their people from judging them."""
    ids = list(texts)
    found: dict[uuid.UUID, frozenset[uuid.UUID]] = {}
    for begin in range(0, len(ids), 500):  # no engine takes any number of parameters
        rows = session.execute(
            sa.select(Submission.id, Submission.body_id, Member.own_body_id, SealedName.body_id)
            .outerjoin(Member, Member.id == Submission.member_id)
            .outerjoin(SealedName, SealedName.submission_id == Submission.id)
            .where(Submission.id.in_(ids[begin : begin + 500]))
        )
        found |= {text: frozenset(body for body in bodies if body is not None) for text, *bodies in rows}
    return found


def count_sealed(consultation: uuid.UUID) -> Mapping[str, int]:
    """Return of how many texts of each track the name waits to be opened (1 query)."""
    rows = session.execute(
        sa.select(Submission.track, sa.func.count())
        .join(SealedName, SealedName.submission_id == Submission.id)
        .where(Submission.consultation_id == consultation)
        .group_by(Submission.track)
    )
    return dict(rows.all())


def ask_names(track: str, *, consultation: Consultation, actor: Actor) -> None:
    """Ask that the names of a track are opened, as they are kept back now; somebody else confirms. Raises as opening does."""
    with transaction():
        demand(actor, "names.open", consultation)
        rows = _to_open(track, consultation)
        ask_second(
            Kind.OPEN_NAMES,
            act_on_track(consultation.id, track),
            _digest(consultation.id, track, rows),
            consultation=consultation.id,
            details={"track": track, "texts": len(rows)},
            actor=actor,
        )


def names_have_changed(track: str, digest: str, *, consultation: Consultation) -> bool:
    """Tell whether other names would be opened now than were asked for; reads only."""
    try:
        return digest != _digest(consultation.id, track, _to_open(track, consultation, locked=False))
    except Conflict:
        return True


def act_on_track(consultation: uuid.UUID, track: str) -> uuid.UUID:
    """Return the id under which an act on a track of a consultation waits: tracks have none of their own."""
    return uuid.uuid5(consultation, track)


def open_names(track: str, *, consultation: Consultation, actor: Actor, act: uuid.UUID | None = None) -> int:
    """Show from now on whom the blind texts of a track are from; it is not taken back. Return of how many.

    What is handed in afterwards is named. Raises Conflict unless a phase opens this now and there is something to open.
    Where two people are needed, `act` is what another asked for and this actor confirms; Conflict without one.
    """
    with transaction():
        demand(actor, "names.open", consultation)
        rows = _to_open(track, consultation)
        setting = next((row for row in consultation.tracks if row.key == track), None)
        if act is not None:
            digest = _digest(consultation.id, track, rows)
            confirm_second(act, Kind.OPEN_NAMES, digest, consultation=consultation.id, actor=actor)
        elif needs_two(consultation.id):
            raise Conflict(N_("Opening names needs two people here: ask for it, and somebody else confirms."))
        for submission, sealed, private in rows:
            submission.body_id, submission.author = sealed.body_id, sealed.author
            submission.withheld = not (sealed.body_id or sealed.author)  # the name was erased meanwhile
            if not submission.withheld:
                submission.answers = {**submission.answers, **_opened(consultation, submission, private)}
            session.delete(sealed)
        if setting is not None:
            setting.blind = False
        session.flush()
        for submission, *_ in rows:
            search.refresh(submission.id)
        record(NamesOpened(track, len(rows)), stream=consultation.id, actor=actor.person)
        return len(rows)


def _to_open(track: str, consultation: Consultation, *, locked: bool = True) -> Sequence[Any]:
    """Return the texts of a track whose names are kept back; Conflict unless they may be opened now and there is something to open."""
    demand_right(consultation, Right.NAMES)
    query = _sealed(consultation.id, track)
    rows = session.execute(query.with_for_update(of=Submission) if locked else query).all()
    if not rows and not is_blind(consultation, track):
        raise Conflict(N_("No name waits to be opened in this track."))
    return rows


def _digest(consultation: uuid.UUID, track: str, rows: Sequence[Any]) -> str:
    """Return a hash of which texts' names would be opened."""
    texts = [str(submission.id) for submission, *_ in rows]
    facts = {"kind": Kind.OPEN_NAMES, "consultation": str(consultation), "track": track, "texts": texts}
    return digest_of(facts)


def _sealed(consultation: uuid.UUID, track: str) -> sa.Select[Any]:
    revision = sa.and_(Revision.submission_id == Submission.id, Revision.number == Submission.revision)
    return (
        sa.select(Submission, SealedName, Revision.private_answers)
        .join(SealedName, SealedName.submission_id == Submission.id)
        .join(Revision, revision)
        .where(Submission.consultation_id == consultation, Submission.track == track)
        .order_by(Submission.id)
    )


def _opened(consultation: Consultation, row: Submission, private: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the answers that were private only because they identify.

    They join those of the submission and not those of its revision: the fingerprint on the receipt stays that of what was
    public of the text when it was handed in.
    """
    asked = questions_of(consultation, row.track, row.questionnaire_id)
    keys = kept_private(asked, nameless=True) - kept_private(asked, nameless=False)
    return {key: answer for key, answer in private.items() if key in keys}
