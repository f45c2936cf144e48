"""Where a testimony and a proposed quote stand, and where they may go from there; what may be quoted, and from where."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from consult.i18n import N_, Message


class TestimonyState(StrEnum):
    """The life of a testimony, as far as the database may know it."""

    WAITING = "waiting"
    READ = "read"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


_T = TestimonyState

#: state -> the states it may change into. Whatever the author adds makes it wait again.
TRANSITIONS: Mapping[TestimonyState, frozenset[TestimonyState]] = {
    _T.WAITING: frozenset({_T.READ, _T.ANSWERED, _T.WITHDRAWN}),
    _T.READ: frozenset({_T.WAITING, _T.ANSWERED, _T.WITHDRAWN}),
    _T.ANSWERED: frozenset({_T.WAITING, _T.WITHDRAWN}),
    _T.WITHDRAWN: frozenset(),
}

STATE_LABELS: Mapping[TestimonyState, Message] = {
    _T.WAITING: N_("Waits for a reader"),
    _T.READ: N_("Read"),
    _T.ANSWERED: N_("Has an answer"),
    _T.WITHDRAWN: N_("Withdrawn"),
}


class QuoteState(StrEnum):
    """The life of a quote: proposed by one reader, checked by another, agreed to by the author, then published."""

    PROPOSED = "proposed"
    IDENTIFIES = "identifies"
    CHECKED = "checked"
    DECLINED = "declined"
    AGREED = "agreed"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


_Q = QuoteState

#: state -> the states it may change into. The author may change their mind until it is published.
QUOTE_TRANSITIONS: Mapping[QuoteState, frozenset[QuoteState]] = {
    _Q.PROPOSED: frozenset({_Q.CHECKED, _Q.IDENTIFIES, _Q.WITHDRAWN}),
    _Q.IDENTIFIES: frozenset({_Q.WITHDRAWN}),
    _Q.CHECKED: frozenset({_Q.AGREED, _Q.DECLINED, _Q.WITHDRAWN}),
    _Q.DECLINED: frozenset({_Q.AGREED, _Q.WITHDRAWN}),
    _Q.AGREED: frozenset({_Q.DECLINED, _Q.PUBLISHED, _Q.WITHDRAWN}),
    _Q.PUBLISHED: frozenset({_Q.WITHDRAWN}),
    _Q.WITHDRAWN: frozenset(),
}

QUOTE_LABELS: Mapping[QuoteState, Message] = {
    _Q.PROPOSED: N_("Waits for a second reader"),
    _Q.IDENTIFIES: N_("Would identify somebody"),
    _Q.CHECKED: N_("Waits for the author"),
    _Q.DECLINED: N_("The author said no"),
    _Q.AGREED: N_("The author agreed"),
    _Q.PUBLISHED: N_("Published"),
    _Q.WITHDRAWN: N_("Withdrawn"),
}

#: What the author sees: words that others have not checked are not shown yet.
SHOWN_TO_AUTHOR = frozenset({_Q.CHECKED, _Q.DECLINED, _Q.AGREED, _Q.PUBLISHED})


class Quoting(StrEnum):
    """What the author allows from the start."""

    NOTHING = "nothing"
    ASK = "ask"


QUOTING_LABELS: Mapping[Quoting, Message] = {
    Quoting.NOTHING: N_("Nothing"),
    Quoting.ASK: N_("Only after asking me: I come back and see the exact words first"),
}


class Region(StrEnum):
    """From where somebody speaks, no finer than this; "" is for those who would rather not say."""

    WEST = "west"
    EAST = "east"
    SOUTH = "south"
    ABROAD = "abroad"


REGION_LABELS: Mapping[Region, Message] = {
    Region.WEST: N_("The west"),
    Region.EAST: N_("The east"),
    Region.SOUTH: N_("The south"),
    Region.ABROAD: N_("Outside the country"),
}

#: What a second reader looks for in words to be quoted; each has to be ticked.
CHECKS: Mapping[str, Message] = {
    "names": N_("No name of a person, a family, a tribe or an employer"),
    "places": N_("No place smaller than a region: no village, street, camp, office or workplace"),
    "dates": N_("No date, and no order of events by which a day can be found"),
    "circumstances": N_(
        "No rare circumstance: an illness, a post, an accident, an event that few people lived through"
    ),
    "others": N_("Nobody else can be recognised: a relative, a witness, a colleague"),
    "manner": N_("No turn of phrase, spelling or dialect by which somebody would know who speaks"),
}


def may_become(state: str, wanted: TestimonyState) -> bool:
    """Tell whether a testimony in `state` may change into `wanted`."""
    return wanted in TRANSITIONS[TestimonyState(state)]


def quote_may_become(state: str, wanted: QuoteState) -> bool:
    """Tell whether a quote in `state` may change into `wanted`."""
    return wanted in QUOTE_TRANSITIONS[QuoteState(state)]
