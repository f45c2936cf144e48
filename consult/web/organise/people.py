"""People of a consultation: who takes part, seats, inviting one by one, letters by mail and on paper."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.accounts.people import PersonDraft
from consult.consultations.members import Letter, MemberDraft, PaperLetter, print_refusal
from consult.consultations.models import Member
from consult.consultations.names import public_names
from consult.consultations.queries import (
    TrackCounts,
    counts_by_track,
    empty_seats,
    member_by_number,
    members_page,
    seat_of,
)
from consult.consultations.seats.queries import free_for, stood_in_for
from consult.consultations.services import (
    end_membership,
    give_seat,
    invite_member,
    print_invitations,
    send_invitations,
    vacate_seat,
)
from consult.errors import Conflict, NotFound, Rejected
from consult.i18n import LANGUAGES, N_, NN_
from consult.plugins.track import Track
from consult.runtime import runtime
from consult.submissions.tracks import track_label
from consult.typed_numbers import as_number
from consult.web.addresses import sent_number
from consult.web.context import local
from consult.web.forms import (
    L_,
    BooleanField,
    Form,
    RadioField,
    SelectField,
    StringField,
    clean_line,
    required,
    say,
)
from consult.web.guards import requires
from consult.web.kept import kept
from consult.web.letters import letters_page
from consult.web.offered import bodies_of_kinds, sent_search
from consult.web.organise.blueprint import blueprint
from consult.web.proof import IN_THE_HALL, recently_proven
from consult.web.visitor import actor, consultation

STAYS_WITHHELD = N_(
    "They took part before with the name withheld, and what they did then stands under their number. So it stays withheld."
)


@blueprint.get("/c/<slug>/organise/people/")
@requires("member.invite")
def people() -> str:
    """Show who takes part, found by number, name or body, and the seats of each track."""
    here, track, text = consultation(), request.args.get("track", ""), request.args.get("q", "")
    counts = kept(("people by track", here.id), lambda: counts_by_track(here.id))
    page = members_page(here.id, track=track, text=text, after=sent_number(request.args, "after") or 0)
    older = url_for("organise.people", track=track, q=text, after=page.after) if page.after else None
    return render_template(
        "organise/people.html",
        page=page,
        older=older,
        newer=url_for("organise.people", track=track, q=text) if request.args.get("after") else None,
        track=track,
        text=text,
        tracks=[(row.key, local(track_label(row.key))) for row in here.tracks],
        seats=[(row, track_label(row.key), counts.get(row.key, TrackCounts())) for row in here.tracks],
        track_label=track_label,
        installed=runtime().hooks.tracks,
    )


class InviteForm(Form):
    """Somebody to be invited."""

    name = StringField(L_("Name"), [required(N_("Write the name."))], filters=[clean_line])
    email = StringField(
        L_("E-mail address"),
        description=L_("Leave it empty for somebody without one: their letter is printed."),
        filters=[clean_line],
        render_kw={"type": "email", "spellcheck": "false"},
    )
    language = RadioField(
        L_("Language of letters"), choices={code: language.name for code, language in LANGUAGES.items()}
    )
    body = SelectField(L_("Takes part for"), validate_choice=False)
    seat = BooleanField(L_("Give them a free seat in the plenary"))
    withheld = BooleanField(
        L_("Withhold the name"),
        description=L_("No page, letter, export or document tells it, not even to you; only the number is shown."),
    )
    letter = RadioField(
        L_("The letter"),
        choices={
            Letter.MAIL.value: L_("By mail: nobody but its reader sees the link"),
            Letter.PRINT.value: L_("On paper: it is shown once, to be printed now"),
        },
    )

    def __init__(self, track: Track, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = tuple(track.body_kinds)
        offered = bodies_of_kinds(kinds)
        self.more = offered.after is not None
        self.body.choices = {"": say(N_("Nobody: alone"))} | {str(b.id): say(b.names) for b in offered.lines}
        if not track.may_withhold_name:
            del self.withheld

    def draft(self, track: str) -> MemberDraft:
        """Return what was typed."""
        chosen = self.body.data or ""
        return MemberDraft(
            PersonDraft(self.name.data or "", self.email.data or "", self.language.data or ""),
            track,
            uuid.UUID(chosen) if _is_id(chosen) else None,
            withheld=bool("withheld" in self and self.withheld.data),
            seat=bool(self.seat.data),
            letter=Letter(self.letter.data) if self.letter.data in set(Letter) else Letter.MAIL,
        )


def _is_id(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _track(key: str) -> Track:
    found = runtime().hooks.track(key)
    if found is None or key not in consultation().enabled_tracks():
        raise NotFound
    return found


def _invite_page(form: InviteForm, track: Track) -> str:
    return render_template("organise/invite.html", form=form, track=track, q=sent_search())


@blueprint.get("/c/<slug>/organise/people/invite/<track>/")
@requires("member.invite")
def invite(track: str) -> str:
    """Show the form to invite somebody to a track; the address may name the body, and the language of letters."""
    asked = request.args.get("language", "")
    language = asked if asked in LANGUAGES else "ar"
    form = InviteForm(_track(track), language=language, letter="mail", body=request.args.get("body", ""))
    return _invite_page(form, _track(track))


@blueprint.post("/c/<slug>/organise/people/invite/<track>/")
@requires("member.invite")
def send_invitation(track: str) -> Response | tuple[str, int]:
    """Invite somebody; a letter on paper is shown now, to be printed."""
    found = _track(track)
    form = InviteForm(found)
    if not form.validate_on_submit():
        return _invite_page(form, found), 422
    try:
        invited = invite_member(form.draft(track), consultation=consultation(), actor=actor())
    except Rejected as refused:
        form.take(refused)
        return _invite_page(form, found), 422
    if invited.stays_withheld:
        flash(say(STAYS_WITHHELD), "wait")
    if invited.link is None:
        flash(say(N_("The invitation is on its way by mail.")), "ok")
        return redirect(url_for("organise.people", track=track), 303)
    name = public_names([invited.member.id])[invited.member.id]
    return letters_page([PaperLetter(invited.member.number, name, track, invited.link)])


def _chosen() -> list[Member]:
    numbers = [as_number(number, 0) for number in request.form.getlist("member")]
    found = [member_by_number(consultation().id, number) for number in numbers if number]
    return [member for member in found if member is not None]


@blueprint.post("/c/<slug>/organise/people/letters/")
@requires("member.invite")
@recently_proven(IN_THE_HALL)
def make_letters() -> Response:
    """Make new invitations for the chosen members: printed now, or sent by mail."""
    members = _chosen()
    if request.form.get("letter") == Letter.MAIL:
        sent = send_invitations(members, consultation=consultation(), actor=actor())
        flash(say(NN_("%(count)s letter is on its way.", "%(count)s letters are on their way.", sent)), "ok")
        return redirect(url_for("organise.people"), 303)
    letters = print_invitations(members, consultation=consultation(), actor=actor())
    if not letters:
        flash(say(N_("There is nothing to print: choose members whose letter may be printed.")), "wait")
        return redirect(url_for("organise.people"), 303)
    if left := len(members) - len(letters):
        words = NN_(
            "%(count)s letter is not printed: it goes to its owner’s address only.",
            "%(count)s letters are not printed: they go to their owners’ addresses only.",
            left,
        )
        flash(say(words), "wait")
    return letters_page(letters)


def _member(number: int) -> Member:
    found = member_by_number(consultation().id, number)
    if found is None:
        raise NotFound
    return found


def _shelters(key: str) -> bool:
    """Tell whether a track may withhold names: its seats are told without their bodies, as a seat stays when its holder changes."""
    track = runtime().hooks.track(key)
    return track is None or track.may_withhold_name


@blueprint.get("/c/<slug>/organise/people/<int:number>/")
@requires("member.invite")
def member(number: int) -> str:
    """Show a member: seat, letters, and the end of their part."""
    row = _member(number)
    free = [(seat, None if row.withheld or _shelters(row.track) else names) for seat, names in free_for(row)]
    return render_template(
        "organise/member.html",
        row=row,
        name=public_names([row.id])[row.id],
        track=track_label(row.track),
        seat=seat_of(row.id),
        stands_in=stood_in_for([row.id]),
        free=free,
        refusal=print_refusal(row.person_id, consultation(), actor()),
    )


@blueprint.post("/c/<slug>/organise/people/<int:number>/seat/")
@requires("member.invite")
def change_seat(number: int) -> Response:
    """Give the chosen seat to a member, or take theirs back."""
    row, held = _member(number), seat_of(_member(number).id)
    if held is not None:
        vacate_seat(held, consultation=consultation(), actor=actor())
        flash(say(N_("The seat is free again.")), "ok")
        return redirect(url_for("organise.member", number=number), 303)
    wanted = sent_number(request.form, "seat")
    seat = next((s for s, _ in empty_seats(consultation().id, row.track) if s.number == wanted), None)
    if seat is None:
        raise Conflict(N_("This seat is taken."))
    give_seat(seat, row, consultation=consultation(), actor=actor())
    flash(say(N_("The seat is given.")), "ok")
    return redirect(url_for("organise.member", number=number), 303)


@blueprint.get("/c/<slug>/organise/people/<int:number>/end/")
@requires("member.invite")
def confirm_end(number: int) -> str:
    """Ask once more before somebody’s part ends."""
    row = _member(number)
    return render_template("organise/end_member.html", row=row, name=public_names([row.id])[row.id])


@blueprint.post("/c/<slug>/organise/people/<int:number>/end/")
@requires("member.invite")
@recently_proven()
def end_part(number: int) -> Response:
    """End a member's part."""
    end_membership(_member(number), consultation=consultation(), actor=actor())
    flash(say(N_("Their part has ended. What they wrote and how they voted stays.")), "ok")
    return redirect(url_for("organise.people"), 303)
