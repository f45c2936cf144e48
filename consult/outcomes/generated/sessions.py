"""What was discussed: a summary of each session that is over, from its plan and from what happened."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from consult.i18n import N_, NN_, Message, direction
from consult.outcomes.citing import session_source
from consult.outcomes.material import FloorFact, ItemFact, OpeningFact, SessionFact
from consult.outcomes.outline import Chapter, Generated, Narrator
from consult.outcomes.sentences import day
from consult.outcomes.tree import Block, Heading, Inline, Paragraph
from consult.outcomes.walk import inlines


def sessions(narrator: Narrator) -> Chapter | None:
    """Return the chapter on the sessions; None before the first one is over."""
    held = narrator.material.held()
    if not held:
        return None
    return Chapter("sessions", narrator.say(N_("The sessions")), tuple(_region(one, narrator) for one in held))


def session_title(sitting: SessionFact, narrator: Narrator) -> tuple[Inline, ...]:
    """Return the title of a session: its number and its name."""
    return narrator.say(N_("Session %(number)s: %(name)s", number=sitting.number, name=sitting.names))


def _region(sitting: SessionFact, narrator: Narrator) -> Generated:
    return Generated(
        f"session:{sitting.number}/summary",
        session_title(sitting, narrator),
        tuple(_prose(sitting, narrator)),
        lambda: tuple(_remarks(sitting, narrator)),
        (session_source(sitting, narrator.addresses, silent=True),),
    )


def _prose(sitting: SessionFact, narrator: Narrator) -> Iterator[Block]:
    source = (session_source(sitting, narrator.addresses),)
    held = [N_("%(kind)s, held on %(day)s.", kind=sitting.kind, day=_day(sitting, narrator))]
    if sitting.venues:
        held.append(N_("Place: %(venue)s.", venue=sitting.venues))
    if sitting.opening is not None:
        held.append(_seats(sitting.opening))
    if floor := list(sitting.floor.values()):
        held.append(floor_sentence(floor))
    yield narrator.paragraph(*held, sources=source)
    if sitting.items:
        yield narrator.paragraph(N_("On the agenda were:"))
        yield narrator.bullets(*(item_line(item, narrator) for item in sitting.items), ordered=True)
    ballots = [one for one in narrator.material.ballots if one.session == sitting.id and one.counts]
    if ballots:
        yield narrator.paragraph(N_("Decided by ballot:"))
        yield narrator.bullets(
            *(
                narrator.say(N_("%(question)s: %(result)s", question=ballot.questions, result=narrator.result(ballot)))
                for ballot in ballots
            )
        )


def _day(sitting: SessionFact, narrator: Narrator) -> str:
    return day(sitting.starts_at, narrator.material.timezone, narrator.language)


def _seats(opening: OpeningFact) -> Message:
    if not opening.needed:
        return N_(
            "Seats represented at the opening: %(present)s of %(seats)s.", present=opening.present, seats=opening.seats
        )
    return N_(
        "Seats represented at the opening: %(present)s of %(seats)s; needed for the quorum: %(needed)s.",
        present=opening.present,
        seats=opening.seats,
        needed=opening.needed,
    )


def item_line(item: ItemFact, narrator: Narrator) -> tuple[Inline, ...]:
    """Return an item of an agenda, with the recommendation it is about."""
    if item.recommendation is None:
        return narrator.say(item.titles)
    return narrator.say(N_("%(item)s (recommendation %(number)s)", item=item.titles, number=item.recommendation))


def floor_sentence(floor: Iterable[FloorFact]) -> Message:
    """Return how often the floor was given, and for how long in all."""
    speeches = list(floor)
    return NN_(
        "The floor was given %(count)s time, for %(minutes)s in all.",
        "The floor was given %(count)s times, for %(minutes)s in all.",
        sum(one.speeches for one in speeches),
        minutes=minutes(sum(one.seconds for one in speeches)),
    )


def minutes(seconds: int) -> Message:
    """Return a span in minutes, at least one, as it stands after "for"."""
    return NN_("%(count)s minute", "%(count)s minutes", max(1, round(seconds / 60)))


def _remarks(sitting: SessionFact, narrator: Narrator) -> Iterator[Block]:
    """Yield what the rapporteur wrote into minutes that were approved, in the language it was written in."""
    if sitting.remarks:
        yield Heading(narrator.say(N_("From the approved minutes")))
    for remark in sitting.remarks:
        for paragraph in own_words(remark.text, remark.language, narrator.language):
            yield replace(paragraph, sources=(session_source(sitting, narrator.addresses, silent=True),))


def own_words(text: str, lang: str, language: str) -> Iterator[Paragraph]:
    """Yield the paragraphs somebody wrote, in their own language and direction."""
    foreign = lang if lang and lang != language else ""
    for part in re.split(r"\n\s*\n", text.strip()):
        if part.strip():
            yield Paragraph(inlines(part.strip()), lang=foreign, dir=direction(foreign) if foreign else "")
