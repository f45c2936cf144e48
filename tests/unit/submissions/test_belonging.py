"""A text that a body signed off is the body's: whoever takes part for it corrects, withdraws and appeals, whoever wrote it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, Held, Role, allowed
from consult.accounts.clauses import permitted
from consult.accounts.models import Person
from consult.accounts.signing_in.sign_in import load_actor
from consult.consultations.services import end_membership
from consult.db import session, transaction
from consult.erasure.erase import erase_due
from consult.erasure.plan import texts_of
from consult.erasure.services import ErasureDraft, ask_erasure
from consult.errors import Forbidden, Rejected
from consult.events.models import INSTANCE
from consult.events.stream import events_after
from consult.notifications.models import Mail, Notice
from consult.notifications.notices import notices_of
from consult.outcomes.letters import Due, letters_due
from consult.outcomes.printing import OnPaper, Tally, count_on_paper, tally
from consult.outcomes.reach import NOBODY
from consult.outcomes.services import send_letters
from consult.recommendations.services import Answer, Target, answer
from consult.submissions.cosigning.services import ask_body, cosign, revoke_cosignature
from consult.submissions.drafting.drafts import start_correction, submission_draft
from consult.submissions.models import Submission
from consult.submissions.offices.sign_off import RuleDraft, ask_sign_off, digest_of, set_rule, sign_off
from consult.submissions.queries import own_submissions
from consult.submissions.review.appeal_queries import case_of, standing_of
from consult.submissions.review.appeals import AppealDraft, appeal
from consult.submissions.services import Review, accept, correct, hide, return_for_correction, submit, withdraw
from consult.submissions.translations.queries import case_of as translation_case
from consult.testing.acts import deliver
from consult.testing.colleagues import colleague, shared
from consult.testing.translators import approve as approve_words
from consult.testing.translators import make_translator, write_translation
from consult.testing.world import World

HandIn = Callable[..., Submission]


def _rule(world: World, level: str, others: int = 0) -> None:
    draft = RuleDraft(level, others, world.members["ghat"])
    where = {"body": world.bodies["ghat"], "track": "municipal", "consultation": world.consultation}
    set_rule(draft, actor=world.actor("ghat"), **where)


def _of_the_body(world: World, level: str = "lead", others: int = 0) -> Submission:
    """Hand in, as `second`, a text that the lead (`ghat`) signed off; `third` is another colleague."""
    for name in ("second", "third"):
        colleague(world, name)
    _rule(world, level, others)
    draft = shared(world)
    ask_sign_off(draft, actor=world.actor("second"))
    for key in ("ghat", "third")[: 1 + others]:
        sign_off(draft, draft.asked_digest, actor=world.actor(key))
    position = replace(submission_draft(draft), member=world.members["second"], seen=digest_of(draft))
    row = submit(position, consultation=world.consultation, actor=world.actor("second"))
    assert row.signed_off_at is not None
    return row


def _leaves(world: World, key: str) -> None:
    end_membership(world.member(key), consultation=world.consultation, actor=world.actor("organiser"))


def _owners(world: World, row: Submission) -> set[str]:
    """Return whose own a text is, by the predicate, which the clause has to say too."""
    found = set()
    for key in world.people:
        who: Actor = world.actor(key)
        listed = session.scalars(
            sa.select(Submission.id).where(permitted(who, "submission.own", world.consultation_id))
        ).all()
        assert (row.id in listed) is allowed(who, "submission.own", row), key
        assert (
            row.id in [one.id for one in own_submissions(permitted(who, "submission.own", world.consultation_id))]
        ) is (row.id in listed)
        for action in ("submission.read", "submission.revisions", "submission.review"):
            rows = session.scalars(sa.select(Submission.id).where(permitted(who, action, world.consultation_id))).all()
            assert (row.id in rows) is allowed(who, action, row), (key, action)
        if row.id in listed:
            found.add(key)
    return found


def test_it_is_the_bodys_while_they_take_part_for_it_and_nobody_elses(world: World) -> None:
    row = _of_the_body(world)
    assert _owners(world, row) == {"second", "ghat", "third"}
    _leaves(world, "second")
    _leaves(world, "third")
    assert _owners(world, row) == {"ghat"}
    with transaction():
        row.signed_off_at = None
    assert _owners(world, row) == set()
    with transaction():
        row.signed_off_at, row.withheld = row.received_at, True
    assert _owners(world, row) == set()


def test_a_colleague_corrects_it_under_the_rule_once_its_author_has_left(world: World) -> None:
    row = _of_the_body(world)
    return_for_correction(row, Review("unclear", "وضّح الفقرة 2."), actor=world.actor("moderator"))
    _leaves(world, "second")
    with pytest.raises(Forbidden):
        start_correction(row, actor=world.actor("derna"))
    draft = start_correction(row, actor=world.actor("third"))
    assert (draft.shared_body_id, start_correction(row, actor=world.actor("ghat")).id) == (
        world.bodies["ghat"],
        draft.id,
    )
    again = replace(submission_draft(draft), seen=digest_of(draft))
    with pytest.raises(Rejected, match="lead"):
        correct(again, consultation=world.consultation, actor=world.actor("third"))
    hidden = replace(again, member=world.members["ghat"], withheld=True)
    with pytest.raises(Rejected) as refused:
        correct(hidden, consultation=world.consultation, actor=world.actor("ghat"))
    assert [problem.field for problem in refused.value.problems] == ["withheld"]
    ask_sign_off(draft, actor=world.actor("third"))
    sign_off(draft, draft.asked_digest, actor=world.actor("ghat"))
    correct(again, consultation=world.consultation, actor=world.actor("third"))
    assert (row.revision, row.state, row.member_id, row.body_id) == (
        *(2, "received"),
        *(world.members["second"], world.bodies["ghat"]),
    )
    assert _owners(world, row) == {"ghat", "third"}


def test_of_a_decision_its_author_is_told_and_the_colleagues_once_the_author_has_left(world: World) -> None:
    row = _of_the_body(world)
    accept(row, Review("in_order"), actor=world.actor("moderator"))
    deliver()
    assert _told("submission_accepted", world) == ["second"]
    _leaves(world, "second")
    hide(row, Review("names_person", "الفقرة 2 تسمّي شخصًا."), actor=world.actor("moderator"))
    deliver()
    assert _told("submission_hidden", world) == ["ghat", "third"]


def test_letters_of_answer_signatures_and_translations_are_told_to_the_colleagues_too(world: World) -> None:
    """Before its author leaves they go to the author alone, then to the colleagues; none of them is counted as lost."""
    organiser, derna = world.actor("organiser"), world.actor("derna")
    make_translator(world, "zuwara")
    row = accept(_of_the_body(world), Review("in_order"), actor=world.actor("moderator"))
    with transaction():
        session.get_one(Person, world.people["second"]).email = ""
    asked = ask_body(row, "LY010102", consultation=world.consultation, actor=world.actor("second"))
    send_letters(consultation=world.consultation, actor=organiser)
    approve_words(world, write_translation(world, row, "fr", by="zuwara"))
    cosign(asked, row.revision, actor=derna)
    deliver()
    kinds = ("cosigned", "cosignature_revoked", "text_translated", "answer")
    assert [_told(kind, world) for kind in kinds] == [["second"], [], ["second"], ["second"]]
    assert tally(world.consultation_id, NOBODY) == Tally(0, 0, 1, 0)
    _leaves(world, "second")
    with clock.at(clock.now() + timedelta(minutes=1)):
        answer(Answer("noted"), [Target(row.id)], consultation=world.consultation, actor=organiser)
        assert letters_due(world.consultation_id) == Due(1, 1, 0)
        send_letters(consultation=world.consultation, actor=organiser)
        approve_words(world, write_translation(world, row, "en", by="zuwara"))
        revoke_cosignature(asked, actor=derna)
        deliver()
    both, all_three = ["ghat", "third"], ["ghat", "second", "third"]
    assert [_told(kind, world) for kind in kinds] == [["second"], both, all_three, all_three]
    assert (tally(world.consultation_id, NOBODY), count_on_paper(world.consultation_id)) == (
        Tally(1, 0, 0, 0),
        OnPaper(0, 0),
    )
    mails = session.scalars(sa.select(Mail.text).where(Mail.kind == "answer").order_by(Mail.id)).all()
    assert ["غادر" in text for text in mails] == [True, True]


def test_an_author_who_has_left_is_told_of_a_text_that_is_no_bodys(world: World, handed_in: HandIn) -> None:
    """What their texts became, who stands behind them and that they were translated is public; and nobody else acts on them."""
    make_translator(world, "zuwara")
    row = accept(handed_in("ghat"), Review("in_order"), actor=world.actor("moderator"))
    colleague(world, "second")
    asked = ask_body(row, "LY010102", consultation=world.consultation, actor=world.actor("ghat"))
    _leaves(world, "ghat")
    cosign(asked, row.revision, actor=world.actor("derna"))
    approve_words(world, write_translation(world, row, "fr", by="zuwara"))
    send_letters(consultation=world.consultation, actor=world.actor("organiser"))
    deliver()
    assert [_told(kind, world) for kind in ("cosigned", "text_translated", "answer")] == [["ghat"]] * 3
    assert [allowed(world.actor("ghat"), action, row) for action in ("submission.read", "submission.own")] == [
        True,
        False,
    ]


def _told(kind: str, world: World) -> list[str]:
    names = {person: key for key, person in world.people.items()}
    return sorted(names[one] for one in session.scalars(sa.select(Notice.person_id).where(Notice.kind == kind)))


def test_it_is_withdrawn_once_all_agree_whom_the_rule_asks_for(world: World) -> None:
    row = _of_the_body(world, "council", 1)
    for _ in range(2):  # the same yes again is the first one
        withdraw(row, actor=world.actor("second"))
        assert row.state == "received"
    deliver()
    told = session.scalars(sa.select(Notice.person_id).where(Notice.kind == "withdrawal_agreed")).all()
    assert set(told) == {world.people["ghat"], world.people["third"]}
    with pytest.raises(Forbidden):
        withdraw(row, actor=world.actor("derna"))
    withdraw(row, actor=world.actor("ghat"))
    assert row.state == "withdrawn"
    assert [event.type for event in events_after(INSTANCE, limit=500)].count("WithdrawalAgreed") == 2
    types = [event.type for event in events_after(world.consultation_id)]
    assert (types[-1], types.count("WithdrawalAgreed")) == ("SubmissionWithdrawn", 0)
    lines = [one for one in notices_of(world.people["third"])[0] if row.number in one.path]
    assert {(one.path, one.consultation) for one in lines} == {
        (f"/c/test/submissions/{row.number}/", world.consultation.names)
    }
    assert [e.actor for e in events_after(world.consultation_id) if e.type == "SubmissionWithdrawn"] == [None]
    assert _labels(world, "third") == ["Withdrawn by its body"]


def _labels(world: World, key: str) -> list[str]:
    own = own_submissions(permitted(world.actor(key), "submission.own", world.consultation_id))
    return [str(one.label) for one in own]


def test_a_text_of_ones_own_is_withdrawn_by_its_author(world: World, handed_in: HandIn) -> None:
    withdraw(handed_in(), actor=world.actor("ghat"))
    assert _labels(world, "ghat") == ["Withdrawn by its author"]
    row = _of_the_body(world)
    with transaction():  # all of the body's members take part for another one now
        for key in ("ghat", "second", "third"):
            world.member(key).own_body_id = world.bodies["derna"]
    withdraw(row, actor=world.actor("second"))
    assert (row.state, _labels(world, "second")) == ("withdrawn", ["Withdrawn by its author"])


def test_a_text_of_the_body_does_not_go_with_its_author_who_is_erased(world: World) -> None:
    row = _of_the_body(world)
    [text] = texts_of(world.people["second"])
    assert (text.number, text.stays, text.cited) == (row.number, True, False)
    with pytest.raises(Rejected, match="that your body signed off, stays"):
        ask_erasure(ErasureDraft(frozenset({row.number}), world.actor("second").name), actor=world.actor("second"))
    ask_erasure(ErasureDraft(frozenset(), "second"), actor=world.actor("second"))
    with clock.at(clock.now() + timedelta(days=8)):
        assert erase_due()
    assert (session.get_one(Submission, row.id).state, row.body_id) == ("received", world.bodies["ghat"])


def test_a_yes_to_withdrawing_does_not_outlast_the_revision(world: World) -> None:
    row = _of_the_body(world)
    withdraw(row, actor=world.actor("second"))
    assert row.state == "received"
    with transaction():
        row.revision += 1
    _rule(world, "council", 1)
    withdraw(row, actor=world.actor("ghat"))
    assert row.state == "received"


def test_a_colleague_appeals_and_nobody_of_the_body_decides(world: World) -> None:
    row = _of_the_body(world)
    hide(row, Review("names_person", "الفقرة 2 تسمّي شخصًا."), actor=world.actor("moderator"))
    _leaves(world, "second")
    standing = standing_of(row)
    assert standing is not None
    draft = AppealDraft(standing.decision, "لا تسمّي أحدًا.")
    with pytest.raises(Forbidden):
        appeal(draft, submission=row, actor=world.actor("derna"))
    made = appeal(draft, submission=row, actor=world.actor("third"))
    case = case_of(made)
    assert case.office == (world.bodies["ghat"], "municipal")
    organiser = world.actor("organiser")
    assert allowed(organiser, "appeal.decide", case)
    of_the_body = replace(organiser, memberships=load_actor(world.people["ghat"]).memberships)
    assert not allowed(of_the_body, "appeal.decide", case)
    assert not allowed(of_the_body, "answer.give", row)


def test_a_colleague_does_not_approve_its_translation(world: World) -> None:
    row = _of_the_body(world)
    case = translation_case(row, "en")
    translator = frozenset({Held(Role.TRANSLATOR, world.consultation_id)})
    approve = {
        key: allowed(replace(world.actor(key), roles=translator), "translation.approve", case)
        for key in ("ghat", "second", "third", "derna")
    }
    assert approve == {"ghat": False, "second": False, "third": False, "derna": True}
