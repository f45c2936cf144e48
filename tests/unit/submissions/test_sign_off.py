"""Sign-off: who of a body must say yes, to which text, and that nothing leaves without it."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask

from consult.db import session
from consult.errors import Conflict, Forbidden, Rejected
from consult.events.checkpoint import verify_log
from consult.events.models import INSTANCE
from consult.events.stream import current_seq, events_after
from consult.notifications.notices import notices_of
from consult.plugins.track import Track
from consult.runtime import runtime
from consult.submissions.drafting.drafts import start_draft, submission_draft
from consult.submissions.models import Draft, Submission
from consult.submissions.offices.models import SignOff
from consult.submissions.offices.sign_off import (
    RuleDraft,
    ask_sign_off,
    digest_of,
    rule_of,
    set_rule,
    sign_off,
)
from consult.submissions.offices.sign_off_rules import Level, SignOffRule, missing, out_of_reach
from consult.submissions.offices.together import save_part, share_draft
from consult.submissions.services import SubmissionDraft, submit
from consult.testing.acts import deliver
from consult.testing.colleagues import colleague, shared
from consult.testing.world import World


def _set(world: World, level: str, others: int = 0, lead: str = "ghat", by: str = "ghat") -> SignOffRule:
    draft = RuleDraft(level, others, world.members[lead])
    return set_rule(
        draft,
        body=world.bodies["ghat"],
        track="municipal",
        consultation=world.consultation,
        actor=world.actor(by),
    )


def _told(world: World) -> list[str]:
    """Return what was told in the order in which it was, and see to it that the public stream tells nothing of sign-offs."""
    there = {"SignOffRuleSet", "SubmissionReceived"}
    inside = {"SignOffAsked", "TextSignedOff", "SignOffFell"}
    public = [event for event in events_after(world.consultation_id) if event.type in there | inside]
    assert {event.type for event in public} <= there
    told = [*public, *(event for event in events_after(INSTANCE) if event.type in inside)]
    return [event.type for event in sorted(told, key=lambda event: (event.at, event.id))]


def _hand_in(world: World, draft: Draft, by: str) -> Submission:
    position = replace(submission_draft(draft), member=world.members[by], seen=digest_of(draft))
    return submit(position, consultation=world.consultation, actor=world.actor(by))


@pytest.mark.parametrize(
    ("level", "others", "signed", "lacking"),
    [
        (Level.MEMBER, 0, "", 0),
        (Level.LEAD, 0, "b", 1),
        (Level.LEAD, 0, "a", 0),
        (Level.COUNCIL, 2, "", 2),
        (Level.COUNCIL, 2, "ab", 1),
        (Level.COUNCIL, 2, "bc", 1),
        (Level.COUNCIL, 2, "abc", 0),
        (Level.COUNCIL, 1, "ax", 1),  # who takes part no longer does not count
    ],
)
def test_what_a_rule_misses(level: Level, others: int, signed: str, lacking: int) -> None:
    ids = {key: uuid.uuid5(uuid.NAMESPACE_OID, key) for key in "abcx"}
    rule = SignOffRule(ids["a"], ids["a"], "t", level, others, ids["a"], [ids[key] for key in "abc"])
    assert len(list(missing(rule, {ids[key] for key in signed}))) == lacking


@pytest.mark.parametrize(
    ("level", "others", "able", "said"),
    [
        (Level.MEMBER, 0, False, []),
        (Level.LEAD, 0, True, []),
        (Level.LEAD, 0, False, ["no way to sign in"]),
        (Level.COUNCIL, 2, True, []),
        (Level.COUNCIL, 3, False, ["no way to sign in", "3 besides the lead, and there are 2"]),
    ],
)
def test_what_keeps_a_rule_from_being_met(level: Level, others: int, able: bool, said: list[str]) -> None:
    lead, *rest = (uuid.uuid5(uuid.NAMESPACE_OID, key) for key in "abc")
    rule = SignOffRule(lead, lead, "t", level, others, lead, [lead, *rest])
    told = [str(message) for message in out_of_reach(rule, able=able)]
    assert [words in message for words, message in zip(said, told, strict=True)] == [True] * len(said)


def test_the_first_member_leads_and_sets_the_rule(world: World) -> None:
    colleague(world, "second")
    rule = rule_of(world.consultation, world.bodies["ghat"], "municipal")
    assert (rule.level, rule.lead, list(rule.members)) == (
        Level.MEMBER,
        world.members["ghat"],
        [world.members["ghat"], world.members["second"]],
    )
    for key in ("second", "derna", "moderator", "administrator"):
        with pytest.raises(Forbidden):
            _set(world, "lead", by=key)
    assert _set(world, "lead", lead="second").lead == world.members["second"]
    with pytest.raises(Forbidden):
        _set(world, "member", by="ghat")
    assert _set(world, "council", 1, lead="second", by="organiser").others == 1
    for level, others, lead, field in (
        ("nonsense", 0, "second", "level"),
        ("lead", 0, "derna", "lead"),
        ("council", 2, "second", "others"),
        ("council", 0, "second", "others"),
    ):
        with pytest.raises(Rejected) as refused:
            _set(world, level, others, lead, by="organiser")
        assert [problem.field for problem in refused.value.problems] == [field]
    for level in ("lead", "member"):
        with pytest.raises(Rejected, match="Only the body itself"):
            _set(world, level, lead="second", by="organiser")
    assert _told(world) == ["SignOffRuleSet", "SignOffRuleSet"]
    assert _set(world, "lead", lead="second", by="second").level is Level.LEAD


def test_a_track_asks_for_the_least(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Track().sign_off == "member"
    monkeypatch.setattr(type(runtime().hooks.track("municipal")), "sign_off", "lead")
    assert rule_of(world.consultation, world.bodies["ghat"], "municipal").level is Level.LEAD
    with pytest.raises(Rejected, match="asks for more"):
        _set(world, "member")


def test_nothing_leaves_without_the_lead(world: World, position: Callable[..., SubmissionDraft]) -> None:
    colleague(world, "second")
    _set(world, "lead")
    direct = replace(position("ghat"), member=world.members["second"])
    with pytest.raises(Rejected, match="sign-off of the lead is missing"):
        submit(direct, consultation=world.consultation, actor=world.actor("second"))
    assert submit(position("ghat"), consultation=world.consultation, actor=world.actor("ghat")).number
    draft = shared(world)
    with pytest.raises(Rejected):
        _hand_in(world, draft, "second")
    ask_sign_off(draft, actor=world.actor("second"))
    sign_off(draft, draft.asked_digest, actor=world.actor("ghat"))
    row = _hand_in(world, draft, "second")
    assert row.member_id == world.members["second"]
    assert row.signed_off_at is not None
    assert _told(world)[-3:] == ["SignOffAsked", "TextSignedOff", "SubmissionReceived"]
    for event in events_after(INSTANCE):
        if event.type in {"SignOffAsked", "TextSignedOff"}:
            assert set(event.facts) == {"text", "digest"}
    assert verify_log()[1] == []


def test_a_sign_off_falls_when_the_text_changes_and_must_be_given_again(world: World) -> None:
    colleague(world, "second")
    _set(world, "council", 1)
    draft = shared(world)
    with pytest.raises(Conflict, match="Nobody has asked"):
        sign_off(draft, digest_of(draft), actor=world.actor("ghat"))
    ask_sign_off(draft, actor=world.actor("second"))
    first = draft.asked_digest
    sign_off(draft, first, actor=world.actor("ghat"))
    sign_off(draft, first, actor=world.actor("ghat"))  # pressed twice
    save_part(draft, "text", {"text": "نص آخر."}, 1, page="a", actor=world.actor("second"))
    assert draft.asked_digest == ""
    with pytest.raises(Conflict):
        sign_off(draft, first, actor=world.actor("ghat"))
    with pytest.raises(Rejected, match="lead is missing"):
        _hand_in(world, draft, "second")
    ask_sign_off(draft, actor=world.actor("second"))
    with pytest.raises(Conflict, match="changed"):
        sign_off(draft, first, actor=world.actor("ghat"))
    sign_off(draft, draft.asked_digest, actor=world.actor("ghat"))
    save_part(
        draft, "text", {"text": "نص آخر."}, 2, page="b", actor=world.actor("second")
    )  # saved, and nothing changed
    _hand_in(world, draft, "second")
    assert _told(world)[1:] == [
        *("SignOffAsked", "TextSignedOff", "SignOffFell", "SignOffAsked", "TextSignedOff", "SubmissionReceived")
    ]


def test_the_text_on_the_page_is_the_text_that_leaves(world: World) -> None:
    colleague(world, "second")
    draft = shared(world)
    position = replace(submission_draft(draft), seen=digest_of(draft))
    save_part(draft, "text", {"text": "غيّره زميل."}, 1, page="a", actor=world.actor("second"))
    with pytest.raises(Conflict, match="changed"):
        submit(position, consultation=world.consultation, actor=world.actor("ghat"))
    strangers = replace(submission_draft(draft), member=world.members["derna"])
    with pytest.raises(Forbidden):
        submit(strangers, consultation=world.consultation, actor=world.actor("derna"))


def test_only_shared_whole_texts_are_asked_for(world: World) -> None:
    actor = world.actor("ghat")
    draft = start_draft(world.members["ghat"], consultation=world.consultation, actor=actor)
    with pytest.raises(Conflict, match="colleagues"):
        ask_sign_off(draft, actor=actor)
    share_draft(draft, actor=actor)
    with pytest.raises(Conflict, match="without a title"):
        ask_sign_off(draft, actor=actor)


def test_private_answers_are_not_in_the_digest(world: World) -> None:
    draft = shared(world)
    before = digest_of(draft)
    save_part(draft, "track", {"track": {"telephone": "0913456789"}}, 1, page="a", actor=world.actor("ghat"))
    assert digest_of(draft) == before
    save_part(draft, "track", {"track": {"decision": "32/2026"}}, 2, page="a", actor=world.actor("ghat"))
    assert digest_of(draft) != before


def test_a_withheld_body_leaves_nobody_in_the_log(world: World) -> None:
    draft = shared(world, "cso")
    ask_sign_off(draft, actor=world.actor("cso"))
    sign_off(draft, draft.asked_digest, actor=world.actor("cso"))
    assert _hand_in(world, draft, "cso").signed_off_at is None
    actors = {e.actor for e in events_after(INSTANCE) if e.type in {"SignOffAsked", "TextSignedOff"}}
    assert actors == {None}


def test_the_public_log_is_the_same_whoever_signed_a_text_without_a_name(world: World) -> None:
    """Whether a body of one or of several stands behind it: the line of the text is all there is, and numbers have no gap."""
    before = current_seq(world.consultation_id)
    draft = shared(world, "cso")
    ask_sign_off(draft, actor=world.actor("cso"))
    sign_off(draft, draft.asked_digest, actor=world.actor("cso"))
    save_part(draft, "text", {"text": "نص آخر."}, 1, page="a", actor=world.actor("cso"))
    assert current_seq(world.consultation_id) == before
    _hand_in(world, draft, "cso")
    assert [event.type for event in events_after(world.consultation_id, before)] == ["SubmissionReceived"]


def test_colleagues_are_told_of_a_text_to_sign_and_led_to_it(world: World) -> None:
    colleague(world, "second")
    _set(world, "council", 1)
    draft = shared(world)
    ask_sign_off(draft, actor=world.actor("ghat"))
    deliver()
    [line] = [one for one in notices_of(world.people["second"])[0] if one.path.startswith("/c/test/write/")]
    assert (line.path, line.consultation) == (f"/c/test/write/{draft.id}/check/", world.consultation.names)


def test_a_sign_off_and_a_change_at_once_never_leave_a_yes_to_another_text(app: Flask, world: World) -> None:
    colleague(world, "second")
    _set(world, "lead")
    draft = shared(world)
    ask_sign_off(draft, actor=world.actor("second"))
    text, digest = draft.id, draft.asked_digest
    session.commit()
    barrier = threading.Barrier(2)

    def run(key: str, act: Callable[[Draft], object]) -> None:
        with app.app_context():
            row = session.get_one(Draft, text)
            session.rollback()
            barrier.wait()
            try:
                act(row)
            except Conflict:
                session.rollback()
            session.remove()

    with app.app_context():
        lead, second = world.actor("ghat"), world.actor("second")
    threads = [
        threading.Thread(target=run, args=("ghat", lambda row: sign_off(row, digest, actor=lead))),
        threading.Thread(
            target=run, args=("second", lambda row: save_part(row, "text", {"text": "x"}, 1, page="b", actor=second))
        ),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    session.rollback()
    row = session.get_one(Draft, text, populate_existing=True)
    assert (row.answers["text"], row.asked_digest) == ("x", "")
    assert session.scalars(sa.select(SignOff).where(SignOff.fell_at.is_(None))).all() == []
    with pytest.raises(Rejected):
        _hand_in(world, row, "second")


def test_two_colleagues_who_hand_in_at_once_make_one_submission(app: Flask, world: World) -> None:
    colleague(world, "second")
    draft = shared(world)
    text, seen = draft.id, digest_of(draft)
    position = replace(submission_draft(draft), seen=seen)
    actors = {key: world.actor(key) for key in ("ghat", "second")}
    members = {key: world.members[key] for key in actors}
    session.commit()
    barrier, numbers = threading.Barrier(2), []

    def run(key: str) -> None:
        with app.app_context():
            here = world.consultation
            session.rollback()
            barrier.wait()
            numbers.append(submit(replace(position, member=members[key]), consultation=here, actor=actors[key]).number)
            session.remove()

    threads = [threading.Thread(target=run, args=(key,)) for key in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    session.rollback()
    assert len(numbers) == 2
    assert len(set(numbers)) == 1
    assert session.get(Draft, text) is None
