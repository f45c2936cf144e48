"""Public answers in words to the organisers' questions are passages: found, coded, answered, and part of a campaign."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

import pytest
import sqlalchemy as sa
from flask import Flask

from consult.db import session
from consult.i18n import Localized
from consult.plugins.questions import Question, QuestionKind
from consult.recommendations.answers import Answer, Target, answer
from consult.spreadsheets import Row
from consult.submissions.campaigns.gathering import ask_for_campaigns
from consult.submissions.campaigns.search import search_due
from consult.submissions.cosigning.substance import substance_of
from consult.submissions.drafting.drafts import start_correction, submission_draft
from consult.submissions.exchange.imports import import_submissions
from consult.submissions.exchange.mapping import map_of
from consult.submissions.models import CampaignProposal, Questionnaire, Submission
from consult.submissions.queries import ShownPassage, passages_of
from consult.submissions.questionnaires.services import (
    QuestionDraft,
    SectionDraft,
    begin_form,
    open_form,
    save_question,
    save_section,
)
from consult.submissions.reading import whole_submission
from consult.submissions.register import RegisterFilter, register
from consult.submissions.services import Review, accept, correct, return_for_correction
from consult.testing.coding import FIRST, open_room
from consult.testing.letters import originals
from consult.testing.web import Browser
from consult.testing.world import World

HandIn = Callable[..., Submission]
WELLS = "The wells of the zeugma run dry in May.\n\nNobody counts them."
ANSWERS = {"decision": "31/2026", "q2": WELLS, "q3": "Ombrage street 7", "q4": "12/2026", "q5": "Sophonisba office"}


@pytest.fixture
def form(world: World) -> Questionnaire:
    """A form of the municipal track: q2 long text, q3 for its author alone, q4 one line, q5 that tells who wrote."""
    organiser, label = world.actor("organiser"), Localized(ar="الآبار", en="What of the wells?", fr="Les puits ?")
    row = begin_form("municipal", consultation=world.consultation, actor=organiser)
    save_section(SectionDraft(label), questionnaire=row, actor=organiser)
    for question in (
        Question("", QuestionKind.LONG_TEXT, label),
        Question("", QuestionKind.TEXT, label, private=True),
        Question("", QuestionKind.TEXT, label),
        Question("", QuestionKind.TEXT, label, identifies=True),
    ):
        save_question(QuestionDraft(question, "s1"), questionnaire=row, actor=organiser)
    return open_form(row, actor=organiser)


@pytest.fixture
def answered(world: World, form: Questionnaire, handed_in: HandIn) -> Submission:
    """A text that answers the form, accepted."""
    return accept(handed_in(answers=ANSWERS, questionnaire=form.id), Review("in_order"), actor=world.actor("moderator"))


def worded(row: Submission) -> list[ShownPassage]:
    return [one for one in passages_of(row.id, row.revision) if one.kind == "answer"]


def test_an_answer_in_words_is_a_passage_behind_the_others(app: Flask, answered: Submission) -> None:
    """One that others may not read, that tells who wrote or that has no letters is none."""
    (one,) = worded(answered)
    assert (one.number, one.question, one.text) == (4, "q2", WELLS)
    assert isinstance(one.asked, Localized)
    assert one.asked["en"] == "What of the wells?"
    whole = whole_submission(answered.consultation_id, answered.number)
    assert whole is not None
    assert ([passage.kind for passage in whole.passages], whole.worded) == (["text", "text", "proposal"], [one])


def test_it_is_found_and_what_others_may_not_read_is_not(app: Flask, world: World, answered: Submission) -> None:
    for words, number in (("zeugma", 1), ('"nobody counts them"', 1), ("ombrage", 0)):
        assert len(register(world.consultation_id, RegisterFilter(words=words)).rows) == number, words


def test_its_page_numbers_it_once_and_its_fingerprint_stays(app: Flask, world: World, answered: Submission) -> None:
    visitor = Browser(app)
    page = visitor.get(f"/en/c/test/submissions/{answered.number}/").get_data(as_text=True)
    assert (page.count("zeugma"), page.count('id="p4"')) == (1, 1)
    record = visitor.get(f"/en/c/test/submissions/{answered.number}/revisions/1/record.json")
    revision = session.execute(sa.text("SELECT fingerprint FROM revision")).scalar_one()
    assert sha256(record.data).hexdigest() == revision


def test_it_is_coded_and_answered(app: Flask, world: World, answered: Submission) -> None:
    room, (passage,) = open_room(world), worded(answered)
    room.code(FIRST, answered.number, {4: "3"})
    desk = world.sign_in(Browser(app), FIRST).get(f"/en/c/test/coding/texts/{answered.number}/").get_data(as_text=True)
    assert "What of the wells?" in desk
    told = answer(
        Answer("noted"),
        [Target(answered.id, passage.id)],
        consultation=world.consultation,
        actor=world.actor("organiser"),
    )
    assert told == 1
    page = Browser(app).get(f"/en/c/test/submissions/{answered.number}/").get_data(as_text=True)
    assert "Noted" in page[page.index('id="p4"') :]


def test_letters_that_stand_in_answers_are_a_campaign(
    app: Flask, world: World, form: Questionnaire, handed_in: HandIn
) -> None:
    """The texts differ, the answers are copies of one letter."""
    letter = " ".join(originals()[0].said())
    for key, text in (("ghat", "A first text."), ("derna", "Another one altogether.")):
        handed_in(key, text=text, proposals="", answers={"decision": "1/2026", "q2": letter}, questionnaire=form.id)
    ask_for_campaigns(consultation=world.consultation, actor=world.actor("organiser"))
    assert search_due()
    assert session.scalars(sa.select(CampaignProposal.texts)).all() == [2]


def test_a_correction_numbers_it_anew_and_signatures_fall(
    app: Flask, world: World, form: Questionnaire, handed_in: HandIn
) -> None:
    """A signature is under all that everybody reads: another public answer is another substance."""
    row = handed_in(answers=ANSWERS, questionnaire=form.id)
    before = substance_of(row.id, 1)
    return_for_correction(row, Review("unclear", "لماذا؟"), actor=world.actor("moderator"))
    draft = submission_draft(start_correction(session.get_one(Submission, row.id), actor=world.actor("ghat")))
    again = replace(draft, answers=ANSWERS | {"q2": "Another answer", "q4": "twelve"})
    assert draft.text.count("zeugma") == 0
    row = correct(again, consultation=world.consultation, actor=world.actor("ghat"))
    assert [(one.number, one.question, one.text) for one in worded(row)] == [
        (4, "q2", "Another answer"),
        (5, "q4", "twelve"),
    ]
    assert substance_of(row.id, 2) != before


def test_it_comes_in_by_a_table_too(app: Flask, world: World, form: Questionnaire) -> None:
    """Also where nothing but answers came in."""
    given = {"key": "{id}", "language": "en", "title": "{id}", "track": "municipal"}
    mapping = map_of(given | {"answer": [{"column": "wells", "key": "q2"}]}).bound(["id", "wells"])
    rows = [Row(2, {"id": "one", "wells": WELLS})]
    import_submissions(iter(rows), mapping, consultation=world.consultation, actor=world.actor("organiser"))
    row = session.scalars(sa.select(Submission)).one()
    assert [(one.number, one.kind, one.text) for one in passages_of(row.id, 1)] == [(1, "answer", WELLS)]


def test_an_answer_that_tells_who_wrote_is_kept_back_of_a_withheld_name(
    app: Flask, world: World, answered: Submission, handed_in: HandIn
) -> None:
    """The tracks are not blind: a member withholds the name, another does not."""
    organiser, label = world.actor("organiser"), Localized(ar="المنصب", en="Office", fr="Fonction")
    row = begin_form("cso", consultation=world.consultation, actor=organiser)
    save_section(SectionDraft(label), questionnaire=row, actor=organiser)
    save_question(
        QuestionDraft(Question("", QuestionKind.TEXT, label, identifies=True), "s1"), questionnaire=row, actor=organiser
    )
    open_form(row, actor=organiser)
    withheld = handed_in("cso", answers={"q2": "Sophonisba office"}, questionnaire=row.id)
    assert (withheld.withheld, withheld.answers) == (True, {})
    assert answered.answers["q5"] == "Sophonisba office"
