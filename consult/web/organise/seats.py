"""Seats of a track and one seat: its holder and alternates, its history, handing over, its proxy; quotas and proxies in all."""

from __future__ import annotations

import uuid
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.consultations import services
from consult.consultations.models import Member, Seat
from consult.consultations.names import public_names
from consult.consultations.queries import TrackCounts, counts_by_track
from consult.consultations.seats.alternates import MOST_ALTERNATES
from consult.consultations.seats.holding import REASON_LIMIT, HandOver
from consult.consultations.seats.proxies import MOST_PROXIES
from consult.consultations.seats.queries import (
    could_hold,
    could_stand_in,
    proxies_page,
    seat_by_number,
    seat_now,
    seats_page,
)
from consult.consultations.seats.removing import removal_refusal, removed_seats
from consult.consultations.seats.services import MOST_SEATS
from consult.db import session
from consult.errors import Conflict, NotFound, Rejected
from consult.i18n import LANGUAGES, N_, NN_
from consult.plugins.track import Track
from consult.runtime import runtime
from consult.sessions.queries import sessions_of
from consult.submissions.tracks import track_label
from consult.web.addresses import sent_number
from consult.web.forms import (
    L_,
    Form,
    IntegerField,
    RadioField,
    SelectField,
    TextAreaField,
    clean_text,
    required,
    say,
    whole_numbers,
)
from consult.web.guards import requires
from consult.web.language import current_language
from consult.web.offered import goes_on, sent_search
from consult.web.organise.blueprint import blueprint
from consult.web.proof import IN_THE_HALL, posted, recently_proven
from consult.web.seats import ProxyForm, end_of, last_day, scope_of, signed
from consult.web.visitor import actor, consultation

Answer = str | Response | tuple[str, int]


class SeatsForm(Form):
    """How many free seats to add."""

    count = IntegerField(
        L_("How many seats to add"),
        [required(N_("Write a whole number, for example 120.")), whole_numbers(1, MOST_SEATS)],
    )


class QuotaForm(Form):
    """How many seats a track may have."""

    quota = IntegerField(
        L_("Quota"),
        [required(N_("Write a whole number, for example 120.")), whole_numbers(0, MOST_SEATS)],
        description=L_("No seat is made beyond it. Changing it stands in the log."),
    )


class AlternateForm(Form):
    """Who is to stand in."""

    member = SelectField(L_("Who stands in next?"), validate_choice=False)


class HandOverForm(Form):
    """Who holds the seat from now on, and why."""

    member = SelectField(L_("Who holds it from now on?"), validate_choice=False)
    reason = TextAreaField(
        L_("Why is it handed over?"),
        description=L_("It stands in the history of the seat. At most %(limit)s characters.", limit=REASON_LIMIT),
        filters=[clean_text],
    )
    language = RadioField(L_("The language you wrote in"), validate_choice=False)


class RemoveForm(Form):
    """Why an empty seat is removed."""

    reason = TextAreaField(
        L_("Why is it removed?"),
        description=L_("It stays on the page of seats. At most %(limit)s characters.", limit=REASON_LIMIT),
        filters=[clean_text],
    )
    language = RadioField(L_("The language you wrote in"), validate_choice=False)


class LimitForm(Form):
    """How many proxies one member may carry."""

    each = IntegerField(
        L_("How many proxies may one member carry?"),
        [required(N_("Write a whole number, for example 120.")), whole_numbers(0, MOST_PROXIES)],
        description=L_("0: nobody votes by proxy."),
    )


def _track(key: str) -> Track:
    found = runtime().hooks.track(key)
    if found is None or key not in consultation().enabled_tracks():
        raise NotFound
    return found


def _seat(track: str, seat: int) -> Seat:
    found = seat_by_number(consultation().id, track, seat)
    if found is None:
        raise NotFound
    return found


@blueprint.get("/c/<slug>/organise/people/seats/<track>/")
@requires("consultation.organise")
def seats(track: str) -> str:
    """Show the seats of a track with their holders, and the forms to add some and to change the quota."""
    return _seats_page(_track(track))


@blueprint.post("/c/<slug>/organise/people/seats/<track>/")
@requires("consultation.organise")
def add_seats(track: str) -> Response | tuple[str, int]:
    """Add free seats to a track, within its quota."""
    found, form = _track(track), SeatsForm()
    if not form.validate_on_submit():
        return _seats_page(found, form), 422
    try:
        made = services.create_seats(track, int(form.count.data or 0), consultation=consultation(), actor=actor())
    except Rejected as refused:
        form.take(refused)
        return _seats_page(found, form), 422
    flash(say(NN_("%(count)s seat was added.", "%(count)s seats were added.", len(made))), "ok")
    return redirect(url_for("organise.seats", track=track), 303)


@blueprint.post("/c/<slug>/organise/people/seats/<track>/quota/")
@requires("consultation.organise")
def set_quota(track: str) -> Response | tuple[str, int]:
    """Change the quota of a track."""
    found, form = _track(track), QuotaForm()
    if not form.validate_on_submit():
        return _seats_page(found, quota=form), 422
    try:
        services.set_quota(track, int(form.quota.data or 0), consultation=consultation(), actor=actor())
    except Rejected as refused:
        form.take(refused)
        return _seats_page(found, quota=form), 422
    flash(say(N_("The quota is changed.")), "ok")
    return redirect(url_for("organise.seats", track=track), 303)


def _seats_page(track: Track, form: SeatsForm | None = None, quota: QuotaForm | None = None) -> str:
    here = consultation()
    row = next(one for one in here.tracks if one.key == track.key)
    page = seats_page(here.id, track.key, after=sent_number(request.args, "after") or 0)
    return render_template(
        "organise/seats.html",
        form=form or SeatsForm(formdata=None),
        quota=quota or QuotaForm(formdata=None, quota=row.seats),
        track=track,
        row=row,
        page=page,
        names=public_names(line.holder for line in page.lines if line.holder),
        counts=counts_by_track(here.id).get(track.key, TrackCounts()),
        removed=removed_seats(here.id, track.key),
        first=url_for("organise.seats", track=track.key) if request.args.get("after") else None,
    )


@blueprint.get("/c/<slug>/organise/people/seats/<track>/<int:seat>/")
@requires("consultation.organise")
def seat(track: str, seat: int) -> str:
    """Show a seat: who holds it, who stands in, who carries its proxy, who held it before."""
    return _seat_page(_seat(track, seat))


def _seat_page(row: Seat, form: AlternateForm | None = None) -> str:
    now, form = seat_now(row), form or AlternateForm(formdata=None)
    q = sent_search()
    offered = could_stand_in(row, q)
    names = public_names({*now.members(), *offered})
    form.member.choices = _choices(offered, names)
    return render_template(
        "organise/seat.html",
        row=row,
        now=now,
        names=names,
        form=form,
        track=track_label(row.track),
        sheltered=_track(row.track).may_withhold_name,
        removable=removal_refusal(row) is None,
        full=len(now.alternates) >= MOST_ALTERNATES,
        scope=scope_of(now.proxy, sessions_of(row.consultation_id)) if now.proxy else None,
        proxies_each=consultation().proxies_each,
        last_day=last_day,
        q=q,
        more=goes_on(offered),
    )


def _choices(offered: Any, names: Any) -> dict[str, str]:
    return {"": say(N_("Choose"))} | {str(member): signed(member, names) for member in offered}


def _chosen(given: str | None) -> Member | None:
    try:
        return session.get(Member, uuid.UUID(given or ""))
    except ValueError:
        return None


@blueprint.post("/c/<slug>/organise/people/seats/<track>/<int:seat>/alternates/")
@requires("consultation.organise")
def add_alternate(track: str, seat: int) -> Response | tuple[str, int]:
    """Put a member last among the alternates of a seat."""
    row, form = _seat(track, seat), AlternateForm()
    try:
        services.add_alternate(row, _chosen(form.member.data), consultation=consultation(), actor=actor())
    except Rejected as refused:
        form.take(refused)
        return _seat_page(row, form), 422
    flash(say(N_("They stand in for this seat now.")), "ok")
    return redirect(url_for("organise.seat", track=track, seat=seat) + "#alternates", 303)


@blueprint.post("/c/<slug>/organise/people/seats/<track>/<int:seat>/alternates/<any(up, down, off):act>/")
@requires("consultation.organise")
def change_alternate(track: str, seat: int, act: Any) -> Response:
    """Move an alternate up or down, or take them off."""
    row = _seat(track, seat)
    try:
        alternate = uuid.UUID(request.form.get("alternate", ""))
    except ValueError:
        abort(400)
    if act == "off":
        services.remove_alternate(alternate, seat=row, consultation=consultation(), actor=actor())
        flash(say(N_("They no longer stand in for this seat.")), "ok")
    else:
        services.move_alternate(alternate, act, seat=row, consultation=consultation(), actor=actor())
    return redirect(url_for("organise.seat", track=track, seat=seat) + "#alternates", 303)


@blueprint.route("/c/<slug>/organise/people/seats/<track>/<int:seat>/hand-over/", methods=["GET", "POST"])
@requires("consultation.organise")
@recently_proven(when=posted)
def hand_over(track: str, seat: int) -> Answer:
    """Hand a seat over to another member, with the reason."""
    row = _seat(track, seat)
    if row.holder_id is None:
        raise Conflict(N_("This seat has no holder."))
    form = HandOverForm(language=current_language().code)
    form.language.choices = {code: language.name for code, language in LANGUAGES.items()}
    q = sent_search()
    offered = could_hold(row, q)
    names = public_names({*offered, row.holder_id})
    form.member.choices = _choices(offered, names)
    status = 200
    if form.validate_on_submit():
        chosen = _chosen(form.member.data)
        draft = HandOver(chosen.id if chosen else None, form.reason.data or "", form.language.data or "")
        try:
            services.hand_over(row, draft, consultation=consultation(), actor=actor())
        except Rejected as refused:
            form.take(refused)
            status = 422
        else:
            flash(say(N_("The seat is handed over. What was done stays under the name of who did it.")), "ok")
            return redirect(url_for("organise.seat", track=track, seat=seat), 303)
    page = render_template(
        "organise/seat_hand_over.html",
        row=row,
        form=form,
        holder=names[row.holder_id],
        track=track_label(row.track),
        q=q,
        more=goes_on(offered),
    )
    return page, status


@blueprint.route("/c/<slug>/organise/people/seats/<track>/<int:seat>/remove/", methods=["GET", "POST"])
@requires("consultation.organise")
def remove_seat(track: str, seat: int) -> Answer:
    """Remove an empty seat that nobody ever held, with the reason."""
    row = _seat(track, seat)
    if (refusal := removal_refusal(row)) is not None:
        raise Conflict(refusal)
    form, status = RemoveForm(language=current_language().code), 200
    form.language.choices = {code: language.name for code, language in LANGUAGES.items()}
    if form.validate_on_submit():
        given = (form.reason.data or "", form.language.data or "")
        try:
            services.remove_seat(row, *given, consultation=consultation(), actor=actor())
        except Rejected as refused:
            form.take(refused)
            status = 422
        else:
            flash(say(N_("The seat is removed. Why stands with the seats of the track.")), "ok")
            return redirect(url_for("organise.seats", track=track), 303)
    page = render_template("organise/seat_remove.html", row=row, form=form, track=track_label(row.track))
    return page, status


@blueprint.route("/c/<slug>/organise/people/seats/<track>/<int:seat>/proxy/", methods=["GET", "POST"])
@requires("consultation.organise")
@recently_proven(IN_THE_HALL, when=posted)
def enter_proxy(track: str, seat: int) -> Answer:
    """Enter the proxy of a seat, with the paper that was shown."""
    row = _seat(track, seat)
    if row.holder_id is None:
        raise Conflict(N_("This seat has no holder."))
    form, status = ProxyForm(row, own=actor().is_member(row.holder_id)), 200
    if form.is_submitted():
        try:
            with form.whole():
                services.give_proxy(form.draft(), seat=row, consultation=consultation(), actor=actor())
            flash(say(N_("The proxy is entered.")), "ok")
            return redirect(url_for("organise.seat", track=track, seat=seat) + "#proxy", 303)
        except Rejected as refused:
            form.take(refused)
            status = 422
    name = public_names([row.holder_id])[row.holder_id]
    return render_template(
        "organise/seat_proxy.html", row=row, form=form, holder=name, track=track_label(row.track), q=sent_search()
    ), status


@blueprint.post("/c/<slug>/organise/people/seats/<track>/<int:seat>/proxy/revoke/")
@requires("consultation.organise")
def revoke_proxy(track: str, seat: int) -> Response:
    """Take the proxy of a seat back, as its holder asked."""
    services.revoke_proxy(_seat(track, seat), consultation=consultation(), actor=actor())
    flash(say(N_("The proxy is revoked. A roll that was frozen before keeps it.")), "ok")
    return redirect(url_for("organise.seat", track=track, seat=seat) + "#proxy", 303)


@blueprint.route("/c/<slug>/organise/people/proxies/", methods=["GET", "POST"])
@requires("consultation.organise")
def proxies() -> Answer:
    """Show every proxy, in force or ended, and set how many one member may carry."""
    here, status = consultation(), 200
    form = LimitForm(each=here.proxies_each)
    if form.is_submitted():
        try:
            if form.validate():
                services.limit_proxies(int(form.each.data or 0), consultation=here, actor=actor())
                flash(say(N_("The limit is changed.")), "ok")
                return redirect(url_for("organise.proxies"), 303)
        except Rejected as refused:
            form.take(refused)
        status = 422
    lines, after = proxies_page(here.id, before=_cursor(request.args.get("before")))
    sittings = sessions_of(here.id)
    page = render_template(
        "organise/proxies.html",
        form=form,
        last_day=last_day,
        lines=[(line, scope_of(line.proxy, sittings), end_of(line.proxy)) for line in lines],
        names=public_names({one for line in lines for one in (line.proxy.giver_id, line.proxy.bearer_id)}),
        older=url_for("organise.proxies", before=after) if after else None,
        newer=url_for("organise.proxies") if request.args.get("before") else None,
    )
    return page, status


def _cursor(given: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(given) if given else None
    except ValueError:
        abort(404)
