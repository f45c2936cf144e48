"""The moderators' queue: what waits, the oldest first, on one's own desk or on all, narrowed by list, track and language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import render_template, request, url_for

from consult import clock
from consult.accounts.access import Role
from consult.accounts.clauses import permitted
from consult.i18n import N_, NN_, Message
from consult.paging import COUNTED
from consult.submissions.policies import in_queue
from consult.submissions.review.appeal_queries import count_appeals_for
from consult.submissions.review.bulk_queries import recent_acts
from consult.submissions.review.bulk_states import BULK_LABELS
from consult.submissions.review.desks import count_with, holders_of, with_moderator
from consult.submissions.review.queries import count_waiting, review_queue, waiting_languages
from consult.submissions.states import DECISION_LABELS
from consult.submissions.tracks import track_label
from consult.web.context import present_formats
from consult.web.facilitate.blueprint import blueprint
from consult.web.forms import say
from consult.web.guards import requires
from consult.web.submissions import signature
from consult.web.visitor import actor, consultation
from consult.web.working_languages import language_label

PUBLISHED = "published"
LISTS: Mapping[str, Message] = {
    "": N_("To read before publication"),
    PUBLISHED: N_("Published at once, to look over"),
}
#: Characters of what a list is narrowed by: longer is the key of nothing.
LONGEST_KEY = 40
#: What can be chosen, as (value, label).
Options = Sequence[tuple[str, str]]


def waited(since: datetime) -> Message:
    """Return how long something has waited, in words."""
    hours = int((clock.now() - since).total_seconds() // 3600)
    if hours == 0:
        return N_("Waiting less than an hour")
    if hours < 24:
        return NN_("Waiting %(count)s hour", "Waiting %(count)s hours", hours)
    return NN_("Waiting %(count)s day", "Waiting %(count)s days", hours // 24)


@blueprint.get("/c/<slug>/review/")
@requires("submission.review")
def queue() -> str:
    """Show what waits for review, the oldest first."""
    here, given = consultation(), _given()
    everything, look_over = in_queue(actor(), here.id), given["list"] == PUBLISHED
    mine = count_with(here.id, actor().person, everything, look_over=look_over)
    own = (given["whose"] or ("mine" if mine else "all")) == "mine"
    which = sa.and_(everything, with_moderator(actor().person)) if own else everything
    track, language = given["track"], given["language"]
    after = request.args.get("after", "")
    page = review_queue(here.id, which=which, look_over=look_over, track=track, language=language, after=after)
    waiting = {name: count_waiting(here.id, everything, look_over=name == PUBLISHED) for name in LISTS}
    totals = {name: sum(counts.values()) for name, counts in waiting.items()}
    counts = count_waiting(here.id, which, look_over=look_over) if own else waiting[given["list"]]
    written = {*waiting_languages(here.id, which, look_over=look_over), *([language] if language else [])}
    return render_template(
        "facilitate/queue.html",
        rows=page.rows,
        given=given,
        filters=_filters(given),
        lists=[(name, say(label)) for name, label in LISTS.items()],
        tracks=[
            (key, f"{say(track_label(key))} ({present_formats().number(counts.get(key, 0))})")
            for key in _tracks(counts)
        ],
        languages=[(code, language_label(code)) for code in sorted(written)],
        published=totals[PUBLISHED],
        total=totals[given["list"]],
        mine=mine,
        own=own,
        holders={} if own else holders_of([row.number for row in page.rows], here.id),
        me=actor().person,
        counted=COUNTED,
        after=_address(given, after=page.older) if page.older else None,
        signature=signature,
        track_label=track_label,
        waited=waited,
        appeals=count_appeals_for(actor(), here.id),
        acts=recent_acts(here.id, which=permitted(actor(), "bulk.read", here.id)),
        bulk_labels=BULK_LABELS,
        decision_labels=DECISION_LABELS,
    )


def _given() -> dict[str, str]:
    """Return what is asked for: whose desk, which list, which track and language."""
    given = {name: request.args.get(name, "") for name in ("whose", "list", "track", "language")}
    short = {name: given[name][:LONGEST_KEY] for name in ("track", "language")}
    return given | short | {"list": PUBLISHED if given["list"] == PUBLISHED else ""}


def _address(given: Mapping[str, str], **changes: str) -> str:
    kept: dict[str, Any] = {name: value for name, value in {**given, **changes}.items() if value}
    return url_for("facilitate.queue", **kept)


def _filters(given: Mapping[str, str]) -> Options:
    """Return what the list is narrowed by, each with the address without it."""
    labels: Mapping[str, Callable[[str], str]] = {
        "list": lambda name: say(LISTS[name]),
        "track": lambda key: say(track_label(key)),
        "language": language_label,
    }
    return [(label(given[name]), _address(given, **{name: ""})) for name, label in labels.items() if given[name]]


def _tracks(waiting: Mapping[str, int]) -> list[str]:
    """Return the tracks of the consultation, and any other in which something waits (its plugin may be gone)."""
    reach = actor().reach(Role.MODERATOR, consultation().id)
    known = [track.key for track in consultation().tracks if reach.track(track.key)]
    return known + sorted(key for key in waiting if key and key not in known)
