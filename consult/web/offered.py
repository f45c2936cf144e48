"""Lists that somebody chooses from, at most so long as a page can hold; a search narrows those that would be longer."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request

from consult.accounts.models import Body
from consult.accounts.queries import BodiesPage, bodies
from consult.consultations.seats import queries
from consult.runtime import runtime
from consult.submissions.bodies import public_bodies
from consult.web.language import current_language
from consult.web.visitor import consultation

#: More than this are not offered in one list.
MOST_OFFERED = 500


def sent_search() -> str:
    """Return the words of the address that narrow a list, "" for none."""
    return request.args.get("q", "").strip()[:200]


def goes_on(offered: Sequence[object]) -> bool:
    """Tell whether there may be more members than a list of them offers."""
    return len(offered) >= queries.MOST_OFFERED


def bodies_of_kinds(kinds: Sequence[str]) -> BodiesPage:
    """Return the bodies of the register of some kinds, narrowed by the words of the address (1 query)."""
    return bodies(kinds=kinds, text=sent_search(), limit=MOST_OFFERED)


def bodies_to_carry_out() -> BodiesPage:
    """Return the institutions of the register, which take part in no track, narrowed by the words of the address (1 query)."""
    kinds = {kind for track in runtime().hooks.tracks.values() for kind in track.body_kinds}
    reader = current_language().code
    return bodies(which=Body.kind.not_in(kinds), text=sent_search(), language=reader, limit=MOST_OFFERED)


def bodies_to_ask() -> tuple[BodiesPage, str]:
    """Return the bodies that take part, in the reader's language, and the words of the address that narrow them (1 query)."""
    q, reader = sent_search(), current_language().code
    return public_bodies(consultation().id, taking_part=True, text=q, language=reader, limit=MOST_OFFERED), q
