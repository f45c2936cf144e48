"""Texts handed out, coded blind, finished, compared and decided."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
import sqlalchemy as sa
from flask import Flask

from consult import clock
from consult.accounts.access import Role, allowed
from consult.accounts.models import Person, RoleGrant
from consult.coding.agreement_queries import agreement, compare, difference_of, differing_page, pairs_of, text_by_number
from consult.coding.models import CodedText, Coding, CodingTask, FinalCoding
from consult.coding.queries import (
    codebook,
    coders_of,
    count_texts,
    marks_of,
    memos_of,
    next_task,
    progress_of,
    task_of,
    tasks_page,
)
from consult.coding.services import (
    CodingDraft,
    TextChoice,
    Verdict,
    add_coder,
    assign_texts,
    end_coder,
    finish_text,
    reconcile,
    reopen_text,
    save_codes,
)
from consult.coding.states import TextState
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Forbidden, NotFound, Rejected
from consult.submissions.models import Submission
from consult.testing.acts import hide, recorded, said, withdraw
from consult.testing.coding import FIRST, SECOND, Room, open_room
from consult.testing.story import Story
from consult.testing.world import World

ONE, TWO, THREE = (f"TT-2026-0000{number}" for number in (1, 2, 3))


def choice(room: Room, *keys: str, **more: object) -> TextChoice:
    return TextChoice(tuple(room.coders[key] for key in keys), **more)  # type: ignore[arg-type]


def hand_out(room: Room, wanted: TextChoice) -> tuple[int, int]:
    done = assign_texts(wanted, consultation=room.world.consultation, actor=room.world.actor("organiser"))
    return done.texts, done.twice


def test_texts_are_handed_out_evenly_and_nobody_codes_their_own(written_texts: Story) -> None:
    room = open_room(written_texts.world, twice=0)
    assert [(line.done, line.total) for line in coders_of(written_texts.world.consultation_id)] in (
        [(0, 2), (0, 1)],
        [(0, 1), (0, 2)],
    )
    assert [e.facts for e in recorded("TextsAssigned")] == [{"texts": 3, "twice": 0}]
    with pytest.raises(Rejected, match="No such text"):
        hand_out(room, choice(room, FIRST, twice=0))
    here, organiser = written_texts.world.consultation, written_texts.world.actor("organiser")
    end_coder(1, consultation=here, actor=organiser)
    end_coder(2, consultation=here, actor=organiser)
    assert count_texts(here.id) == {"free": 3}
    author = add_coder(written_texts.world.people["ghat"], consultation=here, actor=organiser)
    assert hand_out(room, TextChoice((author.id,), twice=0)) == (2, 0)
    assert task_of(author.id, ONE) is None
    assert (len(recorded("CoderAdded")), len(recorded("CoderEnded"))) == (3, 2)


def test_a_choice_of_texts_is_checked(written_texts: Story) -> None:
    room = open_room(written_texts.world, twice=0)
    for wanted, field in (
        (TextChoice(()), "coders"),
        (TextChoice((room.coders[FIRST], new_id())), "coders"),
        (choice(room, FIRST, twice=20), "twice"),
        (choice(room, FIRST, SECOND, twice=101), "twice"),
    ):
        with pytest.raises(Rejected) as refused:
            hand_out(room, wanted)
        assert [where for where, _ in said(refused.value)] == [field]
    for person, actor, error in (
        (new_id(), "organiser", Rejected),
        (written_texts.world.people[FIRST], "organiser", Rejected),
        (written_texts.world.people["ghat"], "moderator", Forbidden),
    ):
        with pytest.raises(error):
            add_coder(person, consultation=written_texts.world.consultation, actor=written_texts.world.actor(actor))
    with pytest.raises(NotFound):
        end_coder(9, consultation=written_texts.world.consultation, actor=written_texts.world.actor("organiser"))


def test_a_filter_narrows_what_is_handed_out(written_texts: Story) -> None:
    room = open_room(written_texts.world, twice=0)
    here, organiser = written_texts.world.consultation, written_texts.world.actor("organiser")
    for number in (1, 2):
        end_coder(number, consultation=here, actor=organiser)
    for key in (FIRST, SECOND):
        add_coder(written_texts.world.people[key], consultation=here, actor=organiser)
    assert hand_out(room, choice(room, FIRST, SECOND, language="fr", twice=100)) == (1, 1)
    assert hand_out(room, choice(room, FIRST, track="municipal", twice=0)) == (1, 0)
    topic = written_texts.world.topics["gcm-1"]
    with pytest.raises(Rejected):
        hand_out(room, choice(room, FIRST, topic=written_texts.world.topics["gcm-15"], twice=0))
    assert hand_out(room, choice(room, FIRST, topic=topic, twice=0)) == (1, 0)


def test_codes_memos_and_parts_are_saved_and_changed(room: Room) -> None:
    room.save(FIRST, ONE, {1: "2 16-", 2: "5:1"}, {1: " ينظر في هذا \r\n"})
    numbers = {line.id: line.number for line in codebook(room.world.consultation_id)}
    task = room.task(FIRST, ONE)
    read = {(numbers[m.code], m.stance) for marks in marks_of(task).values() for m in marks}
    assert read == {(2, ""), (16, "against"), (5, "")}
    assert list(memos_of(task).values()) == ["ينظر في هذا"]
    kept = session.scalars(sa.select(Coding.id).where(Coding.task_id == task)).all()
    room.save(FIRST, ONE, {1: "16+", 2: "5"})
    assert memos_of(task) == {}
    assert set(session.scalars(sa.select(Coding.id).where(Coding.task_id == task))) < set(kept)
    draft = CodingDraft(session.get_one(CodingTask, task).version, {1: "16+"}, {}, {1: (16, 3)})
    save_codes(draft, task=task, actor=room.world.actor(FIRST))
    assert {(numbers[m.code], m.stance) for marks in marks_of(task).values() for m in marks} == {(16, "for"), (3, "")}


def test_a_second_page_never_writes_over_the_first(room: Room) -> None:
    task, actor = room.task(FIRST, ONE), room.world.actor(FIRST)
    save_codes(CodingDraft(1, {1: "2"}), task=task, actor=actor)
    with pytest.raises(Conflict, match="another page"):
        save_codes(CodingDraft(1, {1: "3"}), task=task, actor=actor)
    assert [len(marks) for marks in marks_of(task).values()] == [1]


def test_every_problem_stands_at_its_passage(room: Room) -> None:
    with pytest.raises(Rejected) as refused:
        room.save(FIRST, ONE, {1: "99 2:9", 2: "what"}, {2: "م" * 2001})
    assert [where for where, _ in said(refused.value)] == ["codes_1", "codes_1", "codes_2", "memo_2"]
    assert marks_of(room.task(FIRST, ONE)) == {}


def test_nobody_codes_in_anothers_place(room: Room) -> None:
    for key in (SECOND, "organiser", "ghat"):
        with pytest.raises(Forbidden):
            save_codes(CodingDraft(1), task=room.task(FIRST, ONE), actor=room.world.actor(key))
    end_coder(1, consultation=room.world.consultation, actor=room.world.actor("organiser"))
    assert task_of(room.coders[FIRST], ONE) is None


def test_who_agrees_settles_a_text_and_who_differs_waits(room: Room) -> None:
    assert room.code(FIRST, ONE, {1: "2+", 2: "5:1"}) == TextState.OPEN
    assert room.code(SECOND, ONE, {1: "2+", 2: "5"}) == TextState.SETTLED
    assert session.scalars(sa.select(sa.func.count()).select_from(FinalCoding)).one() == 2
    room.code(FIRST, TWO, {1: "2"})
    assert room.code(SECOND, TWO, {1: "2-"}) == TextState.DIFFERING
    here = room.world.consultation_id
    assert [row.number for row in differing_page(room.world.actor("organiser"), here).rows] == [TWO]
    assert count_texts(here) == {"settled": 1, "differing": 1, "open": 1, "free": 0}
    assert [e.facts["number"] for e in recorded("TextCoded")] == [ONE, ONE, TWO, TWO]


def test_a_decision_keeps_what_was_chosen_and_what_everybody_gave(room: Room) -> None:
    room.code(FIRST, ONE, {1: "2 3+", 2: "5"})
    room.code(SECOND, ONE, {1: "2 3- 4"})
    text = text_by_number(room.world.consultation_id, ONE)
    assert text is not None
    found = compare(text.id)
    numbers = {line.id: line.number for line in codebook(room.world.consultation_id)}
    assert (sorted(found.given), [numbers[code] for _, code in found.open]) == ([1, 2], [3, 5, 4])
    kept = frozenset(pair for pair in found.open if numbers[pair[1]] != 4)
    organiser = room.world.actor("organiser")
    for actor, error in (("moderator", Forbidden), (FIRST, Forbidden)):
        with pytest.raises(error):
            reconcile(Verdict(kept), text=text.id, actor=room.world.actor(actor))
    with pytest.raises(Rejected):
        reconcile(Verdict(frozenset({(new_id(), new_id())})), text=text.id, actor=organiser)
    reconcile(Verdict(kept), text=text.id, actor=organiser)
    final = session.execute(sa.select(FinalCoding.code_id, FinalCoding.stance)).all()
    assert sorted((numbers[code], stance) for code, stance in final) == [(2, ""), (3, "unclear"), (5, "")]
    assert session.scalars(sa.select(sa.func.count()).select_from(Coding)).one() == 6
    assert [e.facts["number"] for e in recorded("CodingReconciled")] == [ONE]
    with pytest.raises(Conflict):
        reconcile(Verdict(frozenset()), text=text.id, actor=organiser)


def test_nobody_sees_what_coders_gave_before_all_are_done(room: Room) -> None:
    room.code(FIRST, ONE, {1: "2"})
    text = text_by_number(room.world.consultation_id, ONE)
    assert text is not None
    may = {
        key: allowed(room.world.actor(key), "coding.reconcile", difference_of(text))
        for key in ("organiser", FIRST, SECOND)
    }
    assert may == {"organiser": False, FIRST: False, SECOND: False}
    assert compare(text.id).open == []
    room.code(SECOND, ONE, {1: "3"})
    session.expire_all()
    assert allowed(room.world.actor("organiser"), "coding.reconcile", difference_of(text))


def test_whoever_coded_a_text_decides_a_difference_of_it_only_where_no_other_organiser_is(room: Room) -> None:
    world = room.world
    room.code(FIRST, ONE, {1: "2"})
    room.code(SECOND, ONE, {1: "3"})
    text = text_by_number(world.consultation_id, ONE)
    assert text is not None

    def may(*keys: str) -> list[bool]:
        said = [allowed(world.actor(key), "coding.reconcile", difference_of(text)) for key in keys]
        listed = [[row.decides for row in differing_page(world.actor(key), world.consultation_id).rows] for key in keys]
        assert listed == [[one] for one in said]
        return said

    _make_organiser(world, FIRST)
    assert may("organiser", FIRST) == [True, False]
    with pytest.raises(Forbidden):
        reconcile(Verdict(frozenset()), text=text.id, actor=world.actor(FIRST))
    with transaction():
        session.get_one(Person, world.people["organiser"]).closed_at = clock.now()
    assert may(FIRST) == [True]
    _make_organiser(world, SECOND)
    assert may(FIRST, SECOND) == [True, True]


def _make_organiser(world: World, key: str) -> None:
    with transaction():
        grant = RoleGrant(id=new_id(), person_id=world.people[key], role=Role.ORGANISER, granted_at=clock.now())
        grant.consultation_id = world.consultation_id
        session.add(grant)


def test_a_finished_text_is_taken_up_again_until_others_are_done_too(room: Room) -> None:
    task, actor = room.task(FIRST, ONE), room.world.actor(FIRST)
    with pytest.raises(Conflict):
        reopen_text(task=task, actor=actor)
    room.code(FIRST, ONE, {1: "2"})
    with pytest.raises(Conflict, match="finished"):
        room.save(FIRST, ONE, {1: "3"})
    reopen_text(task=task, actor=actor)
    room.code(FIRST, ONE, {1: "3"})
    room.code(SECOND, ONE, {1: "3"})
    with pytest.raises(Conflict, match="Every coder"):
        reopen_text(task=task, actor=actor)
    assert len(recorded("CodingReopened")) == 1


def test_one_coder_alone_opens_what_they_settled(written_texts: Story) -> None:
    room = open_room(written_texts.world, twice=0)
    key = FIRST if task_of(room.coders[FIRST], ONE) else SECOND
    assert room.code(key, ONE, {1: "2"}) == TextState.SETTLED
    reopen_text(task=room.task(key, ONE), actor=room.world.actor(key))
    assert room.state(ONE) == TextState.OPEN
    assert session.scalars(sa.select(sa.func.count()).select_from(FinalCoding)).one() == 0


def test_who_leaves_settles_what_the_other_finished(room: Room) -> None:
    room.code(FIRST, ONE, {1: "2"})
    room.save(SECOND, ONE, {1: "3"})
    end_coder(2, consultation=room.world.consultation, actor=room.world.actor("organiser"))
    assert room.state(ONE) == TextState.SETTLED
    assert {row.coders for row in session.scalars(sa.select(CodedText))} == {1}
    assert not allowed(room.world.actor(SECOND), "coding.code", room.coder(SECOND))


def test_what_is_withdrawn_or_hidden_is_coded_no_more(room: Room) -> None:
    room.code(FIRST, ONE, {1: "2"})
    withdraw(room.world, "ghat", session.scalars(sa.select(Submission).where(Submission.number == ONE)).one())
    hide(room.world, session.scalars(sa.select(Submission).where(Submission.number == TWO)).one())
    with pytest.raises(Conflict, match="coded no more"):
        room.save(SECOND, ONE, {1: "2"})
    with pytest.raises(Conflict):
        finish_text(task=room.task(SECOND, TWO), actor=room.world.actor(SECOND))
    coder = room.coders[SECOND]
    assert [task.number for task in tasks_page(coder, done=False).rows] == [THREE]
    assert (next_task(coder), next_task(coder, THREE), progress_of(coder).total) == (THREE, THREE, 1)
    assert count_texts(room.world.consultation_id) == {"gone": 2, "open": 1, "free": 0}


def test_agreement_is_counted_from_finished_texts_only(room: Room) -> None:
    here = room.world.consultation_id
    codes = [line.id for line in codebook(here) if line.number in (2, 3)]
    assert pairs_of(here) == []
    assert [one.alpha.units for one in agreement(here, codes, None)] == [0, 0, 0]
    room.code(FIRST, ONE, {1: "2 3", 2: "2", 3: ""})
    assert pairs_of(here) == []
    room.code(SECOND, ONE, {1: "2", 2: "2", 3: ""})
    (pair,) = pairs_of(here)
    everything, two, three = agreement(here, codes, pair)
    passages = session.execute(
        sa.text("select count(*) from passage p join submission s on s.id = p.submission_id where s.number = :n"),
        {"n": ONE},
    ).scalar_one()
    assert (pair.first, pair.second, pair.texts) == (1, 2, 1)
    assert (two.alpha.units, everything.alpha.units) == (passages, 2 * passages)
    assert (two.given, three.given, everything.given) == (2, 1, 3)
    assert (two.kappa.value, two.per_cent.value) == ((1.0, 1.0) if passages > 2 else (None, 1.0))
    assert three.per_cent.value == pytest.approx((passages - 1) / passages)
    assert three.kappa.value == pytest.approx(0)


def test_two_who_finish_at_once_settle_it_once(app: Flask, room: Room) -> None:
    room.save(FIRST, ONE, {1: "2"})
    room.save(SECOND, ONE, {1: "2"})
    tasks = {key: room.task(key, ONE) for key in (FIRST, SECOND)}
    actors = {key: room.world.actor(key) for key in tasks}
    session.rollback()
    barrier, states = Barrier(2), []

    def finish(key: str) -> None:
        with app.app_context():
            barrier.wait()
            states.append(finish_text(task=tasks[key], actor=actors[key]).state)

    threads = [Thread(target=finish, args=(key,)) for key in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert TextState.SETTLED in states, "the first may read its text again after the second has settled it"
    assert session.scalars(sa.select(sa.func.count()).select_from(FinalCoding)).one() == 1
