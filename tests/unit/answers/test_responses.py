"""Official responses: asked, written by a body's members, signed off by its rule, published once, reminded once."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from consult import clock
from consult.accounts.bodies.services import BodyDraft
from consult.accounts.services import register_body
from consult.db import session
from consult.errors import Conflict, Forbidden, NotFound, Rejected
from consult.events.stream import events_after
from consult.i18n import Localized
from consult.notifications.models import Notice
from consult.outcomes.compiler import compile_draft
from consult.outcomes.letters import letter_of, letters_due, send_letters
from consult.outcomes.open_data_rows import responses as rows_of_responses
from consult.recommendations.own_yes import waits_for_own_yes
from consult.recommendations.response_models import (
    RESPONSES,
    OfficialResponse,
    ResponseComment,
    ResponsePartRow,
    ResponseSave,
)
from consult.recommendations.response_queries import asked_responses, responses_asked_of, responses_to
from consult.recommendations.responses import (
    RequestDraft,
    ResponseDraft,
    ask_response,
    digest_of,
    drop_request,
    enter_response,
    remind_due,
    sign_response,
)
from consult.recommendations.responses_together import (
    DecisionDraft,
    ResponsePart,
    WordsDraft,
    comment_on,
    release_part_of,
    resolve_comment_on,
    restore_part,
    take_part_of,
    write_part,
)
from consult.submissions.offices.parts import HOLD, PartHeld
from consult.submissions.offices.queries import comments_on, held_parts, open_comments, part_version, saves_of
from consult.submissions.offices.sign_off import RuleDraft, set_rule
from consult.testing.acts import deliver, said
from consult.testing.colleagues import colleague, colleague_elsewhere, colleague_in_two_tracks
from consult.testing.responses import write_response
from consult.testing.story import Story

TODAY = clock.now().date()
YES = ResponseDraft("partly", "نقبل السجل بلا الورق.", "ar", TODAY + timedelta(days=300))
GHAT, DERNA = "LY032101", "LY010102"


def ask(story: Story, body: str = GHAT, *, by: str = "organiser", **about: object) -> OfficialResponse:
    draft = RequestDraft(body, TODAY + timedelta(days=30), **{"recommendation": 1, **about})  # type: ignore[arg-type]
    return ask_response(draft, consultation=story.world.consultation, actor=story.world.actor(by))


def told(kind: str) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(Notice).where(Notice.kind == kind)) or 0


def happened(story: Story) -> list[str]:
    return [event.type for event in events_after(story.world.consultation_id, limit=1000) if "Response" in event.type]


def test_a_body_responds_by_its_own_rule_and_everybody_reads_it(story: Story) -> None:
    world, here = story.world, story.world.consultation
    colleague(world, "second")
    set_rule(
        RuleDraft("council", 1, world.members["ghat"]),
        body=world.bodies["ghat"],
        track="municipal",
        consultation=here,
        actor=world.actor("organiser"),
    )
    row = ask(story)
    deliver()
    assert told("response_asked") == 2
    ghat, other = world.actor("ghat"), world.actor("second")
    assert [(line.number, line.version) for line in responses_asked_of(other, here.id)] == [(1, 0)]
    with pytest.raises(Forbidden):
        write_response(YES, response=row, actor=world.actor("derna"))
    wrong = (DecisionDraft("partly", TODAY - timedelta(days=3)), WordsDraft(" ", "?"))
    for part, fields in zip(wrong, (["until"], ["text", "language"]), strict=True):
        with pytest.raises(Rejected) as refused:
            write_part(part, 1, response=row, actor=ghat)
        assert [field for field, _ in said(refused.value)] == fields
    write_response(YES, response=row, actor=ghat)
    with pytest.raises(Conflict, match="colleague has saved"):
        write_part(WordsDraft("نعم.", "ar"), 1, response=row, actor=other)
    first = digest_of(row)
    sign_response(row, first, actor=ghat)
    deliver()
    assert told("response_to_sign") == 1
    write_response(ResponseDraft("not_accepted", "لا.", "ar", YES.until), response=row, actor=other)
    assert (row.until, responses_to(recommendation=row.recommendation_id)) == (None, [])
    with pytest.raises(Conflict):
        sign_response(row, first, actor=other)  # the words are others: what was signed counts no more
    sign_response(row, digest_of(row), actor=other)
    assert row.published_at is None
    sign_response(row, digest_of(row), actor=ghat)
    [shown] = responses_to(recommendation=row.recommendation_id)
    assert (shown.key, shown.kind, shown.text, shown.until, shown.letter) == (GHAT, "not_accepted", "لا.", None, "")
    assert row.digest == digest_of(row)
    with pytest.raises(Conflict):
        write_response(YES, response=row, actor=ghat)
    assert happened(story) == ["ResponseAsked", "ResponseSignedOff", "ResponseSignedOff", "ResponsePublished"]
    again = ask(story)
    write_response(YES, response=again, actor=ghat)
    sign_response(again, digest_of(again), actor=ghat)
    sign_response(again, digest_of(again), actor=other)
    assert [one.text for one in responses_to(recommendation=row.recommendation_id)] == [YES.text]
    assert [one["kind"] for one in rows_of_responses(here, world.actor("organiser"))] == ["partly"]


def test_asking_is_for_organisers_and_says_what_is_wrong(story: Story) -> None:
    world = story.world
    with pytest.raises(Forbidden):
        ask(story, by="moderator")
    wrong = RequestDraft("cso-amal", TODAY - timedelta(days=1), 1, "TT-2026-00001")
    with pytest.raises(Rejected) as refused:
        ask_response(wrong, consultation=world.consultation, actor=world.actor("organiser"))
    # of a body whose member withholds the name nothing tells that it takes part
    assert [field for field, _ in said(refused.value)] == ["body", "about", "due"]
    row = ask(story)
    with pytest.raises(Rejected, match="asked already"):
        ask(story)
    assert [line.id for line in asked_responses(world.consultation_id, waiting=True)[0]] == [row.id]
    with pytest.raises(Conflict, match="members respond themselves"):
        enter_response(YES, response=row, actor=world.actor("organiser"))
    drop_request(row, actor=world.actor("organiser"))
    assert asked_responses(world.consultation_id, waiting=True)[0] == []
    assert happened(story) == ["ResponseAsked", "ResponseRequestDropped"]


def test_what_came_by_letter_says_so_and_stands_in_the_letter_to_the_author(story: Story) -> None:
    world, organiser = story.world, story.world.actor("organiser")
    names = Localized(ar="وزارة العدل", en="Ministry of Justice")
    register_body(BodyDraft("MOJ", "ministry", names), actor=world.actor("administrator"))
    send_letters(consultation=world.consultation, actor=organiser)
    assert letters_due(world.consultation_id).letters == 0
    row = ask(story, "MOJ", recommendation=None, submission="TT-2026-00001")
    with pytest.raises(Rejected) as refused:
        enter_response(YES, response=row, actor=organiser)
    assert [field for field, _ in said(refused.value)] == ["letter"]
    enter_response(ResponseDraft(YES.kind, YES.text, "ar", YES.until, letter="114/2026"), response=row, actor=organiser)
    [(number, shown)] = letter_of(story.submission("ghat"), "en").responses
    assert (number, shown.key, shown.letter) == (None, "MOJ", "114/2026")
    assert letters_due(world.consultation_id).letters == 1
    by_letter = ask(story, "MOJ")
    enter_response(
        ResponseDraft(YES.kind, YES.text, "ar", YES.until, letter="115/2026"), response=by_letter, actor=organiser
    )
    printed = repr([region.generated.record() for region in compile_draft(world.consultation, "en").regions])
    assert [said in printed for said in (YES.text, "Official response of ", "Accepted in part")] == [True] * 3


def test_a_member_of_two_tracks_responds_by_the_rule_of_the_track_of_the_text(story: Story) -> None:
    world, here = story.world, story.world.consultation
    colleague_in_two_tracks(world, "both", "derna")
    [elsewhere] = [m.member for m in world.actor("both").memberships if m.track == "academic"]
    for track, leads in (("municipal", world.members["derna"]), ("academic", elsewhere)):
        rule = RuleDraft("lead", 0, leads)
        set_rule(rule, body=world.bodies["derna"], track=track, consultation=here, actor=world.actor("organiser"))
    both, lead = world.actor("both"), world.actor("derna")
    row = ask(story, DERNA, recommendation=None, submission="TT-2026-00001")
    write_response(YES, response=row, actor=both)
    waiting = [waits_for_own_yes([row], [], consultation=here, actor=who) for who in (both, lead)]
    assert waiting == [set(), {row.id}]
    sign_response(row, digest_of(row), actor=both)
    assert row.published_at is None, "in the track of the text the lead signs off"
    deliver()
    asked = session.scalars(sa.select(Notice.person_id).where(Notice.kind == "response_to_sign")).all()
    assert asked == [world.people["derna"]], "whoever has signed is not asked again as a member of the other track"
    sign_response(row, digest_of(row), actor=lead)
    assert row.published_at is not None


def test_nobody_signs_a_response_by_the_laxer_of_two_tracks(story: Story) -> None:
    world, here = story.world, story.world.consultation
    colleague_elsewhere(world, "lax", "derna")
    rule = RuleDraft("lead", 0, world.members["derna"])
    set_rule(rule, body=world.bodies["derna"], track="municipal", consultation=here, actor=world.actor("organiser"))
    lax = world.actor("lax")
    for row in (ask(story, DERNA), ask(story, DERNA, recommendation=None, submission="TT-2026-00001")):
        write_response(YES, response=row, actor=lax)  # colleagues write it together, whatever their track
        assert waits_for_own_yes([row], [], consultation=here, actor=lax) == set()
        with pytest.raises(Conflict, match="those sign who take part for it there"):
            sign_response(row, digest_of(row), actor=lax)
        sign_response(row, digest_of(row), actor=world.actor("derna"))
        assert row.published_at is not None


def test_a_body_is_reminded_once_when_the_day_is_near(story: Story) -> None:
    ask(story, DERNA)
    assert remind_due() is False
    with clock.at(clock.now() + timedelta(days=24)):
        assert [remind_due(), remind_due()] == [True, False]
        deliver()
    assert (told("response_due"), happened(story)) == (1, ["ResponseAsked", "ResponseDue"])


def test_colleagues_write_one_response_part_by_part(story: Story) -> None:
    world = story.world
    colleague(world, "second")
    row, ghat, other = ask(story), world.actor("ghat"), world.actor("second")
    take_part_of(row, ResponsePart.DECISION, actor=other)
    write_part(WordsDraft("نقبله.", "ar"), 1, response=row, actor=ghat)
    held = {one.part: one.member for one in held_parts([row.id], RESPONSES)[row.id]}
    assert held == {"decision": world.members["second"], "words": world.members["ghat"]}
    with pytest.raises(PartHeld):
        write_part(DecisionDraft("not_accepted"), 1, response=row, actor=ghat)
    release_part_of(row, ResponsePart.DECISION, actor=ghat)  # not theirs to give back
    with pytest.raises(PartHeld):
        take_part_of(row, ResponsePart.DECISION, actor=ghat)
    with clock.at(clock.now() + HOLD):
        write_part(DecisionDraft("not_accepted"), 1, response=row, actor=ghat)
        with pytest.raises(PartHeld):
            write_part(DecisionDraft("accepted", YES.until), 2, response=row, actor=other)
    assert (row.kind, row.text, row.version) == ("not_accepted", "نقبله.", 2)


def test_what_was_said_before_comes_back_by_person(story: Story) -> None:
    world = story.world
    colleague(world, "second")
    row, ghat, other = ask(story), world.actor("ghat"), world.actor("second")
    for actor, text in ((ghat, "أول."), (other, "ثان."), (ghat, "ثالث.")):
        version = part_version(row.id, "words", RESPONSES)
        write_part(WordsDraft(text, "ar"), version, response=row, actor=actor)
        release_part_of(row, ResponsePart.WORDS, actor=actor)
    saves = saves_of(row.id, of=RESPONSES).saves
    assert [(save.member_id, save.content["text"]) for save, _ in saves] == [
        (world.members["ghat"], "ثالث."),
        (world.members["second"], "ثان."),
        (world.members["ghat"], "أول."),
    ]
    digest = digest_of(row)
    restore_part(saves[1][0].id, response=row, actor=ghat)
    assert (row.text, digest_of(row) != digest) == ("ثان.", True)
    elsewhere = ask(story, recommendation=None, submission="TT-2026-00001")
    with pytest.raises(NotFound):
        restore_part(saves[0][0].id, response=elsewhere, actor=ghat)


def test_comments_stay_inside_and_go_with_the_publication(story: Story) -> None:
    world = story.world
    colleague(world, "second")
    row, ghat, other = ask(story), world.actor("ghat"), world.actor("second")
    for stranger in ("derna", "organiser", "moderator"):
        with pytest.raises(Forbidden):
            comment_on(row, ResponsePart.WORDS, "كلام", actor=world.actor(stranger))
    with pytest.raises(Rejected) as refused:
        comment_on(row, ResponsePart.WORDS, " ", actor=ghat)
    assert said(refused.value) == [("text", "Write a comment.")]
    made = comment_on(row, ResponsePart.WORDS, "هل نذكر الكلفة؟", actor=ghat)
    assert open_comments([row.id], RESPONSES) == {row.id: 1}
    resolve_comment_on(made.id, response=row, actor=other)
    [kept] = comments_on(row.id, "words", RESPONSES)
    assert (kept.text, kept.resolved_at is not None, open_comments([row.id], RESPONSES)) == (
        "هل نذكر الكلفة؟",
        True,
        {},
    )
    write_response(YES, response=row, actor=ghat)
    sign_response(row, digest_of(row), actor=ghat)
    assert row.published_at is not None
    for table in (ResponsePartRow, ResponseSave, ResponseComment):
        assert session.scalars(sa.select(table)).all() == []
    with pytest.raises(Conflict):
        comment_on(row, ResponsePart.WORDS, "متأخر", actor=ghat)


def test_half_a_response_is_not_signed_off_and_a_dropped_request_takes_all_along(story: Story) -> None:
    row, ghat = ask(story), story.world.actor("ghat")
    write_part(WordsDraft("نقبله.", "ar"), 1, response=row, actor=ghat)
    with pytest.raises(Conflict):
        sign_response(row, digest_of(row), actor=ghat)
    comment_on(row, ResponsePart.WORDS, "كلام", actor=ghat)
    drop_request(row, actor=story.world.actor("organiser"))
    for table in (ResponsePartRow, ResponseSave, ResponseComment):
        assert session.scalars(sa.select(table)).all() == []
