"""Statistics of what was accepted, with small counts hidden: pictures, tables, and one file with all of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from flask import Response, render_template
from markupsafe import Markup

from consult.accounts.bodies.words import region_label
from consult.i18n import N_, Localized, Message
from consult.paper.queries import public_agreement
from consult.plugins.questions import QuestionKind
from consult.spreadsheets.cells import quoted
from consult.submissions.figures.statistics import (
    BEFORE,
    NOT_TOLD,
    OTHERS,
    WAVE,
    AskedTable,
    Statistics,
    Table,
    statistics_of,
)
from consult.submissions.figures.suppression import LEAST
from consult.submissions.states import CHANNEL_LABELS
from consult.submissions.tracks import track_label
from consult.web.conditional import conditional
from consult.web.context import local, present_formats
from consult.web.forms import say
from consult.web.guards import requires
from consult.web.kept import Kept, counted, kept
from consult.web.public.blueprint import blueprint
from consult.web.question_fields import point_label
from consult.web.submissions import language_name
from consult.web.visitor import consultation

CHANNELS: Mapping[str, Message] = {**CHANNEL_LABELS, NOT_TOLD: N_("Not told: the name is withheld")}
Words = Markup | str


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table in words: its count (None: hidden), its share of the largest in per cent, whether it is a part."""

    label: Words
    count: int | None
    share: float
    part: bool = False


@dataclass(frozen=True, slots=True)
class Drawn:
    """A table with its picture, ready for the page; without lines it could not be protected and is not shown."""

    key: str
    title: Words
    column: Words
    lines: Sequence[Line]
    about: Words = ""

    @property
    def hides(self) -> bool:
        """Tell whether a count is hidden."""
        return any(line.count is None for line in self.lines)


@blueprint.get("/c/<slug>/statistics/")
@conditional
@requires("public.read")
def statistics() -> str:
    """Show who has been heard: by track and language, place, channel, week, and the choices of the organisers' form."""
    found = counted_statistics()
    return render_template(
        "public/statistics.html",
        total=found.value.total,
        counted_at=found.at,
        tables=_tables(found.value),
        weeks=_weeks(found.value.weeks),
        grid=_grid(found.value.languages),
        least=LEAST,
    )


@blueprint.get("/c/<slug>/statistics.csv")
@requires("public.read")
def statistics_file() -> Response:
    """Give the same tables as one file: table, row, column, count, and whether the count is hidden."""
    found = counted_statistics().value
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(("table", "row", "column", "count", "hidden"))
    for line in _rows(found):
        *where, number = line
        writer.writerow((*map(quoted, where), "" if number is None else number, "yes" if number is None else "no"))
    answer = Response(("\ufeff" + file.getvalue()).encode(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{consultation().slug}-statistics.csv"'
    return answer


def counted_statistics() -> Kept[Statistics]:
    """Return the figures of the consultation, and when they were counted."""
    here = consultation()
    return counted(("statistics", here.id), lambda: statistics_of(here), lambda found: found.total or 0)


def _rows(found: Statistics) -> Iterator[tuple[str, str, str, int | None]]:
    """Yield table, row and column by their keys, and the count; "" in a row or column is the total over it."""
    if found.total is None:
        return
    yield "all", "", "", found.total
    for (track, language), number in found.languages.counts.items():
        yield "track and language", track or "", language or "", number
    yield from _place_rows("region and municipality", found.places)
    for channel, number in found.channels.counts.items():
        yield "channel", channel, "", number
    for week, number in found.weeks.counts.items():
        yield "week", week or "before", "", number
    for asked in found.answers:
        table = f"{asked.track}: {asked.question.key}"
        if asked.question.kind is QuestionKind.PLACE:
            yield from _place_rows(table, asked.table)
        else:
            yield from ((table, answer, "", number) for answer, number in asked.table.counts.items())


def _place_rows(name: str, table: Table) -> Iterator[tuple[str, str, str, int | None]]:
    for (region, town), number in table.counts.items():
        yield name, region or "none", "others" if town == OTHERS else town or "", number


def _tables(found: Statistics) -> Sequence[Drawn]:
    by_track = {track: n for (track, code), n in found.languages.counts.items() if code is None}
    by_language = {code: n for (track, code), n in found.languages.counts.items() if track is None}
    return [
        Drawn("track", say(N_("By track")), say(N_("Track")), _lines({track_words(k): n for k, n in by_track.items()})),
        Drawn(
            "language",
            say(N_("By language")),
            say(N_("Language")),
            _lines({language_words(k): n for k, n in by_language.items()}),
        ),
        Drawn("place", say(N_("By region and municipality")), say(N_("Place")), _places(found.places, found.names)),
        Drawn(
            "channel",
            say(N_("How they came in")),
            say(N_("Channel")),
            _lines({say(CHANNELS.get(k, k)): n for k, n in found.channels.counts.items()}),
            about=Markup(" ").join(said for said in (_about_channels(found), _about_entries()) if said),
        ),
        *(
            Drawn(
                f"answer-{number}",
                local(asked.question.label),
                say(N_("Place") if asked.question.kind is QuestionKind.PLACE else N_("Answer")),
                _answers(asked),
                about=_about(asked),
            )
            for number, asked in enumerate(found.answers, 1)
        ),
    ]


def _answers(asked: AskedTable) -> Sequence[Line]:
    question, counts = asked.question, asked.table.counts
    if question.kind is QuestionKind.PLACE:
        return _places(asked.table, {one.key: one.label for one in question.choices}, place_region_words)
    yes_no = {"yes": N_("Yes"), "no": N_("No")} if question.kind is QuestionKind.YES_NO else {}
    label_of = partial(point_label, question) if question.kind is QuestionKind.SCALE else question.label_of
    return _lines({local(yes_no.get(key) or label_of(key)): n for key, n in counts.items()})


def _about_channels(found: Statistics) -> Words:
    """Return how texts without a name are counted, where there are some: no two downloads tell of one how it came."""
    if found.stepped_on is not None:
        day = present_formats().day(found.stepped_on)
        return say(
            N_(
                "Of texts whose author’s name is withheld, how they came is counted in steps, on Mondays at most; the last was on %(day)s. What was counted stays counted.",
                day=day,
            )
        )
    if NOT_TOLD in found.channels.counts:
        return say(
            N_(
                "Of texts whose author’s name is withheld, how they came is counted in steps, on Mondays at most. No step was taken yet."
            )
        )
    return ""


def _about_entries() -> Words:
    """Return how the two entries of sheets agreed, where enough stand in the register as texts of paper."""
    here = consultation().id
    found = kept(("entries agree", here), lambda: public_agreement(here))
    if found is None:
        return ""
    return say(
        N_(
            "Two clerks enter each sheet without seeing what the other entered; where they differ, a third decides. Of the %(sheets)s sheets that stand here as handed in on paper, they differed in %(differed)s of %(filled)s boxes (%(share)s).",
            sheets=found.sheets,
            differed=found.differed,
            filled=found.filled,
            share=present_formats().percent(found.differed / found.filled),
        )
    )


def _about(asked: AskedTable) -> Words:
    """Return whose answers they are, and of private ones that nobody reads them."""
    track, question = local(track_label(asked.track)), asked.question
    some = (
        [say(N_("Several answers were possible."))]
        if question.kind is QuestionKind.CHOICES and question.most != 1
        else []
    )
    if question.private:
        some.append(say(N_("Nobody else reads these answers; they are counted %(count)s texts at a time.", count=WAVE)))
    return Markup("\u2003").join([track, *some])


def _lines(counts: Mapping[Any, int | None]) -> Sequence[Line]:
    most = max((number or 0 for number in counts.values()), default=0)
    return [Line(label, number, _share(number, most)) for label, number in counts.items()]


def _share(number: int | None, most: int) -> float:
    return 100 * (number or 0) / most if most else 0.0


def place_region_words(key: str) -> Words:
    """Return a region of places that a form offers as readers call it; of some none is known."""
    return region_words(key) if key else say(N_("Region not known"))


def _places(
    table: Table, names: Mapping[str, Message | Localized], words: Callable[[str], Words] | None = None
) -> Sequence[Line]:
    """Return each region with its municipalities that are counted on their own beneath it, and the rest of it."""
    counts = table.counts
    most = max((n or 0 for (_, town), n in counts.items() if town is None), default=0)
    regions = sorted({region for region, _ in counts}, key=lambda one: (one == NOT_TOLD, one == "", one))
    lines = []
    for region in regions:
        number = counts[region, None]
        lines.append(Line((words or region_words)(region), number, _share(number, most)))
        towns = {town: n for (r, town), n in counts.items() if r == region and town is not None}
        for town in sorted(towns, key=lambda one: (one == OTHERS, one)):
            if len(towns) > 1 or town != OTHERS:
                label = say(N_("All others")) if town == OTHERS else local(names[town])
                lines.append(Line(label, towns[town], _share(towns[town], most), part=True))
    return lines


def _weeks(table: Table) -> Sequence[Line]:
    day = present_formats().day_month
    counts = {
        say(N_("Before")) if week == BEFORE else day(date.fromisoformat(week)): n for week, n in table.counts.items()
    }
    return _lines(counts)


def _grid(table: Table) -> tuple[Sequence[Words], Sequence[tuple[Words, Sequence[int | None]]]]:
    """Return the languages, and each track with its count for each language."""
    tracks = list(dict.fromkeys(track for track, code in table.counts if track is not None and code is not None))
    codes = list(dict.fromkeys(code for track, code in table.counts if track is not None and code is not None))
    rows = [(track_words(track), [table.counts[track, code] for code in codes]) for track in tracks]
    return [language_words(code) for code in codes], rows


def track_words(key: str) -> Words:
    """Return a track as readers call it; "" is none."""
    return local(track_label(key)) if key else say(N_("No track"))


def language_words(code: str) -> Words:
    """Return a language as readers call it; "" was not told."""
    return language_name(code) if code else say(N_("Not told"))


def region_words(key: str) -> Words:
    """Return a region as readers call it, NOT_TOLD and "" in words."""
    if key == NOT_TOLD:
        return say(N_("Not told, or for no body"))
    return local(region_label(key)) if key else say(N_("No region: the whole country"))
