"""Who is missing: bodies, tracks and languages that have not been heard, each with the way to invite or to write to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import render_template, request, url_for
from markupsafe import Markup

from consult.accounts.bodies.words import region_label
from consult.consultations.seats.services import reference_bodies
from consult.i18n import LANGUAGES, N_, WRITTEN, Message
from consult.plugins.questions import Choice, QuestionKind
from consult.submissions.figures.missing import Silent, TrackShare, readers_by_language, silent_bodies, silent_by_track
from consult.submissions.figures.statistics import AskedTable
from consult.submissions.figures.suppression import LEAST
from consult.submissions.places import regions_of_places
from consult.submissions.tracks import track_label
from consult.web.context import local
from consult.web.guards import requires
from consult.web.organise.blueprint import blueprint
from consult.web.organise.reference import comparisons
from consult.web.public.statistics import counted_statistics, place_region_words
from consult.web.visitor import consultation
from consult.web.working_languages import language_label

WRITE, INVITE, ADMIT = N_("Write to its region"), N_("Invite somebody"), N_("Take it in")


@dataclass(frozen=True, slots=True)
class Row:
    """A body that is silent, where it stands, and the one thing to do about it."""

    names: Markup | str
    region: Markup | str
    tag: Message
    kind: str
    href: str
    act: Message


@blueprint.get("/c/<slug>/organise/missing/")
@requires("member.invite")
def missing() -> str:
    """Show who has not been heard."""
    here = consultation()
    tracks = silent_by_track(here)
    offered = [one.track for one in tracks if reference_bodies(one.track)]
    asked = request.args.get("track", "")
    track = asked if asked in offered else next(iter(offered), "")
    region = request.args.get("region") or None
    compared, unrecorded = comparisons(tracks)
    page = silent_bodies(here, track, region=region, after=request.args.get("after", "")[:80])
    return render_template(
        "organise/missing.html",
        tracks=tracks,
        track_label=track_label,
        region_label=region_label,
        track=track,
        offered=offered,
        region=region,
        regions=page.regions,
        rows=[_row(one, track) for one in page.lines],
        next=url_for("organise.missing", track=track, region=region, after=page.after) if page.after else None,
        first=url_for("organise.missing", track=track, region=region) if request.args.get("after") else None,
        languages=_languages(tracks),
        places=_places(),
        compared=compared,
        unrecorded=unrecorded,
        least=LEAST,
    )


def _row(one: Silent, track: str) -> Row:
    names, region, standing = local(one.names), local(region_label(one.region)), one.standing
    if standing is None:
        href = url_for("organise.bodies", source=track, q=one.names.get("ar", one.key))
        return Row(names, region, N_("Not in the register"), "", href, ADMIT)
    if standing.takes_part and one.region:
        # Messages go to groups, never to one body: to those of its region who have handed in nothing.
        href = url_for("organise.new_message", track=track, region=one.region, handed_in="no")
        return Row(names, region, N_("Takes part, nothing handed in"), "wait", href, WRITE)
    free = N_("Its seat is free") if standing.seated else N_("In the register")
    tag = N_("Takes part, nothing handed in") if standing.takes_part else free
    return Row(names, region, tag, "sea", url_for("organise.invite", track=track, body=standing.body), INVITE)


@dataclass(frozen=True, slots=True)
class PlaceShare:
    """Of a region: how many places a question offers, how many have a line in the statistics, the names of the others."""

    region: Markup | str
    offered: int
    heard: int
    missing: Sequence[Markup | str]


def _places() -> Sequence[tuple[AskedTable, Sequence[PlaceShare]]]:
    """Return each question for a place with the places from which few or no texts come, as the public statistics count them."""
    regions = regions_of_places()
    found = []
    for asked in counted_statistics().value.answers:
        if asked.question.kind is not QuestionKind.PLACE or not asked.table.whole:
            continue
        heard = {town for _, town in asked.table.counts}
        groups: dict[str, list[Choice]] = {}
        for choice in asked.question.choices:
            groups.setdefault(regions.get(choice.key, ""), []).append(choice)
        shares = []
        for region, choices in sorted(groups.items(), key=lambda group: (not group[0], group[0])):
            missing = [local(choice.label) for choice in choices if choice.key not in heard]
            shares.append(PlaceShare(place_region_words(region), len(choices), len(choices) - len(missing), missing))
        found.append((asked, shares))
    return found


def _languages(tracks: Sequence[TrackShare]) -> Sequence[Mapping[str, object]]:
    """Return each language with its readers, its texts as the public statistics count them, and where to invite from."""
    here, track = consultation(), next(iter(tracks)).track if tracks else ""
    texts, readers = counted_statistics().value.languages, readers_by_language(here.id)
    came_in = sorted(code for of_track, code in texts.counts if of_track is None and code)
    return [
        {
            "name": language_label(code),
            "readers": readers.get(code, 0),
            "known": texts.whole,
            "texts": texts.counts.get((None, code), 0),
            "href": url_for("organise.invite", track=track, language=code if code in LANGUAGES else None)
            if track
            else None,
        }
        for code in dict.fromkeys((*WRITTEN, *came_in))
    ]
