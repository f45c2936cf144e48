"""Appeals: once for each decision, until the deadline, decided by somebody who had not decided on the text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from consult import clock
from consult.accounts.access import ANONYMOUS, Role, allowed
from consult.accounts.models import Person, RoleGrant
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Forbidden, Rejected
from consult.events.stream import events_after
from consult.notifications.models import Mail
from consult.outcomes.open_data_rows import moderation
from consult.submissions.drafting.drafts import start_correction, submission_draft
from consult.submissions.models import Appeal, ReviewDecision, Submission
from consult.submissions.reading import whole_submission
from consult.submissions.review.appeal_figures import appeal_figures, count_appeals_due, may_tell
from consult.submissions.review.appeal_queries import (
    Times,
    appeals_for,
    case_of,
    count_appeals_for,
    decision_times,
    standing_of,
)
from consult.submissions.review.appeals import AppealDraft, Verdict, appeal, decide_appeal
from consult.submissions.review.grounds import set_appeal_rules
from consult.submissions.review.queries import count_decisions, registered_decisions
from consult.submissions.services import Review, accept, correct, hide, restore, return_for_correction, withdraw
from consult.testing.acts import deliver, recorded
from consult.testing.at_once import at_once
from consult.testing.world import World

HandIn = Callable[..., Submission]
NAMES = Review("names_person", "كلمات الميسّر السرية")
REASON = "لا اسم فيه، بل وصف وظيفة."
UPHOLD = Verdict("uphold", "holds", "الوصف يكفي ليُعرف.")
OVERTURN = Verdict("overturn", "does_not_hold", "صحيح: لا يُعرف أحد منه.")


@pytest.fixture
def second(world: World) -> str:
    """A second moderator."""
    name = "second"
    with transaction():
        person = Person(
            id=new_id(),
            name="نوري الشيباني",
            email="second@example.org",
            email_key="second@example.org",
            language="fr",
            created_at=clock.now(),
        )
        session.add(person)
        session.flush()
        session.add(
            RoleGrant(
                person_id=person.id, role=Role.MODERATOR, consultation_id=world.consultation_id, granted_at=clock.now()
            )
        )
        world.people[name] = person.id
    return name


def make(world: World, row: Submission, key: str = "ghat", reason: str = REASON) -> Appeal:
    standing = standing_of(row)
    assert standing is not None
    return appeal(AppealDraft(standing.decision, reason, "ar"), submission=row, actor=world.actor(key))


def mails(world: World, key: str) -> dict[str, str]:
    rows = session.scalars(sa.select(Mail).where(Mail.person_id == world.people[key]))
    return {mail.kind: mail.text for mail in rows}


def test_an_appeal_is_made_once_and_recorded_without_a_word_of_it(world: World, handed_in: HandIn) -> None:
    row = hide(handed_in(), NAMES, actor=world.actor("moderator"))
    made = make(world, row)
    assert (made.state, made.reason, made.language) == ("open", REASON, "ar")
    assert made.due_at - made.made_at == timedelta(days=14)
    assert make(world, row).id == made.id
    assert [r.facts for r in recorded("AppealMade")] == [{"appeal": str(made.id)}], (
        "which text it is about is in no fact"
    )


def test_overturned_the_text_is_accepted_and_its_revision_open(world: World, handed_in: HandIn, second: str) -> None:
    row = return_for_correction(handed_in(), NAMES, actor=world.actor("moderator"))
    made = decide_appeal(make(world, row), OVERTURN, actor=world.actor(second))
    assert (row.state, made.state, made.ground, made.decided_by) == (
        "accepted",
        "overturned",
        "does_not_hold",
        world.people[second],
    )
    found = whole_submission(world.consultation_id, row.number)
    assert found is not None
    assert found.open_revisions == frozenset({1})
    assert [step.decision for step in found.history][:2] == ["overturn", "return"]
    assert [r.facts["ground"] for r in recorded("SubmissionAccepted")] == ["does_not_hold"]
    log = [one.type for one in events_after(world.consultation_id)]
    assert log[-3:] == ["SubmissionReturned", "AppealMade", "SubmissionAccepted"], (
        "two would tell which text it was about"
    )
    told = [(d.decision, d.ground) for d in registered_decisions(world.consultation_id).rows]
    assert told == [("restore", "restored"), ("return", "names_person")], "nobody is told that its author appealed"
    assert registered_decisions(world.consultation_id, before="nonsense").rows == []
    assert ("restore", "restored", 1) in count_decisions(world.consultation_id)
    assert [(row["decision"], row["ground"]) for row in moderation(world.consultation, ANONYMOUS)] == told[::-1]


def test_upheld_nothing_changes_for_the_text(world: World, handed_in: HandIn, second: str) -> None:
    row = hide(
        accept(handed_in(), Review("in_order"), actor=world.actor("moderator")), NAMES, actor=world.actor("moderator")
    )
    made = decide_appeal(make(world, row), UPHOLD, actor=world.actor(second))
    assert (row.state, made.state) == ("hidden", "upheld")
    assert [r.facts for r in recorded("AppealDecided")] == [{"appeal": str(made.id), "ground": "holds"}]
    with pytest.raises(Conflict):
        decide_appeal(made, OVERTURN, actor=world.actor(second))
    restore(row, Review("restored", "سبب"), actor=world.actor("moderator"))
    assert session.get_one(Appeal, made.id).state == "upheld"


def test_who_decided_on_the_text_and_its_author_never_decide(world: World, handed_in: HandIn, second: str) -> None:
    row = accept(handed_in(), Review("in_order"), actor=world.actor("moderator"))
    made = make(world, hide(row, NAMES, actor=world.actor(second)))
    with transaction():
        row.hands = str(world.people["zuwara"])  # entered it from paper
        for key in ("ghat", "derna", "zuwara"):
            session.add(
                RoleGrant(
                    person_id=world.people[key],
                    role=Role.MODERATOR,
                    consultation_id=world.consultation_id,
                    granted_at=clock.now(),
                )
            )
    may = {
        key: key in ("organiser", "derna")
        for key in ("moderator", second, "ghat", "zuwara", "administrator", "organiser", "derna")
    }
    case = case_of(made)
    for key, expected in may.items():
        actor = world.actor(key)
        assert allowed(actor, "appeal.decide", case) is expected, key
        assert (count_appeals_for(actor, world.consultation_id) == 1) is expected, key
        assert bool(appeals_for(actor, world.consultation_id).rows) is expected, key
        assert appeals_for(actor, world.consultation_id, after="nonsense").rows == []
        if not expected:
            with pytest.raises(Forbidden):
                decide_appeal(made, UPHOLD, actor=actor)


def test_until_the_deadline_that_was_told(world: World, handed_in: HandIn) -> None:
    row = hide(handed_in(), NAMES, actor=world.actor("moderator"))
    set_appeal_rules(0, 14, consultation=world.consultation, actor=world.actor("organiser"))
    other = hide(handed_in("derna"), NAMES, actor=world.actor("moderator"))
    told = session.scalars(sa.select(ReviewDecision.appeal_until).where(ReviewDecision.submission_id == row.id)).one()
    assert told is not None
    with clock.at(told - timedelta(seconds=1)):
        assert make(world, row).state == "open"
    with pytest.raises(Conflict, match="over"):
        make(world, other, "derna")


def test_too_late(world: World, handed_in: HandIn) -> None:
    row = hide(handed_in(), NAMES, actor=world.actor("moderator"))
    with clock.at(clock.now() + timedelta(days=15)), pytest.raises(Conflict, match="over"):
        make(world, row)


def test_only_the_author_and_only_with_reasons(world: World, handed_in: HandIn) -> None:
    row = hide(handed_in(), NAMES, actor=world.actor("moderator"))
    for key in ("derna", "moderator", "organiser"):
        with pytest.raises(Forbidden):
            make(world, row, key)
    for reason in (" ", "x" * 4001):
        with pytest.raises(Rejected) as refused:
            make(world, row, reason=reason)
        assert [problem.field for problem in refused.value.problems] == ["reason"]
    with pytest.raises(Conflict, match="another decision"):
        appeal(AppealDraft(new_id(), REASON), submission=row, actor=world.actor("ghat"))
    accepted = accept(handed_in("derna"), Review("in_order"), actor=world.actor("moderator"))
    assert standing_of(accepted) is None


def test_a_verdict_needs_its_ground_and_words(world: World, handed_in: HandIn, second: str) -> None:
    made = make(world, hide(handed_in(), NAMES, actor=world.actor("moderator")))
    for verdict, fields in (
        (Verdict("nonsense", "", ""), ["outcome"]),
        (Verdict("hide", "harm", "x"), ["outcome"]),
        (Verdict("uphold", "does_not_hold", " "), ["ground", "words"]),
    ):
        with pytest.raises(Rejected) as refused:
            decide_appeal(made, verdict, actor=world.actor(second))
        assert [problem.field for problem in refused.value.problems] == fields


def test_an_appeal_lapses_when_the_text_moves_on(world: World, handed_in: HandIn, second: str) -> None:
    moderator, author = world.actor("moderator"), world.actor("ghat")
    returned = return_for_correction(handed_in(), NAMES, actor=moderator)
    first = make(world, returned)
    position = submission_draft(start_correction(returned, actor=author))
    correct(position, consultation=world.consultation, actor=author)
    hidden = hide(handed_in("derna"), NAMES, actor=moderator)
    second_one = make(world, hidden, "derna")
    restore(hidden, Review("restored", "سبب"), actor=moderator)
    gone = hide(handed_in("zuwara"), NAMES, actor=moderator)
    third = make(world, gone, "zuwara")
    withdraw(gone, actor=world.actor("zuwara"))
    assert [session.get_one(Appeal, one.id).state for one in (first, second_one, third)] == ["lapsed"] * 3
    with pytest.raises(Conflict):
        decide_appeal(first, OVERTURN, actor=world.actor(second))


def test_letters(world: World, handed_in: HandIn, second: str) -> None:
    made = make(world, hide(handed_in(), NAMES, actor=world.actor("moderator")))
    deliver()
    assert "يجوز لك" in mails(world, "ghat")["submission_hidden"]
    assert {key: "appeal_made" in mails(world, key) for key in ("moderator", second, "organiser")} == {
        "moderator": False,
        second: True,
        "organiser": True,
    }
    assert REASON not in mails(world, second)["appeal_made"]
    decide_appeal(made, OVERTURN, actor=world.actor(second))
    deliver()
    told = mails(world, "ghat")["appeal_decided"]
    assert ("قُبل تظلّمك" in told, OVERTURN.words in told) == (True, False)
    assert "submission_accepted" not in mails(world, "ghat")


def test_the_letter_about_an_appeal_that_was_upheld(world: World, handed_in: HandIn, second: str) -> None:
    made = make(world, hide(handed_in(), NAMES, actor=world.actor("moderator")))
    decide_appeal(made, UPHOLD, actor=world.actor(second))
    deliver()
    told = mails(world, "ghat")["appeal_decided"]
    assert ("القرار" in told, "قُبل تظلّمك" in told, UPHOLD.words in told) == (True, False, False)


def test_a_withheld_author_is_written_no_words(world: World, handed_in: HandIn, second: str) -> None:
    decide_appeal(
        make(world, hide(handed_in("cso"), NAMES, actor=world.actor("moderator")), "cso"),
        UPHOLD,
        actor=world.actor(second),
    )
    deliver()
    assert UPHOLD.words not in mails(world, "cso")["appeal_decided"]
    assert [r.actor for r in recorded("AppealMade")] == [None]


def test_the_public_numbers_of_decisions(world: World, handed_in: HandIn) -> None:
    assert decision_times(world.consultation_id) is None
    start = clock.now()
    rows = [handed_in(key) for key in ("ghat", "derna", "zuwara")]
    for days, row in zip((1, 2, 9), rows, strict=True):
        with clock.at(start + timedelta(days=days, minutes=1)):
            hide(row, NAMES, actor=world.actor("moderator"))
    read = decision_times(world.consultation_id)
    assert read is not None
    assert (read.cases, round(read.median), round(read.ninety)) == (3, 2, 9)


def decided_appeals(world: World, handed_in: HandIn, outcomes: Mapping[tuple[str, str], int]) -> None:
    """Put appeals that took one day, two days and so on, into the database, so many by outcome and ground."""
    for (state, ground), number in outcomes.items():
        for index in range(number):
            row = hide(handed_in("professor"), NAMES, actor=world.actor("moderator"))
            made = make(world, row, "professor")
            with transaction():
                made = session.get_one(Appeal, made.id)
                made.state, made.ground, made.waited = state, ground, 86_400 * (index + 1)
                made.decided_at = clock.now()


def test_how_appeals_ended_is_told_in_steps(world: World, handed_in: HandIn, client: FlaskClient) -> None:
    """An outcome that appeared at its moment would say whose appeal it was: of each there are five or none, on a Monday."""
    here, week = world.consultation_id, timedelta(weeks=1)

    def told(weeks: int) -> list[tuple[str, str, int | None]]:
        with clock.at(clock.now() + weeks * week):
            count_appeals_due(lambda: True)
        session.rollback()
        found = appeal_figures(here)
        return [] if found is None else list(found.outcomes)

    page = "/en/c/test/moderation/"
    decided_appeals(world, handed_in, {("upheld", "holds"): 5, ("overturned", "does_not_hold"): 4, ("open", ""): 5})
    assert told(0) == []
    assert "No step was taken yet" in client.get(page).text
    decided_appeals(world, handed_in, {("overturned", "does_not_hold"): 1, ("lapsed", ""): 5})
    assert told(0) == [], "this week was looked at"
    assert told(1) == [("upheld", "holds", 5), ("overturned", "does_not_hold", 5)]
    found = appeal_figures(here)
    assert found is not None
    assert (found.times, found.counted_on.weekday()) == (Times(10, 2.0, 4.0), 0)
    assert [event.facts for event in recorded("AppealsCounted")] == [{"appeals": 10}]
    shown = client.get(page).text
    assert ("Counted on" in shown, "Appeal not decided yet" in shown) == (True, False)
    decided_appeals(world, handed_in, {("upheld", "holds"): 4})
    assert told(2) == [("upheld", "holds", 5), ("overturned", "does_not_hold", 5)]
    decided_appeals(world, handed_in, {("upheld", "other"): 3})
    assert told(3) == [("upheld", "holds", 9), ("upheld", "other", None), ("overturned", "does_not_hold", None)]
    hiding = appeal_figures(here)
    assert hiding is not None
    # Nor is it told how many were decided.
    assert hiding.times == Times(None, 2.0, 4.0)


def test_a_step_of_appeals_has_none_or_five_of_each_outcome() -> None:
    told = {"upheld holds": 3, "upheld other": 2}
    assert [may_tell(one) for one in ({}, told, {**told, "overturned x": 4}, {**told, "overturned x": 5})] == [
        *(False, True),
        *(False, True),
    ]


def test_two_people_decide_at_once_and_the_author_withdraws(
    app: Flask, world: World, handed_in: HandIn, second: str
) -> None:
    row = hide(handed_in(), NAMES, actor=world.actor("moderator"))
    made = make(world, row)
    identity, text = made.id, row.id
    one, other, author = world.actor(second), world.actor("organiser"), world.actor("ghat")
    session.remove()

    def decide(verdict: Verdict, actor: object) -> Callable[[], object]:
        return lambda: decide_appeal(session.get_one(Appeal, identity), verdict, actor=actor)  # type: ignore[arg-type]

    got = at_once(
        app,
        [
            decide(OVERTURN, one),
            decide(UPHOLD, other),
            lambda: withdraw(session.get_one(Submission, text), actor=author),
        ],
    )
    session.rollback()
    assert got[2] == "done"
    assert got[:2].count("done") <= 1
    assert session.get_one(Submission, text).state == "withdrawn"
    state = session.get_one(Appeal, identity).state
    assert state == {("done", "Conflict"): "overturned", ("Conflict", "done"): "upheld"}.get((got[0], got[1]), "lapsed")
    assert (len(recorded("AppealDecided")), len(recorded("SubmissionAccepted"))) == (
        int(state == "upheld"),
        int(state == "overturned"),
    )
