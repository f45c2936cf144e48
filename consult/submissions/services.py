"""What is done with submissions: handed in, corrected, withdrawn, reviewed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import sqlalchemy as sa

from consult import clock, search
from consult.accounts.access import Actor, demand
from consult.accounts.models import Person
from consult.attachments import remove_files
from consult.cleaning import clean_line, clean_text
from consult.consent.queries import NEEDED, lacks_needed
from consult.consultations import uploads
from consult.consultations.models import Consultation, Member, Topic
from consult.consultations.phases import Right
from consult.consultations.rights import demand_right
from consult.consultations.upload_models import Upload
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Problem, Rejected
from consult.events.record import record
from consult.events.types import Event
from consult.i18n import N_
from consult.plugins.questions import QuestionKind, clean_answers, files_in
from consult.plugins.track import Track
from consult.submissions.belonging import acting_instead, named_in_log, office_of
from consult.submissions.content import (
    TOPIC_LIMIT,
    WHY_LIMIT,
    is_language,
    number_passages,
    text_problems,
)
from consult.submissions.correcting import SLIP, demand_correctable
from consult.submissions.documents.attached import files_of, forget_loose
from consult.submissions.events import (
    SubmissionAccepted,
    SubmissionCorrected,
    SubmissionReceived,
    SubmissionWithdrawn,
)
from consult.submissions.models import Draft, Questionnaire, Revision, Submission
from consult.submissions.offices.sign_off import agree_to_withdraw, demand_signed_off, hold_draft
from consult.submissions.questionnaires.states import FormState
from consult.submissions.review.blind import ask_names, judged_blind, kept_private, open_names, set_aside, without_name
from consult.submissions.review.deciding import (
    REASON_LIMIT,
    Review,
    accept,
    hide,
    keep,
    lapse_appeal,
    restore,
    return_for_correction,
    write_decision,
)
from consult.submissions.states import (
    BY_RULE,
    MODES,
    Decision,
    Mode,
    SubmissionState,
    demand_transition,
)
from consult.submissions.tracks import demand_track, moderation_of, questions_of
from consult.submissions.transitions import Transition, ask, locked, scoped, transition_of
from consult.submissions.writing import Origin, Writing, topic_ids, write_revision, write_submission


@dataclass(frozen=True, slots=True)
class SubmissionDraft:
    """A position as it is handed in, and what plugins are asked about.

    `member` is who hands it in; `track` and `body` follow from that and are filled in by the service, which also cleans
    texts and answers before plugins see them. `topics` are slugs (`gcm-1`). `text` and `proposals` are plain text whose
    paragraphs become numbered passages. `answers` are those to the track's questions, private ones included.
    `corrects` is the submission of which this is a new revision. The same `id` is handed in once, however often it comes.
    `questionnaire` is the version of the organisers' form that it answers, `attachments` are the files of the draft. `seen` is,
    for a draft that several write in, the digest of the text as the page showed it: if it is another one by now, nothing is
    handed in. `why` says what a correction changed, and why.
    """

    member: uuid.UUID
    title: str
    language: str
    text: str
    proposals: str = ""
    topics: tuple[str, ...] = ()
    answers: Mapping[str, Any] = field(default_factory=dict)
    withheld: bool = False
    track: str = ""
    body: uuid.UUID | None = None
    corrects: uuid.UUID | None = None
    id: uuid.UUID = field(default_factory=new_id)
    questionnaire: uuid.UUID | None = None
    attachments: tuple[uuid.UUID, ...] = ()
    seen: str = ""
    why: str = ""


def submit(draft: SubmissionDraft, *, consultation: Consultation, actor: Actor) -> Submission:
    """Hand in a position: receipt number, first revision, numbered passages. The same draft again gives the same submission.

    Where the track publishes at once, it is accepted in the same act, by nobody.
    Raises Conflict if no phase is open or the track is not there, and Rejected with every problem at its field.
    """
    with transaction() as running:
        member = _author(draft, actor)
        held = hold_draft(draft.id)
        if (done := _handed_in(draft.id)) is not None:
            return done
        demand_right(consultation, Right.SUBMIT)
        if lacks_needed(consultation.id, member.person_id):
            raise Rejected(NEEDED, "purposes")
        track = demand_track(consultation, member.track)
        signed = demand_signed_off(held, draft.seen, member, actor, consultation)
        blind = judged_blind(consultation, member.track)
        draft, writing = _checked(draft, member, track, consultation, actor, blind=blind)
        mode = MODES[moderation_of(consultation, member.track)]
        origin = replace(_origin(draft, member), id=new_id(), state=mode.enters)
        ask(consultation, Transition(origin.id, "", member.track, 1, None, mode.enters))
        shown = without_name(origin) if blind else origin
        row, revision = write_submission(writing, shown, consultation=consultation, by=actor.person)
        if blind:
            set_aside(row, origin)
        row.signed_off_at = None if row.withheld else signed
        running.after_commit(partial(remove_files, _end_draft(draft.id)))
        _record(
            SubmissionReceived(row.id, row.number, row.track, row.body_id, row.channel, revision.fingerprint),
            row,
            actor,
        )
        if mode.enters is SubmissionState.ACCEPTED and not mode.looked_over:
            row.correctable_until = clock.now() + SLIP
        publish_by_rule(row, mode)
        return row


def publish_by_rule(row: Submission, mode: Mode) -> None:
    """Record that a text is public before anybody read it, where its track is so; it may stand in the queue to look over.

    Whoever wrote it in this transaction has put it into the text index already.
    """
    if mode.enters is not SubmissionState.ACCEPTED:
        return
    row.look_over, row.decided_at = mode.looked_over, clock.now()
    write_decision(row, Decision.ACCEPT, Review(BY_RULE), by=None)
    session.flush()
    record(SubmissionAccepted(row.id, row.number, row.revision, BY_RULE), stream=row.consultation_id, actor=None)


def correct(draft: SubmissionDraft, *, consultation: Consultation, actor: Actor) -> Submission:
    """Hand in a new revision of a submission that was returned, or that nobody has decided on; `draft.corrects` names it.

    It waits for review as before; what was published at once stays public. A text that a body signed off stays that body's, whoever of
    it corrects it, or of the one it went into. Raises as `submit` does, and Conflict if somebody has decided on it or works from it.
    """
    with transaction() as running:
        member = _author(draft, actor)
        held = hold_draft(draft.id)
        if (done := _handed_in(draft.id)) is not None:
            return done
        row = locked(draft.corrects or draft.id)
        demand(actor, "submission.own", row)
        demand_correctable(row)
        demand_right(consultation, Right.SUBMIT)
        if draft.withheld and member.id != row.member_id:
            raise Rejected(N_("Only whoever wrote a text can withhold its name."), field="withheld")
        track = demand_track(consultation, member.track)
        signed = demand_signed_off(held, draft.seen, member, actor, consultation)
        blind = judged_blind(consultation, member.track, row.id)
        draft, writing = _checked(draft, member, track, consultation, actor, blind=blind)
        public = row.state == SubmissionState.ACCEPTED
        if row.state == SubmissionState.RETURNED:
            ask(consultation, transition_of(row, SubmissionState.RECEIVED, revision=row.revision + 1))
        origin, office, instead = _origin(draft, member), office_of(row), acting_instead(actor, row)
        answers = actor.answering_for(consultation.id, office)
        if office is not None and answers is not None and answers.member == member.id and not origin.withheld:
            origin, signed = replace(origin, body=office[0]), signed or clock.now()
        if blind:
            set_aside(row, origin)
            origin = without_name(origin)
        row.withheld, row.body_id, row.author = origin.withheld, origin.body, origin.author
        if not public:
            row.state, row.decided_at = SubmissionState.RECEIVED, None
        lapse_appeal(row)
        revision = write_revision(row, writing, by=actor.person)
        row.signed_off_at = None if row.withheld else signed
        running.after_commit(partial(remove_files, _end_draft(draft.id)))
        _record(SubmissionCorrected(row.id, row.number, row.revision, revision.fingerprint, instead), row, actor)
        if public:
            publish_by_rule(row, Mode(SubmissionState.ACCEPTED, looked_over=row.look_over))
        return row


def withdraw(submission: Submission, *, actor: Actor) -> Submission:
    """Take back one's own submission, in whatever state it is: from then on nobody else can read it.

    A text that a body signed off goes when everybody has agreed whom the body's rule asks for; until then the yes is kept.
    """
    with transaction() as running:
        row = locked(submission.id)
        demand(actor, "submission.own", row)
        demand_transition(row.state, SubmissionState.WITHDRAWN)
        consultation = session.get_one(Consultation, row.consultation_id)
        if agree_to_withdraw(row, actor):
            return row
        ask(consultation, transition_of(row, SubmissionState.WITHDRAWN))
        row.state, row.decided_at, row.look_over = SubmissionState.WITHDRAWN, clock.now(), False
        lapse_appeal(row)
        drafts = _corrections(row)
        loose = [place for draft in drafts for place in forget_loose(draft)]
        uploads.forget(Upload.draft_id.in_(drafts))
        session.execute(sa.delete(Draft).where(Draft.submission_id == row.id))
        session.flush()
        search.refresh(row.id)
        event = SubmissionWithdrawn(row.id, row.number, acting_instead(actor, row))
        by = named_in_log(actor, row)
        if (office := office_of(row)) and actor.answering_for(row.consultation_id, office) is None:
            row.signed_off_at = None  # nobody was left of the body: the text was its author's again
        record(event, stream=row.consultation_id, actor=by)
        running.after_commit(partial(remove_files, loose))
        return row


def _end_draft(draft: uuid.UUID) -> list[str]:
    """Delete a draft that was handed in, and its files that were not: answers nothing asks for. Return where those lie."""
    session.execute(sa.delete(Draft).where(Draft.id == draft))
    session.flush()
    return forget_loose(draft)


def _corrections(row: Submission) -> Sequence[uuid.UUID]:
    return session.scalars(sa.select(Draft.id).where(Draft.submission_id == row.id)).all()


def _author(draft: SubmissionDraft, actor: Actor) -> Member:
    """Return the member who hands in; their row is locked, so that two presses of the button come one after the other."""
    member = session.get_one(Member, draft.member, with_for_update={"key_share": True}, populate_existing=True)
    demand(actor, "submission.submit", member)
    return member


def _handed_in(draft: uuid.UUID) -> Submission | None:
    return session.scalars(
        sa.select(Submission).join(Revision, Revision.submission_id == Submission.id).where(Revision.id == draft)
    ).first()


def _checked(
    draft: SubmissionDraft, member: Member, track: Track, consultation: Consultation, actor: Actor, *, blind: bool
) -> tuple[SubmissionDraft, Writing]:
    """Return the draft cleaned, and what is to be written; Rejected with every problem, the plugins' ones last."""
    _demand_form(draft.questionnaire, consultation, track)
    questions = questions_of(consultation, track.key, draft.questionnaire)
    answers, wrong = clean_answers(questions, draft.answers)
    draft = replace(
        draft,
        title=clean_line(draft.title),
        text=clean_text(draft.text),
        proposals=clean_text(draft.proposals),
        why=clean_line(draft.why) if draft.corrects else "",
        answers=answers,
        withheld=member.withheld or (draft.withheld and track.may_withhold_name),
        track=member.track,
        body=member.own_body_id,
    )
    asked = [question for question in questions if question.kind is QuestionKind.FILE and question.key in answers]
    asked.sort(key=lambda question: question.private)
    filed = {question.key: files_in(answers[question.key]) for question in asked}
    ids = [*draft.attachments, *(uuid.UUID(one) for answer in filed.values() for one in answer)]
    files = files_of(draft.id, draft.corrects, list(dict.fromkeys(ids)))
    there = {str(file.id) for file in files}
    lost = [key for key, answer in filed.items() if not set(answer) <= there]
    problems = [*draft_problems(draft, consultation), *wrong, *(Problem(key, N_("Choose a file.")) for key in lost)]
    problems += scoped(consultation).review_submission(draft, actor)
    if problems:
        raise Rejected(problems)
    private = kept_private(questions, nameless=blind or draft.withheld)
    return draft, Writing(
        id=draft.id,
        title=draft.title,
        language=draft.language,
        passages=number_passages(draft.text, draft.proposals),
        topics=draft.topics,
        answers={key: answer for key, answer in answers.items() if key not in private},
        private_answers={key: answer for key, answer in answers.items() if key in private},
        questionnaire=draft.questionnaire,
        attachments=files,
        private_files=frozenset(uuid.UUID(one) for q in asked if q.private for one in filed[q.key]),
        why=draft.why,
    )


def _demand_form(questionnaire: uuid.UUID | None, consultation: Consultation, track: Track) -> None:
    """Raise Conflict unless the form is a version of this track that was opened: one that is retired is still answered."""
    if questionnaire is None:
        return
    row = session.get(Questionnaire, questionnaire)
    if row is None or (row.consultation_id, row.track) != (consultation.id, track.key) or row.state == FormState.DRAFT:
        raise Conflict(N_("This form is not one that can be answered."))


def draft_problems(draft: SubmissionDraft, consultation: Consultation) -> Iterator[Problem]:
    """Yield what is wrong with the common part of a cleaned draft, each problem at its field (at most 3 queries)."""
    yield from text_problems(draft.title, draft.text, draft.proposals)
    if not draft.why and draft.corrects is not None and _unasked(draft.corrects):
        yield Problem("why", N_("Say in a line what you changed, and why."))
    if len(draft.why) > WHY_LIMIT:
        yield Problem("why", N_("Write at most %(limit)s characters.", limit=WHY_LIMIT))
    if not is_language(draft.language):
        yield Problem("language", N_("Choose the language you wrote in."))
    has_topics = session.execute(sa.select(sa.exists().where(Topic.consultation_id == consultation.id))).scalar_one()
    if has_topics and not 1 <= len(draft.topics) <= TOPIC_LIMIT:
        yield Problem("topics", N_("Choose one to %(limit)s topics.", limit=TOPIC_LIMIT))
    if len(topic_ids(consultation.id, draft.topics)) < len(set(draft.topics)):
        yield Problem("topics", N_("Choose among the topics of this consultation."))


def _unasked(corrected: uuid.UUID) -> bool:
    """Tell whether a correction is its author's own idea: what a moderator asked for says itself why."""
    row = session.get(Submission, corrected)
    return row is not None and row.state != SubmissionState.RETURNED


def _origin(draft: SubmissionDraft, member: Member) -> Origin:
    """Return whom it is from as others may know it: the body where there is one, else the person; nobody when withheld."""
    if draft.withheld:
        return Origin(track=member.track, member=member.id, withheld=True)
    name = "" if member.body_id else member.display_name or clean_line(session.get_one(Person, member.person_id).name)
    return Origin(track=member.track, member=member.id, body=member.body_id, author=name)


def _record(event: Event, row: Submission, actor: Actor) -> None:
    """Record an act of the author; the actor is left out where the name is withheld."""
    record(event, stream=row.consultation_id, actor=None if row.withheld else actor.person)


__all__ = [
    "REASON_LIMIT",
    "Review",
    "SubmissionDraft",
    "Transition",
    "accept",
    "ask_names",
    "correct",
    "draft_problems",
    "hide",
    "keep",
    "open_names",
    "restore",
    "return_for_correction",
    "submit",
    "withdraw",
]
