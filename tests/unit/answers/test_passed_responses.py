"""A request for an official response passes to the body that follows the one that was asked, with what was written, and comes back."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from consult import clock
from consult.accounts.bodies.ending import EndDraft
from consult.accounts.bodies.services import BodyDraft
from consult.accounts.services import register_body
from consult.consultations.winding.winding_up import WindingUp
from consult.db import session, transaction
from consult.errors import Conflict, Forbidden, Rejected
from consult.events.stream import events_after
from consult.i18n import Localized
from consult.notifications.models import Notice
from consult.outcomes.compiler import compile_draft
from consult.outcomes.open_data_rows import bodies as rows_of_bodies
from consult.outcomes.open_data_rows import responses as rows_of_responses
from consult.recommendations.own_yes import waits_for_own_yes
from consult.recommendations.response_models import RESPONSES, OfficialResponse
from consult.recommendations.response_queries import response_line, responses_asked_of, responses_to
from consult.recommendations.responses import (
    RequestDraft,
    ResponseDraft,
    ask_response,
    digest_of,
    enter_response,
    is_represented,
    sign_response,
)
from consult.recommendations.responses_together import ResponsePart, comment_on
from consult.recommendations.winding_up import wind_up
from consult.submissions.offices.queries import comments_on, saves_of
from consult.submissions.offices.sign_off import RuleDraft, set_rule
from consult.testing.acts import deliver
from consult.testing.colleagues import colleague
from consult.testing.responses import write_response
from consult.testing.story import Story
from consult.testing.winding import comes_back, ends, goes_into

DAY = clock.now().date() + timedelta(days=30)
YES = ResponseDraft("partly", "نقبل السجل بلا الورق.", "ar", DAY)
GHAT, DERNA, ZUWARA = "LY032101", "LY010102", "LY020701"


def ask(story: Story, body: str = GHAT) -> OfficialResponse:
    draft = RequestDraft(body, DAY, recommendation=1)
    return ask_response(draft, consultation=story.world.consultation, actor=story.world.actor("organiser"))


def lead(story: Story, key: str) -> None:
    where = {"body": story.world.bodies[key], "track": "municipal", "consultation": story.world.consultation}
    set_rule(RuleDraft("lead", 0, story.world.members[key]), actor=story.world.actor("organiser"), **where)  # type: ignore[arg-type]


def due_for(story: Story, row: OfficialResponse) -> set[str]:
    """Return in whose list of what is due a request stands."""
    here = story.world.consultation_id
    return {
        key
        for key in story.world.people
        if row.id in {line.id for line in responses_asked_of(story.world.actor(key), here)}
    }


def told(story: Story, kind: str) -> list[str]:
    names = {person: key for key, person in story.world.people.items()}
    return sorted(names[one] for one in session.scalars(sa.select(Notice.person_id).where(Notice.kind == kind)))


def passed(story: Story) -> list[str]:
    of = {"ResponsePassed", "ResponsePublished"}
    return [one.type for one in events_after(story.world.consultation_id, limit=1000) if one.type in of]


def test_it_passes_with_what_was_written_and_is_signed_by_the_rule_of_the_other(story: Story) -> None:
    world, here = story.world, story.world.consultation
    for name, key in (("second", "ghat"), ("third", "derna")):
        colleague(world, name, key)
    lead(story, "ghat")
    lead(story, "derna")
    row = ask(story)
    write_response(YES, response=row, actor=world.actor("second"))
    comment_on(row, ResponsePart.WORDS, "هل نذكر الكلفة؟", actor=world.actor("second"))
    before = digest_of(row)
    sign_response(row, before, actor=world.actor("second"))  # not the lead: it waits
    goes_into(world, "ghat", "derna")
    deliver()
    everybody = {"ghat", "second", "derna", "third"}  # whoever took part for Ghat takes part for Derna now
    assert (due_for(story, row), set(told(story, "response_passed"))) == (everybody, everybody)
    line = response_line(row.id)
    assert (line.body["ar"], line.instead_of["ar"] if line.instead_of else "") == ("درنة", "غات")
    assert len(saves_of(row.id, of=RESPONSES).saves) == 2
    assert [one.text for one in comments_on(row.id, "words", RESPONSES)] == ["هل نذكر الكلفة؟"]
    with pytest.raises(Forbidden):
        write_response(YES, response=row, actor=world.actor("zuwara"))
    with pytest.raises(Conflict):  # what was signed was the word of the other body
        sign_response(row, before, actor=world.actor("derna"))
    sign_response(row, digest_of(row), actor=world.actor("ghat"))
    assert row.published_at is None, "whoever led for the former body does not lead for this one"
    assert waits_for_own_yes([row], [], consultation=here, actor=world.actor("derna")) == {row.id}
    sign_response(row, digest_of(row), actor=world.actor("derna"))
    [shown] = responses_to(recommendation=row.recommendation_id)
    assert (shown.key, str(shown.who), row.digest == digest_of(row)) == (DERNA, "Derna, in the place of Ghat", True)
    assert passed(story) == ["ResponsePassed", "ResponsePublished"]
    facts = next(e.facts for e in events_after(here.id, limit=1000) if e.type == "ResponsePublished")
    assert facts["instead"] == str(world.bodies["derna"])
    [out] = rows_of_responses(here, world.actor("organiser"))
    assert (out["body"], out["in_place_of"]) == (DERNA, GHAT)
    assert {GHAT, DERNA} <= {one["body"] for one in rows_of_bodies(here, world.actor("organiser"))}
    printed = repr([region.generated.record() for region in compile_draft(here, "en").regions])
    [said] = re.findall(r"Official response of .{300}", printed)
    assert re.findall(r"text='([^']*)'", said)[:3] == ["Derna", ", in the place of ", "Ghat"]
    comes_back(world, "ghat")  # what was done meanwhile stays done
    assert [one.key for one in responses_to(recommendation=row.recommendation_id)] == [DERNA]


def test_an_end_that_is_undone_takes_it_back(story: Story) -> None:
    world, row = story.world, ask(story)
    goes_into(world, "ghat", "derna")
    goes_into(world, "derna", "zuwara")
    assert (row.speaker, "zuwara" in due_for(story, row)) == (world.bodies["zuwara"], True)
    comes_back(world, "derna")
    assert row.speaker == world.bodies["derna"]
    write_response(YES, response=row, actor=world.actor("derna"))
    comes_back(world, "ghat")
    assert (row.responder_id, row.text, due_for(story, row)) == (None, YES.text, {"ghat"})
    with pytest.raises(Forbidden):
        write_response(YES, response=row, actor=world.actor("derna"))
    assert passed(story) == ["ResponsePassed"] * 4


def test_whoever_withholds_their_name_and_stays_behind_learns_no_more_of_it(story: Story) -> None:
    world = story.world
    colleague(world, "second")
    row = ask(story)
    with transaction():
        world.member("second").withheld = True
    goes_into(world, "ghat", "derna")
    assert due_for(story, row) == {"ghat", "derna"}
    with pytest.raises(Forbidden):
        write_response(YES, response=row, actor=world.actor("second"))


@pytest.mark.parametrize(("way", "into", "now"), [("leave", [DERNA], "derna"), ("leave", [DERNA, ZUWARA], "ghat")])
def test_where_nothing_went_to_another_it_passes_to_whoever_follows_alone(
    story: Story, way: str, into: list[str], now: str
) -> None:
    row = ask(story)
    ends(story.world, "ghat", way, *into)
    assert row.speaker == story.world.bodies[now]
    assert (response_line(row.id).ended, due_for(story, row)) == (now == "ghat", {"derna"} - {now} ^ {"derna"})


def test_organisers_enter_the_letter_of_the_one_that_follows(story: Story) -> None:
    administrator, organiser = story.world.actor("administrator"), story.world.actor("organiser")
    names = {key: Localized(ar=key, en=key) for key in ("MOJ", "MOI")}
    justice, _interior = (register_body(BodyDraft(key, "ministry", names[key]), actor=administrator) for key in names)
    row = ask(story, "MOJ")
    end = EndDraft(clock.now().date(), "قانون 3", ("MOI",))
    wind_up(end, WindingUp({}, "", ""), body=justice.id, actor=administrator)
    assert (response_line(row.id).body["en"], is_represented(row)) == ("MOI", False)
    with pytest.raises(Rejected, match="asked already"):
        ask(story, "MOI")
    by_letter = ResponseDraft(YES.kind, YES.text, "ar", YES.until, letter="114/2026")
    enter_response(by_letter, response=row, actor=organiser)
    again = ask(story, "MOI")
    enter_response(by_letter, response=again, actor=organiser)
    [shown] = responses_to(recommendation=row.recommendation_id)
    assert (shown.key, shown.instead_of) == ("MOI", None), "a later one takes the place of what it said for the other"
