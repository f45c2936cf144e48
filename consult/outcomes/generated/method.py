"""How the consultation was held: stages, review, languages, rules, and the figures over time and by topic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError

from consult import clock
from consult.i18n import LANGUAGES, N_, NN_
from consult.outcomes.outline import Chapter, Generated, Narrator
from consult.outcomes.queries import received_moments
from consult.outcomes.sentences import day, day_month, listed, number, words
from consult.outcomes.tree import BarChart, Block, ChartBar, ChartShape, Inline, Text
from consult.outcomes.walk import inlines


def method(narrator: Narrator) -> Chapter:
    """Return the chapter on method, with its charts."""
    title = narrator.say(N_("Method and figures"))
    return Chapter("method", title, (Generated("method", title, tuple(_prose(narrator)), lambda: _charts(narrator)),))


def _prose(narrator: Narrator) -> Iterator[Block]:
    material = narrator.material
    if material.phases:
        yield narrator.paragraph(N_("The consultation is held in these stages:"))
        yield narrator.bullets(*_stages(narrator))
    review = [N_("Every submission is read by a moderator, who decides, with a reason, whether it can be discussed.")]
    if material.writing.hidden:
        review.append(
            NN_(
                "The text of %(count)s submission was hidden; the ground is public, and the original is kept.",
                "The texts of %(count)s submissions were hidden; the grounds are public, and the originals are kept.",
                material.writing.hidden,
            )
        )
    yield narrator.paragraph(*review)
    if material.writing.by_language:
        languages = _counted(_language_names(narrator), narrator)
        yield narrator.paragraph(N_("Languages the submissions are written in: %(languages)s.", languages=languages))
    rules = {ballot.rule_name: None for ballot in material.ballots if ballot.counts}
    if rules:
        yield narrator.paragraph(
            N_("Ballots were decided under these rules; every result is given condition by condition:")
        )
        yield narrator.bullets(*(narrator.say(name) for name in rules))
    yield narrator.paragraph(
        N_("Every numbered paragraph can be followed back to the submissions, versions and ballots it comes from.")
    )


def _stages(narrator: Narrator) -> Iterator[tuple[Inline, ...]]:
    zone, language = narrator.material.timezone, narrator.language
    for phase in narrator.material.phases:
        yield narrator.say(
            N_(
                "%(phase)s: from %(opens)s to %(closes)s",
                phase=phase.names,
                opens=day(phase.opens_at, zone, language),
                closes=day(clock.last_moment(phase.closes_at), zone, language),
            )
        )


def _language_names(narrator: Narrator) -> Mapping[str, int]:
    counts: Counter[str] = Counter()
    for code, count in sorted(narrator.material.writing.by_language.items()):
        counts[language_name(code, narrator.language)] += count
    return dict(counts.most_common())


def language_name(code: str, language: str) -> str:
    """Return what a language is called in another, or its code where that is not known."""
    try:
        locale = Locale.parse(code, sep="-")
    except (UnknownLocaleError, ValueError):
        return code
    return locale.get_language_name(LANGUAGES[language].locale) or code


def _counted(counts: Mapping[str, int], narrator: Narrator) -> tuple[Inline, ...]:
    return listed((counted(name, count, narrator) for name, count in counts.items()), narrator.language)


def counted(name: str | tuple[Inline, ...], count: int, narrator: Narrator) -> tuple[Inline, ...]:
    """Return a name with its number in brackets: Data (12)."""
    said = (Text(name),) if isinstance(name, str) else name
    return inlines(*said, f" ({number(count, narrator.language)})")


def _charts(narrator: Narrator) -> tuple[Block, ...]:
    return tuple(chart for chart in (topic_chart(narrator, ""), _week_chart(narrator)) if chart is not None)


def topic_chart(narrator: Narrator, track: str) -> BarChart | None:
    """Return the chart of topics of a track, of all with ""; None where no submission has a topic."""
    language = narrator.language
    counts = [
        (words(topic.names, language), topic.by_track.get(track, 0) if track else topic.total)
        for topic in narrator.material.topics
    ]
    bars = sorted(((label, count) for label, count in counts if count), key=lambda bar: -bar[1])
    if not bars:
        return None
    described = N_(
        "Raised most: %(first)s (%(count)s). A submission can be about several topics.",
        first=bars[0][0],
        count=bars[0][1],
    )
    return BarChart(
        words(N_("Submissions by topic"), language),
        words(described, language),
        words(N_("Topic"), language),
        words(N_("Submissions"), language),
        tuple(ChartBar(label, count) for label, count in bars),
        id=f"chart:{track or 'all'}:topics",
    )


def _week_chart(narrator: Narrator) -> BarChart | None:
    """Return the chart of weeks, from Saturday; every week between the first and the last has its bar."""
    language, zone = narrator.language, narrator.material.timezone
    tz = ZoneInfo(zone)
    weeks = Counter(
        _saturday(moment.astimezone(tz).date()) for moment in received_moments(narrator.material.consultation_id)
    )
    if not weeks:
        return None
    first, last = min(weeks), max(weeks)
    starts = [first + timedelta(weeks=n) for n in range((last - first).days // 7 + 1)]
    described = NN_(
        "%(count)s week from %(first)s; most in the week of %(busiest)s: %(most)s.",
        "%(count)s weeks from %(first)s; most in the week of %(busiest)s: %(most)s.",
        len(starts),
        first=day(first, zone, language),
        busiest=day_month(max(weeks, key=lambda start: (weeks[start], start)), zone, language),
        most=max(weeks.values()),
    )
    return BarChart(
        words(N_("Submissions received each week"), language),
        words(described, language),
        words(N_("Week from"), language),
        words(N_("Submissions"), language),
        tuple(ChartBar(day_month(start, zone, language), weeks[start]) for start in starts),
        ChartShape.COLUMNS,
        id="chart:weeks",
    )


def _saturday(on: date) -> date:
    """Return the first day of a week: it begins on Saturday in Libya."""
    return on - timedelta(days=(on.weekday() + 2) % 7)
