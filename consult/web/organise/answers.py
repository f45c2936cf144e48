"""The desk of answers: what has none yet, many answered at once, passages confirmed from sources, one text by passages."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.errors import Conflict, Problem, Rejected
from consult.i18n import LANGUAGES, N_, NN_
from consult.outcomes.services import explain_past_end
from consult.outcomes.silence import ended_in_silence
from consult.recommendations.answer_conditions import UNANSWERED
from consult.recommendations.answer_counts import count_answers, count_open
from consult.recommendations.answer_lists import AnswerFilter, ChosenText, answers_page, chosen_texts, proposed_answers
from consult.recommendations.answer_queries import answers_to
from consult.recommendations.answering import Offered, count_doubtful, doubtful_answers, what_answers_name
from consult.recommendations.answers import check_answer
from consult.recommendations.services import Answer, Target, answer, answer_sources
from consult.submissions.dispositions import KINDS
from consult.submissions.keys import text_key
from consult.submissions.queries import body_names, passages_of
from consult.submissions.tracks import track_label
from consult.testimony.queries import count_without_end
from consult.typed_numbers import as_number
from consult.web.answers import KIND_LABELS, kind_words
from consult.web.context import local
from consult.web.forms import (
    L_,
    Form,
    RadioField,
    SelectField,
    SelectMultipleField,
    TextAreaField,
    clean_text,
    say,
)
from consult.web.guards import requires, visible
from consult.web.language import current_language
from consult.web.organise.blueprint import blueprint
from consult.web.public.narrowing import choices
from consult.web.silence import SilenceForm
from consult.web.submissions import language_name, signature, submission_here
from consult.web.visitor import actor, consultation

#: Characters of a clause in the list of what can be named: enough to tell it from the next.
BEGINNING = 60


class AnswerForm(Form):
    """An answer to what was chosen."""

    kind = RadioField(L_("What became of it?"), validate_choice=False)
    recommendation = SelectField(L_("Recommendation, or one clause of it"), validate_choice=False)
    reason = TextAreaField(L_("Reason"), filters=[clean_text])
    language = SelectField(L_("Language of the reason"), validate_choice=False)

    def given(self) -> Answer:
        """Return what was filled in."""
        number, _, clause = (self.recommendation.data or "").partition("/")
        return Answer(
            kind=self.kind.data or "",
            recommendation=as_number(number, None),
            clause=clause,
            reason=self.reason.data or "",
            language=self.language.data or "",
        )

    def at(self, field: str) -> str:
        """Put what is wrong with the clause where it was chosen."""
        return "recommendation" if field == "clause" else super().at(field)


@blueprint.get("/c/<slug>/organise/answers/")
@requires("answer.give")
def answers() -> str:
    """Show how many texts stand at which answer, and those that have none yet, or one of a kind."""
    here, given = (
        consultation(),
        {name: request.args.get(name, "") for name in ("kind", "track", "topic", "language", "campaign")},
    )
    offered, counts = choices(here), count_answers(here.id)
    kind = given["kind"] if given["kind"] in KIND_LABELS else UNANSWERED
    topic, (campaign, *_) = offered.topic_ids.get(given["topic"]), [*_ids([given["campaign"]]), None]
    wanted = AnswerFilter(kind, given["track"], topic, given["language"], campaign)
    page = answers_page(here.id, wanted, after=request.args.get("after", "")[:40])
    chosen: dict[str, Any] = {name: value for name, value in given.items() if value}
    tracks = [(row.key, local(track_label(row.key))) for row in here.tracks]
    return render_template(
        "organise/answers.html",
        rows=page.rows,
        older=url_for("organise.answers", **chosen, after=page.older) if page.older else None,
        every=url_for("organise.give_answers", t=[row.key for row in page.rows]),
        given=given,
        kind=kind,
        counts=counts,
        ended=ended_in_silence(here).total,
        testimonies=count_without_end(here),
        kinds=kind_words(),
        tracks=tracks,
        topics=offered.topics,
        languages=[(code, language_name(code)) for code in LANGUAGES],
        doubtful=count_doubtful(here.id),
        proposed=len(proposed_answers(here.id, actor())),
        track_label=track_label,
        language_name=language_name,
        signature=signature,
    )


@blueprint.route("/c/<slug>/organise/answers/silence/", methods=["GET", "POST"])
@requires("outcome.publish")
def answers_silence() -> str | Response | tuple[str, int]:
    """Say why the phase has ended while texts have no answer."""
    here, form = consultation(), SilenceForm()
    if form.validate_on_submit():
        try:
            explain_past_end(form.given, consultation=here, actor=actor())
            flash(say(N_("The reason is published.")), "ok")
            return redirect(url_for("organise.answers"), 303)
        except Rejected as refused:
            form.take(refused)
        except Conflict as refused:
            form.add(Problem("", refused.message))
    form.offer()
    page = render_template(
        "organise/answers_silence.html",
        form=form,
        unanswered=count_open(here) if ended_in_silence(here).total else None,
    )
    return page, 422 if form.is_submitted() else 200


@blueprint.get("/c/<slug>/organise/answers/texts/<number>/")
@requires("answer.give")
def answers_of_text(number: str) -> str:
    """Show one text with the answer at each passage; one that was withdrawn is gone."""
    row = visible("submission.read", submission_here(number, "answer.give"))
    return render_template(
        "organise/answers_text.html",
        row=row,
        key=partial(text_key, row.number, row.revision),
        who=signature(row.author, row.withheld, body_names(row.body_id)),
        passages=passages_of(row.id, row.revision),
        answers=answers_to(row.id, row.revision),
        kinds=kind_words(),
        language_name=language_name(row.language),
    )


@blueprint.route("/c/<slug>/organise/answers/give/", methods=["GET", "POST"])
@requires("answer.give")
def give_answers() -> str | Response | tuple[str, int]:
    """Answer what was ticked: write the answer, look at whom it goes to, give it."""
    keys = list(dict.fromkeys(request.values.getlist("t")))[:500]
    chosen = chosen_texts(consultation().id, keys)
    form, step = _form(chosen), request.form.get("step", "")
    if not form.is_submitted() or step == "edit":
        return _writing(form, chosen)
    if not form.validate():
        return _writing(form, chosen), 422
    targets = [Target(one.submission, one.passage, one.revision) for one in chosen]
    try:
        if len(chosen) < len(keys):
            raise Rejected(
                N_("A text that you ticked was hidden, withdrawn or corrected meanwhile. It is left out below.")
            )
        if len(targets) > 1 and step != "give":
            return _confirming(
                form, chosen, check_answer(form.given(), targets, consultation=consultation(), actor=actor())
            )
        count = answer(form.given(), targets, consultation=consultation(), actor=actor())
    except Rejected as error:
        form.take(error)
        return _writing(form, chosen), 422
    flash(say(NN_("%(count)s answer was given.", "%(count)s answers were given.", count)), "ok")
    return redirect(_back(chosen), 303)


def _back(chosen: Sequence[ChosenText]) -> str:
    """Return where one goes on: at the text whose passages were answered, else at the list."""
    receipts = {one.receipt for one in chosen}
    if len(receipts) == 1 and any(one.number for one in chosen):
        return url_for("organise.answers_of_text", number=receipts.pop())
    return url_for("organise.answers")


def _form(chosen: Sequence[ChosenText]) -> AnswerForm:
    languages = {one.language for one in chosen} & set(LANGUAGES)
    spoken = languages.pop() if len(languages) == 1 else current_language().code
    form = AnswerForm(**{"language": spoken, **_present(chosen)})
    form.kind.choices = [(kind.value, say(of.label)) for kind, of in KINDS.items()]
    form.language.choices = [(code, language_name(code)) for code in LANGUAGES]
    offered = [(_named(one.number, one.clause), _label(one)) for one in what_answers_name(consultation().id)]
    chosen_before = form.recommendation.data or ""
    if chosen_before and chosen_before not in dict(offered):  # a clause that is gone meanwhile is shown, and refused
        offered.append((chosen_before, chosen_before.replace("/", ": ")))
    form.recommendation.choices = [("", say(N_("None"))), *offered]
    return form


def _named(number: int | None, clause: str) -> str:
    """Return how the form names a recommendation, or a clause of one."""
    return "" if number is None else f"{number}/{clause}" if clause else str(number)


def _label(one: Offered) -> str:
    if not one.clause:
        return f"{one.number}. {say(one.titles)}"
    words = say(one.texts)
    begins = words if len(words) <= BEGINNING else words[:BEGINNING].rsplit(" ", 1)[0] + " …"
    return f"{one.number}. {say(N_('Clause %(key)s', key=one.clause))}: {begins}"


def _present(chosen: Sequence[ChosenText]) -> Mapping[str, Any]:
    """Return the answer that is in force for the one thing that was chosen, to be changed."""
    if len(chosen) != 1 or request.method == "POST":
        return {}
    present = answers_to(chosen[0].submission, chosen[0].revision).in_force.get(chosen[0].number)
    if present is None:
        return {}
    named = _named(present.number, present.clause)
    kept = {"kind": present.kind.value, "recommendation": named, "reason": present.reason}
    return {**kept, "language": present.language} if present.language else kept


def _writing(form: AnswerForm, chosen: Sequence[ChosenText]) -> str:
    return render_template(
        "organise/answer_give.html",
        form=form,
        chosen=chosen,
        hints={kind.value: local(of.hint) for kind, of in KINDS.items()},
    )


def _confirming(form: AnswerForm, chosen: Sequence[ChosenText], given: Answer) -> str:
    return render_template(
        "organise/answer_confirm.html",
        form=form,
        chosen=chosen,
        given=given,
        kinds=kind_words(),
        recommendation=next(
            label
            for value, label, *_ in form.recommendation.iter_choices()
            if value == _named(given.recommendation, given.clause)
        ),
    )


@blueprint.get("/c/<slug>/organise/answers/doubtful/")
@requires("answer.give")
def answers_in_doubt() -> str:
    """Show the answers that no longer hold as they stand: the clause is gone, or the recommendation was rejected."""
    return render_template(
        "organise/answers_doubtful.html", rows=doubtful_answers(consultation().id), language_name=language_name
    )


class SourcesForm(Form):
    """Passages that are said to be taken up where they are cited."""

    passages = SelectMultipleField(L_("Passages"), validate_choice=False)


@blueprint.route("/c/<slug>/organise/answers/sources/", methods=["GET", "POST"])
@requires("answer.give")
def answers_from_sources() -> str | Response | tuple[str, int]:
    """Confirm that passages which recommendations draw on are taken up there; all are ticked at first."""
    found = proposed_answers(consultation().id, actor())
    form = SourcesForm(passages=[str(one.passage) for one in found])
    if form.validate_on_submit():
        try:
            ticked = _ids(form.passages.data or ())
            count = answer_sources(ticked, consultation=consultation(), actor=actor())
        except Rejected as error:
            form.take(error)
        else:
            flash(say(NN_("%(count)s answer was given.", "%(count)s answers were given.", count)), "ok")
            return redirect(url_for("organise.answers"), 303)
    page = render_template(
        "organise/answers_sources.html",
        form=form,
        total=len(found),
        groups=[
            (head, list(group)) for head, group in groupby(found, key=lambda one: (one.recommendation, one.titles))
        ],
        ticked=frozenset(form.passages.data or ()),
    )
    return page, 422 if form.is_submitted() else 200


def _ids(texts: Sequence[str]) -> list[uuid.UUID]:
    """Return the ids among what was sent."""
    found = []
    for text in texts:
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue
    return found
