"""An evaluation being written: saved as often as one likes, looked at in three languages, published once."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.errors import Conflict, NotFound, Rejected
from consult.evaluation.models import EvaluationDraft
from consult.evaluation.queries import draft_of
from consult.evaluation.services import Written, missing_languages, publish_evaluation, save_evaluation
from consult.i18n import LANGUAGES, N_, direction
from consult.web.evaluate.blueprint import blueprint
from consult.web.forms import (
    L_,
    LocalizedForm,
    RadioField,
    TextAreaField,
    VersionedForm,
    clean_text,
    say,
    sent_version,
)
from consult.web.guards import requires
from consult.web.markdown import render
from consult.web.visitor import actor, consultation

SIGNED = {"no": L_("As “the evaluator”, without a name"), "yes": L_("Under my name")}
Answer = str | Response | tuple[str, int]


class EvaluationForm(LocalizedForm, VersionedForm):
    """An evaluation in three languages, and whether it carries its writer's name."""

    texts_ar = TextAreaField(L_("Evaluation in Arabic"), filters=[clean_text])
    texts_en = TextAreaField(L_("Evaluation in English"), filters=[clean_text])
    texts_fr = TextAreaField(L_("Evaluation in French"), filters=[clean_text])
    signed = RadioField(L_("How is it published?"), choices=SIGNED, default="no")

    def written(self) -> Written:
        """Return what was typed."""
        return Written(self.localized("texts"), self.signed.data == "yes", self.known())


@blueprint.route("/c/<slug>/evaluation/write/", methods=["GET", "POST"])
@requires("evaluation.write")
def write() -> Answer:
    """Write an evaluation: a POST saves it, and goes on to its last look where that is asked for."""
    form, draft = EvaluationForm(), _draft()
    if not form.is_submitted():
        form.version.data = str(draft.version if draft else 0)
        if draft:
            form.fill("texts", draft.texts)
            form.signed.data = "yes" if draft.signed else "no"
        return render_template("evaluate/write.html", form=form, languages=LANGUAGES)
    try:
        if not form.validate():
            return render_template("evaluate/write.html", form=form, languages=LANGUAGES), 422
        row = save_evaluation(form.written(), consultation=consultation(), actor=actor())
        if request.form.get("then") == "check":
            if problems := list(missing_languages(row.texts)):
                raise Rejected(problems)
            return redirect(url_for("evaluate.check"), 303)
    except Rejected as refused:
        form.take(refused)
        form.version.data = str(draft.version if (draft := _draft()) else 0)
        return render_template("evaluate/write.html", form=form, languages=LANGUAGES), 422
    except Conflict as moved:
        form.problems.append(say(moved.message))
        draft = _draft()
        form.version.data = str(draft.version if draft else 0)
        page = render_template(
            "evaluate/write.html", form=form, languages=LANGUAGES, theirs=draft.texts if draft else None
        )
        return page, 409
    flash(say(N_("Saved. Nobody else reads it before you publish it.")), "ok")
    return redirect(url_for("evaluate.write"), 303)


@blueprint.get("/c/<slug>/evaluation/publish/")
@requires("evaluation.write")
def check() -> Answer:
    """Show the evaluation as everybody will read it, in three languages, before it is published."""
    draft = _draft()
    if draft is None or list(missing_languages(draft.texts)):
        flash(say(N_("Write the evaluation in the three languages first.")), "wait")
        return redirect(url_for("evaluate.write"), 303)
    texts = [(code, direction(code), named.name, render(draft.texts[code])) for code, named in LANGUAGES.items()]
    name = actor().name if draft.signed else ""
    return render_template("evaluate/check.html", draft=draft, texts=texts, name=name)


@blueprint.post("/c/<slug>/evaluation/publish/")
@requires("evaluation.write")
def publish() -> Response:
    """Publish what the page showed."""
    try:
        row = publish_evaluation(sent_version(request.form.get("version")), consultation=consultation(), actor=actor())
    except (Conflict, Rejected) as refused:
        words = refused.message if isinstance(refused, Conflict) else refused.problems[0].message
        flash(say(words), "no")
        return redirect(url_for("evaluate.write"), 303)
    except NotFound:
        flash(say(N_("There is nothing to publish: write the evaluation first.")), "no")
        return redirect(url_for("evaluate.write"), 303)
    flash(say(N_("Published. Nobody changes it any more, the organisers may answer it.")), "ok")
    return redirect(url_for("public.evaluations", _anchor=f"e{row.number}"), 303)


def _draft() -> EvaluationDraft | None:
    return draft_of(consultation().id, actor().person)
