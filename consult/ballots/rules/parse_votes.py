"""Votes from a mapping, strictly: whole numbers only, and no more of anything than there can be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from consult.ballots.rules.reading import Fields
from consult.ballots.rules.votes import RULINGS, Votes
from consult.errors import Problem, Rejected
from consult.i18n import N_, Message

#: Figures of which no constituency can have more than all voters together, and where each stands in the input.
PLACES = {
    "in_favour": "counts.for",
    "against": "counts.against",
    "members": "members",
    "present": "present",
    "objections": "objections",
    "endorsements": "endorsements",
}


class InvalidVotes(Rejected):
    """The input is not a possible count; every problem names the place in the input and says what is wrong there."""

    message = N_("These figures cannot be a count.")


def parse_votes(mapping: Mapping[str, Any]) -> Votes:
    """Return the votes an input describes; raises InvalidVotes.

    Keys: counts (for, against, abstain) or options with abstain, spoilt, members, present, objections, endorsements,
    components, ruling, dissents, and by_constituency with the same figures for each constituency. An input without counts
    or options of all voters gets the sums over its constituencies.
    """
    problems: list[Problem] = []
    fields = Fields(mapping, problems)
    votes = _whole(fields)
    if not problems:
        problems.extend(_contradictions(votes))
    if problems:
        raise InvalidVotes(problems)
    return votes


def _whole(fields: Fields) -> Votes:
    votes = replace(
        _figures(fields),
        components=fields.whole("components") or 0,
        ruling=fields.one_of("ruling", RULINGS),
        dissents=fields.whole("dissents"),
        by_constituency={name: _part(part) for name, part in fields.named("by_constituency")},
    )
    fields.close()
    said_of_all = "counts" in fields or "options" in fields
    return votes if said_of_all or not votes.by_constituency else _added_up(votes)


def _part(fields: Fields) -> Votes:
    votes = _figures(fields)
    fields.close()
    return votes


def _figures(fields: Fields) -> Votes:
    """Read what can be said of all voters and of a constituency alike."""
    if "counts" in fields and "options" in fields:
        fields.note("options", N_("Give counts (for, against, abstain) or options, not both."))
    counts = fields.inner("counts")
    in_favour, against, abstaining = counts.whole("for"), counts.whole("against"), counts.whole("abstain")
    counts.close()
    apart = fields.whole("abstain")
    if apart is not None and abstaining is not None and apart != abstaining:
        fields.note("abstain", N_("Abstentions are given twice, as %(one)s and as %(two)s.", one=abstaining, two=apart))
    return Votes(
        in_favour=in_favour or 0,
        against=against or 0,
        abstentions=abstaining or apart or 0,
        options=_options(fields),
        spoilt=fields.whole("spoilt") or 0,
        members=fields.whole("members"),
        present=fields.whole("present"),
        objections=fields.whole("objections"),
        endorsements=fields.whole("endorsements"),
    )


def _options(fields: Fields) -> dict[str, int] | None:
    if "options" not in fields:
        return None
    options = fields.inner("options")
    return {name: options.whole(name) or 0 for name in options.names()}


def _added_up(votes: Votes) -> Votes:
    """Return the votes with the sums over the constituencies for everything that was not said of all voters."""
    parts = list(votes.by_constituency.values())
    choices = [part.options for part in parts if part.options is not None]
    return replace(
        votes,
        in_favour=sum(part.in_favour for part in parts),
        against=sum(part.against for part in parts),
        abstentions=votes.abstentions or sum(part.abstentions for part in parts),
        options=dict(sum(map(Counter, choices), Counter())) if choices else None,
        spoilt=votes.spoilt or sum(part.spoilt for part in parts),
        members=_sum(votes.members, [part.members for part in parts]),
        present=_sum(votes.present, [part.present for part in parts]),
        objections=_sum(votes.objections, [part.objections for part in parts]),
        endorsements=_sum(votes.endorsements, [part.endorsements or 0 for part in parts]),
    )


def _sum(said: int | None, parts: Sequence[int | None]) -> int | None:
    """Return what was said, else the sum of the parts when each of them is known."""
    known = [part for part in parts if part is not None]
    return said if said is not None or len(known) < len(parts) else sum(known)


def _contradictions(votes: Votes) -> list[Problem]:
    """Return what cannot be true of these figures together."""
    problems = _excesses(votes, "")
    for name, part in votes.by_constituency.items():
        place = f"by_constituency.{name}."
        problems += _excesses(part, place)
        problems += [
            Problem(place + PLACES[figure], _excess(place + PLACES[figure], inside, PLACES[figure], outside))
            for figure in PLACES
            if (inside := getattr(part, figure)) is not None
            and (outside := getattr(votes, figure)) is not None
            and inside > outside
            and _comparable(figure, part, votes)
        ]
    return problems


def _comparable(figure: str, part: Votes, whole: Votes) -> bool:
    """Votes for and against can be held against each other only where both voted on a yes/no question."""
    return figure not in {"in_favour", "against"} or (part.options is None and whole.options is None)


def _excesses(votes: Votes, place: str) -> list[Problem]:
    """Return every figure that is greater than the number of people it can come from."""
    cast = N_("The number of votes")
    pairs: list[tuple[Message | str, int | None, str, int | None]] = [
        (cast, votes.participants, "members", votes.members),
        (cast, votes.participants, "present", votes.present),
        ("present", votes.present, "members", votes.members),
        ("objections", votes.objections, "members", votes.members),
        ("endorsements", votes.endorsements, "members", votes.members),
        ("dissents", votes.dissents, "members", votes.members),
    ]
    return [
        Problem(
            (place + ("counts" if isinstance(what, Message) else what)),
            _excess(_placed(what, place), count, place + limit, most),
        )
        for what, count, limit, most in pairs
        if count is not None and most is not None and count > most
    ]


def _placed(what: Message | str, place: str) -> Message | str:
    if isinstance(what, str):
        return place + what
    return N_("The number of votes in %(place)s", place=place.rstrip(".")) if place else what


def _excess(what: Message | str, count: int, limit: str, most: int) -> Message:
    return N_(
        "%(what)s (%(count)s) cannot be more than %(limit)s (%(most)s).", what=what, count=count, limit=limit, most=most
    )
