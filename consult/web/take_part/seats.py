"""One's own seat: what one holds, for which seats one stands in, whose proxy one carries, and giving one's own."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from consult.consultations import services
from consult.consultations.models import Seat
from consult.consultations.names import public_names
from consult.consultations.seats.queries import (
    proxies_carried,
    seat_now,
    seats_held_before,
    seats_of,
    stood_in_for,
)
from consult.errors import NotFound, Rejected
from consult.i18n import N_
from consult.sessions.queries import sessions_of
from consult.submissions.tracks import track_label
from consult.web.forms import say
from consult.web.guards import requires
from consult.web.offered import sent_search
from consult.web.seats import ProxyForm, last_day, scope_of
from consult.web.take_part.blueprint import blueprint
from consult.web.take_part.desk import own_members
from consult.web.visitor import actor, consultation

Answer = str | Response | tuple[str, int]


@blueprint.get("/c/<slug>/seat/")
@requires("consultation.take_part")
def seats() -> str:
    """Show the seats one holds, stands in for, carries a proxy of, and held before."""
    mine = own_members()
    held = [seat_now(seat) for seat in seats_of(mine)]
    carried, sittings = proxies_carried(mine), sessions_of(consultation().id)
    return render_template(
        "take_part/seats.html",
        held=held,
        stands_in=stood_in_for(mine),
        carried=carried,
        before=seats_held_before(mine),
        names=public_names({line.proxy.giver_id for line in carried}.union(*(seat.members() for seat in held))),
        scope=lambda proxy: scope_of(proxy, sittings),
        track_label=track_label,
        proxies_each=consultation().proxies_each,
        last_day=last_day,
    )


def _own_seat() -> Seat:
    held = seats_of(own_members())
    if not held:
        raise NotFound
    return held[0]


@blueprint.route("/c/<slug>/seat/proxy/", methods=["GET", "POST"])
@requires("consultation.take_part")
def give_proxy() -> Answer:
    """Let somebody else vote for one's own seat."""
    row = _own_seat()
    form, status = ProxyForm(row, own=True), 200
    if form.is_submitted():
        try:
            with form.whole():
                services.give_proxy(form.draft(), seat=row, consultation=consultation(), actor=actor())
            flash(say(N_("Your proxy is given. You can take it back on this page.")), "ok")
            return redirect(url_for("take_part.seats"), 303)
        except Rejected as refused:
            form.take(refused)
            status = 422
    return render_template("take_part/proxy.html", row=row, form=form, q=sent_search()), status


@blueprint.post("/c/<slug>/seat/proxy/revoke/")
@requires("consultation.take_part")
def revoke_own_proxy() -> Response:
    """Take one's own proxy back."""
    services.revoke_proxy(_own_seat(), consultation=consultation(), actor=actor())
    flash(say(N_("Your proxy is taken back. A roll that was frozen before keeps it.")), "ok")
    return redirect(url_for("take_part.seats"), 303)
