"""What is one's own: every submission and draft with what became of it, the receipt, correcting, withdrawing."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from consult import clock
from consult.accounts.clauses import permitted
from consult.accounts.models import Person
from consult.consent.queries import open_questions
from consult.consultations.phases import Right, open_phase
from consult.db import session
from consult.errors import Conflict, NotFound
from consult.i18n import N_, Message
from consult.outcomes.letters import letter_of
from consult.outcomes.trace import what_became
from consult.recommendations.queries import recommendations_citing
from consult.retention.classes import periods
from consult.submissions.belonging import letter_case, office_of
from consult.submissions.drafting.drafts import start_correction
from consult.submissions.drafting.steps import Step
from consult.submissions.models import Draft, Submission
from consult.submissions.offices.sign_off import lacks_to_withdraw
from consult.submissions.queries import own_drafts, own_submissions, submission_by_number
from consult.submissions.reading import WholeSubmission, whole_submission
from consult.submissions.review.appeal_queries import standings_of
from consult.submissions.services import withdraw as take_back
from consult.submissions.states import AGAINST, APPEAL_LABELS, SubmissionState, may_become, own_label
from consult.submissions.tracks import questions_of, track_label, track_of
from consult.web.answer_letters import sheet_of
from consult.web.documents import documents_of_text
from consult.web.forms import Form, say
from consult.web.guards import requires, visible
from consult.web.in_place import acts_on
from consult.web.language import current_language
from consult.web.proof import IN_THE_HALL, posted, recently_proven
from consult.web.submissions import (
    STATE_TAGS,
    ground_label,
    language_name,
    short_address,
    shown_answers,
    signature,
    submission_here,
    trace_steps,
)
from consult.web.take_part.blueprint import blueprint
from consult.web.take_part.desk import own_members
from consult.web.take_part.display_name import choosing
from consult.web.visitor import actor, consultation, settings

#: How long before its end a draft says so.
TOLD_BEFORE = timedelta(days=60)


@blueprint.get("/c/<slug>/mine/")
@requires("submission.write")
def mine() -> str:
    """Show everything of one's own: drafts to go on with, submissions with their state and what became of them."""
    here = consultation()
    phase = open_phase(here.phases, Right.SUBMIT)
    own, corrects = (permitted(actor(), f"submission.{verb}", here.id) for verb in ("own", "correct"))
    submissions = own_submissions(own, corrects)
    became = what_became(
        [own.id for own in submissions if own.state == SubmissionState.ACCEPTED], current_language().code
    )
    drafts = own_drafts(own_members())
    tracks = {m.member: m.track for m in actor().memberships_in(here.id)}
    return render_template(
        "take_part/mine.html",
        choosing=bool(choosing()),
        drafts=drafts,
        closed_tracks={draft.id for draft in drafts if track_of(here, tracks[draft.member_id]) is None},
        corrections={draft.submission_id: draft.id for draft in drafts if draft.submission_id},
        submissions=submissions,
        became={identity: trace_steps(steps) for identity, steps in became.items()},
        tags=STATE_TAGS,
        ground_label=ground_label,
        appeals=standings_of([own.id for own in submissions if own.state in AGAINST]),
        appeal_labels=APPEAL_LABELS,
        now=clock.now(),
        track_label=track_label,
        phase=phase,
        drafts_end=_ending(drafts),
        questions=open_questions(here.id, person) if (person := actor().person) else 0,
        in_body=any(m.body is not None for m in actor().memberships_in(here.id)),
    )


def _ending(drafts: Sequence[Draft]) -> Mapping[uuid.UUID, datetime]:
    """Return when drafts go that nobody has saved anything in for long, of those that are near it."""
    keep = timedelta(days=periods(settings())["drafts"])
    return {one.id: one.saved_at + keep for one in drafts if one.saved_at + keep < clock.now() + TOLD_BEFORE}


def _own(number: str) -> WholeSubmission:
    whole = whole_submission(consultation().id, number)
    visible("submission.own", whole.row if whole else None)
    if whole is None:
        raise NotFound
    return whole


@blueprint.get("/c/<slug>/receipts/<number>/")
@requires("submission.write")
def receipt(number: str) -> str:
    """Show the receipt, to be printed or kept: number, fingerprint, what happens next."""
    whole = _own(number)
    row = whole.row
    person = session.get_one(Person, actor().person)
    written = next(step for step in whole.history if step.decision is None and step.revision == row.revision)
    return render_template(
        "take_part/receipt.html",
        whole=whole,
        revision=written.id,
        row=row,
        who=signature(row.author, row.withheld, whole.body),
        track=track_label(row.track),
        language_name=language_name(row.language),
        at=written.at,
        questions=shown_answers(
            questions_of(consultation(), row.track, row.questionnaire_id), row.answers, row.language
        ),
        mailed=bool(person.email),
        short=short_address,
        documents=documents_of_text(row, whole.documents),
        label=own_label(row.state, of_body=office_of(row) is not None),
        tag=STATE_TAGS[row.state],
        withdraws=may_become(row.state, SubmissionState.WITHDRAWN),
    )


@blueprint.get("/c/<slug>/letters/<number>/")
@requires("account.use")
def letter(number: str) -> str:
    """Show the letter about one's own submission: what became of each passage. Whoever takes part no more reads it too."""
    row, code = submission_by_number(consultation().id, number), current_language().code
    if row is None or row.state == SubmissionState.WITHDRAWN:
        raise NotFound
    visible("letter.own", letter_case(row))
    found = letter_of(row, code)
    return render_template("take_part/letter.html", sheet=sheet_of(found, code), sent_at=found.sent_at)


@blueprint.post("/c/<slug>/submissions/<number>/correct")
@requires("submission.write")
def correct(number: str) -> Response:
    """Begin to correct a submission that was returned or that nobody has decided on, or go on with it."""
    try:
        draft = start_correction(submission_here(number, "submission.own"), actor=actor())
    except Conflict as error:
        flash(say(error.message), "no")
        return redirect(url_for("public.submission", number=number), 303)
    return redirect(url_for("take_part.step", draft=draft.id, step=Step.BEHALF.value), 303)


@blueprint.route("/c/<slug>/submissions/<number>/withdraw/", methods=["GET", "POST"])
@requires("submission.write")
@recently_proven(IN_THE_HALL, when=posted)
def withdraw(number: str) -> str | Response:
    """Ask once more, then withdraw one's own submission."""
    row, form = submission_here(number, "submission.own"), Form()
    if row.state == SubmissionState.WITHDRAWN:  # pressed twice, or in another window
        return redirect(url_for("public.submission", number=number), 303)
    if not form.validate_on_submit():
        citing = recommendations_citing(row.id)
        return render_template(
            "take_part/withdraw.html",
            row=row,
            form=form,
            citing=citing,
            office=office_of(row),
            instead=acts_on(row),
            lacks=_lacks(row),
        )
    if take_back(row, actor=actor()).state == SubmissionState.WITHDRAWN:
        flash(say(N_("Your submission is withdrawn. Nobody else can read it any more.")), "ok")
    else:
        flash(say(N_("Your yes is recorded. The text is withdrawn once the others have agreed too.")), "ok")
    return redirect(url_for("public.submission", number=number), 303)


def _lacks(row: Submission) -> Sequence[Message]:
    """Return whose yes would still be missing after the visitor's own."""
    me = actor().answering_for(row.consultation_id, office_of(row))
    return lacks_to_withdraw(row, but=me.member if me else None)
