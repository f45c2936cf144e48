"""A chapter for each track: context, discussion, what its plugin adds, and its recommendations."""

from __future__ import annotations

from collections.abc import Iterator

from consult.i18n import N_, NN_, Message
from consult.outcomes.citing import session_source
from consult.outcomes.generated import recommendation
from consult.outcomes.generated.front import from_bodies
from consult.outcomes.generated.method import counted, topic_chart
from consult.outcomes.generated.sessions import minutes
from consult.outcomes.material import FloorFact, RecommendationFact, TopicFact, TrackFact
from consult.outcomes.outline import Chapter, Generated, Narrator
from consult.outcomes.sections import ReportSection, ReportTable
from consult.outcomes.sentences import listed
from consult.outcomes.tree import Block, Column, Inline, Row, Source, SourceKind, Table
from consult.recommendations.states import STATE_LABELS

#: How many topics a track's context names.
NAMED_TOPICS = 3
_OWN = frozenset({"context", "discussion", "recommendations"})


def tracks(narrator: Narrator) -> Iterator[Chapter]:
    """Yield the chapter of each track, then that of the recommendations no track's passages stand behind."""
    for track in narrator.material.tracks:
        yield _chapter(track, narrator)
    shared = [one for one in narrator.material.recommendations if not narrator.material.home_track(one)]
    if shared:
        title = narrator.say(N_("Recommendations of all tracks"))
        yield Chapter("common", title, tuple(recommendation.region(one, narrator) for one in shared))


def _chapter(track: TrackFact, narrator: Narrator) -> Chapter:
    key, material = f"track:{track.key}", narrator.material
    own = [one for one in material.recommendations if material.home_track(one) == track.key]
    return Chapter(
        key,
        narrator.say(track.label),
        (
            Generated(
                f"{key}/context",
                narrator.say(N_("Context")),
                tuple(_context(track, narrator)),
                lambda: _chart(track, narrator),
                (Source(SourceKind.CONSULTATION, material.slug),),
            ),
            *_sections(track, narrator),
            Generated(
                f"{key}/discussion",
                narrator.say(N_("Discussion")),
                tuple(_discussion(track, narrator)),
                sources=_heard_in(track, narrator, silent=True),
            ),
            Generated(
                f"{key}/recommendations",
                narrator.say(N_("Recommendations of the track")),
                tuple(_recommendations(track, narrator)),
            ),
            *(recommendation.region(one, narrator) for one in own),
        ),
    )


def _context(track: TrackFact, narrator: Narrator) -> Iterator[Block]:
    writing = narrator.material.writing
    accepted, bodies = writing.by_track.get(track.key, 0), writing.bodies_by_track.get(track.key, 0)
    source = (Source(SourceKind.CONSULTATION, narrator.material.slug),)
    yield narrator.paragraph(_accepted(accepted, bodies), sources=source)
    topics = sorted(
        (topic for topic in narrator.material.topics if topic.by_track.get(track.key)),
        key=lambda topic: -topic.by_track[track.key],
    )
    if topics:
        named = _named(topics[:NAMED_TOPICS], track, narrator)
        yield narrator.paragraph(N_("Raised most in this track: %(topics)s.", topics=named), sources=source)


def _accepted(count: int, bodies: int) -> Message:
    if not bodies:
        return NN_(
            "%(count)s submission of this track was accepted for discussion.",
            "%(count)s submissions of this track were accepted for discussion.",
            count,
        )
    return NN_(
        "%(count)s submission of this track was accepted for discussion, %(bodies)s.",
        "%(count)s submissions of this track were accepted for discussion, %(bodies)s.",
        count,
        bodies=from_bodies(bodies),
    )


def _named(topics: list[TopicFact], track: TrackFact, narrator: Narrator) -> tuple[Inline, ...]:
    parts = (counted(narrator.say(topic.names), topic.by_track[track.key], narrator) for topic in topics)
    return listed(parts, narrator.language)


def _chart(track: TrackFact, narrator: Narrator) -> tuple[Block, ...]:
    chart = topic_chart(narrator, track.key)
    return () if chart is None else (chart,)


def _discussion(track: TrackFact, narrator: Narrator) -> Iterator[Block]:
    said: list[Message] = []
    if track.seats:
        said.append(
            NN_(
                "The track has %(count)s seat in the plenary.",
                "The track has %(count)s seats in the plenary.",
                track.seats,
            )
        )
    floor = _floor(track, narrator)
    if floor:
        said.append(
            NN_(
                "In the sessions its members had the floor %(count)s time, for %(minutes)s in all.",
                "In the sessions its members had the floor %(count)s times, for %(minutes)s in all.",
                sum(one.speeches for one in floor),
                minutes=minutes(sum(one.seconds for one in floor)),
            )
        )
    else:
        said.append(N_("None of its members has had the floor in a session so far."))
    yield narrator.paragraph(*said, sources=_heard_in(track, narrator))


def _floor(track: TrackFact, narrator: Narrator) -> list[FloorFact]:
    return [one.floor[track.key] for one in narrator.material.held() if track.key in one.floor]


def _heard_in(track: TrackFact, narrator: Narrator, *, silent: bool = False) -> tuple[Source, ...]:
    return tuple(
        session_source(one, narrator.addresses, silent=silent)
        for one in narrator.material.held()
        if track.key in one.floor
    )


def _recommendations(track: TrackFact, narrator: Narrator) -> Iterator[Block]:
    drawing = [one for one in narrator.material.recommendations if track.key in one.tracks]
    if not drawing:
        yield narrator.paragraph(N_("No recommendation draws on submissions of this track so far."))
        return
    yield narrator.paragraph(
        NN_(
            "%(count)s recommendation draws on submissions of this track:",
            "%(count)s recommendations draw on submissions of this track:",
            len(drawing),
        ),
        sources=tuple(Source(SourceKind.RECOMMENDATION, str(one.number)) for one in drawing),
    )
    yield narrator.bullets(*(_line(one, narrator) for one in drawing))


def _line(one: RecommendationFact, narrator: Narrator) -> tuple[Inline, ...]:
    linked = narrator.to(one, recommendation.title(one, narrator))
    return narrator.say(N_("%(recommendation)s (%(state)s)", recommendation=linked, state=STATE_LABELS[one.state]))


def _sections(track: TrackFact, narrator: Narrator) -> Iterator[Generated]:
    """Yield what the track's plugin adds; a second section of the same key is left out, for a key names one region."""
    seen = set(_OWN)
    for section in narrator.material.sections:
        if section.track == track.key and section.key not in seen:
            seen.add(section.key)
            yield _section(section, narrator)


def _section(section: ReportSection, narrator: Narrator) -> Generated:
    source = (Source(SourceKind.CONSULTATION, narrator.material.slug),)
    return Generated(
        f"track:{section.track}/{section.key}",
        narrator.say(section.title),
        tuple(narrator.paragraph(said, sources=source) for said in section.paragraphs),
        lambda: () if section.table is None or not section.table.rows else (_table(section.table, narrator),),
        source,
    )


def _table(table: ReportTable, narrator: Narrator) -> Table:
    numeric = [all(isinstance(row[place], int) for row in table.rows) for place in range(len(table.headings))]
    return Table(
        narrator.say(table.caption),
        tuple(
            Column(narrator.say(heading), numeric=numbers)
            for heading, numbers in zip(table.headings, numeric, strict=True)
        ),
        tuple(Row(tuple(narrator.say(cell) for cell in row)) for row in table.rows),
    )
