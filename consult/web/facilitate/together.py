"""Deciding on several texts at once: tick, write the decision, look at what would happen to each, hold it for ten minutes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.accounts.access import allowed
from consult.accounts.clauses import permitted
from consult.errors import NotFound, Problem, Rejected
from consult.i18n import N_, NN_
from consult.submissions.models import BulkDecision, Submission
from consult.submissions.review.bulk import BulkDraft, Foreseen, carry_out_now, foresee, hold, undo
from consult.submissions.review.bulk_queries import act_by_id, chosen_for_act, texts_of_act
from consult.submissions.review.bulk_states import BULK_LABELS, MOST_TEXTS, OUTCOME_LABELS, TOGETHER, BulkState, Outcome
from consult.submissions.review.grounds import grounds_for
from consult.submissions.states import DECISION_LABELS, STATE_LABELS, Decision, decisions_on
from consult.typed_numbers import as_number
from consult.web.facilitate.blueprint import blueprint
from consult.web.facilitate.review import CHOICES, HINTS, ONLY
from consult.web.forms import L_, Form, RadioField, SelectField, TextAreaField, clean_text, say
from consult.web.guards import requires, visible
from consult.web.submissions import STATE_TAGS, ground_label
from consult.web.visitor import actor, consultation

OUTCOME_TAGS: Mapping[Outcome, str] = {
    Outcome.WAITING: "wait",
    Outcome.DECIDED: "ok",
    Outcome.MOVED: "shut",
    Outcome.REFUSED: "no",
    Outcome.UNDONE: "shut",
}


class TogetherForm(Form):
    """One decision on what was ticked."""

    decision = RadioField(L_("Your decision"), validate_choice=False)
    ground = SelectField(L_("Ground, shown in public"), validate_choice=False)
    reason = TextAreaField(L_("To the authors"), filters=[clean_text])


@blueprint.route("/c/<slug>/review/together/", methods=["GET", "POST"])
@requires("submission.review")
def together() -> str | Response | tuple[str, int]:
    """Write one decision on what was ticked; look at what it would do to each text; hold it."""
    ticked = _ticked()
    found = chosen_for_act(consultation().id, ticked)
    chosen = [row for row, _ in found if allowed(actor(), "submission.revisions", row)]
    form, step = _form(chosen), request.form.get("step", "")
    if not chosen:
        return _writing(form, chosen)
    if not form.is_submitted() or step == "edit":
        return _writing(form, chosen)
    try:
        if not form.validate():
            return _writing(form, chosen), 422
        draft = _draft(form, {row.number: ticked[row.number] for row in chosen})
        if step != "hold":
            return _foreseen(form, draft, foresee(draft, consultation=consultation(), actor=actor()))
        act = hold(draft, consultation=consultation(), actor=actor())
    except Rejected as refused:
        for problem in refused.problems:
            form.add(Problem("", problem.message) if problem.field == "texts" else problem)
        return _writing(form, chosen), 422
    flash(say(N_("Held for ten minutes. Until then you can undo it, and nobody is told anything.")), "ok")
    if len(texts_of_act(act.id)) < len(ticked):
        flash(say(N_("Texts that have moved on or that you may not decide on are not among them.")), "wait")
    return redirect(url_for("facilitate.act", act=act.id), 303)


def _ticked() -> dict[str, int]:
    """Return what was ticked: receipt numbers, each with the revision that was listed."""
    found = {}
    for text in request.values.getlist("t")[: MOST_TEXTS + 1]:
        number, _, revision = text.partition(".")
        if (listed := as_number(revision, None)) is not None:
            found[number[:40]] = listed
    return found


def _form(chosen: Sequence[Submission]) -> TogetherForm:
    form = TogetherForm()
    possible = {decision for row in chosen for decision in decisions_on(row.state, look_over=row.look_over)}
    offered = [decision for decision in TOGETHER if decision in possible] or list(TOGETHER)
    form.decision.choices = {decision.value: say(CHOICES[decision]) for decision in offered}
    grounds = grounds_for([decision for decision in offered if decision not in ONLY], consultation())
    form.ground.choices = {"": say(N_("Choose a ground"))} | {key: say(label) for key, label in grounds.items()}
    return form


def _draft(form: TogetherForm, texts: Mapping[str, int]) -> BulkDraft:
    decision = form.decision.data or ""
    plain = decision in TOGETHER and Decision(decision) in ONLY
    ground = ONLY[Decision(decision)] if plain else form.ground.data or ""
    return BulkDraft(texts, decision, ground, form.reason.data or "")


def _writing(form: TogetherForm, chosen: Sequence[Submission]) -> str:
    return render_template(
        "facilitate/together.html",
        form=form,
        chosen=chosen,
        hints={decision.value: say(HINTS[decision]) for decision in TOGETHER},
        labels=STATE_LABELS,
        tags=STATE_TAGS,
    )


def _foreseen(form: TogetherForm, draft: BulkDraft, found: Sequence[Foreseen]) -> str:
    decided = [one.row for one in found if one.skip is None]
    return render_template(
        "facilitate/together_check.html",
        form=form,
        draft=draft,
        decided=decided,
        skipped=[(one.row, OUTCOME_LABELS[one.skip]) for one in found if one.skip is not None],
        decision=DECISION_LABELS[Decision(draft.decision)],
        hint=HINTS[Decision(draft.decision)],
        ground=ground_label(draft.ground),
    )


@blueprint.get("/c/<slug>/review/together/<uuid:act>/")
@requires("submission.review")
def act(act: uuid.UUID) -> str:
    """Show an act: what was decided, on which texts, and what became of each."""
    row = visible("bulk.read", _act(act))
    return render_template(
        "facilitate/act.html",
        act=row,
        held=row.state == BulkState.HELD and allowed(actor(), "bulk.undo", row),
        texts=texts_of_act(row.id, readable=permitted(actor(), "submission.revisions", row.consultation_id)),
        state=BULK_LABELS[BulkState(row.state)],
        decision=DECISION_LABELS[Decision(row.decision)],
        ground=ground_label(row.ground),
        outcomes=OUTCOME_LABELS,
        tags=OUTCOME_TAGS,
    )


@blueprint.post("/c/<slug>/review/together/<uuid:act>/undo")
@requires("submission.review")
def undo_act(act: uuid.UUID) -> Response:
    """Undo an act while it is held."""
    undo(visible("bulk.undo", _act(act)), actor=actor())
    flash(say(N_("Undone. Nothing has happened, and nobody was told.")), "ok")
    return redirect(url_for("facilitate.queue"), 303)


@blueprint.post("/c/<slug>/review/together/<uuid:act>/now")
@requires("submission.review")
def carry_out(act: uuid.UUID) -> Response:
    """Carry out an act without waiting."""
    row = carry_out_now(visible("bulk.undo", _act(act)), actor=actor())
    decided = sum(text.outcome is Outcome.DECIDED for text in texts_of_act(row.id))
    flash(
        say(
            NN_(
                "Decided on %(count)s text. Its author is told.",
                "Decided on %(count)s texts. Their authors are told.",
                decided,
            )
        ),
        "ok",
    )
    return redirect(url_for("facilitate.act", act=act), 303)


def _act(act: uuid.UUID) -> BulkDecision:
    found = act_by_id(consultation().id, act)
    if found is None:
        raise NotFound
    return found
