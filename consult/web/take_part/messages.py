"""A message of the organisers, for those to whom it was sent."""

from __future__ import annotations

from flask import render_template

from consult.errors import NotFound
from consult.notifications.messages import message_by_number, reader_of
from consult.web.guards import requires, visible
from consult.web.language import current_language
from consult.web.take_part.blueprint import blueprint
from consult.web.visitor import actor, consultation


@blueprint.get("/c/<slug>/messages/<int:number>/")
@requires("account.use")
def message(number: int) -> str:
    """Show a message in the reader's language, or in the one it was written in; to others it is not there."""
    row = message_by_number(consultation().id, number)
    if row is None:
        raise NotFound
    visible("message.read", reader_of(row, actor().person))
    code = current_language().code
    return render_template(
        "take_part/message.html",
        subject=row.subjects.for_language(code),
        text=row.texts.for_language(code),
        written=row.texts.language_for(code),
        sent_at=row.sent_at,
    )
