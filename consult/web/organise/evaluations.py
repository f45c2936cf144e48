"""What organisers say to an evaluation: beside it, once."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from consult.errors import Conflict, NotFound, Rejected
from consult.evaluation.queries import evaluation_by_number
from consult.evaluation.services import answer_evaluation
from consult.i18n import LANGUAGES, N_
from consult.web.forms import L_, LocalizedForm, TextAreaField, clean_text, say
from consult.web.guards import requires
from consult.web.language import current_language
from consult.web.markdown import render
from consult.web.organise.blueprint import blueprint
from consult.web.visitor import actor, consultation


class EvaluationAnswerForm(LocalizedForm):
    """The answer in three languages."""

    texts_ar = TextAreaField(L_("Answer in Arabic"), filters=[clean_text])
    texts_en = TextAreaField(L_("Answer in English"), filters=[clean_text])
    texts_fr = TextAreaField(L_("Answer in French"), filters=[clean_text])


@blueprint.route("/c/<slug>/organise/evaluations/<int:number>/", methods=["GET", "POST"])
@requires("evaluation.answer")
def answer_evaluation_page(number: int) -> str | Response | tuple[str, int]:
    """Read an evaluation and answer it."""
    row = evaluation_by_number(consultation().id, number)
    if row is None:
        raise NotFound
    form = EvaluationAnswerForm()
    shown = {"row": row, "form": form, "languages": LANGUAGES}
    text = render(row.texts.for_language(current_language().code))
    if not form.is_submitted():
        return render_template("organise/evaluation.html", **shown, text=text)
    try:
        if not form.validate():
            return render_template("organise/evaluation.html", **shown, text=text), 422
        answer_evaluation(number, form.localized("texts"), consultation=consultation(), actor=actor())
    except Rejected as refused:
        form.take(refused)
        return render_template("organise/evaluation.html", **shown, text=text), 422
    except Conflict as refused:
        flash(say(refused.message), "no")
    else:
        flash(say(N_("Your answer stands beside the evaluation.")), "ok")
    return redirect(url_for("public.evaluations", _anchor=f"e{number}"), 303)
