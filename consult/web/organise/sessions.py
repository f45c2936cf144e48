"""Planning sessions and preparing their agendas."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta

import sqlalchemy as sa
from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from consult import clock
from consult.db import session
from consult.errors import Rejected
from consult.i18n import N_, Message
from consult.recommendations.models import Recommendation
from consult.runtime import runtime
from consult.sessions import services
from consult.sessions.models import AgendaItem, Session
from consult.sessions.present import Sitting
from consult.sessions.queries import session_by_number, sessions_of
from consult.sessions.services import ItemDraft, SessionDraft
from consult.sessions.services.planning import item_of
from consult.sessions.states import KIND_LABELS, ItemState, item_state
from consult.web.formats import zone
from consult.web.forms import (
    L_,
    BooleanField,
    IntegerField,
    LocalizedForm,
    LocalMoment,
    RadioField,
    SelectField,
    StringField,
    clean_line,
    required,
    say,
    tell_which_hour,
    whole_numbers,
)
from consult.web.guards import requires, visible
from consult.web.organise.blueprint import blueprint
from consult.web.sittings import kind_label, one_day, sitting_or_404, state_tag
from consult.web.visitor import actor, consultation

#: The quorums that are offered: a fraction of the seats, or none.
QUORUMS: Mapping[str, Message] = {
    "": N_("Without a quorum"),
    "1/3": N_("One third of the seats"),
    "1/2": N_("Half of the seats"),
    "3/5": N_("Three fifths of the seats"),
    "2/3": N_("Two thirds of the seats"),
    "3/4": N_("Three quarters of the seats"),
}


class SessionForm(LocalizedForm):
    """A session: what, where, when, under which quorum, how long one may speak."""

    kind = RadioField(L_("Kind of session"), validators=[required(N_("Choose what kind of session it is."))])
    names_ar = StringField(L_("Name in Arabic"), filters=[clean_line])
    names_en = StringField(L_("Name in English"), filters=[clean_line])
    names_fr = StringField(L_("Name in French"), filters=[clean_line])
    venues_ar = StringField(L_("Venue in Arabic"), filters=[clean_line])
    venues_en = StringField(L_("Venue in English"), filters=[clean_line])
    venues_fr = StringField(L_("Venue in French"), filters=[clean_line])
    starts_at = LocalMoment(L_("Begins"), validators=[required(N_("Write when the session begins."))])
    ends_at = LocalMoment(L_("Ends"), validators=[required(N_("Write when the session ends."))])
    quorum = SelectField(L_("Quorum"))
    speaking_minutes = IntegerField(L_("Speaking time in minutes"), validators=[required(), whole_numbers(1, 60)])
    outline = BooleanField(L_("Begin with the items that the tracks suggest"))

    def draft(self, items: tuple[ItemDraft, ...] = ()) -> SessionDraft:
        """Return what was typed."""
        return SessionDraft(
            kind=self.kind.data or "",
            names=self.localized("names"),
            venues=self.localized("venues"),
            starts_at=self.starts_at.moment,
            ends_at=self.ends_at.moment,
            quorum=self.quorum.data or "",
            speaking_minutes=self.speaking_minutes.data or 0,
            items=items if self.outline.data else (),
        )


class ItemForm(LocalizedForm):
    """An agenda item."""

    titles_ar = StringField(L_("Title in Arabic"), filters=[clean_line])
    titles_en = StringField(L_("Title in English"), filters=[clean_line])
    titles_fr = StringField(L_("Title in French"), filters=[clean_line])
    minutes = IntegerField(L_("Planned minutes"), validators=[required(), whole_numbers(1, 600)])
    recommendation = SelectField(L_("About a recommendation"))

    def draft(self) -> ItemDraft:
        """Return what was typed."""
        about = uuid.UUID(self.recommendation.data) if self.recommendation.data else None
        return ItemDraft(self.localized("titles"), self.minutes.data or 0, about)


def _session_form(row: Session | None = None) -> SessionForm:
    tomorrow = clock.now().astimezone(zone(consultation().timezone)).replace(hour=9, minute=0) + timedelta(days=1)
    begins, ends = (row.starts_at, row.ends_at) if row else (tomorrow, tomorrow + timedelta(hours=6))
    tz = zone(consultation().timezone)
    form = SessionForm(
        kind=row.kind if row else None,
        starts_at=begins.astimezone(tz).replace(tzinfo=None),
        ends_at=ends.astimezone(tz).replace(tzinfo=None),
        quorum=row.quorum if row else "1/2",
        speaking_minutes=row.speaking_minutes if row else 3,
    )
    form.kind.choices = {kind.value: say(label) for kind, label in KIND_LABELS.items()}
    offered = dict(QUORUMS) | ({row.quorum: N_("%(fraction)s of the seats", fraction=row.quorum)} if row else {})
    form.quorum.choices = {key: say(QUORUMS.get(key, label)) for key, label in offered.items()}
    if row is not None and not form.is_submitted():
        form.fill("names", row.names)
        form.fill("venues", row.venues)
    return form


def _item_form(item: AgendaItem | None = None) -> ItemForm:
    form = ItemForm(
        minutes=item.minutes if item else 15,
        recommendation=str(item.recommendation_id or "") if item else "",
    )
    rows = session.execute(
        sa.select(Recommendation.id, Recommendation.number, Recommendation.titles)
        .where(Recommendation.consultation_id == consultation().id)
        .order_by(Recommendation.number)
    )
    numbered = {str(key): f"{number}. {say(titles)}" for key, number, titles in rows}
    form.recommendation.choices = {"": say(N_("None"))} | numbered
    if item is not None and not form.is_submitted():
        form.fill("titles", item.titles)
    return form


def _suggested() -> tuple[ItemDraft, ...]:
    """Return the agenda items that the consultation's tracks suggest for a new session."""
    tracks = [runtime().hooks.track(key) for key in consultation().enabled_tracks()]
    return tuple(ItemDraft(title) for track in tracks if track for title in track.agenda_outline(consultation()))


def _session_or_404(number: int, action: str) -> Session:
    return visible(action, session_by_number(consultation().id, number))


@blueprint.get("/c/<slug>/organise/sessions/")
@requires("session.plan")
def sessions() -> str:
    """Show the sessions to plan and prepare."""
    return render_template(
        "organise/sessions.html",
        rows=sessions_of(consultation().id),
        kind_label=kind_label,
        state_tag=state_tag,
        one_day=one_day,
    )


@blueprint.get("/c/<slug>/organise/sessions/new/")
@requires("session.plan")
def plan_session() -> str:
    """Show the empty form of a session."""
    return render_template("organise/session.html", form=_session_form(), row=None, suggested=_suggested())


@blueprint.post("/c/<slug>/organise/sessions/new/")
@requires("session.plan")
def add_session() -> Response | tuple[str, int]:
    """Plan a session, then go on to its agenda."""
    form, suggested = _session_form(), _suggested()
    draft = form.draft(suggested)
    try:
        with form.whole():
            row = services.plan_session(draft, consultation=consultation(), actor=actor())
    except Rejected as refused:
        form.take(refused)
        return render_template("organise/session.html", form=form, row=None, suggested=suggested), 422
    flash(say(N_("The session is planned. Now its agenda.")), "ok")
    tell_which_hour(draft.starts_at, draft.ends_at)
    return redirect(url_for("organise.agenda", number=row.number), 303)


@blueprint.get("/c/<slug>/organise/sessions/<int:number>/")
@requires("session.plan")
def edit_session(number: int) -> str:
    """Show the plan of a session to be changed."""
    row = _session_or_404(number, "session.plan")
    return render_template("organise/session.html", form=_session_form(row), row=row, suggested=())


@blueprint.post("/c/<slug>/organise/sessions/<int:number>/")
@requires("session.plan")
def change_session(number: int) -> Response | tuple[str, int]:
    """Change the plan of a session."""
    row = _session_or_404(number, "session.plan")
    form = _session_form(row)
    draft = form.draft()
    try:
        with form.whole():
            services.change_session(draft, sitting=row, actor=actor())
    except Rejected as refused:
        form.take(refused)
        return render_template("organise/session.html", form=form, row=row, suggested=()), 422
    flash(say(N_("The plan was changed.")), "ok")
    tell_which_hour(draft.starts_at, draft.ends_at)
    return redirect(url_for("organise.sessions"), 303)


def _agenda_page(now: Sitting, form: ItemForm, status: int = 200) -> tuple[str, int]:
    unbegun = [item for item in now.items if item_state(item) is ItemState.TO_COME]
    first, last = (unbegun[0].id, unbegun[-1].id) if unbegun else (None, None)
    page = render_template(
        "organise/agenda.html", now=now, row=now.session, form=form, first=first, last=last, tag=state_tag(now.session)
    )
    return page, status


@blueprint.get("/c/<slug>/organise/sessions/<int:number>/agenda/")
@requires("session.prepare")
def agenda(number: int) -> tuple[str, int]:
    """Show the agenda with buttons that move items up and down."""
    return _agenda_page(sitting_or_404(number, "session.prepare"), _item_form())


@blueprint.post("/c/<slug>/organise/sessions/<int:number>/agenda/")
@requires("session.prepare")
def add_item(number: int) -> Response | tuple[str, int]:
    """Add an item at the end."""
    now, form = sitting_or_404(number, "session.prepare"), _item_form()
    if form.validate():
        try:
            services.add_item(form.draft(), sitting=now.session, actor=actor())
        except Rejected as refused:
            form.take(refused)
        else:
            flash(say(N_("The item was added.")), "ok")
            return redirect(url_for("organise.agenda", number=number), 303)
    return _agenda_page(now, form, 422)


@blueprint.get("/c/<slug>/organise/sessions/<int:number>/agenda/<uuid:item>/")
@requires("session.prepare")
def edit_item(number: int, item: uuid.UUID) -> str:
    """Show an item to be changed."""
    row = _session_or_404(number, "session.prepare")
    found = item_of(row, item)
    return render_template("organise/item.html", row=row, item=found, form=_item_form(found))


@blueprint.post("/c/<slug>/organise/sessions/<int:number>/agenda/<uuid:item>/")
@requires("session.prepare")
def change_item(number: int, item: uuid.UUID) -> Response | tuple[str, int]:
    """Change an item that has not begun."""
    row = _session_or_404(number, "session.prepare")
    found = item_of(row, item)
    form = _item_form(found)
    if form.validate():
        try:
            services.change_item(form.draft(), item=found, actor=actor())
        except Rejected as refused:
            form.take(refused)
        else:
            flash(say(N_("The item was changed.")), "ok")
            return redirect(url_for("organise.agenda", number=number), 303)
    return render_template("organise/item.html", row=row, item=found, form=form), 422


@blueprint.post("/c/<slug>/organise/sessions/<int:number>/agenda/<uuid:item>/<any(up,down):direction>/")
@requires("session.prepare")
def move_item(number: int, item: uuid.UUID, direction: str) -> Response:
    """Move an item up or down by one place."""
    moved = item_of(_session_or_404(number, "session.prepare"), item)
    services.move_item(moved, "up" if direction == "up" else "down", actor=actor())
    return redirect(url_for("organise.agenda", number=number, _anchor=f"item-{item}"), 303)


@blueprint.get("/c/<slug>/organise/sessions/<int:number>/agenda/<uuid:item>/remove/")
@requires("session.prepare")
def confirm_removal(number: int, item: uuid.UUID) -> str:
    """Ask once more before an item is taken off the agenda."""
    row = _session_or_404(number, "session.prepare")
    return render_template("organise/remove_item.html", row=row, item=item_of(row, item))


@blueprint.post("/c/<slug>/organise/sessions/<int:number>/agenda/<uuid:item>/remove/")
@requires("session.prepare")
def remove_item(number: int, item: uuid.UUID) -> Response:
    """Take an item off the agenda."""
    services.remove_item(item_of(_session_or_404(number, "session.prepare"), item), actor=actor())
    flash(say(N_("The item was taken off the agenda.")), "ok")
    return redirect(url_for("organise.agenda", number=number), 303)
