"""The figures of a process: who takes part and who is missing, how it was moderated, answered, entered, helped and attended.

They are put together from the counts that other pages show, and hold neither a name nor a text: clerks are numbered, bodies
counted. Counts of people that nobody can recount from what is public hide the small ones (`consult.submissions.figures.suppression`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from consult import clock
from consult.consultations.models import Consultation
from consult.events.stream import count_events
from consult.paper.queries import box_rates, pair_rates, told_as_paper
from consult.recommendations.answer_counts import answer_times, count_answers
from consult.recommendations.response_queries import count_responses
from consult.sessions.queries import attended_by_track
from consult.submissions.figures.missing import TrackShare, readers_by_language, region_shares, silent_by_track
from consult.submissions.figures.statistics import Statistics, Table
from consult.submissions.figures.suppression import LEAST, Cell, protected, suppressed, two_way
from consult.submissions.review.appeal_figures import AppealFigures, appeal_figures
from consult.submissions.review.appeal_queries import Times, decision_times
from consult.submissions.review.queries import count_decisions

#: A number of a table: None is one that is not shown.
Number = int | float | None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: what it is about, by the keys of its table's `by`, and one number for each of its measures."""

    keys: tuple[str, ...]
    numbers: tuple[Number, ...]


@dataclass(frozen=True, slots=True)
class FigureTable:
    """A table: what it counts (`key`), by what, which measures, and its rows; `hides` tells that something is not shown."""

    key: str
    by: tuple[str, ...]
    measures: tuple[str, ...]
    rows: Sequence[Row]

    @property
    def hides(self) -> bool:
        """Tell whether a number is not shown."""
        return any(number is None for row in self.rows for number in row.numbers)


def figures_of(here: Consultation, counted: Statistics) -> Sequence[FigureTable]:
    """Return every table of a consultation; `counted` are its public statistics (about 30 queries)."""
    tracks, appeals = silent_by_track(here), appeal_figures(here.id)
    return [
        *_texts(counted),
        _members(tracks),
        _seats(tracks),
        _one_way("readers", "language", "people", protected(readers_by_language(here.id))),
        _bodies(here, tracks),
        _decisions(here),
        _appeals(appeals),
        _times(here, appeals),
        _answers(here),
        _responses(here),
        _sheets(here),
        _clerks(here),
        _help(here),
        _attendance(here),
    ]


def _texts(counted: Statistics) -> Iterator[FigureTable]:
    by_both = counted.languages.counts
    rows = [Row((track, code), (n,)) for (track, code), n in by_both.items() if track is not None and code is not None]
    yield _one_way("texts", "track", "texts", {track: n for (track, code), n in by_both.items() if code is None})
    yield _one_way("texts", "language", "texts", {code: n for (track, code), n in by_both.items() if track is None})
    yield FigureTable("texts", ("track", "language"), ("texts",), rows)
    places = {region: n for (region, town), n in counted.places.counts.items() if town is None}
    yield _one_way("texts", "region", "texts", places)
    for by, table in (("channel", counted.channels), ("week", counted.weeks)):
        yield _one_way("texts", by, "texts", _by_key(table))


def _by_key(table: Table) -> Mapping[str, int | None]:
    return {str(key): number for key, number in table.counts.items()}


def _one_way(key: str, by: str, measure: str, counts: Mapping[str, int | None]) -> FigureTable:
    return FigureTable(key, (by,), (measure,), [Row((one,), (number,)) for one, number in counts.items()])


def _members(tracks: Sequence[TrackShare]) -> FigureTable:
    """Count those who take part by whether they have handed in: a withheld name must not be told by a difference."""
    cells = two_way(
        {
            (one.track, measure): number
            for one in tracks
            for measure, number in (("handed_in", one.counts.members - one.silent), ("silent", one.silent))
        }
    )
    found = _shown(cells)
    measures = ("members", "handed_in", "silent")
    keys = {"members": None, "handed_in": "handed_in", "silent": "silent"}
    rows = [Row((one.track,), tuple(found[one.track, keys[measure]] for measure in measures)) for one in tracks]
    return FigureTable("members", ("track",), measures, rows)


def _shown(cells: Sequence[Cell]) -> Mapping[object, int | None]:
    """Return the counts of a table as they are shown; none where it cannot be protected."""
    hidden = suppressed(cells)
    return {cell.key: None if hidden is None or cell.key in hidden else cell.value for cell in cells}


def _seats(tracks: Sequence[TrackShare]) -> FigureTable:
    rows = [Row((one.track,), (one.counts.seats, one.counts.filled)) for one in tracks]
    return FigureTable("seats", ("track",), ("seats", "filled"), rows)


def _bodies(here: Consultation, tracks: Sequence[TrackShare]) -> FigureTable:
    """Count, of the bodies that the tracks' reference files name, those that have a seat and those that were heard, by region."""
    rows = [
        Row((one.track, share.region), (share.bodies, share.seated, share.heard, share.bodies - share.heard))
        for one in tracks
        for share in region_shares(here, one.track)
    ]
    return FigureTable("bodies", ("track", "region"), ("bodies", "seated", "heard", "missing"), rows)


def _decisions(here: Consultation) -> FigureTable:
    rows = [Row((decision.value, ground), (number,)) for decision, ground, number in count_decisions(here.id)]
    return FigureTable("decisions", ("decision", "ground"), ("times",), rows)


def _appeals(told: AppealFigures | None) -> FigureTable:
    rows = [Row((state.value, ground), (number,)) for state, ground, number in told.outcomes] if told else []
    return FigureTable("appeals", ("outcome", "ground"), ("times",), rows)


def _times(here: Consultation, appeals: AppealFigures | None) -> FigureTable:
    took: Mapping[str, Times | None] = {
        "decision": decision_times(here.id),
        "appeal": appeals.times if appeals else None,
        "answer": answer_times(here.id),
    }
    rows = [
        Row((step,), (times.cases, round(times.median, 1), round(times.ninety, 1)))
        for step, times in took.items()
        if times is not None
    ]
    return FigureTable("times", ("step",), ("cases", "half_within", "ninety_within"), rows)


def _answers(here: Consultation) -> FigureTable:
    counts = count_answers(here.id).texts
    rows = [Row((kind, track), (number,)) for (kind, track), number in sorted(counts.items())]
    return FigureTable("answers", ("answer", "track"), ("texts",), rows)


def _responses(here: Consultation) -> FigureTable:
    today = clock.now().astimezone(ZoneInfo(here.timezone)).date()
    row = Row((), count_responses(here.id, today))
    return FigureTable("responses", (), ("asked", "given", "overdue"), [row] if row.numbers[0] else [])


def _sheets(here: Consultation) -> FigureTable:
    """Count the boxes of sheets that two clerks entered, and those in which they differed, by track, of texts that are told as of paper."""
    found: dict[str, tuple[int, int]] = {}
    for rate in box_rates(here.id, told_as_paper()):
        filled, differed = found.get(rate.track, (0, 0))
        found[rate.track] = (filled + rate.filled, differed + rate.differed)
    rows = [Row((track,), (*both, _share(*both))) for track, both in sorted(found.items())]
    return FigureTable("sheets", ("track",), ("compared", "differed", "differed_share"), rows)


def _clerks(here: Consultation) -> FigureTable:
    """Compare pairs of clerks, numbered and not named, as far as they entered at least `LEAST` sheets together."""
    rows = [
        Row((str(number),), (pair.sheets, pair.filled, pair.differed, _share(pair.filled, pair.differed)))
        for number, pair in enumerate(
            (one for one in pair_rates(here.id, told_as_paper()) if one.sheets >= LEAST), start=1
        )
    ]
    return FigureTable("clerks", ("pair",), ("sheets", "compared", "differed", "differed_share"), rows)


def _share(whole: int, part: int) -> float | None:
    """Return a part in per cent, to one place."""
    return round(100 * part / whole, 1) if whole else None


def _help(here: Consultation) -> FigureTable:
    """Count the sign-in cards that were printed in the hall: each is an event of the public log."""
    printed = count_events(here.id, "CardPrinted")
    return FigureTable("help", (), ("cards",), [Row((), (printed,))] if printed else [])


def _attendance(here: Consultation) -> FigureTable:
    """Count who came to which session, by track: of each session by itself, because the same people come to all."""
    found: dict[int, dict[str, int]] = {}
    for sitting, track, number in attended_by_track(here.id):
        found.setdefault(sitting.number, {})[track] = number
    rows = [
        Row((str(number), track), (shown,))
        for number, counts in found.items()
        for track, shown in protected(counts).items()
    ]
    return FigureTable("attendance", ("session", "track"), ("people",), rows)
