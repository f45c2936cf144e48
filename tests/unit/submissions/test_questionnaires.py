"""Forms of organisers: versions that never change once opened, drafts that keep theirs, what is handed in."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from consult.consultations.models import Consultation
from consult.db import session, transaction
from consult.errors import Conflict, Forbidden, NotFound, Rejected
from consult.events.models import EventRow
from consult.i18n import Localized
from consult.plugins.conditions import Condition, Relation
from consult.plugins.questions import Choice, Question, QuestionKind
from consult.submissions.drafting.drafts import (
    answers_of,
    carry_over,
    save_step,
    start_correction,
    start_draft,
    submission_draft,
)
from consult.submissions.exchange.answer_columns import answer_columns
from consult.submissions.exchange.exports import export_submissions
from consult.submissions.models import Draft, Questionnaire, Revision, Submission
from consult.submissions.questionnaires.content import FormContent, as_data, from_data, gaps
from consult.submissions.questionnaires.queries import content_of, form_of, forms_of
from consult.submissions.questionnaires.services import (
    QuestionDraft,
    SectionDraft,
    begin_form,
    discard_form,
    move_part,
    open_form,
    remove_part,
    save_question,
    save_section,
)
from consult.submissions.services import Review, SubmissionDraft, return_for_correction, submit
from consult.submissions.states import SubmissionState
from consult.testing.acts import said
from consult.testing.world import World

Position = Callable[..., SubmissionDraft]


def words(text: str) -> Localized:
    return Localized(ar=f"{text} ع", en=text, fr=f"{text} fr")


def asked(text: str, kind: QuestionKind = QuestionKind.TEXT, **more: Any) -> Question:
    return Question("", kind, words(text), **more)


def ask(world: World, row: Questionnaire, section: str, *questions: Question) -> FormContent:
    content = content_of(row)
    for question in questions:
        content = save_question(QuestionDraft(question, section), questionnaire=row, actor=world.actor("organiser"))
    return content


def written(world: World, track: str = "academic") -> Questionnaire:
    """A form that asks q2 (yes or no), q3 (a number, if yes), q4 (for its author alone)."""
    row = begin_form(track, consultation=world.consultation, actor=world.actor("organiser"))
    save_section(SectionDraft(words("First")), questionnaire=row, actor=world.actor("organiser"))
    if_yes = Condition("q2", Relation.EQUALS, ("yes",))
    ask(
        world,
        row,
        "s1",
        asked("Any?", QuestionKind.YES_NO, required=True),
        asked("How many?", QuestionKind.NUMBER, required=True, shown_if=if_yes),
        asked("Telephone", private=True),
    )
    return row


def opened(world: World, track: str = "academic") -> Questionnaire:
    return open_form(written(world, track), actor=world.actor("organiser"))


def events(world: World) -> list[str]:
    session.rollback()
    rows = sa.select(EventRow.type).where(EventRow.stream_id == world.consultation_id).order_by(EventRow.seq)
    return list(session.scalars(rows))


def test_a_form_is_written_opened_and_followed_by_the_next(world: World) -> None:
    first = opened(world)
    organiser = world.actor("organiser")
    second = begin_form("academic", first.id, consultation=world.consultation, actor=organiser)
    assert (second.version, second.state, second.content) == (2, "draft", first.content)
    open_form(second, actor=organiser)
    assert [(one.version, one.state, one.answers) for one in forms_of(world.consultation_id)] == [
        (2, "open", 0),
        (1, "retired", 0),
    ]
    third = begin_form("academic", consultation=world.consultation, actor=organiser)
    discard_form(third, actor=organiser)
    assert events(world) == [
        "QuestionnaireDrafted",
        *["QuestionnaireChanged"] * 4,
        "QuestionnaireOpened",
        "QuestionnaireDrafted",
        "QuestionnaireOpened",
        "QuestionnaireDrafted",
        "QuestionnaireDiscarded",
    ]


def test_nobody_changes_what_was_opened(world: World) -> None:
    row, organiser = opened(world), world.actor("organiser")
    with pytest.raises(Conflict):
        save_section(SectionDraft(words("Other"), key="s1"), questionnaire=row, actor=organiser)
    with pytest.raises(Conflict):
        discard_form(row, actor=organiser)


@pytest.mark.parametrize(
    "change",
    [
        {"content": {"last": 0, "sections": []}},
        {"track": "cso"},
        {"version": 7},
        {"state": "draft"},
        {"digest": "0"},
        {"published_at": None},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_database_itself_refuses_to_change_an_opened_form(world: World, change: dict[str, Any]) -> None:
    row = opened(world)
    with pytest.raises(sa.exc.DBAPIError, match="never changed"), transaction():
        session.execute(sa.update(Questionnaire).where(Questionnaire.id == row.id).values(**change))


def test_the_database_itself_refuses_to_delete_it_or_to_open_it_again(world: World) -> None:
    first, organiser = opened(world), world.actor("organiser")
    with pytest.raises(sa.exc.DBAPIError, match="never changed"), transaction():
        session.execute(sa.delete(Questionnaire).where(Questionnaire.id == first.id))
    open_form(begin_form("academic", first.id, consultation=world.consultation, actor=organiser), actor=organiser)
    with pytest.raises(sa.exc.DBAPIError), transaction():
        session.execute(sa.update(Questionnaire).where(Questionnaire.version == 1).values(state="open"))


def test_conditions_only_look_backwards(world: World) -> None:
    row, organiser = written(world), world.actor("organiser")
    with pytest.raises(Rejected) as refusal:
        move_part("q2", 1, questionnaire=row, actor=organiser)
    assert said(refusal.value) == [("shown_if", "How many? A condition may only look at a question that comes before.")]
    with pytest.raises(Rejected):
        remove_part("q2", questionnaire=row, actor=organiser)
    for condition, problem in (
        (Condition("q4", Relation.ANSWERED), "A condition may only look at a question that comes before."),
        (Condition("q2", Relation.GREATER, ("1",)), "Answers of this kind cannot be compared in this way."),
        (Condition("q2", Relation.EQUALS), "Say with which answer it is compared."),
        (Condition("q2", Relation.EQUALS, ("perhaps",)), "Choose answers that the earlier question has."),
    ):
        changed = Question("q3", QuestionKind.NUMBER, words("How many?"), shown_if=condition)
        with pytest.raises(Rejected) as refusal:
            save_question(QuestionDraft(changed), questionnaire=row, actor=organiser)
        assert said(refusal.value) == [("shown_if", f"How many? {problem}")]
    assert [q.key for q in content_of(row).questions] == ["q2", "q3", "q4"]


FEWER = "Fewer people may read the answer that it depends on: who reads that this was asked would know it."


@pytest.mark.parametrize(
    ("asked_first", "follows", "tells"),
    [
        ({"private": True}, {}, True),
        ({"private": True}, {"private": True}, False),
        ({"private": True, "counted": True}, {"private": True}, False),
        ({"private": True}, {"private": True, "counted": True}, True),
        ({"identifies": True}, {}, True),
        ({}, {"private": True}, False),
    ],
)
def test_what_everybody_reads_is_not_asked_by_an_answer_that_fewer_read(
    world: World, asked_first: dict[str, Any], follows: dict[str, Any], tells: bool
) -> None:
    row, organiser = written(world), world.actor("organiser")
    (first,) = ask(world, row, "s1", asked("Pregnant?", QuestionKind.YES_NO, **asked_first)).questions[3:]
    after = asked("Which?", QuestionKind.YES_NO, shown_if=Condition(first.key, Relation.ANSWERED), **follows)
    if not tells:
        ask(world, row, "s1", after)
        return
    with pytest.raises(Rejected) as refusal:
        ask(world, row, "s1", after)
    assert said(refusal.value) == [("shown_if", f"Which? {FEWER}")]
    ask(world, row, "s1", replace(after, shown_if=None))
    data = as_data(content_of(row))
    data["sections"][0]["questions"][-1]["shown_if"] = {"question": first.key, "relation": "answered", "values": []}
    with transaction():  # as forms were before this was asked
        session.get_one(Questionnaire, row.id).content = data
    with pytest.raises(Rejected, match=FEWER):
        open_form(row, actor=organiser)
    ask(world, row, "s1", asked("Another?"))  # the rest is written on meanwhile
    move_part(first.key, -1, questionnaire=row, actor=organiser)


@pytest.mark.parametrize("kind", [QuestionKind.CHOICE, QuestionKind.CHOICES])
def test_choices_that_say_the_same_are_refused(world: World, kind: QuestionKind) -> None:
    row = written(world)
    yes = Localized(ar="نعم", en="Yes", fr="Oui")
    again = Localized(ar="نَعَم", en="Of course", fr="Bien sûr")  # the same in one language, but for its vowels
    with pytest.raises(Rejected) as refusal:
        ask(world, row, "s1", asked("Which?", kind, choices=(Choice("", yes), Choice("", again))))
    assert said(refusal.value) == [("choices", "Two of them say the same: نَعَم.")]
    ask(world, row, "s1", asked("Which?", kind, choices=(Choice("", yes), Choice("", Localized(en="Of course")))))


def test_keys_are_made_here_and_never_mean_two_things(world: World) -> None:
    row, organiser = written(world), world.actor("organiser")
    remove_part("q4", questionnaire=row, actor=organiser)
    choice = asked("Which?", QuestionKind.CHOICE, choices=(Choice("", words("A")), Choice("", words("B"))))
    made = ask(world, row, "s1", choice).questions[-1]
    assert (made.key, [c.key for c in made.choices]) == ("q7", ["c5", "c6"])
    forged = Question("q7", QuestionKind.CHOICE, words("Which?"), choices=(Choice("c99", words("A")), made.choices[1]))
    with pytest.raises(Rejected):
        save_question(QuestionDraft(forged), questionnaire=row, actor=organiser)
    shorter = Question("q7", QuestionKind.CHOICE, words("?"), choices=(made.choices[1], Choice("", words("C"))))
    kept = save_question(QuestionDraft(shorter), questionnaire=row, actor=organiser).questions[-1]
    assert [c.key for c in kept.choices] == ["c6", "c8"]


def test_no_key_of_one_version_means_another_question_in_the_next(world: World) -> None:
    """Begun empty, or as a copy from elsewhere: answers are taken over, counted and exported by key."""
    organiser, first, elsewhere = world.actor("organiser"), opened(world), written(world, "cso")
    draft = start_draft(world.members["professor"], consultation=world.consultation, actor=world.actor("professor"))
    save_step(draft, {"track": {"q2": True, "q3": 5}}, 1, actor=world.actor("professor"))
    choices = (Choice("", words("A lot")), Choice("", words("Nothing")))
    if_c6 = Condition("q7", Relation.ONE_OF, ("c6",))
    ask(world, elsewhere, "s1", asked("How much?", QuestionKind.CHOICE, choices=choices), asked("Of?", shown_if=if_c6))
    copy = begin_form("academic", elsewhere.id, consultation=world.consultation, actor=organiser)
    content = content_of(copy)
    assert [one.key for one in (*content.sections, *content.questions)] == ["s5", "q6", "q7", "q8", "q9", "q12"]
    assert [one.label for one in content.questions] == [one.label for one in content_of(elsewhere).questions]
    assert [one.shown_if for one in content.questions] == [
        None,
        Condition("q6", Relation.EQUALS, ("yes",)),
        None,
        None,
        Condition("q9", Relation.ONE_OF, ("c11",)),
    ]
    open_form(copy, actor=organiser)
    moved = carry_over(draft, actor=world.actor("professor"))
    assert moved.answers["track"] == {}
    assert [(one["labels"]["en"], one["answer"]) for one in moved.answers["left"]] == [("Any?", True), ("How many?", 5)]

    empty = begin_form("academic", consultation=world.consultation, actor=organiser)
    save_section(SectionDraft(words("Anew")), questionnaire=empty, actor=organiser)
    assert [one.key for one in content_of(empty).sections] == ["s13"]
    discard_form(empty, actor=organiser)
    back = begin_form("academic", first.id, consultation=world.consultation, actor=organiser)
    assert content_of(back).sections == content_of(first).sections
    assert [one.key for one in ask(world, back, "s1", asked("New?")).questions] == ["q2", "q3", "q4", "q13"]


def test_labels_are_cleaned_and_limited(world: World) -> None:
    row, organiser = written(world), world.actor("organiser")
    label = Localized(en="Who\u202e\u0000 <b>you</b>?", xx="no language of ours")
    made = save_question(
        QuestionDraft(Question("", QuestionKind.TEXT, label), "s1"), questionnaire=row, actor=organiser
    ).questions[-1]
    assert made.label == Localized(en="Who <b>you</b>?")
    assert [(gap.key, gap.language) for gap in gaps(content_of(row))] == [("q5", "ar"), ("q5", "fr")]
    with pytest.raises(Rejected, match="Say that you open it"):
        open_form(row, actor=organiser)
    assert open_form(row, despite_gaps=True, actor=organiser).state == "open"
    with pytest.raises(Rejected):
        ask(world, begin_form("cso", row.id, consultation=world.consultation, actor=organiser), "s1", asked("x" * 501))


def test_only_organisers_write_forms_and_copy_only_their_own(world: World) -> None:
    row = opened(world)
    with pytest.raises(Forbidden):
        begin_form("cso", consultation=world.consultation, actor=world.actor("moderator"))
    with pytest.raises(NotFound):
        begin_form("cso", world.consultation_id, consultation=world.consultation, actor=world.actor("organiser"))
    with pytest.raises(NotFound):
        begin_form("none", consultation=world.consultation, actor=world.actor("organiser"))
    copied = begin_form("cso", row.id, consultation=world.consultation, actor=world.actor("organiser"))
    assert copied.content == row.content
    with pytest.raises(Forbidden):
        save_section(SectionDraft(words("x")), questionnaire=copied, actor=world.actor("moderator"))


def test_a_key_of_the_track_itself_is_not_asked_twice(world: World) -> None:
    row = written(world, "municipal")
    with transaction():
        content = dict(row.content)
        content["sections"][0]["questions"][2]["key"] = "decision"
        session.execute(sa.update(Questionnaire).where(Questionnaire.id == row.id).values(content=content))
    with pytest.raises(Rejected, match="asks a question with the key"):
        open_form(row, actor=world.actor("organiser"))


def test_what_is_not_shown_is_not_handed_in_and_not_required(world: World, position: Position) -> None:
    form = opened(world).id

    def hand_in(**answers: Any) -> Submission:
        draft = position("professor", answers=answers, questionnaire=form)
        return submit(draft, consultation=world.consultation, actor=world.actor("professor"))

    row = hand_in(q2="no", q3="12", q4="0913456789")
    assert (row.answers, row.questionnaire_id) == ({"q2": False}, form)
    revision = session.scalars(sa.select(Revision)).one()
    assert (revision.private_answers, revision.questionnaire_id) == ({"q4": "0913456789"}, form)
    with pytest.raises(Rejected) as refusal:
        hand_in(q2="yes")
    assert said(refusal.value) == [("q3", "Answer this question.")]
    with pytest.raises(Rejected) as refusal:
        hand_in(q2="no", q99="x")
    assert said(refusal.value) == [("q99", "There is no question “q99”.")]


def test_a_form_of_another_track_or_one_that_was_not_opened_is_not_answered(world: World, position: Position) -> None:
    for form in (opened(world, "cso").id, written(world).id, world.consultation_id):
        with pytest.raises(Conflict):
            submit(
                position("professor", answers={"q2": "no"}, questionnaire=form),
                consultation=world.consultation,
                actor=world.actor("professor"),
            )


def test_a_draft_keeps_the_version_it_was_begun_on_until_its_author_takes_it_over(world: World) -> None:
    first, organiser, author = opened(world), world.actor("organiser"), world.actor("professor")
    draft = start_draft(world.members["professor"], consultation=world.consultation, actor=author)
    assert draft.questionnaire_id == first.id
    save_step(draft, {"track": {"q2": "yes", "q3": "many"}}, 1, actor=author)
    save_step(draft, {"track": {"q4": "0913"}}, 2, actor=author)
    second = begin_form("academic", first.id, consultation=world.consultation, actor=organiser)
    remove_part("q3", questionnaire=second, actor=organiser)
    open_form(second, actor=organiser)
    assert session.get_one(Draft, draft.id).questionnaire_id == first.id
    moved = carry_over(draft, actor=author)
    assert (moved.questionnaire_id, moved.answers["track"]) == (second.id, {"q2": "yes", "q4": "0913"})
    assert moved.answers["left"] == [{"labels": dict(words("How many?")), "answer": "many", "key": "q3"}]
    with pytest.raises(Conflict):
        carry_over(moved, actor=author)
    with pytest.raises(Forbidden):
        carry_over(moved, actor=world.actor("ghat"))


def test_a_correction_answers_the_version_of_its_revision(world: World, position: Position) -> None:
    first, organiser, author = opened(world), world.actor("organiser"), world.actor("professor")
    row = submit(
        position("professor", answers={"q2": "no"}, questionnaire=first.id),
        consultation=world.consultation,
        actor=author,
    )
    open_form(begin_form("academic", first.id, consultation=world.consultation, actor=organiser), actor=organiser)
    return_for_correction(row, Review("unclear", "وضّح."), actor=world.actor("moderator"))
    draft = start_correction(session.get_one(Submission, row.id), actor=author)
    assert (draft.questionnaire_id, answers_of(row)["track"]) == (first.id, {"q2": False})
    assert submission_draft(draft).questionnaire == first.id


def test_answers_stand_in_columns_of_their_own_without_the_private_ones(world: World, position: Position) -> None:
    form = written(world)
    matrix = asked(
        "How well?", QuestionKind.MATRIX, low=1, high=3, rows=(Choice("", words("A")), Choice("", words("B")))
    )
    ask(world, form, "s1", matrix)
    open_form(form, actor=world.actor("organiser"))
    answers = {"q2": "yes", "q3": "٧", "q4": "0913", "q7": {"r5": "2"}}
    submit(
        position("professor", answers=answers, questionnaire=form.id),
        consultation=world.consultation,
        actor=world.actor("professor"),
    )
    names = [column.name for column in answer_columns(world.consultation_id)]
    assert names == ["form.academic.q2", "form.academic.q3", "form.academic.q7.r5", "form.academic.q7.r6"]
    columns, rows = export_submissions(world.consultation, (SubmissionState.RECEIVED,), actor=world.actor("organiser"))
    assert list(columns[-4:]) == names
    row = next(rows)
    assert [row[name] for name in names] == ["yes", "7", "2", ""]


def test_opening_while_somebody_hands_in_changes_nothing_for_them(app: Flask, world: World, position: Position) -> None:
    first = opened(world)
    second = begin_form("academic", first.id, consultation=world.consultation, actor=world.actor("organiser"))
    draft = position("professor", answers={"q2": "no"}, questionnaire=first.id)
    form, organiser, author, here = second.id, world.actor("organiser"), world.actor("professor"), world.consultation_id
    session.rollback()
    start, failed = threading.Barrier(2), []

    def run(act: Callable[[Consultation], object]) -> None:
        with app.app_context():
            try:
                start.wait(30)
                act(session.get_one(Consultation, here))
            except Exception as error:
                failed.append(error)

    threads = [
        threading.Thread(target=run, args=(lambda c: submit(draft, consultation=c, actor=author),)),
        threading.Thread(
            target=run, args=(lambda _: open_form(session.get_one(Questionnaire, form), actor=organiser),)
        ),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    session.rollback()
    assert session.scalars(sa.select(Submission.questionnaire_id)).all() == [first.id]
    assert session.get_one(Questionnaire, form).state == "open"


def test_a_process_reads_an_opened_form_once(world: World, count_queries: Any) -> None:
    form = opened(world).id
    session.rollback()
    form_of(form)
    with count_queries() as statements:
        assert [q.key for q in form_of(form).questions] == ["q2", "q3", "q4"]
        assert form_of(None).questions == ()
    assert statements == []


def test_the_json_of_a_form_gives_the_same_form(world: World) -> None:
    row = opened(world)
    content = content_of(row)
    assert from_data(row.content) == content
