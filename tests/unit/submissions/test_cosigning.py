"""Co-signing: each signature is the body's own act, revocable until a date, undone by a change of the text in substance."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from consult import clock
from consult.consultations.models import Phase
from consult.db import session, transaction
from consult.errors import Conflict, Forbidden, Rejected
from consult.events.stream import events_after
from consult.notifications.models import Notice
from consult.outcomes.letters import letter_of, send_letters
from consult.submissions.cosign_models import Cosignature
from consult.submissions.cosigning import (
    ask_body,
    asked_of,
    cosign,
    cosignatures_of,
    revoke_cosignature,
    signed_by,
)
from consult.submissions.exports import OWN_COLUMNS, export_submissions
from consult.submissions.models import Submission
from consult.submissions.register import RegisterFilter, register
from consult.submissions.services import Review, SubmissionDraft, accept, correct, return_for_correction, withdraw
from consult.submissions.sign_off import RuleDraft, ask_sign_off, set_rule, sign_off
from consult.submissions.substance import normalised, substance
from consult.testing.acts import deliver
from consult.testing.colleagues import colleague, shared
from consult.testing.world import World

DERNA, ZUWARA = "LY010102", "LY020701"


def _ask(world: World, row: Submission, key: str = DERNA, by: str = "ghat") -> Cosignature:
    return ask_body(row, key, consultation=world.consultation, actor=world.actor(by))


def _notices(world: World, who: str) -> list[str]:
    found = sa.select(Notice.kind).where(Notice.person_id == world.people[who], Notice.kind != "submission_received")
    return list(session.scalars(found.order_by(Notice.at, Notice.id)))


def _told(world: World) -> list[str]:
    return [e.type for e in events_after(world.consultation_id) if "osign" in e.type]


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("نقترح سجلًا.", "  نقترح   سجلًا،\n", True),
        ("A register, by law", "A register — by law!", True),
        ("كَتَبَ", "كُتِبَ", False),  # vowel marks say who wrote and who was written
        ("3,5 %", "35 %", False),
        ("-5", "5", False),
        ("سجل", "سجلات", False),
    ],
)
def test_what_is_the_same_in_substance(before: str, after: str, same: bool) -> None:
    assert (normalised(before) == normalised(after)) is same
    assert (substance(before, [("text", before)]) == substance(after, [("text", after)])) is same
    assert substance(before, [("text", before)]) != substance(before, [("proposal", before)])


def test_a_body_signs_takes_back_and_signs_again(world: World, handed_in: Callable[..., Submission]) -> None:
    row = handed_in()
    asked = _ask(world, row)
    assert [(one.id, text.id) for one, text in asked_of(world.actor("derna"), world.consultation_id)] == [
        (asked.id, row.id)
    ]
    assert asked_of(world.actor("zuwara"), world.consultation_id) == []
    assert signed_by(row.id) == []
    for key in ("ghat", "zuwara", "professor", "moderator", "organiser", "administrator"):
        with pytest.raises(Forbidden):
            cosign(asked, 1, actor=world.actor(key))
    assert cosign(asked, 1, actor=world.actor("derna")).stands
    cosign(asked, 1, actor=world.actor("derna"))  # pressed twice
    assert [(one.revision, key) for one, _, key in signed_by(row.id)] == [(1, DERNA)]
    revoke_cosignature(asked, actor=world.actor("derna"))
    assert signed_by(row.id) == []
    with pytest.raises(Conflict):
        revoke_cosignature(asked, actor=world.actor("derna"))
    cosign(asked, 1, actor=world.actor("derna"))
    assert _told(world) == [*("CosignatureAsked", "SubmissionCosigned", "CosignatureRevoked", "SubmissionCosigned")]
    facts = next(e for e in events_after(world.consultation_id) if e.type == "SubmissionCosigned")
    assert (facts.actor, set(facts.facts)) == (None, {"submission", "number", "body", "revision"})


def test_who_may_ask_and_who_can_be_asked(world: World, handed_in: Callable[..., Submission]) -> None:
    row = handed_in()
    with pytest.raises(Forbidden):
        _ask(world, row, ZUWARA, "derna")
    _ask(world, row)
    for key in (DERNA, "LY032101", "cso-amal", "no-such"):  # asked already, one's own, name withheld, not there
        with pytest.raises(Rejected) as refused:
            _ask(world, row, key)
        assert [problem.field for problem in refused.value.problems] == ["body"]
    withdraw(row, actor=world.actor("ghat"))
    with pytest.raises(Conflict):
        _ask(world, row, ZUWARA)
    assert asked_of(world.actor("derna"), world.consultation_id) == []


def test_signing_and_taking_back_end_with_the_phase(world: World, handed_in: Callable[..., Submission]) -> None:
    row = handed_in()
    first, second = _ask(world, row), _ask(world, row, ZUWARA)
    cosign(first, 1, actor=world.actor("derna"))
    with clock.at(first.until):
        with pytest.raises(Conflict, match="is over"):
            revoke_cosignature(first, actor=world.actor("derna"))
        with pytest.raises(Conflict, match="is over"):
            cosign(second, 1, actor=world.actor("zuwara"))
        with pytest.raises(Conflict):
            _ask(world, row, "ror:01vnv1744")
    with transaction():
        for phase in session.query(Phase):
            phase.closes_at = clock.now() - timedelta(days=1)
    with pytest.raises(Conflict):
        _ask(world, row, "ror:01vnv1744")


def test_the_rule_of_the_signing_body_applies(world: World, handed_in: Callable[..., Submission]) -> None:
    colleague(world, "second", "derna")
    rule = RuleDraft("council", 1, world.members["derna"])
    here = {"body": world.bodies["derna"], "track": "municipal", "consultation": world.consultation}
    set_rule(rule, **here, actor=world.actor("derna"))  # type: ignore[arg-type]
    row = handed_in()
    asked = _ask(world, row)
    assert not cosign(asked, 1, actor=world.actor("second")).stands
    assert not cosign(asked, 1, actor=world.actor("second")).stands
    assert cosign(asked, 1, actor=world.actor("derna")).stands
    with pytest.raises(Conflict):
        revoke_cosignature(asked, actor=world.actor("second"))
    revoke_cosignature(asked, actor=world.actor("derna"))


def _corrected(world: World, row: Submission, position: Callable[..., SubmissionDraft], **changes: str) -> None:
    return_for_correction(row, Review("unclear", "Say more."), actor=world.actor("moderator"))
    draft = position("ghat", corrects=row.id, **changes)
    correct(draft, consultation=world.consultation, actor=world.actor("ghat"))


def test_a_signature_falls_with_the_text_and_is_asked_again(
    world: World, handed_in: Callable[..., Submission], position: Callable[..., SubmissionDraft]
) -> None:
    row = handed_in()
    asked = _ask(world, row)
    cosign(asked, 1, actor=world.actor("derna"))
    _corrected(world, row, position, title="سجل  بلدي لبيانات الهجرة!")
    assert asked.stands  # a mark and a space are no change in substance
    assert asked.revision == 1
    _corrected(world, row, position, proposals="نقترح سجلين.")
    [(fallen, _, _)] = signed_by(row.id)
    assert (fallen.stands, fallen.revision, fallen.fell_at is None) == (False, 1, False)
    with pytest.raises(Conflict, match="new revision"):
        cosign(asked, 2, actor=world.actor("derna"))
    assert cosign(asked, 3, actor=world.actor("derna")).revision == 3
    assert _told(world)[-2:] == ["CosignaturesFell", "SubmissionCosigned"]


def test_a_signature_and_a_new_revision_at_once_never_sign_another_text(
    app: Flask, world: World, handed_in: Callable[..., Submission], position: Callable[..., SubmissionDraft]
) -> None:
    row = handed_in()
    asked = _ask(world, row)
    return_for_correction(row, Review("unclear", "Say more."), actor=world.actor("moderator"))
    text, request = row.id, asked.id
    draft = position("ghat", corrects=text, proposals="نقترح سجلين.")
    author, signer = world.actor("ghat"), world.actor("derna")
    session.commit()
    barrier = threading.Barrier(2)

    def run(act: Callable[[], object]) -> None:
        with app.app_context():
            session.rollback()
            barrier.wait()
            try:
                act()
            except Conflict:
                session.rollback()
            session.remove()

    acts: list[Callable[[], object]] = [
        lambda: cosign(session.get_one(Cosignature, request), 1, actor=signer),
        lambda: correct(draft, consultation=world.consultation, actor=author),
    ]
    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    session.rollback()
    session.expire_all()
    assert session.get_one(Submission, text).revision == 2
    assert not session.get_one(Cosignature, request).stands
    assert [one.id for one in cosignatures_of(text)] == [request]
    assert uuid.UUID(str(request))


def test_a_signature_is_told_and_stands_in_register_export_and_letter(
    world: World, handed_in: Callable[..., Submission]
) -> None:
    row = accept(handed_in(), Review("in_order"), actor=world.actor("moderator"))
    asked = _ask(world, row)
    deliver()
    assert (_notices(world, "derna"), _notices(world, "zuwara")) == (["cosign_asked"], [])
    cosign(asked, 1, actor=world.actor("derna"))
    deliver()
    assert _notices(world, "ghat") == ["submission_accepted", "cosigned"]
    here, organiser = world.consultation, world.actor("organiser")
    [line] = register(here.id, RegisterFilter()).rows
    columns, rows = export_submissions(here, actor=organiser)
    assert (line.cosigned, [one["cosigned"] for one in rows]) == (1, [DERNA])
    assert ("cosigned" in columns, "cosigned" in OWN_COLUMNS) == (True, False)  # nobody signs for a body by a file
    assert [names["en"] for names in letter_of(row, "en").cosigned] == ["Derna"]
    send_letters(consultation=here, actor=organiser)
    deliver()
    assert _notices(world, "derna") == ["cosign_asked", "answer_to_cosigned"]
    revoke_cosignature(asked, actor=world.actor("derna"))
    deliver()
    assert _notices(world, "ghat")[-1] == "cosignature_revoked"
    assert (register(here.id, RegisterFilter()).rows[0].cosigned, letter_of(row, "en").cosigned) == (0, [])


def test_colleagues_are_told_of_a_text_that_waits_and_of_one_that_is_signed_off(world: World) -> None:
    colleague(world, "second")
    set_rule(
        RuleDraft("lead", 0, world.members["ghat"]),
        body=world.bodies["ghat"],
        track="municipal",
        consultation=world.consultation,
        actor=world.actor("organiser"),
    )
    draft = ask_sign_off(shared(world), actor=world.actor("second"))
    deliver()
    assert (_notices(world, "ghat"), _notices(world, "second")) == (["sign_off_asked"], [])
    sign_off(draft, draft.asked_digest, actor=world.actor("ghat"))
    deliver()
    assert (_notices(world, "ghat")[1:], _notices(world, "second")) == (["sign_off_done"], ["sign_off_done"])
