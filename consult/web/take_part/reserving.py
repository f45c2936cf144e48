"""Reservations: put on record by a member, or by the yes of whoever a body's rule asks for; and taken back in the same way."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.accounts.access import Membership
from consult.accounts.models import Body
from consult.consultations.names import public_names
from consult.db import session
from consult.errors import Conflict, NotFound, Problem, Rejected
from consult.i18n import LANGUAGES, N_, Localized, Message
from consult.recommendations.models import Recommendation
from consult.recommendations.queries import recommendation_by_number
from consult.recommendations.reservation_models import Reservation, UnsignedReservation
from consult.recommendations.reservation_queries import (
    inherited_reservations,
    offices_of,
    own_reservation,
    unsigned_of,
)
from consult.recommendations.reservations import (
    Outcome,
    digest_of,
    drop_reservation,
    membership_for,
    record_reservation,
    rewrite_reservation,
    sign_reservation,
    withdraw_reservation,
)
from consult.submissions.offices.sign_off import rule_of, signers_of
from consult.submissions.offices.sign_off_rules import LEVEL_LABELS, Level, missing
from consult.web.forms import L_, Form, RadioField, TextAreaField, VersionedForm, clean_text, required, say
from consult.web.guards import requires, visible
from consult.web.in_place import InPlace, in_place_of
from consult.web.language import current_language
from consult.web.proof import IN_THE_HALL, posted, recently_proven
from consult.web.take_part.blueprint import blueprint
from consult.web.visitor import actor, consultation

Answer = str | Response | tuple[str, int]
WAITS = N_("Kept inside your body, and your colleagues are asked. Nobody else reads it before it is signed off.")


class ReservationForm(VersionedForm):
    """A reservation in the words of a member or of a body."""

    text = TextAreaField(
        L_("Your reservation"),
        description=L_("In your own words. It is published under the recommendation, with your public name."),
        filters=[clean_text],
        validators=[required(N_("Write your reservation."))],
    )
    language = RadioField(L_("The language you wrote in"))

    def for_body(self) -> None:
        """Say that it stands under the name of a body."""
        self.text.label.text = L_("The reservation of your body")
        self.text.description = L_("It is published under the recommendation, with the name of your body.")


@blueprint.route("/c/<slug>/recommendations/<int:number>/reservation/", methods=["GET", "POST"])
@requires("consultation.take_part")
@recently_proven(IN_THE_HALL, when=posted)
def reserve(number: int) -> Answer:
    """Put a reservation on record; a body whose rule asks for more than the visitor's yes keeps it until it is signed off."""
    row: Recommendation = visible("reservation.record", recommendation_by_number(consultation().id, number))
    seated = [m for m in actor().memberships_in(consultation().id) if m.seated]
    if not seated:
        raise NotFound
    if (kept := unsigned_of(row.id, seated)) is not None:
        return redirect(url_for("take_part.reservation", reservation=kept.id), 302)
    if own_reservation(row.id, seated) is not None:
        return redirect(_on_record(number), 302)
    form = _form(current_language().code)
    if not form.validate_on_submit():
        return _new_page(row, form, seated[0]), 422 if form.is_submitted() else 200
    try:
        made = record_reservation(
            form.text.data or "",
            language=form.language.data,
            recommendation=row,
            member=seated[0].member,
            actor=actor(),
        )
    except Rejected as error:
        form.take(error)
        return _new_page(row, form, seated[0]), 422
    except Conflict as error:
        form.add(Problem("", error.message))
        return _new_page(row, form, seated[0]), 409
    return _done(made, number, N_("Your reservation is on record."))


@blueprint.route("/c/<slug>/reservations/<uuid:reservation>/", methods=["GET", "POST"])
@requires("submission.write")
@recently_proven(IN_THE_HALL, when=posted)
def reservation(reservation: uuid.UUID) -> Answer:
    """Show what one's body has not signed off yet, and whose yes is missing; a POST saves other words."""
    kept = _unsigned(reservation)
    number = session.get_one(Recommendation, kept.recommendation_id).number
    form = _form(kept.language, text=kept.text, version=str(kept.version))
    if not form.validate_on_submit():
        return _page(kept, form), 422 if form.is_submitted() else 200
    try:
        made = rewrite_reservation(
            form.text.data or "",
            language=form.language.data,
            version=form.known(),
            unsigned=kept,
            actor=actor(),
        )
    except Rejected as error:
        form.take(error)
        return _page(kept, form), 422
    except Conflict as error:
        form.add(Problem("", error.message))
        form.version.data = str(kept.version)
        return _page(kept, form), 409
    return _done(made, number, N_("Your reservation is on record."))


@blueprint.post("/c/<slug>/reservations/<uuid:reservation>/sign")
@requires("submission.write")
@recently_proven(IN_THE_HALL)
def sign_reservation_off(reservation: uuid.UUID) -> Response:
    """Say yes to what the page showed."""
    kept = _unsigned(reservation)
    number, ends = session.get_one(Recommendation, kept.recommendation_id).number, kept.withdraws_id is not None
    try:
        made = sign_reservation(kept, request.form.get("digest", ""), actor=actor())
    except Conflict as error:
        flash(say(error.message), "no")
        return redirect(url_for("take_part.reservation", reservation=reservation), 303)
    done = N_("The reservation is withdrawn.") if ends else N_("The reservation of your body is on record.")
    return _done(made, number, done, N_("Your yes is noted."))


@blueprint.post("/c/<slug>/reservations/<uuid:reservation>/drop")
@requires("submission.write")
def give_reservation_up(reservation: uuid.UUID) -> Response:
    """Give up what was not signed off yet."""
    drop_reservation(_unsigned(reservation), actor=actor())
    flash(say(N_("Given up. Nobody outside your body knew of it.")), "ok")
    return redirect(url_for("take_part.office"), 303)


@blueprint.route("/c/<slug>/recommendations/<int:number>/reservation/withdraw/", methods=["GET", "POST"])
@requires("consultation.take_part")
@recently_proven(IN_THE_HALL, when=posted)
def take_reservation_back(number: int) -> Answer:
    """Ask once more, then take one's reservation back, or (`of`) that of a body which went into one's own; of a body once its rule is met."""
    row: Recommendation = visible("recommendation.read", recommendation_by_number(consultation().id, number))
    own = actor().memberships_in(consultation().id)
    if (kept := unsigned_of(row.id, own)) is not None:
        return redirect(url_for("take_part.reservation", reservation=kept.id), 302)
    made, form = _to_take_back(row, own), Form()
    if not form.validate_on_submit():
        name = public_names([made.member_id])[made.member_id].official if made.member_id else _names_of(made.body_id)
        return render_template(
            "take_part/reservation_withdraw.html",
            recommendation=row,
            made=made,
            form=form,
            name=name,
            more=_asks(own),
            instead=_instead(made),
        )
    return _done(withdraw_reservation(made, actor=actor()), number, N_("The reservation is withdrawn."))


def _to_take_back(row: Recommendation, own: Sequence[Membership]) -> Reservation:
    """Return the reservation that the address names, one's own where it names none."""
    wanted = request.args.get("of", "")
    named = next((one for one, _ in inherited_reservations(row.id, own) if str(one.id) == wanted), None)
    made: Reservation = visible("reservation.withdraw", named if wanted else own_reservation(row.id, own))
    return made


def _instead(made: Reservation | None) -> InPlace | None:
    """Return in whose place the visitor takes a reservation back, None where it is their own."""
    if made is None or made.body_id is None:
        return None
    me = actor().answering_for(consultation().id, (made.body_id, made.track))
    return in_place_of(me.body, made.body_id) if me else None


def _form(language: str, **kept: str) -> ReservationForm:
    form = ReservationForm(data={"language": language, **kept})
    form.language.choices = [(code, language.name) for code, language in LANGUAGES.items()]
    return form


def _new_page(row: Recommendation, form: ReservationForm, me: Membership) -> str:
    if offices_of([me]):
        form.for_body()
    return render_template(
        "take_part/reservation.html",
        recommendation=row,
        form=form,
        name=public_names([me.member])[me.member].official,
        more=_asks([me]),
    )


def _asks(memberships: Sequence[Membership]) -> Message | None:
    """Return the rule of the visitor's body in words, where it asks for more than whoever writes."""
    for office in offices_of(memberships):
        rule = rule_of(consultation(), *office)
        if rule.level is not Level.MEMBER:
            return LEVEL_LABELS[rule.level]
    return None


def _page(kept: UnsignedReservation, form: ReservationForm) -> str:
    form.for_body()
    me, digest = membership_for(kept, actor()), digest_of(kept)
    rule = rule_of(consultation(), kept.body_id, kept.track)
    signed = signers_of([kept.id], {kept.id: digest}).get(kept.id, {})
    withdraws = session.get(Reservation, kept.withdraws_id) if kept.withdraws_id else None
    return render_template(
        "take_part/reservation_unsigned.html",
        row=kept,
        recommendation=session.get_one(Recommendation, kept.recommendation_id),
        withdraws=withdraws,
        instead=_instead(withdraws),
        form=form,
        digest=digest,
        name=_names_of((withdraws and withdraws.body_id) or kept.body_id),
        level=LEVEL_LABELS[rule.level],
        lacking=list(missing(rule, signed.keys())),
        mine=me.member in signed,
    )


def _names_of(body: uuid.UUID | None) -> Localized:
    return session.get_one(Body, body).names


def _unsigned(reservation: uuid.UUID) -> UnsignedReservation:
    kept: UnsignedReservation = visible("reservation.sign", session.get(UnsignedReservation, reservation))
    if kept.consultation_id != consultation().id:
        raise NotFound
    return kept


def _done(made: Outcome, number: int, done: Message, waits: Message = WAITS) -> Response:
    if isinstance(made, UnsignedReservation):
        flash(say(waits), "ok")
        return redirect(url_for("take_part.reservation", reservation=made.id), 303)
    flash(say(done), "ok")
    return redirect(_on_record(number), 303)


def _on_record(number: int) -> str:
    return url_for("public.recommendation", number=number, _anchor="reservations")
