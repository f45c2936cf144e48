"""Grounds that organisers edit: keys stay, decisions keep them, nothing is deleted."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from consult.db import session
from consult.errors import Forbidden, NotFound, Rejected
from consult.i18n import Localized
from consult.submissions.drafting.drafts import start_correction, submission_draft
from consult.submissions.models import ReviewDecision, Submission
from consult.submissions.reading import whole_submission
from consult.submissions.review.grounds import (
    GroundDraft,
    add_ground,
    answer_days,
    appeal_days,
    change_ground,
    ground_label,
    grounds_for,
    retire_ground,
    set_appeal_rules,
    used_grounds,
)
from consult.submissions.services import Review, accept, correct, hide, return_for_correction
from consult.submissions.states import Decision
from consult.testing.acts import recorded
from consult.testing.world import World

HandIn = Callable[..., Submission]
LABEL = Localized(ar="إعلان تجاري", en="Advertises something", fr="Publicité")
OWN = GroundDraft(LABEL, ("hide", "return"))


def add(world: World, draft: GroundDraft = OWN) -> str:
    return add_ground(draft, consultation=world.consultation, actor=world.actor("organiser"))


def retire(world: World, key: str, *, retired: bool = True) -> None:
    retire_ground(key, retired=retired, consultation=world.consultation, actor=world.actor("organiser"))


def fields(refused: pytest.ExceptionInfo[Rejected]) -> list[str]:
    return [problem.field for problem in refused.value.problems]


def test_the_shipped_list_is_the_start(world: World) -> None:
    here = world.consultation
    assert list(grounds_for([Decision.ACCEPT], here)) == ["in_order"]
    assert list(grounds_for([Decision.HIDE], here)) == ["names_person", "harm", "outside_mandate", "repeated"]
    assert ground_label("never heard of", here) == "never heard of"


def test_an_added_ground_is_chosen_and_counted(world: World, handed_in: HandIn) -> None:
    key = add(world)
    assert (key, add(world)) == ("own_1", "own_2")
    hide(handed_in(), Review(key, "سبب"), actor=world.actor("moderator"))
    assert used_grounds(world.consultation) == {"own_1": 1}
    assert ground_label(key, world.consultation) == LABEL
    said = {"ground": "own_1", "decisions": ["hide", "return"], "seals": False, "retired": False}
    assert recorded("GroundSet")[0].facts == said


def test_a_retired_ground_is_not_chosen_and_earlier_decisions_keep_it(world: World, handed_in: HandIn) -> None:
    key, moderator = add(world), world.actor("moderator")
    hide(handed_in(), Review(key, "سبب"), actor=moderator)
    retire(world, key)
    other = handed_in("derna")
    with pytest.raises(Rejected) as refused:
        hide(other, Review(key, "سبب"), actor=moderator)
    assert fields(refused) == ["ground"]
    assert key not in grounds_for([Decision.HIDE], world.consultation)
    assert ground_label(key, world.consultation) == LABEL
    retire(world, key, retired=False)
    assert hide(other, Review(key, "سبب"), actor=moderator).state == "hidden"


def test_a_shipped_ground_is_worded_anew_and_keeps_what_it_stands_for(world: World) -> None:
    draft = GroundDraft(Localized(ar="ينشر اسمًا", en=" Names\u202e somebody ", fr="Nomme quelqu’un"), ("accept",))
    change_ground("names_person", draft, consultation=world.consultation, actor=world.actor("organiser"))
    assert str(grounds_for([Decision.HIDE], world.consultation)["names_person"]["en"]) == "Names somebody"  # type: ignore[index]
    assert "names_person" not in grounds_for([Decision.ACCEPT], world.consultation)
    retire(world, "names_person")
    assert ground_label("names_person", world.consultation)["ar"] == "ينشر اسمًا"  # type: ignore[index]


def test_a_choice_is_always_left(world: World) -> None:
    for key in ("names_person", "harm", "outside_mandate"):
        retire(world, key)
    with pytest.raises(Rejected):
        retire(world, "repeated")
    assert list(grounds_for([Decision.HIDE], world.consultation)) == ["repeated"]
    for key in ("in_order", "by_rule", "restored"):
        with pytest.raises(Rejected):
            retire(world, key)


def test_what_sealed_a_revision_then_seals_it_still(world: World, handed_in: HandIn) -> None:
    moderator, author = world.actor("moderator"), world.actor("ghat")
    key = add(world, GroundDraft(LABEL, ("return",), seals=True))
    row = return_for_correction(handed_in(), Review(key, "سبب"), actor=moderator)
    correct(submission_draft(start_correction(row, actor=author)), consultation=world.consultation, actor=author)
    accept(row, Review("in_order"), actor=moderator)
    change_ground(key, OWN, consultation=world.consultation, actor=world.actor("organiser"))
    found = whole_submission(world.consultation_id, row.number)
    assert found is not None
    assert found.open_revisions == frozenset({2})
    assert session.scalars(sa.select(ReviewDecision.seals).order_by(ReviewDecision.at)).all() == [True, False]


@pytest.mark.parametrize(
    ("draft", "problems"),
    [
        (GroundDraft(Localized(ar="", en="x", fr=" "), ("hide",)), ["label_ar", "label_fr"]),
        (GroundDraft(LABEL), ["decisions"]),
        (GroundDraft(LABEL, ("accept",)), ["decisions"]),
        (GroundDraft(Localized(ar="x" * 121, en="x", fr="x"), ("nonsense",)), ["label_ar", "decisions"]),
    ],
)
def test_a_ground_that_is_not_in_order_is_refused(world: World, draft: GroundDraft, problems: list[str]) -> None:
    with pytest.raises(Rejected) as refused:
        add(world, draft)
    assert fields(refused) == problems


def test_only_organisers_set_rules(world: World) -> None:
    for key in ("moderator", "ghat", "administrator"):
        with pytest.raises(Forbidden):
            add_ground(OWN, consultation=world.consultation, actor=world.actor(key))
        with pytest.raises(Forbidden):
            set_appeal_rules(3, 3, consultation=world.consultation, actor=world.actor(key))
    with pytest.raises(NotFound):
        change_ground("own_9", OWN, consultation=world.consultation, actor=world.actor("organiser"))


def test_the_days_of_appeals(world: World) -> None:
    organiser = world.actor("organiser")
    assert (appeal_days(world.consultation), answer_days(world.consultation)) == (14, 14)
    set_appeal_rules(0, 5, consultation=world.consultation, actor=organiser)
    assert (appeal_days(world.consultation), answer_days(world.consultation)) == (0, 5)
    assert [r.facts for r in recorded("AppealRulesSet")] == [{"appeal_days": 0, "answer_days": 5}]
    with pytest.raises(Rejected) as refused:
        set_appeal_rules(-1, 0, consultation=world.consultation, actor=organiser)
    assert fields(refused) == ["days", "answer"]
