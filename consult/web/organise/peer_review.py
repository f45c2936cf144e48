"""Peer review as organisers run it: how far each track is, reviewers, texts given out after a preview, names opened."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.accounts.four_eyes import needs_two
from consult.accounts.two_people import nobody_else
from consult.consultations.phases import Right, is_open
from consult.errors import Conflict, NotFound, Rejected
from consult.i18n import LANGUAGES, N_, NN_
from consult.peer_review.interest_queries import asked_interests
from consult.peer_review.queries import TrackLine, count_by_track, offered_reviewers, reviewers_of
from consult.peer_review.services import (
    Giving,
    Plan,
    ReviewerDraft,
    assign_reviews,
    end_reviewer,
    name_reviewer,
    plan_reviews,
)
from consult.submissions.review.blind import count_sealed
from consult.submissions.services import ask_names
from consult.submissions.services import open_names as reveal
from consult.submissions.tracks import track_label
from consult.typed_numbers import as_number
from consult.web.forms import (
    L_,
    DayField,
    Form,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    latin_digits,
    say,
)
from consult.web.guards import requires
from consult.web.organise.blueprint import blueprint
from consult.web.organise.interests import may_mend
from consult.web.peer_review.shown import today
from consult.web.proof import recently_proven
from consult.web.submissions import language_name
from consult.web.visitor import actor, consultation


@blueprint.get("/c/<slug>/organise/peer-review/")
@requires("peer_review.organise")
def peer_review() -> str:
    """Show how far the texts of each track are, and how far each reviewer is."""
    here = consultation()
    counts, sealed = count_by_track(here.id), count_sealed(here.id)
    return render_template(
        "organise/peer_review.html",
        tracks=[
            (row, track_label(row.key), counts.get(row.key, TrackLine()), sealed.get(row.key, 0)) for row in here.tracks
        ],
        reviewers=reviewers_of(here.id, today()),
        track_label=track_label,
        asked=sum(may_mend(one) for one in asked_interests(here.id)),
    )


class ReviewerForm(Form):
    """Somebody to be named, or a reviewer whose languages and limit are changed."""

    person = SelectField(L_("Who?"), validate_choice=False)
    track = SelectField(L_("Track"), validate_choice=False)
    languages = SelectMultipleField(
        L_("Languages in which they read"), description=L_("None ticked: texts in any language."), validate_choice=False
    )
    most = StringField(
        L_("Unfinished texts at a time, at most"), filters=[latin_digits], render_kw={"inputmode": "numeric"}
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        here = consultation()
        people = [(str(one.person), one.name) for one in offered_reviewers(here.id)]
        self.person.choices = [("", say(N_("Not chosen yet"))), *people]
        self.track.choices = [(row.key, say(track_label(row.key))) for row in here.tracks]
        self.languages.choices = [(code, language.name) for code, language in LANGUAGES.items()]

    def draft(self) -> ReviewerDraft:
        """Return what was chosen. Raises Rejected for nobody."""
        try:
            person = uuid.UUID(self.person.data or "")
        except ValueError:
            raise Rejected(N_("Choose one of the answers."), "person") from None
        return ReviewerDraft(
            person, self.track.data or "", tuple(self.languages.data or ())[:20], _whole(self.most.data)
        )


def _whole(text: str | None) -> int:
    """Return a whole number that was typed, -1 for what is none: the service says which are right."""
    return as_number(text, -1)


@blueprint.route("/c/<slug>/organise/peer-review/reviewers/", methods=["GET", "POST"])
@requires("peer_review.organise")
def reviewers() -> str | Response | tuple[str, int]:
    """Show the reviewers, and name somebody or change what they read."""
    form = ReviewerForm(most="20")
    if form.validate_on_submit():
        try:
            row = name_reviewer(form.draft(), consultation=consultation(), actor=actor())
        except Rejected as error:
            form.take(error)
        else:
            flash(say(N_("They are reviewer %(number)s now.", number=row.number)), "ok")
            return redirect(url_for("organise.reviewers"), 303)
    page = render_template(
        "organise/reviewers.html",
        form=form,
        reviewers=reviewers_of(consultation().id, today()),
        track_label=track_label,
        language_name=language_name,
    )
    return page, 422 if form.is_submitted() else 200


@blueprint.route("/c/<slug>/organise/peer-review/reviewers/<int:reviewer>/end/", methods=["GET", "POST"])
@requires("peer_review.organise")
def end_reviewing(reviewer: int) -> str | Response:
    """Ask once more, then let somebody judge no more."""
    there = reviewers_of(consultation().id, today())
    found = next((one for one in there if one.number == reviewer and not one.ended_at), None)
    if found is None:
        raise NotFound
    if request.method == "POST":
        end_reviewer(reviewer, consultation=consultation(), actor=actor())
        flash(say(N_("Reviewer %(number)s judges no more.", number=reviewer)), "ok")
        return redirect(url_for("organise.reviewers"), 303)
    return render_template("organise/reviewer_end.html", reviewer=found)


class GivingForm(Form):
    """Which texts, how many reviewers each, until when; `digest` is the preview that was looked at."""

    track = SelectField(L_("Track"), validate_choice=False)
    each = StringField(L_("Reviewers of each text"), filters=[latin_digits], render_kw={"inputmode": "numeric"})
    language = SelectField(L_("Texts in"), validate_choice=False)
    due_on = DayField(L_("To be judged until"))
    digest = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.track.choices = [(row.key, say(track_label(row.key))) for row in consultation().tracks]
        self.language.choices = [("", say(N_("All"))), *((code, language_name(code)) for code in LANGUAGES)]

    def giving(self) -> Giving:
        """Return what was chosen."""
        return Giving(self.track.data or "", _whole(self.each.data), self.language.data or "", self.due_on.day)


@blueprint.route("/c/<slug>/organise/peer-review/give/", methods=["GET", "POST"])
@requires("peer_review.organise")
def give_texts() -> str | Response | tuple[str, int]:
    """Ask for a preview of who would get what; then give the texts out as it was shown."""
    here, form = consultation(), GivingForm(each="2", track=_first_track())
    if not form.is_submitted():
        return _giving_page(form, None)
    giving, looks = form.giving(), request.form.get("then") != "give"
    try:
        with form.whole():
            plan = (
                plan_reviews(giving, consultation=here)
                if looks
                else assign_reviews(giving, form.digest.data or "", consultation=here, actor=actor())
            )
    except Rejected as error:
        form.take(error)
        return _giving_page(form, None), 422
    except Conflict as error:
        form.problems.append(say(error.message))
        return _giving_page(form, plan_reviews(giving, consultation=here)), 409
    if looks:
        return _giving_page(form, plan)
    flash(say(NN_("%(count)s text is given out.", "%(count)s texts are given out.", plan.texts)), "ok")
    return redirect(url_for("organise.peer_review"), 303)


def _first_track() -> str | None:
    """Return the first track that has reviewers."""
    return next((one.track for one in reviewers_of(consultation().id, today()) if not one.ended_at), None)


def _giving_page(form: GivingForm, plan: Plan | None) -> str:
    if plan is not None:
        form.digest.data, form.digest.raw_data = plan.digest, None
    there = reviewers_of(consultation().id, today())
    return render_template(
        "organise/give_texts.html",
        form=form,
        plan=plan,
        reviewers={one.number: one for one in there},
        any_reviewer=any(not one.ended_at for one in there),
        track=track_label(form.track.data or ""),
    )


@blueprint.route("/c/<slug>/organise/peer-review/names/<key>/", methods=["GET", "POST"])
@requires("names.open")
@recently_proven()
def open_names(key: str) -> str | Response | tuple[str, int]:
    """Ask once more, then show from now on whom the blind texts of a track are from, or ask for it where two people are needed."""
    here, form = consultation(), Form()
    row = next((one for one in here.tracks if one.key == key), None)
    sealed = count_sealed(here.id).get(key, 0)
    if row is None or not (row.blind or sealed):
        raise NotFound
    status = 200
    if form.validate_on_submit():
        try:
            if needs_two(here.id):
                ask_names(key, consultation=here, actor=actor())
                flash(say(N_("This waits now for another organiser, who confirms it.")), "ok")
                return redirect(url_for("organise.second_look"), 303)
            texts = reveal(key, consultation=here, actor=actor())
        except Conflict as error:
            form.problems.append(say(error.message))
            status = 409
        else:
            words = NN_("The name of %(count)s text is open.", "The names of %(count)s texts are open.", texts)
            flash(say(words), "ok")
            return redirect(url_for("organise.peer_review"), 303)
    page = render_template(
        "organise/open_names.html",
        form=form,
        key=key,
        label=track_label(key),
        sealed=sealed,
        waiting=count_by_track(here.id).get(key, TrackLine()).waiting,
        open=is_open(here.phases, Right.NAMES),
        two=needs_two(here.id),
        alone=nobody_else(here.id, actor=actor()),
    )
    return page, status
