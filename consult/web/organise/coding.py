"""Coding as organisers run it: coders, texts handed out, progress, agreement, and where coders differ."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.coding.agreement import RELIABLE, TENTATIVE
from consult.coding.agreement_queries import (
    Pair,
    agreement,
    compare,
    difference_of,
    differing_page,
    pairs_of,
    text_by_number,
)
from consult.coding.exports import left_out
from consult.coding.policies import Difference
from consult.coding.queries import codebook, coders_of, count_texts, offered_coders
from consult.coding.services import TextChoice, Verdict, add_coder, assign_texts, end_coder, reconcile
from consult.coding.states import STANCE_LABELS, Stance, TextState
from consult.consultations.queries import topics_of
from consult.db import session
from consult.errors import NotFound, Rejected
from consult.i18n import LANGUAGES, N_, NN_
from consult.submissions.models import Submission
from consult.submissions.queries import passages_of
from consult.submissions.tracks import track_label
from consult.typed_numbers import as_number
from consult.web.context import local
from consult.web.forms import L_, Form, SelectField, SelectMultipleField, StringField, latin_digits, say
from consult.web.guards import requires, visible
from consult.web.organise.blueprint import blueprint
from consult.web.submissions import language_name
from consult.web.visitor import actor, consultation


@blueprint.get("/c/<slug>/organise/coding/")
@requires("coding.organise")
def coding() -> str:
    """Show how far coding is, by coder, and the ways to everything about it."""
    here = consultation()
    return render_template(
        "organise/coding.html",
        coders=coders_of(here.id),
        counts=count_texts(here.id),
        left_out=left_out(here.id),
    )


class CoderForm(Form):
    """Somebody to be charged with coding."""

    person = SelectField(L_("Who?"), validate_choice=False)


@blueprint.route("/c/<slug>/organise/coding/coders/", methods=["GET", "POST"])
@requires("coding.organise")
def coders() -> str | Response | tuple[str, int]:
    """Show the coders, and charge somebody."""
    here, form = consultation(), CoderForm()
    form.person.choices = [("", say(N_("Not chosen yet")))] + [
        (str(one.person), one.name) for one in offered_coders(here.id)
    ]
    if form.validate_on_submit():
        try:
            row = add_coder(_id(form.person.data, "person"), consultation=here, actor=actor())
        except Rejected as error:
            form.take(error)
        else:
            flash(say(N_("They are coder %(number)s now.", number=row.number)), "ok")
            return redirect(url_for("organise.coders"), 303)
    page = render_template("organise/coders.html", form=form, coders=coders_of(consultation().id))
    return page, 422 if form.is_submitted() else 200


def _id(text: str | None, field: str) -> uuid.UUID:
    try:
        return uuid.UUID(text or "")
    except ValueError:
        raise Rejected(N_("Choose one of the answers."), field) from None


@blueprint.route("/c/<slug>/organise/coding/coders/<int:coder>/end/", methods=["GET", "POST"])
@requires("coding.organise")
def end_coding(coder: int) -> str | Response:
    """Ask once more, then let somebody code no more."""
    found = next((one for one in coders_of(consultation().id) if one.number == coder and not one.ended_at), None)
    if found is None:
        raise NotFound
    if request.method == "POST":
        end_coder(coder, consultation=consultation(), actor=actor())
        flash(say(N_("Coder %(number)s codes no more.", number=coder)), "ok")
        return redirect(url_for("organise.coders"), 303)
    return render_template("organise/coder_end.html", coder=found)


class AssignForm(Form):
    """Which texts go to whom."""

    coders = SelectMultipleField(L_("To which coders?"), validate_choice=False)
    track = SelectField(L_("Track"), validate_choice=False)
    language = SelectField(L_("Language"), validate_choice=False)
    topic = SelectField(L_("Topic"), validate_choice=False)
    twice = StringField(L_("Texts that two code, in per cent"), filters=[latin_digits])

    def choice(self, topics: Mapping[str, uuid.UUID]) -> TextChoice:
        """Return what was chosen. Raises Rejected for what is no coder."""
        share = self.twice.data or ""
        return TextChoice(
            tuple(_id(one, "coders") for one in (self.coders.data or ())[:100]),
            self.track.data or "",
            self.language.data or "",
            topics.get(self.topic.data or ""),
            as_number(share, -1, digits=3),
        )


@blueprint.route("/c/<slug>/organise/coding/assign/", methods=["GET", "POST"])
@requires("coding.organise")
def assign() -> str | Response | tuple[str, int]:
    """Hand out texts that nobody codes yet."""
    here = consultation()
    topics = topics_of(here.id)
    working = [one for one in coders_of(here.id) if one.ended_at is None]
    form = AssignForm(coders=[str(one.id) for one in working], twice="20")
    every = ("", say(N_("All")))
    form.coders.choices = [(str(one.id), _coder_words(one.number, say(one.name))) for one in working]
    form.track.choices = [every, *((row.key, say(track_label(row.key))) for row in here.tracks)]
    form.language.choices = [every, *((code, language_name(code)) for code in LANGUAGES)]
    form.topic.choices = [every, *((topic.slug, say(topic.names)) for topic in topics)]
    if form.validate_on_submit():
        try:
            choice = form.choice({topic.slug: topic.id for topic in topics})
            done = assign_texts(choice, consultation=here, actor=actor())
        except Rejected as error:
            form.take(error)
        else:
            words = NN_(
                "%(count)s text was handed out; to two coders: %(twice)s.",
                "%(count)s texts were handed out; to two coders: %(twice)s.",
                done.texts,
                twice=done.twice,
            )
            flash(say(words), "ok")
            return redirect(url_for("organise.coding"), 303)
    free = count_texts(consultation().id).get("free", 0)
    return render_template("organise/coding_assign.html", form=form, free=free), 422 if form.is_submitted() else 200


def _coder_words(number: int, name: str) -> str:
    return f"{say(N_('Coder %(number)s', number=number))}: {name}"


@blueprint.get("/c/<slug>/organise/coding/agreement/")
@requires("coding.organise")
def coding_agreement() -> str:
    """Show how far coders agree, on each code and on all of them, and the texts on which they differ."""
    here = consultation()
    codes = {line.id: line for line in codebook(here.id) if not line.into}
    pairs = pairs_of(here.id)
    pair = _pair(pairs)
    rows = agreement(here.id, list(codes), pair)
    page = differing_page(actor(), here.id, after=request.args.get("after", "")[:40])
    said = [row for row in rows[1:] if row.given]
    return render_template(
        "organise/coding_agreement.html",
        pairs=pairs,
        pair=pair,
        everything=rows[0],
        rows=[(codes[row.code], row) for row in said if row.code],
        waiting=count_texts(here.id).get(TextState.DIFFERING, 0),
        differing=page.rows,
        older=url_for("organise.coding_agreement", after=page.older) if page.older else None,
        reliable=RELIABLE,
        tentative=TENTATIVE,
        language_name=language_name,
    )


def _pair(pairs: Sequence[Pair]) -> Pair | None:
    wanted = request.args.get("pair", "")
    chosen = next((one for one in pairs if f"{one.first}-{one.second}" == wanted), None)
    return chosen or (pairs[0] if pairs else None)


class VerdictForm(Form):
    """The codes that stay, each as passage and code."""

    kept = SelectMultipleField(L_("Which codes stay?"), validate_choice=False)


@blueprint.route("/c/<slug>/organise/coding/texts/<number>/", methods=["GET", "POST"])
@requires("coding.organise")
def reconcile_text(number: str) -> str | Response | tuple[str, int]:
    """Go through what the coders of a text gave, side by side, and decide where they differ."""
    coded = text_by_number(consultation().id, number)
    found: Difference = visible("coding.reconcile", difference_of(coded) if coded else None)
    row = found.text
    read: Submission = visible("submission.read", session.get_one(Submission, row.submission_id))
    compared = compare(row.id)
    form = VerdictForm()
    if row.state == TextState.DIFFERING and form.validate_on_submit():
        try:
            reconcile(Verdict(_kept(form.kept.data or ())), text=row.id, actor=actor())
        except Rejected as error:
            form.take(error)
        else:
            flash(say(N_("It is decided for %(number)s.", number=number)), "ok")
            return redirect(url_for("organise.coding_agreement"), 303)
    page = render_template(
        "organise/coding_text.html",
        form=form,
        row=row,
        number=number,
        text=read,
        passages=passages_of(row.submission_id, row.revision),
        given=compared.given,
        open=set(compared.open),
        codes={line.id: line for line in codebook(consultation().id)},
        stances={stance.value: local(STANCE_LABELS[Stance(stance)]) for stance in Stance},
        kept=frozenset(form.kept.data or ()),
    )
    return page, 422 if form.is_submitted() else 200


def _kept(values: Sequence[str]) -> frozenset[tuple[uuid.UUID, uuid.UUID]]:
    pairs = (value.partition(".") for value in values[:5000])
    return frozenset((_id(passage, ""), _id(code, "")) for passage, _, code in pairs)
