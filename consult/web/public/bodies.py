"""Who takes part and who is charged with what: the bodies of a consultation, one of them, topics and bodies."""

from __future__ import annotations

import io
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from consult.accounts.access import ANONYMOUS
from consult.accounts.bodies.overlaps import overlaps_of
from consult.accounts.bodies.queries import Relative, line_before, record_of
from consult.accounts.bodies.words import (
    CAPACITY_LABELS,
    ENDED_OR_NOT,
    ended_or_not,
    kind_label,
    level_label,
    region_label,
)
from consult.accounts.queries import BodiesPage, kinds_of_bodies, regions_of_bodies
from consult.ballots.votes_of_bodies import VotesPage, votes_of_body
from consult.consultations.accreditation.queries import accredited_until
from consult.consultations.queries import topics_of
from consult.consultations.reference import district_label
from consult.errors import NotFound
from consult.recommendations.responsible import recommendations_for
from consult.spreadsheets import Sheet, write_workbook
from consult.submissions.bodies import (
    public_bodies,
    public_body,
    public_keys,
    public_seats,
    public_successors,
    shown_here,
    taking_part,
)
from consult.submissions.figures.coverage import (
    COLUMNS,
    COVER_LABELS,
    NAMED,
    Cover,
    coverage,
    coverage_rows,
    held_beside,
)
from consult.submissions.figures.overlaps import (
    NAMED_OVERLAPS,
    OVERLAP_COLUMNS,
    matrix,
    overlap_rows,
    recorded_overlaps,
)
from consult.submissions.register import RegisterFilter
from consult.submissions.register import register as read_register
from consult.submissions.tracks import track_label
from consult.web.context import local
from consult.web.decisions import recommendation_mark, shown
from consult.web.guards import requires
from consult.web.kept import kept
from consult.web.language import current_language
from consult.web.public.blueprint import blueprint
from consult.web.topics import topic_names
from consult.web.visitor import consultation
from consult.web.working_languages import language_label

#: What the list can be narrowed by, in the order of the form.
FILTERS = ("q", "kind", "region", "part", "state")


@blueprint.get("/c/<slug>/bodies/")
@requires("public.read")
def bodies() -> str:
    """Show the bodies that take part under their own name, and the institutions that are charged with something here, ended or not."""
    here, given = consultation().id, {name: request.args.get(name, "").strip()[:200] for name in FILTERS}
    language, after = current_language().code, request.args.get("after", "")[:500]

    def read() -> tuple[BodiesPage, Mapping[uuid.UUID, Sequence[Relative]], frozenset[uuid.UUID]]:
        found = public_bodies(
            here,
            kind=given["kind"],
            region=given["region"],
            text=given["q"],
            taking_part=given["part"] == "yes",
            ended=ended_or_not(given["state"]),
            language=language,
            after=after,
        )
        ended = [line.id for line in found.lines if line.ended]
        return found, public_successors(here, ended), taking_part(here, [line.id for line in found.lines])

    # What ends at a day of its own, as an accreditation does, shows when what is kept is old: after a minute at most.
    asked = ("bodies", here, language, after, *given.values())
    page, successors, present = kept(asked, read, worth=lambda found: bool(found[0].lines))
    chosen: dict[str, Any] = {name: value for name, value in given.items() if value}
    return render_template(
        "public/bodies.html",
        page=page,
        given=given,
        narrowed=bool(chosen),
        successors=successors,
        wider=url_for("public.bodies", **{**chosen, "state": "all"}) if given["q"] and not given["state"] else None,
        states=[(word, local(label)) for word, (_, label) in ENDED_OR_NOT.items()],
        present=present,
        until=accredited_until(here, [line.id for line in page.lines]),
        next=url_for("public.bodies", after=page.after, **chosen) if page.after else None,
        first=url_for("public.bodies", **chosen) if request.args.get("after") else None,
        kinds=[(kind, local(kind_label(kind))) for kind in kept("kinds of bodies", kinds_of_bodies)],
        regions=[(region, local(region_label(region))) for region in kept("regions of bodies", regions_of_bodies)],
        kind_label=kind_label,
        region_label=region_label,
        level_label=level_label,
    )


@blueprint.get("/c/<slug>/bodies/<path:key>/")
@requires("public.read")
def body(key: str) -> str:
    """Show a body, ended or not: mandates, seats, texts, votes, what it answers for, what it was and who followed it."""
    here, row = consultation().id, public_body(consultation().id, key)
    if row is None:
        raise NotFound
    record, line = record_of(row, ANONYMOUS), line_before(row.id)
    above = [state.parent for state in record.former]
    overlaps = overlaps_of(row.id, shown_here(here))
    above += [one.body for one in overlaps]
    near = {one.key: one for one in (record.parent, *above, *record.successors, *line) if one is not None}
    pages = {near[known].id: url_for("public.body", key=known) for known in public_keys(here, near)} if near else {}
    record = replace(record, successors=[one for one in record.successors if one.id in pages])
    before = {one.key: one for one in line if one.id in pages}
    texts = read_register(here, RegisterFilter(body=row.id))
    votes = votes_of_body(here, row.id, before=request.args.get("votes", "")[:20])
    return render_template(
        "public/body.html",
        record=record,
        pages=pages,
        before=[one for one in record.predecessors if one.id in pages],
        overlaps=overlaps,
        beside=held_beside(here, row),
        in_table={topic.slug for topic in topics_of(here)},
        seats=public_seats(here, row.id),
        texts=texts.rows,
        more=texts.older is not None,
        votes=_as_shown(votes),
        older=url_for("public.body", key=key, votes=votes.older, _anchor="votes") if votes.older else None,
        newest=url_for("public.body", key=key, _anchor="votes") if request.args.get("votes") else None,
        answers_for=[
            (one, recommendation_mark(one.state), [before[code] for code in one.named if code in before])
            for one in recommendations_for(here, [row.key, *before])
        ],
        topics={**topic_names(), **{topic.slug: topic.names for topic in topics_of(here)}},
        track_label=track_label,
        kind_label=kind_label,
        region_label=region_label,
        level_label=level_label,
        district_label=district_label,
        capacity_labels=CAPACITY_LABELS,
        language_label=language_label,
    )


def _as_shown(page: VotesPage) -> list[tuple[Any, Any]]:
    """Return each ballot as pages show it, with the words of the choice, None where no vote was cast."""
    known = {ballot.id: shown(ballot) for ballot, _ in page.votes}
    return [
        (known[ballot.id], None if choice is None else known[ballot.id].paper.get(choice, choice))
        for ballot, choice in page.votes
    ]


@blueprint.get("/c/<slug>/coverage/", endpoint="coverage")
@requires("public.read")
def coverage_page() -> str:
    """Say which topics nobody is charged with and which several bodies are, then who holds which mandate."""
    topics = coverage(consultation().id)
    return render_template(
        "public/coverage.html",
        topics=topics,
        gaps=[topic for topic in topics if topic.cover is Cover.GAP],
        single=[topic for topic in topics if topic.cover is Cover.SINGLE],
        overlaps=[topic for topic in topics if topic.cover is Cover.OVERLAP],
        covers=COVER_LABELS,
        recorded=recorded_overlaps(consultation().id, NAMED_OVERLAPS + 1),
        named_overlaps=NAMED_OVERLAPS,
        named=NAMED,
        kind_label=kind_label,
    )


@blueprint.get("/c/<slug>/coverage.xlsx")
@requires("public.read")
def coverage_file() -> Response:
    """Give the table of topics and bodies as a workbook, in three languages: the list, a matrix, the overlaps on record."""
    file, here = io.BytesIO(), consultation().id
    sheets = [
        Sheet("mandates", COLUMNS, coverage_rows(here)),
        Sheet("matrix", *matrix(here)),
        Sheet("overlaps", OVERLAP_COLUMNS, overlap_rows(here)),
    ]
    write_workbook(sheets, file)
    answer = Response(file.getvalue(), mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    answer.headers["Content-Disposition"] = f'attachment; filename="{consultation().slug}-coverage.xlsx"'
    return answer
