"""The public log of a consultation: what happened, numbered without a gap, and the signed checkpoints over it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from consult.events.checkpoint import latest_checkpoint
from consult.events.log_keys import spans_in
from consult.events.stream import events_after
from consult.i18n import N_, Message
from consult.web.addresses import address, sent_number
from consult.web.conditional import conditional
from consult.web.context import local
from consult.web.feeds import Entry, feed
from consult.web.forms import say
from consult.web.guards import requires
from consult.web.public.blueprint import blueprint
from consult.web.public.event_words import event_words
from consult.web.visitor import consultation

PAGE = 50


@dataclass(frozen=True, slots=True)
class Line:
    """An event as the page tells it."""

    seq: int
    at: datetime
    words: Message


@blueprint.get("/c/<slug>/log/")
@conditional
@requires("public.read")
def log() -> str:
    """Show the log, the newest first; `before` is a number, for older pages."""
    stream = consultation().id
    before = sent_number(request.args, "before")
    found = events_after(stream, limit=PAGE + 1, newest_first=True, before=before)
    lines = [Line(event.seq, event.at, event_words(event)) for event in found[:PAGE]]
    return render_template(
        "public/log.html",
        lines=lines,
        older=url_for("public.log", before=lines[-1].seq) if len(found) > PAGE else None,
        newest=url_for("public.log") if before is not None else None,
        checkpoint=latest_checkpoint(stream),
        spans=list(reversed(spans_in(stream))),
        feed=address("public.log_feed"),
    )


@blueprint.get("/c/<slug>/log/feed.atom")
@conditional
@requires("public.read")
def log_feed() -> Response:
    """Give the newest lines of the log as a feed."""
    found = events_after(consultation().id, limit=PAGE, newest_first=True)
    entries = [
        Entry(url_for("public.log", before=event.seq + 1), local(event_words(event)), event.at) for event in found
    ]
    return feed(say(N_("Public log")), address("public.log"), entries)
