"""The trace: from a submission to the paragraph, and from the paragraph back, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

import sqlalchemy as sa

from consult.db import session
from consult.i18n import Localized, Message
from consult.outcomes.models import Citation, Edition
from consult.outcomes.services import Silence, publish_edition
from consult.outcomes.trace import Step, behind, place_of_version, what_became
from consult.recommendations.models import Version
from consult.submissions.services import Review, hide
from consult.testing.story import Story

Counter = Callable[[], AbstractContextManager[list[str]]]


def _said(steps: Iterable[Step]) -> list[tuple[str, str, str, str]]:
    return [(_words(step.title), step.path, _words(step.note), step.state.value) for step in steps]


def _words(text: Message | Localized | str | None) -> str:
    return text.for_language("en") if isinstance(text, Localized) else str(text or "")


def _publish(story: Story) -> Edition:
    return publish_edition(
        consultation=story.world.consultation,
        actor=story.world.actor("organiser"),
        silence=Silence("Reading goes on.", "en"),
    )


def test_before_an_edition_the_way_ends_at_the_vote(story: Story) -> None:
    """What is still to come is shown as such; a text nobody drew on says so."""
    found = what_became([story.submissions["ghat"], story.submissions["derna"]], "en")
    assert _said(found[story.submissions["ghat"]]) == [
        ("Passages 1, 2 of this submission", "#p1", "", ""),
        ("Recommendation 1, version 1: A shared municipal register", "recommendations/1/", "Adopted", ""),
        ("Ballot 1: Adopted", "ballots/1/", "4 in favour of 5, 4 needed", ""),
        ("Outcome document", "", "No edition tells of it yet.", "todo"),
    ]
    assert _said(found[story.submissions["derna"]]) == [
        ("Recommendations", "", "No recommendation draws on this text so far.", "todo")
    ]


def test_the_whole_way_and_back(story: Story, count_queries: Counter) -> None:
    """From each submission to its paragraph; from the paragraph to everything behind it; the same numbers both ways."""
    edition = _publish(story)
    ids = [story.submissions[key] for key in ("ghat", "professor", "cso", "derna")]
    session.refresh(edition)
    with count_queries() as seen:
        found = what_became(ids, "en")
    assert len(seen) == 3
    with count_queries() as seen:
        what_became(ids[:1], "en")
    assert len(seen) == 3
    assert _said(found[ids[0]])[-1] == ("Outcome document, edition 1, paragraph 17", "outcome/1/paragraphs/17/", "", "")
    assert [step[0] for step in _said(found[ids[1]])] == [
        "Passages 1, 2 of this submission",
        "Recommendation 1, version 1: A shared municipal register",
        "Ballot 1: Adopted",
        "Outcome document, edition 1, paragraph 17",
        "Passage 1 of this submission",
        "Recommendation 2, version 1: A fund for municipalities",
        "Ballot 2: Rejected",
        "Outcome document, edition 1, paragraph 24",
    ]
    assert what_became([], "en") == {}
    _back(edition, count_queries)
    _of_the_version(story)


def _back(edition: Edition, count_queries: Counter) -> None:
    session.refresh(edition)
    with count_queries() as seen:
        steps = behind(edition, "en", 17)
    assert len(seen) == 1
    assert _said(steps) == [
        ("Ghat, passage 1", "submissions/TT-2026-00001/#p1", "TT-2026-00001", ""),
        ("Ghat, passage 2", "submissions/TT-2026-00001/#p2", "TT-2026-00001", ""),
        ("Al Zawiya University, passage 1", "submissions/TT-2026-00002/#p1", "TT-2026-00002", ""),
        ("Al Zawiya University, passage 2", "submissions/TT-2026-00002/#p2", "TT-2026-00002", ""),
        ("Name withheld, passage 1", "submissions/TT-2026-00003/#p1", "TT-2026-00003", ""),
        ("Recommendation 1, version 1: A shared municipal register", "recommendations/1/", "Adopted", ""),
        ("Outcome document, edition 1, paragraph 17", "", "You are here", "here"),
    ]
    assert [step[0] for step in _said(behind(edition, "en", 16))] == [
        "Recommendation 1, version 1: A shared municipal register",
        "Ballot 1: Adopted",
        "Outcome document, edition 1, paragraph 16",
    ]
    assert [step[0] for step in _said(behind(edition, "en", 9))] == [
        "Session 1: First plenary",
        "Outcome document, edition 1, paragraph 9",
    ]
    assert [step[0] for step in _said(behind(edition, "en", 30))] == [
        "Recommendation 1: A shared municipal register",
        "Recommendation 2: A fund for municipalities",
        "Recommendation 3: تدريب موظفي البلديات",
        "Outcome document, edition 1, paragraph 30",
    ]


def _of_the_version(story: Story) -> None:
    version = session.scalars(
        sa.select(Version.id).where(Version.recommendation_id == story.recommendations["register"])
    ).one()
    place = place_of_version(version, "ar")
    assert place is not None
    assert (place.edition, place.paragraph, place.anchor) == (1, 16, "p16")


def test_a_text_hidden_after_the_edition_is_named_by_its_number_alone(story: Story) -> None:
    """The edition stays; the page about the paragraph does not lead to it, nor say whose it is."""
    edition = _publish(story)
    hide(story.submission("professor"), Review("harm", "سبب", revision=1), actor=story.world.actor("moderator"))
    steps = _said(behind(edition, "en", 24))
    assert steps[0] == ("Name withheld, passage 1", "", "TT-2026-00002", "")


def test_only_the_newest_edition_counts_and_every_language_has_its_paragraphs(story: Story) -> None:
    """A second edition takes the place of the first in the trace."""
    _publish(story)
    _publish(story)
    for code in ("ar", "en", "fr"):
        last = what_became([story.submissions["ghat"]], code)[story.submissions["ghat"]][-1]
        assert last.path == "outcome/2/paragraphs/17/"
    kinds = session.execute(
        sa.select(Citation.kind, sa.func.count()).group_by(Citation.kind).order_by(Citation.kind)
    ).all()
    assert [kind for kind, _ in kinds] == ["ballot", "passage", "recommendation", "session", "submission", "version"]
