"""A sheet becomes a submission: checked as everybody's, with nobody's account behind it. Inside a caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor
from consult.consultations.models import Consultation
from consult.db import new_id, session
from consult.events.record import record
from consult.i18n import N_, translate
from consult.paper.boxes import COMMON, LANGUAGE, NAME, PROPOSALS, TEXT, TITLE, TOPICS, WITHHELD
from consult.paper.models import Comparison, Entry, Sheet
from consult.paper.states import SheetState, demand_transition
from consult.submissions.content import number_passages
from consult.submissions.events import SubmissionReceived
from consult.submissions.models import Submission
from consult.submissions.review.blind import judged_blind, kept_private, set_aside, without_name
from consult.submissions.services import publish_by_rule
from consult.submissions.states import MODES
from consult.submissions.tracks import demand_track, moderation_of, questions_of
from consult.submissions.transitions import Transition, ask
from consult.submissions.writing import Origin, Writing, write_submission

#: Characters of a title that is made from the first words of a text.
TITLE_FROM_TEXT = 80


def hand_in(sheet: Sheet, answers: Mapping[str, Any], *, consultation: Consultation, actor: Actor) -> Submission:
    """Write the submission of a sheet and empty what was entered: from now on the text stands in one place only.

    It is nobody's until somebody claims it, and speaks for no body: that a hand wrote a body's name proves nothing. Where the
    name is withheld, the log does not say who entered it either: a clerk serves one place. In a track that is judged blind the
    name is set aside, as everybody's is.
    """
    demand_transition(sheet.state, SheetState.DONE)
    demand_track(consultation, sheet.track)
    mode = MODES[moderation_of(consultation, sheet.track)]
    withheld = bool(answers.get(WITHHELD))
    origin = Origin(
        track=sheet.track,
        author="" if withheld else str(answers.get(NAME, "")),
        withheld=withheld,
        channel=sheet.channel,
        state=mode.enters,
        id=new_id(),
    )
    hands = hands_in(sheet)
    ask(consultation, Transition(origin.id, "", sheet.track, 1, None, mode.enters))
    blind = judged_blind(consultation, sheet.track)
    writing = writing_of(sheet, answers, consultation, nameless=blind or withheld)
    shown = without_name(origin) if blind else origin
    row, revision = write_submission(writing, shown, consultation=consultation, by=actor.person)
    row.came_in_on, row.hands = sheet.received_on, hands
    if blind:
        set_aside(row, origin)
    sheet.state, sheet.done_at, sheet.submission_id = SheetState.DONE, clock.now(), row.id
    session.execute(sa.update(Entry).where(Entry.sheet_id == sheet.id).values(answers={}))
    event = SubmissionReceived(row.id, row.number, row.track, row.body_id, row.channel, revision.fingerprint)
    record(event, stream=row.consultation_id, actor=None if row.withheld else actor.person)
    publish_by_rule(row, mode)
    return row


def hands_in(sheet: Sheet) -> str:
    """Return who entered a sheet and who settled it, as `Submission.hands` keeps them: nobody of these decides on its text."""
    entered = session.scalars(sa.select(Entry.entered_by).where(Entry.sheet_id == sheet.id))
    settled = session.scalars(sa.select(Comparison.settled_by).where(Comparison.sheet_id == sheet.id))
    return ",".join(sorted({str(one) for one in (*entered, *settled) if one is not None}))


def writing_of(sheet: Sheet, answers: Mapping[str, Any], consultation: Consultation, *, nameless: bool) -> Writing:
    """Return what stands on a sheet as the first revision. Without a title its first words are it; never the sheet's number, by which it is known."""
    text, proposals = str(answers.get(TEXT, "")), str(answers.get(PROPOSALS, ""))
    words = " ".join((text or proposals).split())
    first = words if len(words) <= TITLE_FROM_TEXT else words[:TITLE_FROM_TEXT].rsplit(" ", 1)[0] + "…"
    private = kept_private(questions_of(consultation, sheet.track, sheet.questionnaire_id), nameless=nameless)
    given = {key: answer for key, answer in answers.items() if key not in COMMON}
    return Writing(
        title=str(answers.get(TITLE) or first or translate(N_("Without a title"), sheet.language)),
        language=str(answers.get(LANGUAGE) or sheet.language),
        passages=number_passages(text, proposals),
        topics=tuple(answers.get(TOPICS, ())),
        answers={key: answer for key, answer in given.items() if key not in private},
        private_answers={key: answer for key, answer in given.items() if key in private},
        questionnaire=sheet.questionnaire_id,
    )
