"""Review: one submission with its passages, and the decision with ground and reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import sqlalchemy as sa
from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.accounts.access import allowed, demand
from consult.consultations.phases import Right, open_phase
from consult.errors import Conflict, NotFound, Problem, Rejected
from consult.i18n import N_, Message
from consult.peer_review.results import count_asked
from consult.submissions.campaigns.queries import campaign_of
from consult.submissions.models import Submission
from consult.submissions.policies import had_a_hand, in_queue
from consult.submissions.reading import WholeSubmission, whole_submission
from consult.submissions.review.bulk_queries import held_until
from consult.submissions.review.desks import away_until, desk_of, holders_of, with_moderator
from consult.submissions.review.grounds import grounds_for
from consult.submissions.review.queries import latest_decision_on, review_queue
from consult.submissions.services import Review, accept, hide, keep, restore, return_for_correction
from consult.submissions.states import (
    DECISION_LABELS,
    STATE_LABELS,
    Decision,
    SubmissionState,
    decisions_on,
)
from consult.submissions.tracks import questions_of, track_label
from consult.web.documents import documents_of_text
from consult.web.facilitate.blueprint import blueprint
from consult.web.facilitate.queue import waited
from consult.web.forms import (
    L_,
    Form,
    HiddenField,
    RadioField,
    SelectField,
    TextAreaField,
    clean_text,
    say,
    sent_version,
)
from consult.web.guards import requires, visible
from consult.web.submissions import STATE_TAGS, ground_label, language_name, shown_answers, signature
from consult.web.visitor import actor, consultation

ACTS: Mapping[Decision, Callable[..., Submission]] = {
    Decision.ACCEPT: accept,
    Decision.KEEP: keep,
    Decision.RETURN: return_for_correction,
    Decision.HIDE: hide,
    Decision.RESTORE: restore,
}
CHOICES: Mapping[Decision, Message] = {
    Decision.ACCEPT: N_("Accept for discussion"),
    Decision.KEEP: N_("Leave it public"),
    Decision.RETURN: N_("Return for correction"),
    Decision.HIDE: N_("Hide the text"),
    Decision.RESTORE: N_("Show the text again"),
}
HINTS: Mapping[Decision, Message] = {
    Decision.ACCEPT: N_("The text is published as it is."),
    Decision.KEEP: N_("It was looked over, and leaves the queue."),
    Decision.RETURN: N_("The author may hand in a new revision. Nothing is published meanwhile."),
    Decision.HIDE: N_("The register shows the number and the ground. The original is kept."),
    Decision.RESTORE: N_("It is published again as it was."),
}
#: The ground of a decision that has only one.
ONLY = {Decision.ACCEPT: "in_order", Decision.KEEP: "in_order", Decision.RESTORE: "restored"}


class ReviewForm(Form):
    """A decision on the revision that was read."""

    decision = RadioField(L_("Your decision"), validate_choice=False)
    ground = SelectField(L_("Ground, shown in public"), validate_choice=False)
    reason = TextAreaField(
        L_("To the author"),
        description=L_(
            "Say which passage, and what would make it right. Only the author reads this, and whoever decides an appeal."
        ),
        filters=[clean_text],
    )
    revision = HiddenField()


@blueprint.route("/c/<slug>/review/<number>/", methods=["GET", "POST"])
@requires("submission.review")
def review(number: str) -> str | Response | tuple[str, int]:
    """Show one submission as its author wrote it, and take the decision."""
    whole = _reviewed(number)
    form = _form(whole)
    if not form.is_submitted():
        return _page(whole, form)
    demand(actor(), "submission.review", whole.row)
    if _pressed_twice(whole.row, form):
        return redirect(url_for("facilitate.queue"), 303)
    if not form.validate() or form.decision.data not in _offered(whole.row):
        form.add(Problem("decision", N_("Choose what you decide.")))
        return _page(whole, form), 422
    decision, read = Decision(form.decision.data), form.revision.data or ""
    ground = ONLY.get(decision, form.ground.data or "")
    given = Review(ground, form.reason.data or "", sent_version(read) if read else whole.row.revision)
    try:
        ACTS[decision](whole.row, given, actor=actor())
    except Rejected as error:
        form.take(error)
        return _page(whole, form), 422
    except Conflict as error:
        return _overtaken(number, form, error)
    flash(say(N_("Recorded: %(decision)s. The author is told.", decision=DECISION_LABELS[decision])), "ok")
    onward = _next_after(whole.row, look_over=decision is Decision.KEEP) if request.form.get("then") == "next" else ""
    return redirect(onward or url_for("facilitate.queue"), 303)


def _pressed_twice(row: Submission, form: ReviewForm) -> bool:
    """Tell whether what is sent is what the visitor decided last on this text, word for word (1 query)."""
    last, read = latest_decision_on(row.id), sent_version(form.revision.data)
    if last is None or last.decided_by != actor().person or form.decision.data in _offered(row):
        return False
    return (last.decision, last.revision, last.reason) == (form.decision.data, read, form.reason.data or "")


def _overtaken(number: str, form: ReviewForm, error: Conflict) -> tuple[str, int]:
    """Show the text as it stands now, with what was typed; nothing was decided, and the next press is about what is shown."""
    whole = _reviewed(number)
    fresh = _form(whole)
    form.decision.choices, form.ground.choices = fresh.decision.choices, fresh.ground.choices
    form.revision.data = str(whole.row.revision)
    form.add(Problem("", error.message))
    return _page(whole, form), 409


def _next_after(row: Submission, *, look_over: bool) -> str:
    """Return the address of the next text of the same list on one's own desk, else of the next of all, "" when none is left."""
    here = consultation().id
    which = in_queue(actor(), here)
    mine = sa.and_(which, with_moderator(actor().person), Submission.id != row.id)
    found = review_queue(here, which=mine, after=row.number, limit=1, look_over=look_over).rows
    found = found or review_queue(here, which=mine, limit=1, look_over=look_over).rows
    found = found or review_queue(here, which=which, after=row.number, limit=1, look_over=look_over).rows
    found = found or review_queue(here, which=which, limit=1, look_over=look_over).rows
    return url_for("facilitate.review", number=found[0].number) if found else ""


def _reviewed(number: str) -> WholeSubmission:
    whole = whole_submission(consultation().id, number)
    visible("submission.revisions", whole.row if whole else None)
    if whole is None:
        raise NotFound
    return whole


def _offered(row: Submission) -> tuple[Decision, ...]:
    """Return what the visitor may decide on a submission: nothing on their own."""
    offered = decisions_on(row.state, look_over=row.look_over)
    return offered if allowed(actor(), "submission.review", row) else ()


def _form(whole: WholeSubmission) -> ReviewForm:
    offered = _offered(whole.row)
    form = ReviewForm(revision=str(whole.row.revision), decision=offered[0] if len(offered) == 1 else None)
    form.decision.choices = {decision.value: say(CHOICES[decision]) for decision in offered}
    grounds = grounds_for((decision for decision in offered if decision not in ONLY), consultation())
    form.ground.choices = {"": say(N_("Choose a ground"))} | {key: say(label) for key, label in grounds.items()}
    return form


def _away() -> date | None:
    """Return until which day the visitor said that they are away, None where they are there."""
    desk = desk_of(consultation().id, actor().person)
    return away_until(desk.back_at, consultation()) if desk else None


def _page(whole: WholeSubmission, form: ReviewForm) -> str:
    row, here = whole.row, consultation()
    return render_template(
        "facilitate/review.html",
        asked=count_asked(row),
        whole=whole,
        row=row,
        form=form,
        offered=_offered(row),
        entered=had_a_hand(actor(), row),
        hints={decision.value: say(HINTS[decision]) for decision in HINTS},
        who=signature(row.author, row.withheld, whole.body),
        track=track_label(row.track),
        language_name=language_name(row.language),
        answers=shown_answers(questions_of(here, row.track, row.questionnaire_id), row.answers, row.language),
        label=STATE_LABELS[SubmissionState(row.state)],
        tag=STATE_TAGS[row.state],
        labels=DECISION_LABELS,
        ground_label=ground_label,
        phase=open_phase(here.phases, Right.SUBMIT),
        held=held_until(row.id),
        later=_next_after(row, look_over=row.look_over),
        campaign=campaign_of(row.id),
        documents=documents_of_text(row, whole.documents),
        others=[
            other
            for other in review_queue(here.id, which=in_queue(actor(), here.id), limit=6, look_over=row.look_over).rows
            if other.number != row.number
        ][:5],
        waited=waited,
        signature=signature,
        holder=holders_of([row.number], here.id).get(row.number),
        me=actor().person,
        away=_away(),
    )
