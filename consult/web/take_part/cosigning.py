"""Co-signing: the author asks bodies; whoever takes part for one reads the text, signs for it, and takes the signature back."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.accounts.access import allowed
from consult.accounts.models import Body
from consult.db import session
from consult.errors import Conflict, NotFound, Problem, Rejected
from consult.i18n import N_
from consult.submissions.cosigning.models import Cosignature
from consult.submissions.cosigning.services import (
    MOST_ASKED,
    OFFERED,
    ask_body,
    cosign,
    cosignatures_of,
    revoke_cosignature,
    rule_of_signature,
    signing_ends,
)
from consult.submissions.cosigning.substance import substance_of
from consult.submissions.models import Submission
from consult.submissions.offices.sign_off import signers_of
from consult.submissions.offices.sign_off_rules import LEVEL_LABELS, missing
from consult.submissions.offices.speaking import signed_elsewhere, signs_as
from consult.submissions.reading import whole_submission
from consult.submissions.states import SubmissionState
from consult.submissions.tracks import questions_of, track_label
from consult.web.documents import documents_of_text
from consult.web.forms import L_, Form, SelectField, say, sent_version
from consult.web.guards import requires, visible
from consult.web.in_place import in_place_of
from consult.web.offered import bodies_to_ask
from consult.web.proof import IN_THE_HALL, posted, recently_proven
from consult.web.submissions import shown_answers, signature, submission_here
from consult.web.take_part.blueprint import blueprint
from consult.web.visitor import actor, consultation

Answer = str | Response | tuple[str, int]


class AskForm(Form):
    """A body to be asked."""

    body = SelectField(
        L_("Which body do you ask?"),
        description=L_("Bodies that take part under their own name. They read the text as soon as you ask them."),
        validate_choice=False,
    )


@blueprint.route("/c/<slug>/submissions/<number>/cosign/", methods=["GET", "POST"])
@requires("submission.write")
def ask_bodies(number: str) -> Answer:
    """Show whom one has asked to co-sign one's text and what came of it; a POST asks one more body."""
    row, form, status = submission_here(number, "submission.own"), AskForm(), 200
    offered, q = bodies_to_ask()
    form.body.choices = {"": say(N_("Choose a body"))} | {line.key: say(line.names) for line in offered.lines}
    if form.is_submitted():
        try:
            form.validate()
            ask_body(row, form.body.data or "", consultation=consultation(), actor=actor())
            flash(say(N_("The body finds your text under “Our body’s work” now.")), "ok")
            return redirect(url_for("take_part.ask_bodies", number=number), 303)
        except Rejected as refused:
            form.take(refused)
            status = 422
        except Conflict as error:
            form.add(Problem("", error.message))
            status = 409
    asked = [(one, session.get_one(Body, one.body_id).names) for one in cosignatures_of(row.id)]
    page = render_template(
        "take_part/cosign_ask.html", row=row, form=form, asked=asked, most=MOST_ASKED, q=q, more=offered.after
    )
    return page, status


@blueprint.route("/c/<slug>/cosign/<uuid:asked>/", methods=["GET", "POST"])
@requires("submission.write")
@recently_proven(IN_THE_HALL, when=posted)
def cosign_text(asked: uuid.UUID) -> Answer:
    """Show a text that one's body was asked to co-sign, or that a body signed which went into it; a POST signs the revision that the page showed."""
    made, form, status = _asked(asked), Form(), 200
    if form.validate_on_submit():
        try:
            done = cosign(made, sent_version(request.form.get("revision")), actor=actor())
            flash(say(N_("Your body has co-signed this text.") if done.stands else N_("Your yes is noted.")), "ok")
            return redirect(url_for("take_part.cosign_text", asked=asked), 303)
        except Conflict as error:
            form.add(Problem("", error.message))
            status = 409
    return render_template("take_part/cosign.html", form=form, **_shown(made)), status


def _shown(made: Cosignature) -> dict[str, object]:
    row = session.get_one(Submission, made.submission_id)
    whole = whole_submission(row.consultation_id, row.number)
    out_of_sight = row.state not in OFFERED or (whole is not None and row.revision not in whole.open_revisions)
    if whole is None or out_of_sight:
        raise NotFound
    rule, text = rule_of_signature(made), substance_of(row.id, row.revision)
    me = signs_as(rule, actor())
    signed = signers_of([made.id], {made.id: text}).get(made.id, {})
    return {
        "made": made,
        "instead": in_place_of(rule.body if rule else None, made.body_id),
        "elsewhere": None if me else signed_elsewhere(rule),
        "row": row,
        "whole": whole,
        "documents": documents_of_text(row, whole.documents),
        "open_files": row.state == SubmissionState.ACCEPTED,
        "until": signing_ends(made, consultation().phases),
        "who": signature(row.author, row.withheld, whole.body),
        "track": track_label(row.track),
        "answers": shown_answers(
            questions_of(consultation(), row.track, row.questionnaire_id), row.answers, row.language
        ),
        "level": LEVEL_LABELS[rule.level] if rule else None,
        "lacking": list(missing(rule, signed.keys())) if rule else [],
        "mine": me is not None and me.member in signed,
    }


@blueprint.post("/c/<slug>/cosign/<uuid:asked>/revoke")
@requires("submission.write")
@recently_proven(IN_THE_HALL)
def revoke_cosign(asked: uuid.UUID) -> Response:
    """Take one's body's signature back."""
    made = _asked(asked)
    try:
        revoke_cosignature(made, actor=actor())
        flash(say(N_("The signature of your body is taken back.")), "ok")
    except Conflict as error:
        flash(say(error.message), "no")
    if not allowed(actor(), "cosignature.revoke", made):  # of a body that has ended, nobody signs again
        return redirect(url_for("take_part.office"), 303)
    return redirect(url_for("take_part.cosign_text", asked=asked), 303)


def _asked(asked: uuid.UUID) -> Cosignature:
    made: Cosignature = visible("cosignature.revoke", session.get(Cosignature, asked))
    if made.consultation_id != consultation().id or not allowed(actor(), "submission.write", consultation()):
        raise NotFound
    return made
