"""At the desk: somebody lost the second step and the recovery codes. One who sees them asks, another confirms."""

from __future__ import annotations

import uuid

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.consultations.hall_help import (
    WaitingHelp,
    ask_help,
    confirm_help,
    needs_administrator,
    waiting_help,
    withdraw_help,
)
from consult.consultations.models import Member
from consult.consultations.names import public_names
from consult.consultations.queries import member_by_number, members_page
from consult.errors import NotFound, Problem
from consult.i18n import N_
from consult.web.context import present_formats
from consult.web.facilitate.blueprint import blueprint
from consult.web.forms import L_, BooleanField, Form, say
from consult.web.guards import requires
from consult.web.proof import IN_THE_HALL, recently_proven
from consult.web.visitor import actor, consultation

#: So many are shown; whoever stands at the desk is found by number, name or body.
SHOWN = 20


class SeenForm(Form):
    """That somebody was seen, with a paper that proves who they are."""

    seen = BooleanField(L_("This person stands before me, and I have looked at a paper that proves who they are."))


@blueprint.get("/c/<slug>/second-step/")
@requires("second_step.help")
def second_steps() -> str:
    """Show whom a second person is to see, and find the member who stands at the desk."""
    text = request.args.get("q", "")
    found = members_page(consultation().id, text=text, limit=SHOWN).lines if text.strip() else []
    waiting = waiting_help(consultation())
    return render_template("facilitate/second_steps.html", found=found, text=text, waiting=waiting)


@blueprint.get("/c/<slug>/second-step/<int:number>/")
@requires("second_step.help")
def second_step(number: int) -> str:
    """Show what will happen, and ask whether the person was seen."""
    return _page(_member(number), SeenForm(formdata=None))


@blueprint.post("/c/<slug>/second-step/<int:number>/")
@requires("second_step.help")
@recently_proven(IN_THE_HALL)
def help_second_step(number: int) -> Response | tuple[str, int]:
    """Write down that somebody was seen, confirm it, or take it back."""
    member, form, pressed = _member(number), SeenForm(), request.form.get("act", "")
    if pressed not in ("ask", "confirm", "withdraw"):
        abort(400)
    here, who = consultation(), actor()
    if pressed == "withdraw":
        withdraw_help(_act(), consultation=here, actor=who)
        flash(say(N_("It is withdrawn. Nothing happened.")), "ok")
        return redirect(url_for("facilitate.second_steps"), 303)
    if not form.validate() or not form.seen.data:
        form.add(Problem("seen", N_("Say that you have seen this person.")))
        return _page(member, form), 422
    if pressed == "ask":
        ask_help(member, consultation=here, actor=who)
        flash(say(N_("Written down. Now another of you looks at the person and confirms it.")), "ok")
    else:
        until = confirm_help(_act(), member, consultation=here, actor=who)
        moment = present_formats().moment(until)
        flash(
            say(
                N_(
                    "The second step is removed. A new one is set up at the next sign-in, until %(moment)s.",
                    moment=moment,
                )
            ),
            "ok",
        )
    return redirect(url_for("facilitate.second_steps"), 303)


def _act() -> uuid.UUID:
    try:
        return uuid.UUID(request.form.get("waits", ""))
    except ValueError:
        abort(400)


def _member(number: int) -> Member:
    row = member_by_number(consultation().id, number)
    if row is None:
        raise NotFound
    return row


def _page(member: Member, form: SeenForm) -> str:
    waiting: WaitingHelp | None = next((w for w in waiting_help(consultation()) if w.number == member.number), None)
    return render_template(
        "facilitate/second_step.html",
        member=member,
        name=public_names([member.id])[member.id],
        form=form,
        waiting=waiting,
        mine=waiting is not None and waiting.by == actor().person,
        own=member.person_id == actor().person,
        administrator=needs_administrator(member, consultation(), actor()),
    )
