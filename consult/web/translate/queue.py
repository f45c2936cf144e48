"""The queue of translators: what is missing, has fallen behind, is being written or waits for approval in a language."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import render_template, request, url_for

from consult.accounts.access import Actor, allowed
from consult.accounts.clauses import permitted
from consult.paging import COUNTED
from consult.submissions.policies import languages_into, translatable_into
from consult.submissions.tracks import track_label
from consult.submissions.translations.queries import count_waiting_translations, translation_queue
from consult.submissions.translations.states import WAITING_LABELS, Waiting
from consult.web.guards import requires
from consult.web.language import current_language
from consult.web.submissions import language_name
from consult.web.translate.blueprint import blueprint
from consult.web.visitor import actor, consultation


@blueprint.get("/c/<slug>/translations/")
@requires("translation.list")
def queue() -> str:
    """Show what waits in a language, the oldest first."""
    here, code = consultation(), request.args.get("in", "")
    mine = languages_into(actor(), here.id)
    language = next(one for one in (code, current_language().code, *mine) if one in mine)
    which = sa.and_(permitted(actor(), "translation.read", here.id), translatable_into(actor(), here.id, language))
    counts = count_waiting_translations(here.id, which, language)
    waiting = _chosen(request.args.get("list", ""), actor())
    page = translation_queue(here.id, which, language, waiting, after=request.args.get("after", "")[:40])
    chosen: dict[str, Any] = {"in": language, "list": waiting.value}
    return render_template(
        "translate/queue.html",
        rows=page.rows,
        older=url_for("translate.queue", **chosen, after=page.older) if page.older else None,
        into=language,
        into_name=language_name(language),
        waiting=waiting,
        lists=[(one, url_for("translate.queue", **{**chosen, "list": one.value}), counts[one]) for one in Waiting],
        languages=[(one, url_for("translate.queue", **{**chosen, "in": one}), language_name(one)) for one in mine],
        labels=WAITING_LABELS,
        counted=COUNTED,
        track_label=track_label,
        language_name=language_name,
    )


def _chosen(name: str, who: Actor) -> Waiting:
    """Return the list that is asked for; at first, what the visitor can do something about."""
    if name in set(Waiting):
        return Waiting(name)
    return Waiting.MISSING if allowed(who, "translation.translate", consultation()) else Waiting.READY
