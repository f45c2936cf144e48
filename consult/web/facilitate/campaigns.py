"""Campaigns: ask for a search, look at what it proposes, and decide which texts are copies of one letter."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.accounts.access import allowed
from consult.errors import NotFound, Problem, Rejected
from consult.i18n import N_, NN_, Message
from consult.recommendations.answering import answerable
from consult.submissions.campaigns.gathering import (
    ask_for_campaigns,
    confirm_campaign,
    dismiss_campaign,
    look_through,
    reopen_campaign,
)
from consult.submissions.campaigns.queries import (
    MEMBERS,
    ShownCampaign,
    campaigns_page,
    count_proposals,
    latest_search,
    one_campaign,
)
from consult.submissions.campaigns.states import PROPOSAL_LABELS, UNDER_WAY, ProposalState
from consult.submissions.tracks import track_label
from consult.typed_numbers import as_number
from consult.web.facilitate.blueprint import blueprint
from consult.web.forms import Form, HiddenField, SelectMultipleField, say
from consult.web.guards import requires
from consult.web.submissions import language_name, signature
from consult.web.visitor import actor, consultation

#: Colours of the tags.
TAGS = {
    ProposalState.PROPOSED: "wait",
    ProposalState.CONFIRMED: "ok",
    ProposalState.DISMISSED: "shut",
    ProposalState.REPLACED: "shut",
}


class CampaignForm(Form):
    """A decision on one proposal, or a page of it: `members` are the chosen texts, `listed` those that could be seen."""

    proposal = HiddenField()
    act = HiddenField()
    members = SelectMultipleField(validate_choice=False)
    listed = SelectMultipleField(validate_choice=False)


@blueprint.get("/c/<slug>/campaigns/")
@requires("submission.campaigns")
def campaigns() -> str:
    """Show how the search stands and what waits for a decision, or what was decided, or one campaign."""
    if wanted := request.args.get("campaign", ""):
        one = one_campaign(consultation().id, wanted, actor(), start=_start(request.args.get("from", "")))
        if one is None:
            raise NotFound
        return _page([one], one.state, single=True)
    state = _state(request.args.get("state", ""))
    page = campaigns_page(consultation().id, state, actor(), after=request.args.get("after", ""))
    return _page(page.rows, state, older=page.older)


@blueprint.post("/c/<slug>/campaigns/search/")
@requires("submission.campaigns")
def look_for_campaigns() -> Response:
    """Ask the worker for a search."""
    ask_for_campaigns(consultation=consultation(), actor=actor())
    flash(say(N_("The search is under way. Refresh this page to see how far it is.")), "ok")
    return redirect(url_for("facilitate.campaigns"), 303)


@blueprint.post("/c/<slug>/campaigns/decide/")
@requires("submission.campaigns")
def decide_campaign() -> Response | tuple[str, int]:
    """Confirm or dismiss a proposal, take that back, or keep what was said of one page of it and go to the next."""
    form, start = CampaignForm(), _start(request.form.get("from", ""))
    one = one_campaign(consultation().id, form.proposal.data or "", actor(), start=start)
    if one is None:
        form.add(Problem("", N_("This proposal is not there any more: a newer search has replaced it.")))
        page = campaigns_page(consultation().id, ProposalState.PROPOSED, actor())
        return _page(page.rows, ProposalState.PROPOSED, form, older=page.older), 422
    if form.act.data == "dismiss":
        dismiss_campaign(one.id, consultation=consultation(), actor=actor())
        flash(say(N_("Dismissed. These texts are not proposed again unless the group grows.")), "ok")
        return redirect(url_for("facilitate.campaigns"), 303)
    if form.act.data == "reopen":
        reopen_campaign(one.id, consultation=consultation(), actor=actor())
        flash(say(N_("Taken back. The proposal waits for a decision again.")), "ok")
        return redirect(_at(one, 0), 303)
    chosen, listed = _ids(form.members.data), _ids(form.listed.data)
    if form.act.data == "next":
        look_through(one.id, chosen, listed=listed, consultation=consultation(), actor=actor())
        return redirect(_at(one, start + MEMBERS), 303)
    try:
        row = confirm_campaign(one.id, chosen, listed=listed, consultation=consultation(), actor=actor())
    except Rejected as error:
        form.take(error)
        return _page([one], one.state, form, single=True, ticked=chosen), 422
    flash(say(_confirmed(row.texts)), "ok")
    return redirect(url_for("facilitate.campaigns"), 303)


def _confirmed(texts: int) -> Message:
    return NN_(
        "Confirmed: %(count)s text. It keeps its own page and its own answer.",
        "Confirmed: %(count)s like texts. Each keeps its own page and its own answer.",
        texts,
    )


def _state(text: str) -> ProposalState:
    return ProposalState(text) if text in set(ProposalState) else ProposalState.PROPOSED


def _ids(texts: Collection[str] | None) -> frozenset[uuid.UUID]:
    """Return the ids among what was sent."""
    found = set()
    for text in texts or ():
        try:
            found.add(uuid.UUID(text))
        except ValueError:
            continue
    return frozenset(found)


def _start(text: str) -> int:
    """Return after how many texts of a campaign a page begins."""
    return as_number(text, 0) // MEMBERS * MEMBERS


def _at(one: ShownCampaign, start: int) -> str:
    place = url_for("facilitate.campaigns", campaign=one.id)
    return f"{place}&from={start}" if start > 0 else place


def _page(
    rows: Collection[ShownCampaign],
    state: ProposalState,
    form: CampaignForm | None = None,
    *,
    older: str | None = None,
    single: bool = False,
    ticked: frozenset[uuid.UUID] | None = None,
) -> str:
    search, counts = latest_search(consultation().id), count_proposals(consultation().id, actor())
    return render_template(
        "facilitate/campaigns.html",
        form=form or CampaignForm(formdata=None),
        rows=rows,
        to_answer={
            row.id: answerable(consultation().id, row.id, actor())
            for row in rows
            if single and row.state is ProposalState.CONFIRMED and allowed(actor(), "answer.give", consultation())
        },
        at=_at,
        most=MEMBERS,
        state=state,
        single=single,
        ticked=ticked,
        search=search,
        under_way=search is not None and search.state in UNDER_WAY,
        states=[(one.value, label, counts.get(one, 0)) for one, label in PROPOSAL_LABELS.items()],
        labels=PROPOSAL_LABELS,
        tags=TAGS,
        after=url_for("facilitate.campaigns", state=state.value, after=older) if older else None,
        track_label=track_label,
        language_name=language_name,
        signature=signature,
    )
