"""Kinds, levels and regions of bodies, kinds of capacity, and who may see a contact: what there is, and how it is called."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from consult.i18n import N_, Message

#: Kinds of the shipped files; a track may bring others, which are called by their own word.
KIND_LABELS: Mapping[str, Message] = {
    "municipality": N_("Municipality"),
    "ministry": N_("Ministry"),
    "authority": N_("Authority"),
    "agency": N_("Agency"),
    "security agency": N_("Security agency"),
    "armed service": N_("Armed service"),
    "coordination body": N_("Coordination body"),
    "executive": N_("Executive office"),
    "legislature": N_("Legislature"),
    "university": N_("University"),
    "research_centre": N_("Research centre"),
    "cso": N_("Civil-society organisation"),
    "international": N_("International organisation"),
}

REGION_LABELS: Mapping[str, Message] = {"west": N_("West"), "east": N_("East"), "south": N_("South")}


class Level(StrEnum):
    """How far a body's responsibility reaches."""

    NATIONAL = "national"
    REGIONAL = "regional"
    LOCAL = "local"
    INTERNATIONAL = "international"


#: Where a body of a kind usually works, until the register is told better; a civil-society organisation may work anywhere.
USUAL_LEVEL: Mapping[str, Level] = {
    "municipality": Level.LOCAL,
    "international": Level.INTERNATIONAL,
    **dict.fromkeys(
        (
            *("ministry", "authority", "agency", "security agency", "armed service", "coordination body"),
            *("executive", "legislature", "university", "research_centre"),
        ),
        Level.NATIONAL,
    ),
}

LEVEL_LABELS: Mapping[Level, Message] = {
    Level.NATIONAL: N_("National level"),
    Level.REGIONAL: N_("Regional level"),
    Level.LOCAL: N_("Local level"),
    Level.INTERNATIONAL: N_("International level"),
}


class CapacityKind(StrEnum):
    """What a capacity is about."""

    STAFF = "staff"
    EXPERTISE = "expertise"
    LANGUAGES = "languages"


CAPACITY_LABELS: Mapping[CapacityKind, Message] = {
    CapacityKind.STAFF: N_("Number of staff"),
    CapacityKind.EXPERTISE: N_("Expertise"),
    CapacityKind.LANGUAGES: N_("Working languages"),
}


class Audience(StrEnum):
    """Who may see a contact."""

    PUBLIC = "public"
    ORGANISERS = "organisers"
    ADMINISTRATORS = "administrators"


AUDIENCE_LABELS: Mapping[Audience, Message] = {
    Audience.PUBLIC: N_("Everybody"),
    Audience.ORGANISERS: N_("Organisers and administrators"),
    Audience.ADMINISTRATORS: N_("Administrators only"),
}


#: What a list of bodies can be narrowed to, by the word in its address: whether they have ended, None for both.
ENDED_OR_NOT: Mapping[str, tuple[bool | None, Message]] = {
    "": (False, N_("Active")),
    "ended": (True, N_("Those that have ended")),
    "all": (None, N_("All")),
}


def ended_or_not(word: str) -> bool | None:
    """Return what a word in an address says of the end of bodies, False for one that is not known."""
    return ENDED_OR_NOT.get(word, ENDED_OR_NOT[""])[0]


def kind_label(kind: str) -> Message | str:
    """Return how a kind of body is called."""
    return KIND_LABELS.get(kind, kind)


def region_label(region: str) -> Message | str:
    """Return how a region is called."""
    return REGION_LABELS.get(region, region)


def level_label(level: str) -> Message | str:
    """Return how a level is called."""
    return LEVEL_LABELS[Level(level)] if level in set(Level) else level
