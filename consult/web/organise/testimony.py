"""Confidential testimony as its organisers see it: on or off, who reads, who opened what; never a text."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from consult.consultations.phases import Right, is_open
from consult.errors import NotFound, Rejected
from consult.i18n import N_, Message
from consult.testimony.keys import has_key
from consult.testimony.offering import LEAST_READERS, MOST_READERS
from consult.testimony.queries import count_by_state, is_offered, readers_of, readings_of, waiting_readers
from consult.testimony.services import (
    ask_reader,
    close_testimony,
    confirm_reader,
    end_reader,
    offer_testimony,
    withdraw_reader,
)
from consult.testimony.states import STATE_LABELS
from consult.web.forms import L_, Form, StringField, clean_line, say
from consult.web.guards import requires
from consult.web.organise.blueprint import blueprint
from consult.web.proof import recently_proven
from consult.web.second_look import pressed, shown_act
from consult.web.visitor import actor, consultation


class ReaderForm(Form):
    """Whom to name."""

    address = StringField(
        L_("E-mail address of their account"), filters=[clean_line], render_kw={"type": "email", "spellcheck": "false"}
    )


@blueprint.get("/c/<slug>/organise/testimony/")
@requires("testimony.organise")
def testimony() -> str:
    """Show whether it is on, who reads, and who opened what."""
    return _page(ReaderForm(formdata=None))


def _page(form: ReaderForm) -> str:
    here = consultation()
    return render_template(
        "organise/testimony.html",
        form=form,
        offered=is_offered(here.id),
        key=has_key(),
        phase_open=is_open(here.phases, Right.TESTIFY),
        readers=readers_of(here.id),
        waiting=[(shown_act(row.asked), row, row.person == actor().person) for row in waiting_readers(here.id)],
        least=LEAST_READERS,
        most=MOST_READERS,
        counts=count_by_state(here.id),
        labels=STATE_LABELS,
        readings=readings_of(here.id),
    )


@blueprint.post("/c/<slug>/organise/testimony/<any(on,off):act>/")
@requires("testimony.organise")
@recently_proven()
def switch_testimony(act: str) -> Response:
    """Begin or stop taking testimonies."""
    change = offer_testimony if act == "on" else close_testimony
    change(consultation=consultation(), actor=actor())
    return _done(N_("Testimonies are taken now.") if act == "on" else N_("No new testimonies are taken."))


@blueprint.post("/c/<slug>/organise/testimony/readers/")
@requires("testimony.organise")
@recently_proven()
def add_reader() -> Response | tuple[str, int]:
    """Ask that somebody reads, which another confirms."""
    form = ReaderForm()
    try:
        if not form.validate():
            raise Rejected(())
        ask_reader(form.address.data or "", consultation=consultation(), actor=actor())
    except Rejected as refused:
        form.take(refused)
        return _page(form), 422
    return _done(
        N_("This waits now for another organiser or administrator, who confirms it. Until then they read nothing.")
    )


@blueprint.post("/c/<slug>/organise/testimony/readers/second/")
@requires("testimony.organise")
@recently_proven()
def decide_reader() -> Response:
    """Let somebody read for whom another asked, or withdraw it."""
    button, act = pressed()
    if button == "withdraw":
        withdraw_reader(act, consultation=consultation(), actor=actor())
        return _done(N_("It is withdrawn. Nothing happened."))
    confirm_reader(act, consultation=consultation(), actor=actor())
    return _done(N_("They read testimonies from now on. They, and those who read already, are told."))


@blueprint.get("/c/<slug>/organise/testimony/readers/<uuid:reader>/")
@requires("testimony.organise")
def confirm_reader_end(reader: uuid.UUID) -> str:
    """Ask whether somebody is to read no longer."""
    row = next((one for one in readers_of(consultation().id) if one.id == reader), None)
    if row is None:
        raise NotFound
    return render_template("organise/testimony_reader.html", row=row)


@blueprint.post("/c/<slug>/organise/testimony/readers/<uuid:reader>/")
@requires("testimony.organise")
@recently_proven()
def remove_reader(reader: uuid.UUID) -> Response:
    """End that somebody reads."""
    end_reader(reader, consultation=consultation(), actor=actor())
    return _done(N_("They read no testimonies any more."))


def _done(words: Message) -> Response:
    flash(say(words), "ok")
    return redirect(url_for("organise.testimony"), 303)
