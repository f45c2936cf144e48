"""Choosing the passages a recommendation is drafted from: find a submission, then tick its passages."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.consultations.queries import topics_of
from consult.errors import Rejected
from consult.i18n import N_
from consult.recommendations.queries import passages_cited
from consult.recommendations.quoting import quotes_cited
from consult.recommendations.services import choose_passages, choose_quotes
from consult.runtime import runtime
from consult.submissions.models import Submission
from consult.submissions.queries import body_names, passages_of, submission_by_number
from consult.submissions.register import RegisterFilter, register
from consult.submissions.states import SubmissionState
from consult.testimony.queries import has_quotes, public_quotes
from consult.web.decisions import number_argument
from consult.web.forms import L_, Form, SelectMultipleField, say
from consult.web.guards import requires, visible
from consult.web.organise.blueprint import blueprint
from consult.web.organise.recommendations import recommendation_here
from consult.web.visitor import actor, consultation


@blueprint.get("/c/<slug>/organise/recommendations/<int:number>/sources/")
@requires("recommendation.draft")
def sources(number: int) -> str:
    """Find accepted submissions by words, track and topic."""
    row = recommendation_here(number)
    topics = topics_of(consultation().id)
    topic = next((t for t in topics if t.slug == request.args.get("topic")), None)
    wanted = RegisterFilter(
        track=request.args.get("track", ""),
        topic=None if topic is None else topic.id,
        words=request.args.get("q", "").strip()[:200],
    )
    page = register(
        consultation().id, wanted, before=request.args.get("before", ""), after=request.args.get("after", "")
    )
    tracks = runtime().hooks.tracks
    return render_template(
        "organise/sources.html",
        recommendation=row,
        page=page,
        wanted=wanted,
        quotes=has_quotes(consultation().id),
        topics=topics,
        topic="" if topic is None else topic.slug,
        tracks=[(key, tracks[key].label if key in tracks else key) for key in consultation().enabled_tracks()],
    )


class QuotesForm(Form):
    """Quotes of confidential testimonies."""

    quotes = SelectMultipleField(L_("Quotes"), coerce=int)


@blueprint.route("/c/<slug>/organise/recommendations/<int:number>/quotes/", methods=["GET", "POST"])
@requires("recommendation.draft")
def source_quotes(number: int) -> str | Response | tuple[str, int]:
    """Tick the quotes of confidential testimonies that this recommendation is drafted from, page by page."""
    row, after = recommendation_here(number), number_argument("after") or 0
    found, more = public_quotes(consultation().id, after)
    offered = [one for one in found if not one.withdrawn]
    cited = quotes_cited(row.id)
    form = QuotesForm(quotes=[one.number for one in offered if one.number in cited])
    form.quotes.choices = [(one.number, one.words) for one in offered]
    if form.validate_on_submit():
        chosen = form.quotes.data or ()
        try:
            choose_quotes(chosen, among=[one.number for one in offered], recommendation=row, actor=actor())
        except Rejected as error:
            form.take(error)
        else:
            flash(say(N_("The sources were saved.")), "ok")
            return redirect(url_for("organise.recommendation", number=number) + "#sources", 303)
    page = render_template(
        "organise/source_quotes.html", recommendation=row, quotes=offered, form=form, after=after, more=more
    )
    return page, 422 if form.is_submitted() else 200


class PassagesForm(Form):
    """The passages of one submission."""

    passages = SelectMultipleField(L_("Passages"))


@blueprint.route("/c/<slug>/organise/recommendations/<int:number>/sources/<receipt>/", methods=["GET", "POST"])
@requires("recommendation.draft")
def passages(number: int, receipt: str) -> str | Response | tuple[str, int]:
    """Tick the passages of a submission that this recommendation is drafted from."""
    row = recommendation_here(number)
    submission: Submission = visible("submission.read", submission_by_number(consultation().id, receipt))
    found = passages_of(submission.id, submission.revision)
    cited = passages_cited(row.id)
    form = PassagesForm(passages=[str(p.id) for p in found if p.id in cited])
    form.passages.choices = [(str(p.id), p.text) for p in found]
    if form.validate_on_submit():
        chosen = [uuid.UUID(given) for given in form.passages.data or ()]
        try:
            choose_passages(chosen, submission=submission.id, recommendation=row, actor=actor())
        except Rejected as error:
            form.take(error)
        else:
            flash(say(N_("The sources were saved.")), "ok")
            return redirect(url_for("organise.recommendation", number=number) + "#sources", 303)
    page = render_template(
        "organise/passages.html",
        recommendation=row,
        submission=submission,
        passages=found,
        author=body_names(submission.body_id) or submission.author,
        accepted=submission.state == SubmissionState.ACCEPTED,
        form=form,
    )
    return page, 422 if form.is_submitted() else 200
