"""Answers: one state for each text and passage, what each kind needs, who gives them, and the history that stays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest
import sqlalchemy as sa

from consult.accounts.access import ANONYMOUS
from consult.db import session
from consult.errors import Forbidden, Problem, Rejected
from consult.events.models import EventRow
from consult.recommendations.answer_conditions import BY_PASSAGE
from consult.recommendations.answer_counts import AnswerCounts, count_answers, count_open
from consult.recommendations.answer_lists import AnswerFilter, answers_page, proposed_answers
from consult.recommendations.answer_queries import answers_to
from consult.recommendations.models import Disposition
from consult.recommendations.services import (
    Answer,
    RecommendationDraft,
    Target,
    answer,
    answer_sources,
    draft_recommendation,
)
from consult.submissions.services import Review, hide, withdraw
from consult.testing.story import REGISTER, Story

CountQueries = Callable[[], AbstractContextManager[list[str]]]
NOT_AGREED = Answer("not_agreed", reason="The council decides on this.", language="en")


def give(story: Story, given: Answer, *targets: Target, by: str = "organiser") -> int:
    return answer(given, targets, consultation=story.world.consultation, actor=story.world.actor(by))


def text(story: Story, key: str) -> Target:
    return Target(story.submissions[key])


def passage(story: Story, key: str, number: int) -> Target:
    return Target(story.submissions[key], story.passages(key)[number - 1])


def problems(story: Story, given: Answer, *targets: Target) -> list[tuple[str, str]]:
    with pytest.raises(Rejected) as caught:
        give(story, given, *targets)
    found: Sequence[Problem] = caught.value.problems
    return [(problem.field, str(problem.message)) for problem in found]


def test_texts_are_answered_in_bulk_and_each_passage_on_its_own(story: Story) -> None:
    here = story.world.consultation_id
    assert (count_open(story.world.consultation).unanswered, count_answers(here).silent) == (3, 5)
    assert give(story, NOT_AGREED, text(story, "ghat"), text(story, "cso")) == 2
    taken = Answer("taken_up", recommendation=1, clause="1.1")
    assert (
        give(story, taken, passage(story, "ghat", 2), passage(story, "professor", 1), passage(story, "professor", 2))
        == 3
    )
    assert (count_open(story.world.consultation).unanswered, count_answers(here).silent) == (0, 0)
    assert count_answers(here) == AnswerCounts(
        {("not_agreed", "municipal"): 1, ("not_agreed", "cso"): 1, (BY_PASSAGE, "academic"): 1},
        {"taken_up": 3},
        {("received", "municipal"): 1},
        silent=0,
    )
    ghat = answers_to(story.submissions["ghat"], 1)
    assert [(one.passage, one.kind, one.number, one.clause, one.reason) for one in ghat.in_force.values()] == [
        (2, "taken_up", 1, "1.1", ""),
        (0, "not_agreed", None, "", "The council decides on this."),
    ]
    assert [(found.kind if (found := ghat.to(number)) else None) for number in (1, 2)] == ["not_agreed", "taken_up"]
    professor = answers_to(story.submissions["professor"], 1)
    assert (professor.to(1) or professor.in_force[2]).titles == REGISTER
    assert professor.in_force.get(0) is None


def test_a_changed_answer_takes_the_place_of_the_old_one_which_stays(story: Story) -> None:
    assert give(story, NOT_AGREED, text(story, "ghat")) == 1
    assert give(story, NOT_AGREED, text(story, "ghat"), text(story, "professor")) == 1  # what says the same is left
    assert give(story, Answer("partly", 1, reason="Without the papers.", language="en"), text(story, "ghat")) == 1
    found = answers_to(story.submissions["ghat"], 1)
    assert [(one.kind, one.number) for one in found.in_force.values()] == [("partly", 1)]
    assert [(one.kind, one.reason) for one in found.replaced] == [("not_agreed", "The council decides on this.")]
    assert found.replaced[0].replaced_at == found.newest
    events = session.scalars(sa.select(EventRow).where(EventRow.type == "SubmissionAnswered").order_by(EventRow.seq))
    rows = {key: story.submission(key) for key in ("ghat", "professor")}
    assert [(event.facts, event.actor_id) for event in events] == [
        (
            {
                "submission": str(rows[key].id),
                "number": rows[key].number,
                "passage": None,
                "disposition": kind,
                "recommendation": number,
            },
            story.world.people["organiser"],
        )
        for key, kind, number in (
            ("ghat", "not_agreed", None),
            ("professor", "not_agreed", None),
            ("ghat", "partly", 1),
        )
    ]


def test_each_kind_says_what_it_needs(story: Story) -> None:
    target = text(story, "ghat")
    assert problems(story, Answer("ignored"), target) == [("kind", "Choose what became of it.")]
    assert problems(story, Answer("taken_up"), target) == [
        ("recommendation", "Choose the recommendation that takes it up.")
    ]
    assert problems(story, Answer("partly", 1), target) == [
        ("reason", "Write the reason: its author and everybody will read it.")
    ]
    assert problems(story, Answer("noted", 1), target) == [
        ("recommendation", "This kind of answer names no recommendation.")
    ]
    assert problems(story, Answer("taken_up", 1, "1.9"), target) == [
        ("clause", "Recommendation 1 has no clause 1.9 now.")
    ]
    assert problems(story, Answer("covered", clause="1.1", reason="x" * 2001), target) == [
        ("clause", "Choose the recommendation that this clause belongs to."),
        ("reason", "Write at most 2,000 characters."),
        ("language", "Choose the language you wrote in."),
    ]
    organiser = story.world.actor("organiser")
    draft = draft_recommendation(RecommendationDraft(REGISTER), consultation=story.world.consultation, actor=organiser)
    for unknown in (draft.number, 99):
        assert problems(story, Answer("taken_up", unknown), target) == [
            ("recommendation", "Choose a recommendation that is open for discussion: a draft is not public.")
        ]
    assert give(story, Answer("noted", language="en"), target) == 1
    assert session.scalars(sa.select(Disposition.language)).all() == [""]  # of a reason that nobody wrote


def test_hidden_and_withdrawn_texts_need_none_and_get_none(story: Story) -> None:
    gone = "A text was hidden, withdrawn or corrected meanwhile: it needs no answer. Look at the list again."
    world = story.world
    assert problems(story, NOT_AGREED, text(story, "derna")) == [("targets", gone)]  # still under review
    hide(story.submission("ghat"), Review("harm", "Words."), actor=world.actor("moderator"))
    withdraw(story.submission("cso"), actor=world.actor("cso"))
    for key in ("ghat", "cso"):
        assert problems(story, NOT_AGREED, text(story, key), text(story, "professor")) == [("targets", gone)]
    assert problems(story, NOT_AGREED, Target(story.submissions["professor"], story.passages("ghat")[0])) == [
        ("targets", gone)
    ]
    assert problems(story, NOT_AGREED) == [("targets", "Tick at least one text.")]
    assert count_open(world.consultation).unanswered == 1
    assert session.scalars(sa.select(Disposition.id)).all() == []


def test_organisers_answer_and_nobody_their_own(story: Story) -> None:
    world = story.world
    for key in ("moderator", "administrator", "ghat"):
        with pytest.raises(Forbidden):
            give(story, NOT_AGREED, text(story, "ghat"), by=key)
    with pytest.raises(Forbidden):
        answer(NOT_AGREED, [text(story, "ghat")], consultation=world.consultation, actor=ANONYMOUS)
    both = replace(world.actor("organiser"), memberships=world.actor("professor").memberships)
    with pytest.raises(Rejected) as caught:
        answer(NOT_AGREED, [text(story, "ghat"), text(story, "professor")], consultation=world.consultation, actor=both)
    number = story.submission("professor").number
    assert str(caught.value) == f"{number} is your own text: somebody else answers it."
    passages = story.passages("professor")
    with pytest.raises(Rejected, match="Tick at least one passage"):
        answer_sources(passages, consultation=world.consultation, actor=both)


def test_passages_that_are_sources_are_proposed_and_confirmed(story: Story, count_queries: CountQueries) -> None:
    here, organiser = story.world.consultation, story.world.actor("organiser")
    identity = here.id
    give(story, NOT_AGREED, passage(story, "ghat", 1))
    with count_queries() as queries:
        found = proposed_answers(identity, organiser)
    assert len(queries) == 1
    assert [(one.receipt, one.number, one.recommendation) for one in found] == [
        ("TT-2026-00001", 2, 1),
        ("TT-2026-00002", 1, 1),  # that of the fund is the second that draws on it
        ("TT-2026-00002", 2, 1),
        ("TT-2026-00003", 1, 1),
    ]
    kept_away = replace(organiser, recused=frozenset({story.submissions["professor"]}))
    assert [one.receipt for one in proposed_answers(identity, kept_away)] == ["TT-2026-00001", "TT-2026-00003"]
    ticked = [one.passage for one in found[:3]] + story.passages("ghat")[:1]
    assert answer_sources(ticked, consultation=here, actor=organiser) == 3
    assert [one.receipt for one in proposed_answers(identity, organiser)] == ["TT-2026-00003"]
    with pytest.raises(Rejected, match="Tick at least one passage"):
        answer_sources(ticked, consultation=here, actor=organiser)
    assert count_answers(identity).passages == {"taken_up": 3, "not_agreed": 1}


def test_lists_are_narrowed_and_turned_page_by_page(story: Story, count_queries: CountQueries) -> None:
    here = story.world.consultation_id

    def numbers(wanted: AnswerFilter, after: str = "") -> list[str]:
        return [row.number for row in answers_page(here, wanted, after=after).rows]

    assert numbers(AnswerFilter()) == ["TT-2026-00001", "TT-2026-00002", "TT-2026-00003"]
    assert numbers(AnswerFilter(), after="TT-2026-00001") == ["TT-2026-00002", "TT-2026-00003"]
    assert answers_page(here, AnswerFilter(), limit=2).older == "TT-2026-00002"
    assert numbers(AnswerFilter(track="academic")) == ["TT-2026-00002"]
    assert numbers(AnswerFilter(language="fr")) == ["TT-2026-00003"]
    assert numbers(AnswerFilter(topic=story.world.topics["gcm-15"])) == []
    give(story, Answer("taken_up", 1), text(story, "ghat"), passage(story, "cso", 1))
    assert numbers(AnswerFilter()) == ["TT-2026-00002"]
    assert numbers(AnswerFilter(BY_PASSAGE)) == ["TT-2026-00003"]
    with count_queries() as queries:
        rows = answers_page(here, AnswerFilter("taken_up", topic=story.world.topics["gcm-1"])).rows
    assert (len(queries), [(row.number, row.recommendation) for row in rows]) == (1, [("TT-2026-00001", 1)])
    with count_queries() as queries:
        count_answers(here)
    assert len(queries) == 1
