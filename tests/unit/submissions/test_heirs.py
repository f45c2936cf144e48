"""What a body did before it went into another is the other's to act on, by that one's rule; undoing the end takes that back."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest
import sqlalchemy as sa

from consult.accounts.access import Actor, Held, Membership, Role, allowed
from consult.accounts.clauses import permitted
from consult.accounts.heirs import acting_for
from consult.accounts.signing_in.sign_in import load_actor, load_actors
from consult.consultations.services import end_membership
from consult.db import session, transaction
from consult.errors import Conflict, Forbidden, Rejected
from consult.events.stream import events_after
from consult.notifications.models import Notice
from consult.outcomes.printing import Tally, tally
from consult.outcomes.reach import NOBODY
from consult.outcomes.services import send_letters
from consult.submissions.cosigning.models import Cosignature
from consult.submissions.cosigning.services import ask_body, asked_of, cosign, revoke_cosignature, signed_by
from consult.submissions.drafting.drafts import start_correction, submission_draft
from consult.submissions.models import Submission
from consult.submissions.offices.sign_off import (
    RuleDraft,
    ask_sign_off,
    digest_of,
    lacks_to_withdraw,
    rule_of,
    set_rule,
    sign_off,
)
from consult.submissions.review.appeal_queries import AppealCase
from consult.submissions.services import Review, accept, correct, hide, return_for_correction, submit, withdraw
from consult.testing.acts import deliver
from consult.testing.colleagues import colleague, shared
from consult.testing.winding import comes_back, ends, goes_into
from consult.testing.world import World

DERNA, GHAT = "LY010102", "LY032101"
Counter = Callable[[], AbstractContextManager[list[str]]]
#: What the rules say of a text, each in a list as well.
ABOUT_TEXTS = ("submission.own", "submission.correct", "submission.read", "submission.revisions", "submission.review")


def _rule(world: World, level: str, others: int = 0, key: str = "ghat") -> None:
    where = {"body": world.bodies[key], "track": "municipal", "consultation": world.consultation}
    set_rule(RuleDraft(level, others, world.members[key]), actor=world.actor(key), **where)


@pytest.fixture
def row(world: World) -> Submission:
    """A text by `second` that the lead of Ghat signed off; `third` is a colleague, `fourth` one in Derna."""
    for name, key in (("second", "ghat"), ("third", "ghat"), ("fourth", "derna")):
        colleague(world, name, key)
    _rule(world, "lead")
    draft = shared(world, "second")
    ask_sign_off(draft, actor=world.actor("second"))
    sign_off(draft, draft.asked_digest, actor=world.actor("ghat"))
    position = replace(submission_draft(draft), seen=digest_of(draft))
    return submit(position, consultation=world.consultation, actor=world.actor("second"))


def _leaves(world: World, *keys: str) -> None:
    for key in keys:
        end_membership(world.member(key), consultation=world.consultation, actor=world.actor("organiser"))


def _listed(world: World, who: Actor, action: str, column: sa.SQLColumnExpression[uuid.UUID]) -> list[uuid.UUID]:
    return list(session.scalars(sa.select(column).where(permitted(who, action, world.consultation_id))))


def _owners(world: World, row: Submission) -> set[str]:
    """Return whose own a text is; whatever the rules say of it, lists have to say too."""
    for key in world.people:
        who = world.actor(key)
        for action in ABOUT_TEXTS:
            assert (row.id in _listed(world, who, action, Submission.id)) is allowed(who, action, row), (key, action)
    return {key for key in world.people if allowed(world.actor(key), "submission.own", row)}


def _may(world: World, action: str, asked: Cosignature) -> set[str]:
    """Return who may do something with a signature; the rule and its form in SQL have to say the same."""
    found = {key for key in world.people if allowed(world.actor(key), action, asked)}
    assert found == {
        key for key in world.people if asked.id in _listed(world, world.actor(key), action, Cosignature.id)
    }
    return found


def _told(kind: str, world: World) -> list[str]:
    names = {person: key for key, person in world.people.items()}
    return sorted(names[one] for one in session.scalars(sa.select(Notice.person_id).where(Notice.kind == kind)))


def _facts(world: World, kind: str) -> list[object]:
    return [event.facts["instead"] for event in events_after(world.consultation_id) if event.type == kind]


def test_a_signed_text_goes_with_the_body_and_comes_back_with_it(world: World, row: Submission) -> None:
    assert _owners(world, row) == {"ghat", "second", "third"}
    _leaves(world, "second")
    goes_into(world, "ghat", "derna")
    assert _owners(world, row) == {"ghat", "third", "derna", "fourth"}
    assert acting_for(world.consultation_id, (world.bodies["ghat"], "municipal")) == world.bodies["derna"]
    assert acting_for(world.consultation_id, (world.bodies["ghat"], "cso")) == world.bodies["ghat"]
    comes_back(world, "ghat")
    assert _owners(world, row) == {"ghat", "third"}
    assert acting_for(world.consultation_id, (world.bodies["ghat"], "municipal")) == world.bodies["ghat"]


def test_it_goes_on_where_the_other_body_ends_too(world: World, row: Submission) -> None:
    _leaves(world, "second")
    goes_into(world, "ghat", "derna")
    goes_into(world, "derna", "zuwara")
    everybody = {"ghat", "third", "derna", "fourth", "zuwara"}
    assert _owners(world, row) == everybody
    (me,) = world.actor("zuwara").memberships
    assert set(me.former) == {world.bodies["ghat"], world.bodies["derna"]}
    assert acting_for(world.consultation_id, (world.bodies["ghat"], "municipal")) == world.bodies["zuwara"]
    deliver()
    hide(accept(row, Review("in_order"), actor=world.actor("moderator")), _GROUND, actor=world.actor("moderator"))
    deliver()
    assert set(_told("submission_hidden", world)) == everybody
    comes_back(world, "derna")  # whoever came from Ghat is not Derna's to give up
    assert {"derna", "fourth"} <= _owners(world, row) - {"zuwara"}
    comes_back(world, "ghat")
    assert not _owners(world, row) & {"derna", "fourth", "zuwara"}


_GROUND = Review("names_person", "الفقرة 2 تسمّي شخصًا.")


@pytest.mark.parametrize("way", ["leave", "keep"])
def test_where_nothing_went_to_another_body_nobody_answers_for_it(world: World, row: Submission, way: str) -> None:
    ends(world, "ghat", way, *([] if way == "keep" else [DERNA]))
    assert _owners(world, row) == (set() if way == "leave" else {"ghat", "second", "third"})


def test_a_lead_who_withholds_their_name_says_yes_inside_and_nobody_learns_of_it(
    world: World, row: Submission, handed_in: Callable[..., Submission]
) -> None:
    asked = ask_body(handed_in("zuwara"), GHAT, consultation=world.consultation, actor=world.actor("zuwara"))
    cosign(asked, 1, actor=world.actor("ghat"))
    set_rule(
        RuleDraft("lead", 0, world.members["fourth"]),
        body=world.bodies["derna"],
        track="municipal",
        consultation=world.consultation,
        actor=world.actor("derna"),
    )
    with transaction():
        world.member("fourth").withheld = True
    goes_into(world, "ghat", "derna")
    withdraw(row, actor=world.actor("derna"))
    assert row.state == "received", "the yes of whoever leads is missing"
    withdraw(row, actor=world.actor("fourth"))
    revoke_cosignature(asked, actor=world.actor("fourth"))
    assert (row.state, asked.stands) == ("withdrawn", False)
    acts = [one for one in events_after(world.consultation_id, limit=1000) if one.facts.get("instead")]
    assert [(one.type, one.actor) for one in acts] == [("SubmissionWithdrawn", None), ("CosignatureRevoked", None)]


def test_of_a_body_for_which_nobody_takes_part_by_name_nobody_acts_for_another(world: World, row: Submission) -> None:
    goes_into(world, "ghat", "derna")
    with transaction():
        world.member("fourth").withheld = True
    assert "fourth" in _owners(world, row)
    _leaves(world, "ghat", "second", "third", "derna")
    assert _owners(world, row) == set(), "that it acts would tell that somebody is there"
    with transaction():
        world.member("fourth").withheld, row.withheld = False, True
    assert _owners(world, row) == set()


def test_letters_about_it_go_to_those_alone_who_act_under_their_names(world: World, row: Submission) -> None:
    _leaves(world, "second")
    with transaction():
        world.member("fourth").withheld = True
    goes_into(world, "ghat", "derna")
    hide(accept(row, Review("in_order"), actor=world.actor("moderator")), _GROUND, actor=world.actor("moderator"))
    deliver()
    assert _told("submission_hidden", world) == ["derna", "ghat", "third"]


def test_who_leads_for_the_other_body_leads_it_still(world: World, row: Submission) -> None:
    assert world.member("ghat").number < world.member("derna").number, "without a name the first member leads"
    goes_into(world, "ghat", "derna")
    assert rule_of(world.consultation, world.bodies["derna"], "municipal").lead == world.members["derna"]
    goes_into(world, "derna", "zuwara")
    _leaves(world, "zuwara")
    assert rule_of(world.consultation, world.bodies["zuwara"], "municipal").lead == world.members["ghat"]


def test_it_is_read_with_who_somebody_is_and_costs_others_no_query(
    world: World, row: Submission, count_queries: Counter
) -> None:
    goes_into(world, "ghat", "derna")
    derna = world.people["derna"]
    with count_queries() as seen:
        one = load_actor(derna)
    assert len(seen) == 4
    with count_queries() as seen:
        several = load_actors([derna, world.people["zuwara"]])
    assert len(seen) == 4
    with count_queries() as seen:
        load_actor(world.people["zuwara"])
    assert len(seen) == 3
    assert one.memberships == several[derna].memberships
    assert [m.former for m in one.memberships] == [(world.bodies["ghat"],)]
    assert [m.former for m in several[world.people["zuwara"]].memberships] == [()]
    assert Membership(derna, derna, "", None, False).bodies == ()


@pytest.mark.parametrize("level", ["member", "lead"])
def test_it_is_corrected_by_the_rule_of_the_other_and_stays_the_text_of_the_body(
    world: World, row: Submission, level: str
) -> None:
    _leaves(world, "second")
    _rule(world, level, key="derna")
    goes_into(world, "ghat", "derna")
    return_for_correction(row, Review("unclear", "وضّح الفقرة 2."), actor=world.actor("moderator"))
    with pytest.raises(Forbidden):
        start_correction(row, actor=world.actor("zuwara"))
    draft = start_correction(row, actor=world.actor("fourth"))
    assert draft.shared_body_id == world.bodies["derna"]
    again = replace(submission_draft(draft), seen=digest_of(draft))
    if level == "lead":
        with pytest.raises(Rejected, match="lead"):
            correct(again, consultation=world.consultation, actor=world.actor("fourth"))
        ask_sign_off(draft, actor=world.actor("fourth"))
        sign_off(draft, draft.asked_digest, actor=world.actor("derna"))
    correct(again, consultation=world.consultation, actor=world.actor("fourth"))
    assert (row.revision, row.body_id, row.signed_off_at is not None) == (2, world.bodies["ghat"], True)
    assert _facts(world, "SubmissionCorrected") == [str(world.bodies["derna"])]
    assert _owners(world, row) == {"ghat", "third", "derna", "fourth"}
    comes_back(world, "ghat")
    assert _owners(world, row) == {"ghat", "third"}


def test_a_colleagues_correction_under_a_looser_rule_leaves_it_the_bodys(world: World, row: Submission) -> None:
    _leaves(world, "second")
    _rule(world, "member")
    return_for_correction(row, Review("unclear", "وضّح الفقرة 2."), actor=world.actor("moderator"))
    draft = start_correction(row, actor=world.actor("third"))
    correct(
        replace(submission_draft(draft), seen=digest_of(draft)),
        consultation=world.consultation,
        actor=world.actor("third"),
    )
    assert (_owners(world, row), _facts(world, "SubmissionCorrected")) == ({"ghat", "third"}, [None])


def test_it_is_withdrawn_by_the_rule_of_the_other(world: World, row: Submission) -> None:
    _rule(world, "council", 1, key="derna")
    goes_into(world, "ghat", "derna")
    withdraw(row, actor=world.actor("second"))
    assert (row.state, len(lacks_to_withdraw(row))) == ("received", 1)
    deliver()
    assert _told("withdrawal_agreed", world) == ["derna", "fourth", "ghat", "third"]
    with pytest.raises(Forbidden):
        withdraw(row, actor=world.actor("zuwara"))
    withdraw(row, actor=world.actor("derna"))
    assert (row.state, _facts(world, "SubmissionWithdrawn")) == ("withdrawn", [str(world.bodies["derna"])])


def test_a_yes_to_withdrawing_it_is_not_said_for_the_other(world: World, row: Submission) -> None:
    _rule(world, "council", 1)
    withdraw(row, actor=world.actor("third"))
    _rule(world, "council", 1, key="derna")
    goes_into(world, "ghat", "derna")
    withdraw(row, actor=world.actor("derna"))
    assert (row.state, len(lacks_to_withdraw(row))) == ("received", 1)
    comes_back(world, "ghat")
    assert len(lacks_to_withdraw(row)) == 1  # what was said for the body itself holds again
    withdraw(row, actor=world.actor("ghat"))
    assert row.state == "withdrawn"


def test_nobody_of_the_other_judges_it(world: World, row: Submission) -> None:
    derna = replace(
        world.actor("derna"),
        roles=frozenset({Held(Role.MODERATOR, world.consultation_id), Held(Role.ORGANISER, world.consultation_id)}),
    )
    case = AppealCase(row.id, world.consultation_id, None, frozenset(), row.id, (world.bodies["ghat"], "municipal"))
    assert (allowed(derna, "submission.review", row), allowed(derna, "appeal.decide", case)) == (True, True)
    goes_into(world, "ghat", "derna")
    derna = replace(derna, memberships=world.actor("derna").memberships)
    assert (allowed(derna, "submission.review", row), allowed(derna, "appeal.decide", case)) == (False, False)
    assert row.id not in _listed(world, derna, "submission.review", Submission.id)


def test_letters_reach_whoever_acts_for_the_body(world: World, row: Submission) -> None:
    accept(row, Review("in_order"), actor=world.actor("moderator"))
    goes_into(world, "ghat", "derna")
    _leaves(world, "ghat", "second", "third")
    send_letters(consultation=world.consultation, actor=world.actor("organiser"))
    deliver()
    assert _told("answer", world) == ["derna", "fourth"]
    assert tally(world.consultation_id, NOBODY) == Tally(1, 0, 0, 0)


def test_a_signature_is_taken_back_by_the_rule_of_the_other(world: World, handed_in: Callable[..., Submission]) -> None:
    colleague(world, "second", "derna")
    text, other, actor = handed_in("zuwara"), handed_in("zuwara"), world.actor("zuwara")
    given, waits = (ask_body(one, GHAT, consultation=world.consultation, actor=actor) for one in (text, other))
    cosign(given, 1, actor=world.actor("ghat"))
    _rule(world, "lead", key="derna")
    goes_into(world, "ghat", "derna")
    assert (_may(world, "cosignature.give", given), _may(world, "cosignature.give", waits)) == (set(), set())
    assert _may(world, "cosignature.revoke", given) == {"ghat", "second", "derna"}
    assert _may(world, "cosignature.revoke", waits) == set()  # of a body that has ended, nobody signs any more
    assert [one.id for one, _ in asked_of(world.actor("second"), world.consultation_id)] == [given.id]
    with pytest.raises(Conflict, match="the lead does"):
        revoke_cosignature(given, actor=world.actor("second"))
    with pytest.raises(Forbidden):
        revoke_cosignature(given, actor=actor)
    revoke_cosignature(given, actor=world.actor("derna"))
    assert (signed_by(text.id), given.body_id) == ([], world.bodies["ghat"])
    assert _facts(world, "CosignatureRevoked") == [str(world.bodies["derna"])]
    assert _may(world, "cosignature.revoke", given) == set()
    with pytest.raises(Forbidden):
        cosign(given, 1, actor=world.actor("derna"))


def test_of_an_answer_to_what_was_signed_everybody_is_told_who_acts_for_the_body(
    world: World, handed_in: Callable[..., Submission]
) -> None:
    text = accept(handed_in("zuwara"), Review("in_order"), actor=world.actor("moderator"))
    colleague(world, "second", "derna")
    with transaction():
        world.member("second").withheld = True
    asked = ask_body(text, GHAT, consultation=world.consultation, actor=world.actor("zuwara"))
    cosign(asked, 1, actor=world.actor("ghat"))
    goes_into(world, "ghat", "derna")
    send_letters(consultation=world.consultation, actor=world.actor("organiser"))
    deliver()
    assert _told("answer_to_cosigned", world) == ["derna", "ghat"]
    comes_back(world, "ghat")
    with pytest.raises(Forbidden):
        revoke_cosignature(asked, actor=world.actor("derna"))
    revoke_cosignature(asked, actor=world.actor("ghat"))
    assert _facts(world, "CosignatureRevoked") == [None]
