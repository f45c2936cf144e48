"""Co-signing: each signature is the body's own act, revocable until a date, undone by a change of the text in substance."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from consult import clock
from consult.attachments.brought import BroughtDocument
from consult.consultations.models import Phase
from consult.consultations.phases import Right
from consult.consultations.services import end_membership
from consult.db import session, transaction
from consult.errors import Conflict, Forbidden, Rejected
from consult.events.stream import events_after
from consult.notifications.models import Notice
from consult.outcomes.letters import letter_of, send_letters
from consult.submissions.cosigning.models import Cosignature
from consult.submissions.cosigning.services import (
    ask_body,
    asked_of,
    cosign,
    cosignatures_of,
    revoke_cosignature,
    rule_of_signature,
    signed_by,
    signing_ends,
    to_sign,
)
from consult.submissions.cosigning.substance import Signed, normalised, substance
from consult.submissions.documents.attaching import attach
from consult.submissions.drafting.drafts import start_draft
from consult.submissions.exchange.exports import OWN_COLUMNS, export_submissions
from consult.submissions.models import Submission
from consult.submissions.offices.sign_off import RuleDraft, ask_sign_off, set_rule, sign_off
from consult.submissions.register import RegisterFilter, register
from consult.submissions.services import Review, SubmissionDraft, accept, correct, return_for_correction, withdraw
from consult.testing.acts import deliver
from consult.testing.attached_files import picture
from consult.testing.colleagues import colleague, colleague_elsewhere, colleague_in_two_tracks, shared
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
        ("raise by 5%", "raise by 5", False),
        ("raise by 5%", "raise by 5 %.", True),
        ("٥٪", "٥", False),
        ("5‰", "5%", False),
        ("and/or", "and or", False),
        ("May they?", "May they.", False),
        ("هل يُسجَّل؟", "هل يُسجَّل.", False),
        ("(يُسجَّل)", "«يُسجَّل»", True),
    ],
)
def test_what_is_the_same_in_substance(before: str, after: str, same: bool) -> None:
    assert (normalised(before) == normalised(after)) is same
    first, then = (Signed(text, [("text", text)]) for text in (before, after))
    assert (substance(first) == substance(then)) is same
    assert substance(first) != substance(replace(first, passages=[("proposal", before)]))


@pytest.mark.parametrize(
    "change",
    [
        {"language": "en"},
        {"topics": ["gcm-2"]},
        {"answers": {"council": "no"}},
        {"documents": ["ff"]},
        {"documents": []},
    ],
)
def test_what_everybody_reads_beside_a_text_is_signed_too(change: dict[str, Any]) -> None:
    signed = Signed("T", [("text", "x")], "ar", ["gcm-1"], {"council": "yes"}, ["aa"])
    assert substance(signed) == substance(replace(signed, topics=("gcm-1",)))
    assert substance(signed) != substance(replace(signed, **change))


def test_what_waits_for_a_signature_stands_before_what_is_signed(
    world: World, handed_in: Callable[..., Submission]
) -> None:
    waiting, signed = _ask(world, handed_in()), _ask(world, handed_in())
    cosign(signed, 1, actor=world.actor("derna"))
    found = [one.id for one, _ in asked_of(world.actor("derna"), world.consultation_id)]
    assert found == [waiting.id, signed.id]


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


def _leads(world: World, key: str, track: str, body: str = "derna") -> None:
    where = {"body": world.bodies[body], "track": track, "consultation": world.consultation}
    set_rule(RuleDraft("lead", 0, world.members[key]), actor=world.actor(key), **where)  # type: ignore[arg-type]


def _asked_to_sign(world: World, asked: Cosignature, row: Submission, *keys: str) -> list[str]:
    here = world.consultation
    return [key for key in keys if to_sign([(asked, row)], consultation=here, actor=world.actor(key)) == {asked.id}]


def test_a_body_signs_by_the_rule_of_the_track_of_the_text_and_nobody_by_a_laxer_one(
    world: World, handed_in: Callable[..., Submission]
) -> None:
    colleague_in_two_tracks(world, "both", "derna")
    colleague_elsewhere(world, "lax", "derna")
    _leads(world, "derna", "municipal")
    row = handed_in()
    asked = _ask(world, row)
    deliver()
    assert ("cosign_asked" in _notices(world, "lax"), "cosign_asked" in _notices(world, "both")) == (False, True)
    assert _asked_to_sign(world, asked, row, "lax", "both", "derna") == ["both", "derna"]
    with pytest.raises(Conflict, match=r"those sign who take part for it there"):
        cosign(asked, 1, actor=world.actor("lax"))
    assert not cosign(asked, 1, actor=world.actor("both")).stands, "in the track of the text the lead signs off"
    assert cosign(asked, 1, actor=world.actor("derna")).stands
    with pytest.raises(Conflict, match="those sign who take part for it there"):
        revoke_cosignature(asked, actor=world.actor("lax"))
    assert asked.stands


def test_a_body_that_takes_no_part_in_the_track_of_a_text_signs_by_the_strictest_of_its_rules(
    world: World, handed_in: Callable[..., Submission]
) -> None:
    colleague_elsewhere(world, "strict", "derna")
    _leads(world, "strict", "academic")
    row = handed_in()
    asked = _ask(world, row)
    assert _track_that_signs(asked) == "municipal"
    with transaction():
        row.track = "cso"
    assert _track_that_signs(asked) == "academic"
    with pytest.raises(Conflict, match="those sign"):
        cosign(asked, 1, actor=world.actor("derna"))
    end_membership(world.member("strict"), consultation=world.consultation, actor=world.actor("organiser"))
    assert cosign(asked, 1, actor=world.actor("derna")).stands, "once nobody takes part there, the others sign"


def test_a_lead_who_withholds_their_name_signs_inside(world: World, handed_in: Callable[..., Submission]) -> None:
    colleague(world, "second", "derna")
    _leads(world, "derna", "municipal")
    asked = _ask(world, handed_in())
    with transaction():
        world.member("derna").withheld = True
    assert not cosign(asked, 1, actor=world.actor("second")).stands
    assert cosign(asked, 1, actor=world.actor("derna")).stands
    assert [e.actor for e in events_after(world.consultation_id) if e.type == "SubmissionCosigned"] == [None]
    with transaction():
        world.member("second").withheld = True
    with pytest.raises(Conflict, match="Nobody takes part for your body under its own name"):
        revoke_cosignature(asked, actor=world.actor("derna"))


def _track_that_signs(asked: Cosignature) -> str:
    rule = rule_of_signature(asked)
    return rule.track if rule else ""


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


def _writing(world: World) -> Phase:
    return next(phase for phase in world.consultation.phases if Right.SUBMIT in phase.rights)


def test_signing_ends_when_the_phase_ends_wherever_it_is_moved(
    world: World, handed_in: Callable[..., Submission]
) -> None:
    asked, phase = _ask(world, handed_in()), _writing(world)
    said = phase.closes_at
    assert signing_ends(asked, world.consultation.phases) == said
    with transaction():
        phase.closes_at = said + timedelta(days=10)
    with clock.at(said + timedelta(days=9)):  # longer: still open after what was said
        assert cosign(asked, 1, actor=world.actor("derna")).stands
        revoke_cosignature(asked, actor=world.actor("derna"))
    with transaction():
        phase.closes_at = asked.asked_at + timedelta(hours=1)
    with clock.at(asked.asked_at + timedelta(hours=2)), pytest.raises(Conflict, match="is over"):  # shorter
        cosign(asked, 1, actor=world.actor("derna"))
    with transaction():  # to a later time altogether, and into the past
        phase.opens_at, phase.closes_at = said + timedelta(days=20), said + timedelta(days=30)
    assert signing_ends(asked, world.consultation.phases) == said + timedelta(days=30)
    with transaction():
        phase.opens_at, phase.closes_at = asked.asked_at - timedelta(days=9), asked.asked_at - timedelta(days=1)
    assert signing_ends(asked, world.consultation.phases) == asked.asked_at - timedelta(days=1)
    with transaction():
        phase.rights = [right for right in phase.rights if right != Right.SUBMIT]
    assert signing_ends(asked, world.consultation.phases) == asked.until


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
    assert not cosign(asked, 1, actor=world.actor("second")).stands  # the yes of the lead went with the signature
    assert cosign(asked, 1, actor=world.actor("derna")).stands


def _corrected(world: World, row: Submission, position: Callable[..., SubmissionDraft], **changes: Any) -> None:
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


@pytest.mark.parametrize("beside", ["topics", "answers", "documents"])
def test_a_signature_falls_with_what_stands_beside_the_text_and_its_body_is_told(
    world: World, handed_in: Callable[..., Submission], position: Callable[..., SubmissionDraft], beside: str
) -> None:
    row = handed_in()
    asked, taken_back = _ask(world, row), _ask(world, row, ZUWARA)
    for one, who in ((asked, "derna"), (taken_back, "zuwara")):
        cosign(one, 1, actor=world.actor(who))
    revoke_cosignature(taken_back, actor=world.actor("zuwara"))
    changes: dict[str, Any] = {"topics": ("gcm-15",)}
    if beside == "answers":
        given = position("ghat").answers
        changes = {"answers": {**given, "decision": "32/2026"}}
    if beside == "documents":
        with transaction():
            track = next(one for one in world.consultation.tracks if one.key == "municipal")
            track.files = 1
        by: dict[str, Any] = {"consultation": world.consultation, "actor": world.actor("ghat")}
        draft = start_draft(world.members["ghat"], **by)
        made = attach(draft, BroughtDocument("x.png", BytesIO(picture("PNG"))), **by)
        changes = {"id": draft.id, "attachments": (made.id,)}
    deliver()
    _corrected(world, row, position, **changes)
    assert asked.fell_at is not None
    deliver()
    assert (_notices(world, "derna")[-1], "cosignature_fell" in _notices(world, "zuwara")) == (
        "cosignature_fell",
        False,
    )
    fell = next(e for e in events_after(world.consultation_id) if e.type == "CosignaturesFell")
    assert (fell.facts["signatures"], fell.facts["bodies"]) == (1, [str(world.bodies["derna"])])


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
