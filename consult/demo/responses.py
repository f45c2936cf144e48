"""Official responses of the sample: one entered from a ministry's letter, one that is waited for, one being written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from consult.db import session
from consult.demo.people import Cast
from consult.demo.sample_files import Timeline
from consult.recommendations.response_models import OfficialResponse
from consult.recommendations.responses import (
    RequestDraft,
    ResponseDraft,
    ask_response,
    enter_response,
)
from consult.recommendations.responses_together import (
    DecisionDraft,
    ResponsePart,
    WordsDraft,
    comment_on,
    release_part_of,
    write_part,
)
from consult.submissions.models import Submission


def add_responses(cast: Cast, timeline: Timeline) -> None:
    """Put every request on the timeline, and what came of it."""
    for entry in cast.sample.read("responses")["response"]:
        asked: list[OfficialResponse] = []
        timeline.at(cast.sample.moment(entry["at"]), _ask(cast, entry, asked))
        for way in ("letter", "draft"):
            if way in entry:
                timeline.at(cast.sample.moment(entry[way]["at"]), _say(cast, entry[way], asked))


def _day(cast: Cast, day: str) -> date:
    return cast.sample.moment(f"{day}T12:00").date()


def _ask(cast: Cast, entry: dict[str, Any], asked: list[OfficialResponse]) -> Callable[[], None]:
    def act() -> None:
        key = entry.get("submission")
        receipt = session.get_one(Submission, cast.submissions[key]).number if key else ""
        draft = RequestDraft(entry["body"], _day(cast, entry["due"]), entry.get("recommendation"), receipt)
        asked.append(ask_response(draft, consultation=cast.consultation, actor=cast.actor("organiser")))

    return act


def _say(cast: Cast, given: dict[str, Any], asked: list[OfficialResponse]) -> Callable[[], None]:
    def act() -> None:
        until, text = _day(cast, given["until"]), given["text"].strip()
        draft = ResponseDraft(given["kind"], text, given["language"], until, letter=given.get("number", ""))
        if draft.letter:
            enter_response(draft, response=asked[0], actor=cast.actor("organiser"))
        else:
            actor = cast.actor(given["by"])
            write_part(DecisionDraft(draft.kind, draft.until), 1, response=asked[0], actor=actor)
            write_part(WordsDraft(draft.text, draft.language), 1, response=asked[0], actor=actor)
            release_part_of(asked[0], ResponsePart.DECISION, actor=actor)
            for said in given.get("comment", ()):
                comment_on(asked[0], ResponsePart.WORDS, said, actor=actor)

    return act
