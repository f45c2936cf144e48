"""What became of the texts: how many stand at which answer, in each track, and which they are."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for

from consult.errors import NotFound
from consult.outcomes.queries import editions_of
from consult.outcomes.silence import ended_in_silence, silent_ends
from consult.recommendations.answer_counts import AnswerCounts, count_answers
from consult.recommendations.answer_lists import AnswerFilter, answers_page
from consult.submissions.tracks import track_label
from consult.web.answers import KIND_LABELS, kind_words
from consult.web.conditional import conditional
from consult.web.context import local
from consult.web.guards import requires
from consult.web.kept import Kept, counted, kept
from consult.web.public.blueprint import blueprint
from consult.web.submissions import language_name, signature
from consult.web.visitor import consultation

#: How the address names the texts without an answer: the kind itself is empty.
NONE_YET = "none"


@blueprint.get("/c/<slug>/answers/")
@conditional
@requires("public.read")
def answers() -> str:
    """Show the counts, and the reasons that editions gave for silence; with a kind, the texts that stand at it."""
    here, kind = consultation(), request.args.get("kind", "")
    counts = _counts()
    tracks = [(row.key, local(track_label(row.key))) for row in here.tracks]
    return render_template(
        "public/answers.html",
        counts=counts.value,
        counted_at=counts.at,
        kinds=kind_words(),
        tracks=[(key, label) for key, label in tracks if any(one == key for _, one in counts.value.texts)],
        ended=ended_in_silence(here).texts,  # a live count of testimonies would tell when one came
        ends=kept(("silent ends", here.id), lambda: silent_ends(here.id)),
        silences=[line for line in editions_of(here.id) if line.silence],
        none_yet=NONE_YET,
        **(_listed(kind) if kind else {}),
    )


def _counts() -> Kept[AnswerCounts]:
    here = consultation().id
    return counted(("answers", here), lambda: count_answers(here), lambda counts: counts.total)


def _listed(given: str) -> dict[str, Any]:
    """Return the texts of a kind, the oldest first; NotFound for what is none."""
    kind = "" if given == NONE_YET else given
    if kind not in KIND_LABELS or given == "":
        raise NotFound
    page = answers_page(consultation().id, AnswerFilter(kind), after=request.args.get("after", "")[:40])
    return {
        "kind": kind,
        "rows": page.rows,
        "older": url_for("public.answers", kind=given, after=page.older) if page.older else None,
        "track_label": track_label,
        "language_name": language_name,
        "signature": signature,
    }
