"""The interim edition of the sample: the organisers' own words, then the publication."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from consult.demo.people import Cast
from consult.demo.sample_files import LANGUAGES, Timeline
from consult.events.deliver import deliver_due
from consult.outcomes.services import RegionDraft, Silence, edit_region, publish_edition

#: The organisers' words are written the evening before the edition is published.
WRITTEN_BEFORE = timedelta(hours=15)
FRONT = ("foreword", "summary", "method")


def add_edition(cast: Cast, timeline: Timeline) -> None:
    """Put the edition on the timeline: front matter in three languages, edited regions, publication."""
    written = cast.sample.read("outcome")
    day = cast.sample.moment(written["day"])
    timeline.at(day - WRITTEN_BEFORE, _deliver)
    timeline.at(day - WRITTEN_BEFORE, lambda: _write(cast, written))
    silence = Silence(**cast.sample.read("answers")["silence"])
    publisher = written["published_by"]
    timeline.at(
        day,
        lambda: publish_edition(consultation=cast.consultation, actor=cast.actor(publisher), silence=silence),
    )


def _deliver() -> None:
    """Let plugins and notifications read what has happened so far: their figures stand in the edition."""
    while deliver_due():
        pass


def _write(cast: Cast, written: dict[str, Any]) -> None:
    drafts = [RegionDraft(part, code, written[part][code].strip()) for part in FRONT for code in LANGUAGES]
    drafts += [
        RegionDraft(region["key"].removesuffix("/discussion"), region["language"], region["text"].strip())
        for region in written["region"]
    ]
    for draft in drafts:
        edit_region(draft, consultation=cast.consultation, actor=cast.actor("organiser"))
