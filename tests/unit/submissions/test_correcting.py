"""An author corrects what nobody has decided on: while it waits, while it is to be looked over, or for an hour; and nobody is misled."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
import sqlalchemy as sa

from consult import clock, search
from consult.accounts.access import allowed
from consult.accounts.clauses import permitted
from consult.consultations.frame import TrackDraft, set_track
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Forbidden, Rejected
from consult.events.stream import events_after
from consult.notifications.models import Mail
from consult.recommendations.responses import RequestDraft, ask_response
from consult.submissions.content import NumberedPassage, public_content
from consult.submissions.correcting import MOST_REVISIONS, SLIP
from consult.submissions.drafting.drafts import start_correction, submission_draft
from consult.submissions.models import CampaignMember, CampaignProposal, CampaignSearch, Draft, Submission
from consult.submissions.offices.sign_off import RuleDraft, ask_sign_off, digest_of, set_rule, sign_off
from consult.submissions.queries import own_submissions, revision_of, text_of
from consult.submissions.reading import whole_submission
from consult.submissions.review.bulk import BulkDraft, carry_out_due, hold
from consult.submissions.services import Review, SubmissionDraft, accept, correct, hide, keep, return_for_correction
from consult.testing.acts import deliver
from consult.testing.coding import open_room
from consult.testing.colleagues import colleague
from consult.testing.peer_review import open_reviews
from consult.testing.world import World

HandIn = Callable[..., Submission]


def _again(world: World, row: Submission, key: str = "ghat", **changes: Any) -> SubmissionDraft:
    draft = start_correction(row, actor=world.actor(key))
    return replace(submission_draft(draft), **{"why": "تصحيح العدد", "text": "تمر بغات طرق كثيرة.", **changes})


def _correct(world: World, row: Submission, key: str = "ghat", **changes: Any) -> Submission:
    return correct(_again(world, row, key, **changes), consultation=world.consultation, actor=world.actor(key))


def _moderated(world: World, how: str, track: str = "municipal") -> None:
    draft = TrackDraft(track, enabled=True, seats=3, moderation=how)
    set_track(draft, consultation=world.consultation, actor=world.actor("organiser"))


def _open(world: World, row: Submission) -> set[int]:
    whole = whole_submission(world.consultation_id, row.number)
    assert whole is not None
    return set(whole.open_revisions)


def _may(world: World, row: Submission, key: str = "ghat") -> bool:
    """Tell whether somebody may correct a text, by the predicate, which the clause and the list of their own must say too."""
    who, here = world.actor(key), world.consultation_id
    may = allowed(who, "submission.correct", row)
    assert (
        row.id in session.scalars(sa.select(Submission.id).where(permitted(who, "submission.correct", here)))
    ) is may
    own = own_submissions(permitted(who, "submission.own", here), permitted(who, "submission.correct", here))
    assert any(one.id == row.id and one.corrects for one in own) is may
    return may


def test_what_waits_is_corrected_and_its_old_receipt_still_proves_its_words(world: World, handed_in: HandIn) -> None:
    row = handed_in()
    first = revision_of(row.id, 1)
    assert first is not None
    receipt = first.fingerprint
    assert [_may(world, row, key) for key in ("ghat", "derna", "moderator", "organiser")] == [True, False, False, False]
    _correct(world, row)
    assert (row.revision, row.state, row.number) == (2, "received", "TT-2026-00001")
    kept = public_content(
        number=row.number,
        revision=1,
        title=first.title,
        language=first.language,
        topics=first.topics,
        passages=[NumberedPassage(p.number, p.kind, p.text) for p in text_of(row.id, 1)],
        answers=first.answers,
    )
    assert sha256(kept).hexdigest() == receipt
    second = revision_of(row.id, 2)
    assert second is not None
    assert (second.why, second.fingerprint != receipt) == ("تصحيح العدد", True)
    [event] = [e for e in events_after(world.consultation_id) if e.type == "SubmissionCorrected"]
    assert (event.facts["revision"], event.facts["fingerprint"]) == (2, second.fingerprint)
    deliver()
    letters = session.scalars(sa.select(Mail.text).where(Mail.kind == "submission_received").order_by(Mail.id)).all()
    assert [receipt in letters[0], second.fingerprint in letters[-1]] == [True, True]


def test_a_reason_is_asked_for_and_the_phase_and_the_author_too(world: World, handed_in: HandIn) -> None:
    row = handed_in()
    with pytest.raises(Rejected) as refused:
        _correct(world, row, why=" ")
    assert [problem.field for problem in refused.value.problems] == ["why"]
    with pytest.raises(Forbidden):
        start_correction(row, actor=world.actor("derna"))
    again = _again(world, row)
    with clock.at(clock.now() + timedelta(days=400)), pytest.raises(Conflict):
        correct(again, consultation=world.consultation, actor=world.actor("ghat"))


def test_whoever_decides_on_the_old_revision_is_told(world: World, handed_in: HandIn) -> None:
    row, moderator = handed_in(), world.actor("moderator")
    _correct(world, row)
    with pytest.raises(Conflict, match="new revision"):
        accept(row, Review("in_order", revision=1), actor=moderator)
    assert row.state == "received"
    accept(row, Review("in_order", revision=2), actor=moderator)
    assert (row.state, _may(world, row)) == ("accepted", False)


@pytest.mark.parametrize("decide", [accept, hide])
def test_a_decision_ends_it_and_the_draft_stays(world: World, handed_in: HandIn, decide: Any) -> None:
    row = handed_in()
    again = _again(world, row)
    words = "" if decide is accept else "لا."
    decide(row, Review("in_order" if decide is accept else "names_person", words), actor=world.actor("moderator"))
    with pytest.raises(Conflict, match="no longer be corrected"):
        correct(again, consultation=world.consultation, actor=world.actor("ghat"))
    assert (row.revision, session.get(Draft, again.id) is not None) == (1, True)
    with pytest.raises(Conflict):
        start_correction(row, actor=world.actor("ghat"))


def test_what_was_corrected_before_anybody_read_it_is_never_public(world: World, handed_in: HandIn) -> None:
    """Or whoever writes what a moderator would hide could have it published behind an innocent second revision."""
    row = handed_in(text="اسمه كذا.")
    _correct(world, row)
    accept(row, Review("in_order"), actor=world.actor("moderator"))
    assert _open(world, row) == {2}
    returned = handed_in("derna")
    return_for_correction(returned, Review("unclear", "وضّح."), actor=world.actor("moderator"))
    _correct(world, returned, "derna", why="")
    _correct(world, returned, "derna", text="غيره.")
    accept(returned, Review("in_order"), actor=world.actor("moderator"))
    assert _open(world, returned) == {1, 3}


def test_what_is_to_be_looked_over_is_corrected_in_public(
    world: World, handed_in: HandIn, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    """And written into the text index once each time."""
    _moderated(world, "post")
    with count_queries() as handing_in:
        row = handed_in()
    with clock.at(clock.now() + timedelta(days=2)):
        with count_queries() as correcting:
            _correct(world, row)
        for sent in (handing_in, correcting):
            assert len([one for one in sent if one.startswith("INSERT INTO submission_index")]) == 1
        indexed = search.folded_of(row.id) or ""
        assert ["اقدم" in indexed, "كثيره" in indexed] == [False, True]
        assert (row.state, row.look_over, row.revision, _open(world, row)) == ("accepted", True, 2, {1, 2})
        deliver()
        texts = session.scalars(sa.select(Mail.text).where(Mail.kind == "submission_received")).all()
        assert ["Everybody can read it now" in text or "الآن" in text for text in texts] == [True, True]
        with pytest.raises(Conflict, match="new revision"):
            keep(row, Review("in_order", revision=1), actor=world.actor("moderator"))
        keep(row, Review("in_order", revision=2), actor=world.actor("moderator"))
        assert _may(world, row) is False


def test_what_is_public_is_not_rewritten_once_its_track_is_read_first(world: World, handed_in: HandIn) -> None:
    """What it would say then would stand in public before anybody had read it."""
    _moderated(world, "post")
    row = handed_in()
    _moderated(world, "pre")
    with pytest.raises(Conflict, match="now read before they are public"):
        _correct(world, row)
    assert row.revision == 1


def test_what_nobody_looks_over_is_mended_for_an_hour(world: World, handed_in: HandIn) -> None:
    _moderated(world, "none")
    row = handed_in()
    with clock.at(clock.now() + SLIP - timedelta(minutes=5)):
        _correct(world, row)
        assert (row.state, row.look_over, _open(world, row), _may(world, row)) == ("accepted", False, {1, 2}, True)
    with clock.at(clock.now() + SLIP):
        assert _may(world, row) is False
        with pytest.raises(Conflict, match="no longer be corrected"):
            _correct(world, row)
    other = handed_in("derna")
    hide(other, Review("names_person", "لا."), actor=world.actor("moderator"))
    assert (_may(world, other, "derna"), other.correctable_until) == (False, None)


def test_a_decision_on_several_that_is_held_passes_over_what_was_corrected(world: World, handed_in: HandIn) -> None:
    row, other = handed_in(), handed_in("derna")
    draft = BulkDraft({row.number: 1, other.number: 1}, "accept", "in_order")
    hold(draft, consultation=world.consultation, actor=world.actor("moderator"))
    _correct(world, row)
    with clock.at(clock.now() + timedelta(minutes=11)):
        carry_out_due()
    session.expire_all()
    assert (row.state, other.state) == ("received", "accepted")


def test_nobody_who_works_from_it_is_misled(world: World, handed_in: HandIn) -> None:
    """Reviewers, coders, whoever gathered a campaign or answers to it: the text stays as they read it."""
    room = open_reviews(world)
    paper = session.get_one(Submission, room.papers[0])
    again = _again(world, paper, "professor")
    room.give()
    with pytest.raises(Conflict, match="Reviewers"):
        correct(again, consultation=world.consultation, actor=world.actor("professor"))
    _moderated(world, "post")
    answered, gathered, coded = handed_in(), handed_in("derna"), handed_in("zuwara")
    drawn = _again(world, answered)
    due = (clock.now() + timedelta(days=20)).date()
    asked = RequestDraft("LY010102", due, submission=answered.number)
    ask_response(asked, consultation=world.consultation, actor=world.actor("organiser"))
    with pytest.raises(Conflict, match="answer rests"):
        correct(drawn, consultation=world.consultation, actor=world.actor("ghat"))
    with transaction():
        _gather(world, gathered)
    with pytest.raises(Conflict, match="counted with others"):
        start_correction(gathered, actor=world.actor("derna"))
    open_room(world)
    with pytest.raises(Conflict, match="coded"):
        start_correction(coded, actor=world.actor("zuwara"))


def test_it_is_not_corrected_without_end(world: World, handed_in: HandIn) -> None:
    row = handed_in()
    with transaction():
        row.revision = MOST_REVISIONS
    assert _may(world, row) is False


def test_what_came_on_paper_says_what_the_sheet_says(world: World, handed_in: HandIn) -> None:
    row = handed_in()
    with transaction():
        row.channel = "paper"
    assert _may(world, row) is False
    return_for_correction(row, Review("unclear", "وضّح."), actor=world.actor("moderator"))
    assert _may(world, row) is True


def test_a_body_under_its_rule_signs_the_correction_off_again(world: World, handed_in: HandIn) -> None:
    colleague(world, "second")
    row = handed_in()
    with transaction():
        row.signed_off_at = row.received_at
    rule = RuleDraft("council", 1, world.members["ghat"])
    here, organiser = world.consultation, world.actor("organiser")
    set_rule(rule, body=world.bodies["ghat"], track="municipal", consultation=here, actor=organiser)
    draft = start_correction(row, actor=world.actor("second"))
    with transaction():
        draft.answers = {**draft.answers, "why": "تصحيح العدد", "text": "غيره."}
    again = replace(submission_draft(draft), member=world.members["second"], seen=digest_of(draft))
    with pytest.raises(Rejected, match="lead"):
        correct(again, consultation=world.consultation, actor=world.actor("second"))
    ask_sign_off(draft, actor=world.actor("second"))
    sign_off(draft, draft.asked_digest, actor=world.actor("ghat"))
    correct(again, consultation=world.consultation, actor=world.actor("second"))
    assert (row.revision, row.state, row.signed_off_at is not None) == (2, "received", True)


def _gather(world: World, row: Submission) -> None:
    search = CampaignSearch(id=new_id(), consultation_id=world.consultation_id, state="done", asked_at=clock.now())
    session.add(search)
    session.flush()
    found = CampaignProposal(id=new_id(), consultation_id=world.consultation_id, search_id=search.id)
    found.representative_id, found.state, found.texts, found.likeness = row.id, "confirmed", 1, 90
    found.found_at = clock.now()
    session.add(found)
    session.flush()
    session.add(CampaignMember(proposal_id=found.id, submission_id=row.id, opposed=False, belongs=True))
