"""Cards for the hall: a new sign-in link, printed at the desk, for a member who lost their letter."""

from __future__ import annotations

from flask import render_template, request
from werkzeug.wrappers import Response

from consult.consultations.queries import member_by_number, members_page
from consult.consultations.services import print_card
from consult.errors import NotFound
from consult.web.facilitate.blueprint import blueprint
from consult.web.guards import requires
from consult.web.letters import letters_page
from consult.web.proof import IN_THE_HALL, recently_proven
from consult.web.visitor import actor, consultation

#: So many are shown; whoever stands at the desk is found by number, name or body.
SHOWN = 20


@blueprint.get("/c/<slug>/cards/")
@requires("card.print")
def cards() -> str:
    """Find the member who stands at the desk."""
    text = request.args.get("q", "")
    found = members_page(consultation().id, text=text, limit=SHOWN).lines if text.strip() else []
    return render_template("facilitate/cards.html", found=found, text=text)


@blueprint.post("/c/<slug>/cards/<int:number>/")
@requires("card.print")
@recently_proven(IN_THE_HALL)
def make_card(number: int) -> Response:
    """Make a new link and show it once, to be printed; its member is told by mail."""
    member = member_by_number(consultation().id, number)
    if member is None:
        raise NotFound
    card = print_card(member, consultation=consultation(), actor=actor())
    return letters_page([card], card=True)
