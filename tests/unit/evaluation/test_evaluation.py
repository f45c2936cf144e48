"""Evaluators are independent, see counts only, and write what nobody else changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from consult import clock
from consult.accounts.access import ANONYMOUS, Role, allowed, declared_permissions
from consult.accounts.models import Person, RoleGrant
from consult.accounts.people import PersonDraft
from consult.accounts.roles import RoleDraft
from consult.accounts.services import grant_role, revoke_role
from consult.db import new_id, session, transaction
from consult.erasure.erase import erase_due
from consult.erasure.services import ErasureDraft, ask_erasure
from consult.errors import Conflict, Forbidden, NotFound, Rejected
from consult.evaluation.figures import FigureTable, figures_of
from consult.evaluation.models import Evaluation, EvaluationDraft
from consult.evaluation.queries import draft_of, published_evaluations
from consult.evaluation.services import Written, answer_evaluation, publish_evaluation, save_evaluation
from consult.events.stream import events_after
from consult.paper.models import Comparison, Entry, Sheet
from consult.recommendations.answer_counts import answer_times
from consult.recommendations.models import Disposition
from consult.sessions.models import Attendance
from consult.sessions.services import plan_session
from consult.submissions.figures.statistics import statistics_of
from consult.submissions.models import ReviewDecision, Submission
from consult.testing.acts import accept, hand_in
from consult.testing.evaluators import in_three, make_evaluator
from consult.testing.sittings import session_draft
from consult.testing.withheld import ENDORSED
from consult.testing.world import World


@pytest.fixture(autouse=True)
def _evaluator(world: World) -> None:
    make_evaluator(world)


def _grant(world: World, who: str, role: Role) -> RoleGrant:
    where = None if role is Role.ADMINISTRATOR else world.consultation_id
    person = PersonDraft("سالمة", f"{who}@example.org", "ar")
    draft = RoleDraft(person, role, where, clock.now() + timedelta(days=9), "Independent")
    return grant_role(draft, actor=world.actor("administrator"))


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.EVALUATOR, Role.OBSERVER}))
def test_who_runs_a_consultation_or_ran_it_does_not_evaluate_it(world: World, role: Role) -> None:
    grant = _grant(world, "new", role)
    with pytest.raises(Rejected) as refused:
        _grant(world, "new", Role.EVALUATOR)
    assert str(refused.value.problems[0].message).startswith("Who evaluates a consultation has no part in running it")
    revoke_role(grant.id, reason="Over", actor=world.actor("administrator"))
    with pytest.raises(Rejected):
        _grant(world, "new", Role.EVALUATOR)
    with pytest.raises(Rejected):
        _grant(world, "evaluator", role)


def test_an_observer_evaluates_and_who_evaluated_may_serve_later(world: World) -> None:
    _grant(world, "new", Role.OBSERVER)
    grant = _grant(world, "new", Role.EVALUATOR)
    revoke_role(grant.id, reason="Over", actor=world.actor("administrator"))
    _grant(world, "new", Role.CLERK)
    held = session.scalars(sa.select(RoleGrant.role).where(RoleGrant.revoked_at.is_(None)))
    assert {"observer", "clerk"} <= set(held)


def test_an_evaluator_may_see_figures_and_write_and_nothing_that_is_anybodys(world: World) -> None:
    here, evaluator = world.consultation, world.actor("evaluator")
    text = hand_in(world, "ghat", answers=ENDORSED)
    mine = {
        name for name in declared_permissions() if name.startswith("evaluation.") and allowed(evaluator, name, here)
    }
    assert mine == {"evaluation.figures", "evaluation.write"}
    assert [
        one for one in ("ghat", "moderator", "administrator") if allowed(world.actor(one), "evaluation.figures", here)
    ] == []
    assert allowed(world.actor("organiser"), "evaluation.figures", here)
    assert not allowed(world.actor("organiser"), "evaluation.write", here)
    for action in ("submission.read", "submission.review", "translation.read"):
        assert not allowed(evaluator, action, text)
    for action in ("submission.export", "member.invite", "paper.figures", "appeal.list", "coding.organise"):
        assert not allowed(evaluator, action, here)


def _write(world: World, version: int = 0, *, signed: bool = False, text: str = "## Found") -> EvaluationDraft:
    written = Written(in_three(text), signed, version)
    return save_evaluation(written, consultation=world.consultation, actor=world.actor("evaluator"))


def test_a_draft_is_its_writers_and_published_once_for_ever(world: World) -> None:
    here, evaluator = world.consultation, world.actor("evaluator")
    draft = _write(world, signed=True)
    assert published_evaluations(here.id) == []
    assert draft_of(here.id, world.people["organiser"]) is None
    with pytest.raises(Conflict):
        _write(world, 0, text="From another tab")
    with pytest.raises(Conflict):
        publish_evaluation(draft.version + 1, consultation=here, actor=evaluator)
    publish_evaluation(draft.version, consultation=here, actor=evaluator)
    with pytest.raises(NotFound):
        publish_evaluation(1, consultation=here, actor=evaluator)
    [one] = published_evaluations(here.id)
    assert (one.number, one.by, one.texts["fr"], one.answer) == (1, "آمنة البرعصي", "## Found (fr)", None)
    assert draft_of(here.id, evaluator.person) is None
    publish_evaluation(_write(world).version, consultation=here, actor=evaluator)
    assert [(e.number, e.by) for e in published_evaluations(here.id)] == [(2, ""), (1, "آمنة البرعصي")]
    told = [(e.type, e.facts) for e in events_after(here.id) if e.type.startswith("Evaluation")]
    assert told == [("EvaluationPublished", {"number": 1}), ("EvaluationPublished", {"number": 2})]


def test_every_language_is_needed_to_publish_and_none_to_save(world: World) -> None:
    evaluator = world.actor("evaluator")
    row = save_evaluation(Written({"ar": "نص"}, False, 0), consultation=world.consultation, actor=evaluator)
    with pytest.raises(Rejected) as refused:
        publish_evaluation(row.version, consultation=world.consultation, actor=evaluator)
    assert [problem.field for problem in refused.value.problems] == ["texts_en", "texts_fr"]
    with pytest.raises(Rejected):
        save_evaluation(Written({"ar": "x" * 100_001}, False, 1), consultation=world.consultation, actor=evaluator)


@pytest.mark.parametrize("who", ["organiser", "moderator", "administrator", "ghat"])
def test_nobody_else_writes_or_publishes(world: World, who: str) -> None:
    _write(world)
    for act in (
        lambda: save_evaluation(
            Written(in_three("x"), False, 1), consultation=world.consultation, actor=world.actor(who)
        ),
        lambda: publish_evaluation(1, consultation=world.consultation, actor=world.actor(who)),
    ):
        with pytest.raises(Forbidden):
            act()
    with pytest.raises(Forbidden):
        publish_evaluation(1, consultation=world.consultation, actor=ANONYMOUS)


def test_organisers_answer_beside_it_once(world: World) -> None:
    here = world.consultation
    publish_evaluation(_write(world).version, consultation=here, actor=world.actor("evaluator"))
    with pytest.raises(Forbidden):
        answer_evaluation(1, in_three("No"), consultation=here, actor=world.actor("evaluator"))
    with pytest.raises(NotFound):
        answer_evaluation(2, in_three("No"), consultation=here, actor=world.actor("organiser"))
    with pytest.raises(Rejected) as refused:
        answer_evaluation(1, {"en": "Thanks"}, consultation=here, actor=world.actor("organiser"))
    assert [problem.field for problem in refused.value.problems] == ["texts_ar", "texts_fr"]
    answer_evaluation(1, in_three("Thanks"), consultation=here, actor=world.actor("organiser"))
    with pytest.raises(Conflict):
        answer_evaluation(1, in_three("Again"), consultation=here, actor=world.actor("organiser"))
    [one] = published_evaluations(here.id)
    assert (one.texts["en"], one.answer and one.answer["en"]) == ("## Found (en)", "Thanks (en)")


def test_whoever_is_erased_leaves_the_evaluation_without_a_name(world: World) -> None:
    here = world.consultation
    publish_evaluation(_write(world, signed=True).version, consultation=here, actor=world.actor("evaluator"))
    _write(world, text="Never published")
    with transaction():
        session.execute(sa.update(RoleGrant).where(RoleGrant.role == Role.EVALUATOR).values(revoked_at=clock.now()))
    due = ask_erasure(ErasureDraft(typed="آمنة البرعصي"), actor=world.actor("evaluator")).due_at
    with clock.at(due):
        assert erase_due()
    assert [(e.by, e.texts["en"]) for e in published_evaluations(here.id)] == [("", "## Found (en)")]
    assert session.scalars(sa.select(EvaluationDraft)).all() == []
    assert session.scalars(sa.select(Evaluation.signed)).all() == [False]


def _table(world: World, key: str, *by: str) -> FigureTable:
    here = world.consultation
    [found] = [one for one in figures_of(here, statistics_of(here)) if (one.key, one.by) == (key, by)]
    return found


def _rows(world: World, key: str, *by: str) -> dict[tuple[str, ...], tuple[object, ...]]:
    return {row.keys: row.numbers for row in _table(world, key, *by).rows}


def _many(world: World, number: int, *, track: str = "municipal", language: str = "ar") -> None:
    with transaction():
        for _ in range(number):
            facts = {
                "track": track,
                "title": "نص",
                "language": language,
                "state": "accepted",
                "received_at": clock.now(),
            }
            row = Submission(
                id=new_id(), consultation_id=world.consultation_id, number=f"TT-2026-{new_id().hex}", **facts
            )
            session.add(row)


def test_figures_without_anything_are_empty_and_hide_who_takes_part(world: World) -> None:
    tables = {(one.key, one.by): one for one in figures_of(world.consultation, statistics_of(world.consultation))}
    assert len(tables) == 19
    # Five people in three tracks: every count by track would tell of somebody.
    assert [row.numbers for row in tables["members", ("track",)].rows] == [(None, 0, None)] * 3
    assert {row.numbers for row in tables["readers", ("language",)].rows} == {(5,)}
    assert tables["seats", ("track",)].rows[0].numbers == (3, 3)
    empty = {key for (key, _), one in tables.items() if not one.rows}
    assert empty == {
        "texts",
        "decisions",
        "appeals",
        "times",
        "answers",
        "responses",
        "sheets",
        "clerks",
        "help",
        "attendance",
    }


def test_texts_and_members_are_counted_as_the_statistics_count_them(world: World) -> None:
    _many(world, 9)
    _many(world, 7, track="academic", language="fr")
    _many(world, 2, track="academic", language="en")
    assert _rows(world, "texts", "track") == {("academic",): (9,), ("municipal",): (9,)}
    assert _rows(world, "texts", "language") == {("ar",): (9,), ("en",): (None,), ("fr",): (None,)}
    assert _table(world, "texts", "language").hides
    assert _rows(world, "answers", "answer", "track") == {("", "academic"): (9,), ("", "municipal"): (9,)}


def test_how_long_the_first_answer_took_is_counted_on_both_databases(world: World) -> None:
    begun = datetime(2026, 3, 2, 12, tzinfo=UTC)
    with transaction():
        for days in (1, 2, 10):
            row = Submission(id=new_id(), consultation_id=world.consultation_id, number=f"TT-2026-{days}", track="cso")
            row.title, row.language, row.state, row.received_at = "نص", "ar", "accepted", begun
            session.add(row)
            session.flush()
            for later in (0, 30):
                given = Disposition(consultation_id=world.consultation_id, submission_id=row.id, kind="noted")
                given.at = begun + timedelta(days=days + later)
                given.replaced_at = None if later else begun + timedelta(days=days + 30)
                session.add(given)
                session.flush()
    took = answer_times(world.consultation_id)
    assert took is not None
    assert (took.cases, round(took.median, 3), round(took.ninety, 3)) == (3, 2.0, 10.0)
    assert _rows(world, "times", "step")["answer",] == (3, 2.0, 10.0)


def test_moderation_and_attendance(world: World) -> None:
    accept(world, hand_in(world, "ghat", answers=ENDORSED))
    here = world.consultation
    sitting = plan_session(session_draft(), consultation=here, actor=world.actor("organiser"))
    with transaction():
        for key in world.members:
            session.add(Attendance(session_id=sitting.id, member_id=world.members[key], came_at=clock.now()))
        session.add(
            Attendance(
                session_id=sitting.id,
                member_id=world.members["ghat"],
                came_at=clock.now() - timedelta(hours=2),
                left_at=clock.now() - timedelta(hours=1),
            )
        )
    assert session.scalar(sa.select(sa.func.count()).select_from(ReviewDecision)) == 1
    assert _rows(world, "times", "step") == {("decision",): (1, 0.0, 0.0)}
    # three, one and one: each would tell of somebody, and so would any one of them with the others
    assert set(_rows(world, "attendance", "session", "track").values()) == {(None,)}


def test_clerks_are_numbered_and_few_sheets_tell_nothing(world: World) -> None:
    """Nor do sheets whose text nobody is told to have come on paper: it is not accepted, or its name is withheld."""
    here = world.consultation_id
    _many(world, 9)
    texts = session.scalars(sa.select(Submission).order_by(Submission.id)).all()
    with transaction():
        texts[7].withheld, texts[8].state = True, "received"
        for number, text in enumerate(texts, start=1):
            sheet = Sheet(id=new_id(), consultation_id=here, number=number, run=1, track="municipal")
            sheet.submission_id = text.id
            sheet.printed_at, sheet.state, sheet.language, sheet.channel = clock.now(), "done", "ar", "paper"
            session.add(sheet)
            session.flush()
            pair = ("derna", "zuwara") if number < 6 else ("derna", "ghat")
            for place, who in enumerate(pair, start=1):
                entry = Entry(sheet_id=sheet.id, place=place, entered_by=world.people[who], answers={})
                entry.entered_at = clock.now()
                session.add(entry)
            for box in ("title", "text"):
                session.add(Comparison(sheet_id=sheet.id, box=box, differed=box == "text" and number == 1))
    assert _rows(world, "sheets", "track") == {("municipal",): (14, 1, 7.1)}
    assert _rows(world, "clerks", "pair") == {("1",): (5, 10, 1, 10.0)}


def test_no_name_and_no_text_stands_in_any_figure(world: World) -> None:
    accept(world, hand_in(world, "ghat", answers=ENDORSED))
    _many(world, 12)
    names = set(session.scalars(sa.select(Person.name))) | set(session.scalars(sa.select(Submission.title)))
    said = repr(figures_of(world.consultation, statistics_of(world.consultation)))
    assert [name for name in names if name in said] == []
