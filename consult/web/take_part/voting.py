"""Voting in a named ballot: choose, check, cast."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from functools import wraps

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.ballots.box import cast
from consult.ballots.frozen import paper
from consult.ballots.models import Ballot
from consult.ballots.ordinary_vote import Vote, cast_at_once
from consult.ballots.queries import ballot_by_number, own_choices
from consult.ballots.states import BallotState
from consult.consultations.names import public_names
from consult.i18n import N_
from consult.web.decisions import shown
from consult.web.forms import L_, Form, HiddenField, RadioField, required, say
from consult.web.guards import requires, visible
from consult.web.take_part.blueprint import blueprint
from consult.web.visitor import actor, consultation, cookie_name

Answer = str | Response | tuple[str, int]


class VoteForm(Form):
    """A ballot paper: one choice; `voter` is for somebody who votes for several, by proxy for instance."""

    choice = RadioField(L_("Your choice"), validators=[required(N_("Choose one of the answers."))])
    voter = HiddenField()
    then = HiddenField()


def _members() -> list[uuid.UUID]:
    """Return as which members the visitor votes."""
    return [m.member for m in actor().votes_as(consultation().id)]


def _casts_at_once(view: Callable[[int], Answer]) -> Callable[[int], Answer]:
    """Cast a vote that was checked, before anything of a page is read: a whole hall presses at the same moment.

    Whatever is not an ordinary vote (another step, a choice that is not on the paper, somebody without a seat or with
    several, a vote by proxy) goes to the view, which says what is wrong.
    """

    @wraps(view)
    def casting(number: int) -> Answer:
        given = request.form
        if given.get("then") == "cast":
            token = request.cookies.get(cookie_name(), "")
            given_vote = Vote(token, g.consultation_slug, number, given.get("choice", ""), given.get("voter", ""))
            if cast_at_once(given_vote):
                return redirect(request.path, 303)
        return view(number)

    return casting


def _chosen(own: Mapping[uuid.UUID, str | None], given: str | None) -> uuid.UUID | None:
    """Return for whom the visitor votes: whom the form names, else the first; None where they vote for nobody."""
    return next((voter for voter in own if str(voter) == given), next(iter(own), None))


@blueprint.route("/c/<slug>/ballots/<int:number>/vote/", methods=["GET", "POST"])
@_casts_at_once
@requires("ballot.cast")
def vote(number: int) -> Answer:
    """Take a vote in three steps without a choice in any address: choose, check, cast; it can be changed until closing."""
    row: Ballot = visible("ballot.read", ballot_by_number(consultation().id, number))
    form = VoteForm()
    form.choice.choices = [(key, say(label)) for key, label in paper(row).items()]
    if not form.is_submitted():
        return _paper(row, form)
    if not form.validate():
        return _paper(row, form, 422)
    own = own_choices(row.id, _members())
    voter = _chosen(own, form.voter.data)
    if form.then.data != "cast" and voter is not None:
        return _check(row, form, voter)
    cast(row, form.choice.data, actor=actor(), voter=voter)
    several = voter is not None and len(own) > 1
    return redirect(url_for("take_part.vote", number=row.number, voter=voter) if several else request.path, 303)


def _paper(row: Ballot, form: VoteForm, status: int = 200) -> Response | tuple[str, int]:
    """Show the ballot paper, with what was chosen so far; a ballot that is over has its page."""
    if row.state != BallotState.OPEN:
        return redirect(url_for("public.ballot", number=row.number), 302)
    own = own_choices(row.id, _members())
    chosen = _chosen(own, request.values.get("voter"))
    if not form.is_submitted() and chosen is not None:
        form.choice.data, form.voter.data = own.get(chosen), str(chosen)
    page = render_template(
        "take_part/vote.html",
        ballot=shown(row),
        form=form,
        own=own,
        chosen=chosen,
        mine=chosen in _members(),
        members=_members(),
        names=public_names(own),
    )
    return page, status


def _check(row: Ballot, form: VoteForm, voter: uuid.UUID) -> str:
    """Show the choice once more, with what is recorded of it, before it is cast."""
    return render_template(
        "take_part/vote_check.html",
        ballot=shown(row),
        form=form,
        label=paper(row)[form.choice.data],
        voter=voter,
        mine=voter in _members(),
        name=public_names([voter])[voter],
    )
