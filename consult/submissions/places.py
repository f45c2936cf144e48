"""The places that a question may ask for: the municipalities of the tracks' reference files, else the districts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache

from consult.consultations.reference import districts
from consult.i18n import LANGUAGES, Localized
from consult.plugins.questions import Choice
from consult.plugins.track import ReferenceBody
from consult.runtime import runtime

MUNICIPALITY = "municipality"


def places() -> Sequence[Choice]:
    """Return the places by their reference code, with names that are told apart: two of one name bear their district's."""
    bodies = {
        body.key: body
        for track in runtime().hooks.tracks.values()
        for body in track.reference_bodies()
        if body.kind == MUNICIPALITY
    }
    if not bodies:
        return tuple(Choice(code, district.names) for code, district in districts().items())
    return _named(tuple(bodies.values()))


def regions_of_places() -> Mapping[str, str]:
    """Return the region of each place, by its code."""
    bodies = [body for track in runtime().hooks.tracks.values() for body in track.reference_bodies()]
    return {code: district.region for code, district in districts().items()} | {
        body.key: body.region for body in bodies if body.kind == MUNICIPALITY
    }


@lru_cache(4)
def _named(bodies: tuple[ReferenceBody, ...]) -> Sequence[Choice]:
    known = {code: Counter(body.names.for_language(code) for body in bodies) for code in LANGUAGES}
    return tuple(Choice(body.key, _name(body, known)) for body in bodies)


def _name(body: ReferenceBody, known: dict[str, Counter[str]]) -> Localized:
    district = districts().get(body.district)
    names = {}
    for code, name in body.names.items():
        shared = known[code][name] > 1 if code in known else False
        names[code] = f"{name} ({district.names.for_language(code)})" if shared and district else name
    return Localized(names)
