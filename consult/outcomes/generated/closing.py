"""The table of all recommendations, and what comes next."""

from __future__ import annotations

from collections.abc import Iterator

from consult import clock
from consult.consultations.phases import Right
from consult.i18n import N_, NN_
from consult.outcomes.generated.front import outcomes
from consult.outcomes.material import RecommendationFact, in_state
from consult.outcomes.outline import Chapter, Generated, Narrator
from consult.outcomes.sentences import day, listed
from consult.outcomes.tree import Block, Column, Inline, Row, Source, SourceKind, Table
from consult.recommendations.states import STATE_LABELS, RecommendationState


def table(narrator: Narrator) -> Chapter | None:
    """Return the table of all recommendations; None while there is none."""
    found = narrator.material.recommendations
    if not found:
        return None
    title = narrator.say(N_("All recommendations"))
    prose = (narrator.paragraph(outcomes(narrator), sources=_of(*found)),)
    return Chapter("table", title, (Generated("table", title, prose, lambda: (_table(narrator),)),))


def next_steps(narrator: Narrator) -> Chapter:
    """Return what comes next: who is to carry out what was adopted, until when."""
    title = narrator.say(N_("Next steps"))
    region = Generated("next", title, tuple(_next(narrator)), lambda: _deeds(narrator))
    return Chapter("next", title, (region,))


def _of(*found: RecommendationFact) -> tuple[Source, ...]:
    return tuple(Source(SourceKind.RECOMMENDATION, str(one.number)) for one in found)


def _table(narrator: Narrator) -> Table:
    return Table(
        narrator.say(N_("Recommendations and what became of them")),
        (
            Column(narrator.say(N_("Number")), numeric=True),
            Column(narrator.say(N_("Recommendation")), share=4),
            Column(narrator.say(N_("Topic")), share=2),
            Column(narrator.say(N_("Outcome")), share=2),
            Column(narrator.say(N_("Result")), share=3),
        ),
        tuple(_row(one, narrator) for one in narrator.material.recommendations),
    )


def _row(one: RecommendationFact, narrator: Narrator) -> Row:
    ballot = one.standing
    return Row(
        (
            narrator.say(one.number),
            narrator.to(one, one.titles),
            () if one.topic is None else narrator.say(one.topic),
            narrator.say(STATE_LABELS[one.state]),
            () if ballot is None else (narrator.result(ballot),),
        )
    )


def _next(narrator: Narrator) -> Iterator[Block]:
    material = narrator.material
    adopted = in_state(material.recommendations, RecommendationState.ADOPTED)
    if adopted:
        yield narrator.paragraph(
            NN_(
                "%(count)s recommendation was adopted and waits to be carried out.",
                "%(count)s recommendations were adopted and wait to be carried out.",
                len(adopted),
            ),
            sources=_of(*adopted),
        )
    else:
        yield narrator.paragraph(N_("No recommendation has been adopted so far."))
    for phase in material.phases_with(Right.FOLLOW):
        yield narrator.paragraph(
            N_(
                "What is done about them is followed up from %(opens)s to %(closes)s.",
                opens=day(phase.opens_at, material.timezone, narrator.language),
                closes=day(clock.last_moment(phase.closes_at), material.timezone, narrator.language),
            )
        )


def _deeds(narrator: Narrator) -> tuple[Block, ...]:
    adopted = in_state(narrator.material.recommendations, RecommendationState.ADOPTED)
    if not any(one.responsible or one.due for one in adopted):
        return ()
    return (
        Table(
            narrator.say(N_("Who carries out what, and until when")),
            (
                Column(narrator.say(N_("Recommendation")), share=3),
                Column(narrator.say(N_("Responsible bodies")), share=3),
                Column(narrator.say(N_("Deadline")), share=2),
            ),
            tuple(
                Row((narrator.to(one, one.titles), _responsible(one, narrator), _due(one, narrator))) for one in adopted
            ),
        ),
    )


def _responsible(one: RecommendationFact, narrator: Narrator) -> tuple[Inline, ...]:
    return listed((narrator.say(names) for names in one.responsible), narrator.language)


def _due(one: RecommendationFact, narrator: Narrator) -> tuple[Inline, ...]:
    if one.due is None:
        return ()
    return narrator.say(day(one.due, narrator.material.timezone, narrator.language))
