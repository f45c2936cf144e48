"""Drafting recommendations: the list, a new one, its text in up to three languages, its details, proposing it."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import FieldList, FormField
from wtforms import Form as PlainForm
from wtforms.validators import Optional

from consult.accounts.access import demand
from consult.accounts.queries import names_of_bodies
from consult.consultations.queries import topics_of
from consult.db import as_id
from consult.errors import Problem, Rejected
from consult.i18n import LANGUAGES, N_, Localized, translate
from consult.recommendations.models import Recommendation, Version
from consult.recommendations.queries import recommendation_by_number, recommendations_page
from consult.recommendations.services import (
    ClauseDraft,
    DetailsDraft,
    RecommendationDraft,
    VersionDraft,
    change_details,
    draft_recommendation,
    present_version,
    propose,
    remove_quote,
    remove_source,
    write_version,
)
from consult.recommendations.states import WRITABLE, RecommendationState
from consult.recommendations.surroundings import read_surroundings
from consult.web.decisions import number_argument, recommendation_mark
from consult.web.forms import (
    L_,
    BooleanField,
    DayField,
    Form,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    clean_line,
    clean_text,
    say,
)
from consult.web.guards import requires, visible
from consult.web.language import current_language
from consult.web.offered import bodies_to_carry_out, sent_search
from consult.web.organise.blueprint import blueprint
from consult.web.visitor import actor, consultation

#: Empty clauses offered below those that are there, and how many there may be in all.
BLANK, MOST = 2, 60


def recommendation_here(number: int) -> Recommendation:
    """Return a recommendation of the consultation of the address that the visitor may write in; NotFound otherwise."""
    row: Recommendation = visible("recommendation.write", recommendation_by_number(consultation().id, number))
    return row


@blueprint.get("/c/<slug>/organise/recommendations/")
@requires("recommendation.list")
def recommendations() -> str:
    """List every recommendation, drafts too, newest first."""
    page = recommendations_page(
        consultation().id, actor=actor(), below=number_argument("below"), above=number_argument("above")
    )
    return render_template(
        "organise/recommendations.html",
        page=page,
        marks={row.number: recommendation_mark(row.state) for row in page.rows},
    )


class DetailsForm(Form):
    """Topic, bodies that are to carry it out, and until when."""

    topic = SelectField(L_("Topic"))
    responsible = SelectMultipleField(L_("Responsible bodies"), description=L_("Those that are to carry it out."))
    due = DayField(L_("Due"))

    def offer(self, chosen: list[str]) -> None:
        """Offer the topics of the consultation, and the bodies of the register with those that were chosen already."""
        topics = [(str(topic.id), say(topic.names)) for topic in topics_of(consultation().id)]
        self.topic.choices = [("", say(N_("None"))), *topics]
        offered = bodies_to_carry_out()
        bodies = {line.key: line.names for line in offered.lines}
        bodies = {**names_of_bodies([key for key in chosen if key not in bodies]), **bodies}
        self.responsible.choices = [(key, say(names)) for key, names in bodies.items()]
        self.more = offered.after is not None

    def draft(self) -> DetailsDraft:
        """Return what was entered."""
        return DetailsDraft(as_id(self.topic.data), tuple(self.responsible.data or ()), self.due.day)


class NewForm(DetailsForm):
    """A new recommendation."""

    title_ar = StringField(L_("Title in Arabic"), filters=[clean_line])
    title_en = StringField(L_("Title in English"), filters=[clean_line])
    title_fr = StringField(L_("Title in French"), filters=[clean_line])
    authoritative = RadioField(
        L_("Language of record"), description=L_("The text in this language is the one that is voted on.")
    )


@blueprint.route("/c/<slug>/organise/recommendations/new/", methods=["GET", "POST"])
@requires("recommendation.draft")
def new_recommendation() -> str | Response | tuple[str, int]:
    """Begin a recommendation; its sources are chosen and its clauses written on the pages that follow."""
    form = NewForm(authoritative="ar")
    form.authoritative.choices = [(code, language.name) for code, language in LANGUAGES.items()]
    form.offer([])
    if form.is_submitted():
        try:
            with form.whole():
                draft = RecommendationDraft(_titles(form), form.authoritative.data or "", form.draft())
                row = draft_recommendation(draft, consultation=consultation(), actor=actor())
        except Rejected as error:
            form.take(error)
        else:
            flash(say(N_("Recommendation %(number)s was begun. Choose its sources.", number=row.number)), "ok")
            return redirect(url_for("organise.sources", number=row.number), 303)
    page = render_template("organise/recommendation_new.html", form=form, q=sent_search())
    return page, 422 if form.is_submitted() else 200


def _titles(form: Form) -> Localized:
    return Localized({code: form[f"title_{code}"].data or "" for code in LANGUAGES})


@blueprint.route("/c/<slug>/organise/recommendations/<int:number>/details/", methods=["GET", "POST"])
@requires("recommendation.draft")
def recommendation_details(number: int) -> str | Response | tuple[str, int]:
    """Change topic, responsible bodies and deadline."""
    row = recommendation_here(number)
    form = DetailsForm(
        topic=str(row.topic_id or ""), responsible=list(row.responsible), due=row.due.isoformat() if row.due else ""
    )
    form.offer(list(row.responsible))
    if form.is_submitted():
        try:
            with form.whole():
                change_details(form.draft(), recommendation=row, actor=actor())
        except Rejected as error:
            form.take(error)
        else:
            flash(say(N_("The details were changed.")), "ok")
            return redirect(url_for("organise.recommendation", number=number), 303)
    page = render_template("organise/recommendation_details.html", recommendation=row, form=form, q=sent_search())
    return page, 422 if form.is_submitted() else 200


class ClauseForm(PlainForm):
    """One clause: its texts side by side, its place, and whether a translation that was not touched still holds."""

    key = HiddenField()
    place = IntegerField(L_("Place in the order"), validators=[Optional()])
    ar = TextAreaField(L_("Arabic"), filters=[clean_text])
    en = TextAreaField(L_("English"), filters=[clean_text])
    fr = TextAreaField(L_("French"), filters=[clean_text])
    checked_ar = BooleanField(L_("The Arabic still says the same"))
    checked_en = BooleanField(L_("The English still says the same"))
    checked_fr = BooleanField(L_("The French still says the same"))
    remove = BooleanField(L_("Take this clause out"))

    def texts(self) -> Localized:
        """Return what was written, by language."""
        return Localized({code: self[code].data or "" for code in LANGUAGES})


class VersionForm(Form):
    """A version of the text; `base` is the version it is written on."""

    title_ar = StringField(L_("Title in Arabic"), filters=[clean_line])
    title_en = StringField(L_("Title in English"), filters=[clean_line])
    title_fr = StringField(L_("Title in French"), filters=[clean_line])
    clauses = FieldList(FormField(ClauseForm), max_entries=MOST)
    reason = TextAreaField(L_("Why is it changed?"), filters=[clean_text])
    base = HiddenField()

    def written(self) -> list[Any]:
        """Return the entries that are part of the version, in the order of their places."""
        kept = [
            entry for entry in self.clauses.entries if not entry.remove.data and (entry.form.texts() or entry.key.data)
        ]
        return sorted(kept, key=lambda entry: entry.place.data or MOST)

    def add(self, problem: Problem) -> None:
        """Put a problem of a clause at its field; the service counts clauses in the order they were written in."""
        place, _, field = problem.field.removeprefix("clauses-").partition("-")
        if not problem.field.startswith("clauses-") or field not in LANGUAGES:
            super().add(problem)
            return
        target = self.written()[int(place)].form[field]
        target.errors = [*target.errors, translate(problem.message, current_language().code)]
        self.clauses.errors = [entry.form.errors for entry in self.clauses.entries if entry.form.errors]

    def draft(self) -> VersionDraft:
        """Return the version as written."""
        clauses = tuple(
            ClauseDraft(
                entry.form.texts(),
                entry.key.data or "",
                frozenset(code for code in LANGUAGES if entry.form[f"checked_{code}"].data),
            )
            for entry in self.written()
        )
        return VersionDraft(_titles(self), clauses, self.reason.data or "", as_id(self.base.data))

    def offer_blanks(self) -> None:
        """Offer empty clauses below."""
        for _ in range(BLANK):
            if len(self.clauses) < MOST:
                self.clauses.append_entry({"place": len(self.clauses) + 1})


def _version_form(version: Version) -> VersionForm:
    """Return the form filled with a version, ready to be written on."""
    form = VersionForm(
        **{f"title_{code}": version.titles.get(code, "") for code in LANGUAGES},
        clauses=[
            {"key": clause.key, "place": clause.position, **{code: clause.texts.get(code, "") for code in LANGUAGES}}
            for clause in version.clauses
        ],
        base=str(version.id),
    )
    form.offer_blanks()
    return form


@blueprint.get("/c/<slug>/organise/recommendations/<int:number>/")
@requires("recommendation.draft")
def recommendation(number: int) -> str:
    """Show a recommendation to its organiser: the text to write on, its sources, what can be done next."""
    row = recommendation_here(number)
    version = present_version(row)
    return _page(row, version, _version_form(version))


@blueprint.post("/c/<slug>/organise/recommendations/<int:number>/")
@requires("recommendation.draft")
def recommendation_write(number: int) -> str | Response | tuple[str, int]:
    """Write the version, or offer more empty clauses; everything typed stays."""
    row, form = recommendation_here(number), VersionForm()
    if request.form.get("then") == "more":
        form.offer_blanks()
        return _page(row, present_version(row), form)
    if form.validate():
        try:
            version = write_version(form.draft(), recommendation=row, actor=actor())
        except Rejected as error:
            form.take(error)
        else:
            flash(say(N_("Version %(number)s was saved.", number=version.number)), "ok")
            return redirect(url_for("organise.recommendation", number=number), 303)
    return _page(row, present_version(row), form), 422


def _page(row: Recommendation, version: Version, form: VersionForm) -> str:
    return render_template(
        "organise/recommendation.html",
        recommendation=row,
        mark=recommendation_mark(row.state),
        version=version,
        stale={clause.key: list(clause.stale) for clause in version.clauses},
        form=form,
        beside=read_surroundings(row.id, row.responsible),
        writable=row.state in WRITABLE,
        draft=row.state == RecommendationState.DRAFT,
        codes=[row.authoritative, *(code for code in LANGUAGES if code != row.authoritative)],
        languages=LANGUAGES,
    )


@blueprint.route("/c/<slug>/organise/recommendations/<int:number>/propose/", methods=["GET", "POST"])
@requires("recommendation.draft")
def recommendation_propose(number: int) -> str | Response | tuple[str, int]:
    """Ask once more, then open the recommendation for discussion."""
    row, form = recommendation_here(number), Form()
    demand(actor(), "recommendation.propose", row)
    if form.validate_on_submit():
        try:
            propose(row, actor=actor())
        except Rejected as error:
            form.take(error)
        else:
            flash(say(N_("Recommendation %(number)s is under discussion.", number=number)), "ok")
            return redirect(url_for("organise.recommendation", number=number), 303)
    page = render_template("organise/recommendation_propose.html", recommendation=row, form=form)
    return page, 422 if form.is_submitted() else 200


@blueprint.post("/c/<slug>/organise/recommendations/<int:number>/sources/<uuid:passage>/remove/")
@requires("recommendation.draft")
def source_remove(number: int, passage: uuid.UUID) -> Response:
    """Take a passage off the sources."""
    remove_source(passage, recommendation=recommendation_here(number), actor=actor())
    flash(say(N_("The passage is no longer a source.")), "ok")
    return redirect(url_for("organise.recommendation", number=number) + "#sources", 303)


@blueprint.post("/c/<slug>/organise/recommendations/<int:number>/quotes/<int(max=999999999):quote>/remove/")
@requires("recommendation.draft")
def quote_remove(number: int, quote: int) -> Response:
    """Take a quote of a confidential testimony off the sources."""
    remove_quote(quote, recommendation=recommendation_here(number), actor=actor())
    flash(say(N_("The quote is no longer a source.")), "ok")
    return redirect(url_for("organise.recommendation", number=number) + "#sources", 303)
