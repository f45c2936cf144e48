"""Campaigns inside a consultation: asked for, searched by the worker, proposed, confirmed or dismissed by a person."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from consult import clock
from consult.accounts.access import ANONYMOUS
from consult.consultations.models import Consultation
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Forbidden, Rejected
from consult.events.models import EventRow
from consult.jobs.worker import work_once
from consult.submissions.campaigns import queries as campaign_queries
from consult.submissions.campaigns.gathering import (
    ask_for_campaigns,
    confirm_campaign,
    dismiss_campaign,
    look_through,
    reopen_campaign,
)
from consult.submissions.campaigns.queries import (
    ShownCampaign,
    campaign_of,
    campaigns_page,
    count_proposals,
    latest_search,
    one_campaign,
)
from consult.submissions.campaigns.search import LEASE, STOPPED, search_due
from consult.submissions.campaigns.states import ProposalState
from consult.submissions.content import number_passages
from consult.submissions.correcting import work_from
from consult.submissions.models import CampaignMember, CampaignProposal, CampaignSearch, Submission
from consult.submissions.services import Review, SubmissionDraft, correct, hide, withdraw
from consult.submissions.writing import Writing, write_revision
from consult.testing.at_once import at_once
from consult.testing.letters import copy, originals
from consult.testing.world import World

HandIn = Callable[..., Submission]
AUTHORS = ("ghat", "professor", "cso")
LETTER = next(letter for letter in originals() if letter.name == "harbour")


@pytest.fixture
def letters(world: World, handed_in: HandIn) -> list[Submission]:
    """Four copies of a letter, the last of which demands the opposite, and a text of somebody else."""
    chance = random.Random(7)
    keys = (*AUTHORS, "derna")
    rows = [
        handed_in(key, title=f"Harbour {key}", language="en", text=copy(LETTER, 1, chance, flipped=key == "derna"))
        for key in keys
    ]
    return [*rows, handed_in("zuwara")]


def searched(world: World, moment: timedelta = timedelta()) -> CampaignSearch:
    with clock.at(clock.now() + moment):
        ask_for_campaigns(consultation=world.consultation, actor=world.actor("moderator"))
        assert search_due()
    row = latest_search(world.consultation_id)
    assert row is not None
    return row


def proposals() -> Sequence[CampaignProposal]:
    return session.scalars(sa.select(CampaignProposal).order_by(CampaignProposal.id)).all()


def members(proposal: uuid.UUID) -> dict[uuid.UUID, tuple[bool, bool]]:
    rows = session.scalars(sa.select(CampaignMember).where(CampaignMember.proposal_id == proposal))
    return {row.submission_id: (row.opposed, row.belongs) for row in rows}


def events() -> Iterator[tuple[str, dict[str, object] | None]]:
    rows = session.execute(
        sa.select(EventRow.type, EventRow.facts).where(EventRow.type.startswith("Campaign")).order_by(EventRow.seq)
    )
    return ((kind, facts) for kind, facts in rows)


def test_a_search_proposes_the_letter_and_flags_the_opposite(world: World, letters: list[Submission]) -> None:
    hide(letters[0], Review("harm", "سبب"), actor=world.actor("moderator"))  # its text may be read by the staff
    asked = ask_for_campaigns(consultation=world.consultation, actor=world.actor("organiser"))
    again = ask_for_campaigns(consultation=world.consultation, actor=world.actor("moderator"))
    assert (asked.id, asked.state, asked.progress, proposals()) == (again.id, "asked", 0, [])
    assert work_once()
    row = session.get_one(CampaignSearch, asked.id, populate_existing=True)
    assert (row.state, row.progress, row.texts, row.found, row.attempts) == ("done", 100, 5, 1, 1)
    (proposal,) = proposals()
    assert members(proposal.id) == {row.id: (row is letters[3], False) for row in letters[:4]}
    (shown,) = campaigns_page(world.consultation_id, ProposalState.PROPOSED, world.actor("moderator")).rows
    assert (shown.texts, shown.opposed, shown.beyond, shown.model.id) == (3, 1, 0, proposal.representative_id)
    assert (dict(shown.tracks), dict(shown.languages)) == ({"academic": 1, "cso": 1, "municipal": 1}, {"en": 3})
    assert [(member.number, member.withheld, member.opposed) for member in shown.members[3:]] == [
        (letters[3].number, False, True)
    ]
    assert [member.body for member in shown.members if member.withheld] == [None]
    assert {member.id for member in shown.members if member.ticked} == {row.id for row in letters[:3]}
    assert 60 < shown.likeness < 100
    assert list(events()) == [("CampaignSearchAsked", {"search": str(asked.id)})]


def test_confirming_joins_nothing_and_is_not_asked_twice(world: World, letters: list[Submission]) -> None:
    searched(world)
    (proposal,) = proposals()
    moderator, chosen = world.actor("moderator"), [row.id for row in letters[:2]]
    before = [(row.state, row.revision, row.number) for row in letters]
    row = confirm_campaign(proposal.id, chosen, consultation=world.consultation, actor=moderator)
    assert (row.state, row.texts, row.decided_by) == ("confirmed", 2, world.people["moderator"])
    assert [(row.state, row.revision, row.number) for row in letters] == before
    assert [campaign_of(row.id) for row in letters] == [(proposal.id, 2), (proposal.id, 2), None, None, None]
    assert list(events())[-1] == ("CampaignConfirmed", {"campaign": str(proposal.id), "texts": 2, "left_out": 2})
    with pytest.raises(Conflict, match="Somebody else has decided"):
        dismiss_campaign(proposal.id, consultation=world.consultation, actor=moderator)
    assert (searched(world).found, len(proposals())) == (0, 1)
    withdraw(letters[0], actor=world.actor("ghat"))
    assert campaign_of(letters[1].id) == (proposal.id, 1)
    shown = one_campaign(world.consultation_id, str(proposal.id), world.actor("moderator"))
    assert shown is not None
    assert (shown.texts, shown.opposed, shown.left_out) == (1, 1, 1)
    assert letters[0].number not in {member.number for member in shown.members}


def test_a_text_that_was_corrected_since_the_search_is_no_member(world: World, letters: list[Submission]) -> None:
    searched(world)
    (proposal,) = proposals()
    moderator, seen = world.actor("moderator"), [row.id for row in letters[:4]]
    turned = Writing(letters[2].title, "en", number_passages("Leave the harbour as it is.", ""))
    with transaction():
        write_revision(letters[2], turned, by=None)
    shown = one_campaign(world.consultation_id, str(proposal.id), moderator)
    assert shown is not None
    assert (shown.texts, letters[2].id in {member.id for member in shown.members}) == (2, False)
    with pytest.raises(Rejected, match="withdrawn or corrected meanwhile"):  # chosen on a page that was opened before
        confirm_campaign(proposal.id, seen[:3], listed=seen, consultation=world.consultation, actor=moderator)
    confirm_campaign(proposal.id, seen[:2], listed=seen, consultation=world.consultation, actor=moderator)
    assert campaign_of(letters[0].id) == (proposal.id, 2)
    with transaction():
        write_revision(letters[1], replace(turned, id=new_id()), by=None)
    assert [campaign_of(row.id) for row in letters[:2]] == [(proposal.id, 1), None]
    assert members(proposal.id)[letters[1].id] == (False, False)
    assert work_from(letters[1]) is None  # its author may correct it again


def test_a_decision_is_taken_back_and_taken_anew(world: World, letters: list[Submission]) -> None:
    searched(world)
    (proposal,) = proposals()
    moderator, given = world.actor("moderator"), {"consultation": world.consultation, "actor": world.actor("moderator")}
    with pytest.raises(Conflict):  # nothing is decided yet
        reopen_campaign(proposal.id, **given)
    confirm_campaign(proposal.id, [row.id for row in letters[:2]], **given)
    row = reopen_campaign(proposal.id, **given)
    assert (row.state, row.decided_by, campaign_of(letters[0].id)) == ("proposed", None, None)
    assert list(events())[-1] == ("CampaignReopened", {"campaign": str(proposal.id), "texts": 2})
    shown = one_campaign(world.consultation_id, str(proposal.id), moderator)
    assert shown is not None
    assert {member.id for member in shown.members if member.ticked} == {row.id for row in letters[:2]}
    assert row.texts == 3  # as before it was decided
    dismiss_campaign(proposal.id, **given)
    reopen_campaign(proposal.id, **given)
    confirm_campaign(proposal.id, [row.id for row in letters[:3]], **given)
    assert campaign_of(letters[0].id) == (proposal.id, 3)
    with pytest.raises(Forbidden):
        reopen_campaign(proposal.id, consultation=world.consultation, actor=ANONYMOUS)


def test_a_group_that_grew_is_proposed_again_and_takes_its_texts_along(
    world: World, letters: list[Submission], handed_in: HandIn
) -> None:
    searched(world)
    (first,) = proposals()
    chosen, moderator = [row.id for row in letters[:3]], world.actor("moderator")
    confirm_campaign(first.id, chosen, consultation=world.consultation, actor=moderator)
    late = handed_in("ghat", title="Harbour late", language="en", text=copy(LETTER, 0, random.Random(8)))
    assert searched(world).found == 1
    (shown,) = campaigns_page(world.consultation_id, ProposalState.PROPOSED, world.actor("moderator")).rows
    assert (shown.texts, shown.opposed, shown.elsewhere) == (4, 1, 3)
    confirm_campaign(shown.id, [*chosen, late.id], consultation=world.consultation, actor=moderator)
    assert [(row.state, row.texts) for row in proposals()] == [("replaced", 0), ("confirmed", 4)]
    assert campaign_of(letters[0].id) == (shown.id, 4)


def test_the_last_text_of_a_campaign_that_another_replaced_belongs_to_none(
    world: World, letters: list[Submission], handed_in: HandIn
) -> None:
    """Its author may correct it again: nobody works from it."""
    searched(world)
    (first,) = proposals()
    chosen, moderator = [row.id for row in letters[:3]], world.actor("moderator")
    confirm_campaign(first.id, chosen, consultation=world.consultation, actor=moderator)
    late = handed_in("ghat", title="Harbour late", language="en", text=copy(LETTER, 0, random.Random(8)))
    searched(world)
    (shown,) = campaigns_page(world.consultation_id, ProposalState.PROPOSED, moderator).rows
    confirm_campaign(shown.id, [*chosen[:2], late.id], consultation=world.consultation, actor=moderator)
    assert [(row.state, row.texts) for row in proposals()] == [("replaced", 0), ("confirmed", 3)]
    assert (campaign_of(letters[0].id), campaign_of(letters[2].id)) == ((shown.id, 3), None)
    assert work_from(letters[2]) is None


def test_a_campaign_that_another_took_nothing_from_stays_confirmed(
    world: World, letters: list[Submission], handed_in: HandIn
) -> None:
    """Also where a correction has left it fewer than two texts."""
    searched(world)
    (first,) = proposals()
    moderator, turned = world.actor("moderator"), Writing("Harbour", "en", number_passages("Leave it.", ""))
    confirm_campaign(first.id, [row.id for row in letters[:2]], consultation=world.consultation, actor=moderator)
    with transaction():
        write_revision(letters[1], turned, by=None)
    for key in ("ghat", "cso"):
        handed_in(key, title=f"Late {key}", language="en", text=copy(LETTER, 0, random.Random(8)))
    searched(world)
    (shown,) = campaigns_page(world.consultation_id, ProposalState.PROPOSED, moderator).rows
    others = [member.id for member in shown.members if member.id not in {row.id for row in letters}]
    confirm_campaign(shown.id, others, consultation=world.consultation, actor=moderator)
    assert [(row.state, row.texts) for row in proposals()] == [("confirmed", 2), ("confirmed", 2)]


@pytest.mark.parametrize("act", ["correct", "withdraw"])
def test_a_text_that_is_changed_while_its_campaign_is_confirmed_is_none_of_it(
    app: Flask, world: World, letters: list[Submission], position: Callable[..., SubmissionDraft], act: str
) -> None:
    searched(world)
    (proposal,) = proposals()
    texts, campaign, moderator = [row.id for row in letters[:3]], proposal.id, world.actor("moderator")
    again, author, here = position("ghat", corrects=texts[0], why="Clearer"), world.actor("ghat"), world.consultation_id
    changed, confirming = threading.Event(), threading.Event()
    session.remove()

    def change() -> None:
        with transaction():
            if act == "correct":
                correct(again, consultation=session.get_one(Consultation, here), actor=author)
            else:
                withdraw(session.get_one(Submission, texts[0]), actor=author)
            changed.set()
            assert confirming.wait(10)
            time.sleep(0.3)  # as long as the other would need who did not wait

    def confirm() -> None:
        consultation = session.get_one(Consultation, here)
        session.rollback()
        assert changed.wait(10)
        confirming.set()
        confirm_campaign(campaign, texts, consultation=consultation, actor=moderator)

    assert at_once(app, [change, confirm]) == ["done", "Rejected"]
    assert [campaign_of(one) for one in texts] == [None] * 3


def test_a_text_is_not_corrected_under_the_hands_of_whoever_confirms_it(
    app: Flask, world: World, letters: list[Submission], position: Callable[..., SubmissionDraft]
) -> None:
    searched(world)
    (proposal,) = proposals()
    texts, campaign, moderator = [row.id for row in letters[:3]], proposal.id, world.actor("moderator")
    drafts = [position(key, corrects=text, why="Clearer") for key, text in zip(AUTHORS, texts, strict=True)]
    here = world.consultation_id
    session.remove()

    def confirm() -> None:
        confirm_campaign(campaign, texts, consultation=session.get_one(Consultation, here), actor=moderator)

    def correcting(draft: SubmissionDraft, key: str) -> Callable[[], object]:
        actor = world.actor(key)
        return lambda: correct(draft, consultation=session.get_one(Consultation, here), actor=actor)

    corrections = [correcting(draft, key) for draft, key in zip(drafts, AUTHORS, strict=True)]
    came = at_once(app, [confirm, *corrections])
    session.expire_all()
    revisions = [session.get_one(Submission, text).revision for text in texts]
    belongs = [campaign_of(text) is not None for text in texts]
    if came[0] == "done":
        assert (came[1:], revisions, belongs) == (["Conflict"] * 3, [1] * 3, [True] * 3)
    else:
        assert (came[0], "done" in came[1:], belongs) == ("Rejected", True, [False] * 3)


def test_a_newer_search_replaces_what_nobody_decided_on_and_a_dismissed_group_stays_dismissed(
    world: World, letters: list[Submission]
) -> None:
    searched(world)
    old = proposals()[0].id
    assert (searched(world).found, [row.id == old for row in proposals()]) == (1, [False])
    moderator = world.actor("moderator")
    with pytest.raises(Conflict, match="a newer search has replaced it"):
        dismiss_campaign(old, consultation=world.consultation, actor=moderator)
    (new,) = proposals()
    dismiss_campaign(new.id, consultation=world.consultation, actor=world.actor("organiser"))
    assert list(events())[-1] == ("CampaignDismissed", {"campaign": str(new.id), "texts": 3})
    assert (searched(world).found, [row.state for row in proposals()]) == (0, ["dismissed"])


def test_nobody_but_the_staff_decides_and_two_texts_at_least_belong_together(
    world: World, letters: list[Submission]
) -> None:
    here = world.consultation
    for actor in (ANONYMOUS, world.actor("ghat"), world.actor("administrator")):
        with pytest.raises(Forbidden):
            ask_for_campaigns(consultation=here, actor=actor)
        with pytest.raises(Forbidden):
            confirm_campaign(new_id(), [], consultation=here, actor=actor)
        with pytest.raises(Forbidden):
            dismiss_campaign(new_id(), consultation=here, actor=actor)
    assert (latest_search(world.consultation_id), list(events())) == (None, [])
    searched(world)
    (proposal,) = proposals()
    moderator = world.actor("moderator")
    for chosen in ([], [letters[0].id], [letters[0].id, letters[4].id], [letters[0].id, new_id()]):
        with pytest.raises(Rejected):
            confirm_campaign(proposal.id, chosen, consultation=world.consultation, actor=moderator)
    withdraw(letters[0], actor=world.actor("ghat"))
    with pytest.raises(Rejected):
        confirm_campaign(proposal.id, [row.id for row in letters[:3]], consultation=world.consultation, actor=moderator)
    chosen = [letters[1].id, letters[3].id]  # a person has read that this one does not demand the opposite
    confirm_campaign(proposal.id, chosen, consultation=world.consultation, actor=moderator)
    assert members(proposal.id)[letters[3].id] == (True, True)

    def flags() -> dict[str, bool]:
        shown = one_campaign(here.id, str(proposal.id), moderator)
        assert shown is not None
        return {member.number: member.opposed for member in shown.members} | {"count": shown.opposed > 0}

    numbers = [letters[at].number for at in (1, 2, 3)]
    assert flags() == {**dict.fromkeys(numbers, False), "count": False}
    reopen_campaign(proposal.id, consultation=here, actor=moderator)  # what the search said is said again
    assert flags() == {**dict.fromkeys(numbers, False), numbers[2]: True, "count": True}


class Crash(OSError):
    """The worker is gone in the middle."""


def crash() -> None:
    raise Crash


def test_a_search_whose_worker_is_gone_is_taken_again_and_given_up_at_last(
    app: Flask, world: World, letters: list[Submission]
) -> None:
    asked = ask_for_campaigns(consultation=world.consultation, actor=world.actor("moderator")).id
    start = clock.now()

    def state() -> tuple[str, int, str]:
        row = session.get_one(CampaignSearch, asked, populate_existing=True)
        return row.state, row.attempts, row.last_error

    for attempt in (1, 2):
        with clock.at(start + 2 * attempt * LEASE):
            with pytest.raises(Crash):
                search_due(meanwhile=crash)
            assert (state(), search_due(), proposals()) == (("running", attempt, ""), False, [])
    row = session.get_one(CampaignSearch, asked)
    assert 0 < row.progress < 100
    with clock.at(start + 10 * LEASE):
        assert (search_due(), state(), len(proposals())) == (True, ("done", 3, ""), 1)
    with transaction():
        session.execute(sa.update(CampaignSearch).values(state="running", lease_until=start))
    assert (search_due(), state()) == (False, ("failed", 3, STOPPED))


def test_a_worker_slower_than_its_lease_writes_nothing_and_any_other_error_ends_the_search(
    world: World, letters: list[Submission]
) -> None:
    asked = ask_for_campaigns(consultation=world.consultation, actor=world.actor("moderator")).id

    def another_takes_it() -> None:
        with transaction():
            session.execute(sa.update(CampaignSearch).values(attempts=2))

    assert search_due(meanwhile=another_takes_it)
    row = session.get_one(CampaignSearch, asked, populate_existing=True)
    assert (row.state, row.attempts, proposals()) == ("running", 2, [])

    with transaction():
        session.execute(sa.update(CampaignSearch).values(state="asked", attempts=0))

    def breaks() -> None:
        raise ValueError("a text that must not be kept")

    assert search_due(meanwhile=breaks)
    row = session.get_one(CampaignSearch, asked, populate_existing=True)
    assert (row.state, row.last_error.split(" (")[0]) == ("failed", "ValueError in breaks")
    assert searched(world).found == 1


def test_nobody_confirms_a_text_that_nobody_looked_at(
    world: World, letters: list[Submission], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaign_queries, "MEMBERS", 2)
    searched(world)
    (proposal,) = proposals()
    here, moderator = world.consultation, world.actor("moderator")

    def page(start: int) -> ShownCampaign:
        shown = one_campaign(here.id, str(proposal.id), moderator, start=start)
        assert shown is not None
        return shown

    first, second = page(0), page(2)
    ids = [[member.id for member in shown.members] for shown in (first, second)]
    assert [len(some) for some in ids] == [2, 2]
    assert {*ids[0], *ids[1]} == {row.id for row in letters[:4]}
    assert [(one.before, one.beyond, one.unseen, one.model.id) for one in (first, second)] == [
        (0, 2, 4, proposal.representative_id),
        (2, 0, 4, proposal.representative_id),
    ]
    with pytest.raises(Rejected, match="2 texts were not looked at yet"):
        confirm_campaign(proposal.id, ids[1], listed=ids[1], consultation=here, actor=moderator)
    look_through(proposal.id, ids[0][:1], listed=ids[0], consultation=here, actor=moderator)
    assert [member.ticked for member in page(0).members] == [True, False]
    assert page(0).unseen == 2
    row = confirm_campaign(proposal.id, ids[1], listed=ids[1], consultation=here, actor=moderator)
    assert (row.texts, members(proposal.id)[ids[0][1]][1], members(proposal.id)[ids[0][0]][1]) == (3, False, True)
    with pytest.raises(Conflict):
        look_through(proposal.id, [], listed=ids[0], consultation=here, actor=moderator)


def test_who_has_an_interest_in_one_text_neither_sees_nor_decides_on_its_campaign(
    world: World, letters: list[Submission], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where that text stands on a page that was not opened."""
    monkeypatch.setattr(campaign_queries, "MEMBERS", 1)
    searched(world)
    (proposal,) = proposals()
    here = world.consultation
    first = one_campaign(here.id, str(proposal.id), world.actor("moderator"))
    assert first is not None
    far = next(row for row in letters[:4] if row.id != first.model.id)
    kept_away = replace(world.actor("moderator"), recused=frozenset({far.id}))
    assert campaigns_page(here.id, ProposalState.PROPOSED, kept_away).rows == []
    assert (one_campaign(here.id, str(proposal.id), kept_away), dict(count_proposals(here.id, kept_away))) == (None, {})
    chosen = [row.id for row in letters[:2]]
    for act in (
        lambda: confirm_campaign(proposal.id, chosen, consultation=here, actor=kept_away),
        lambda: dismiss_campaign(proposal.id, consultation=here, actor=kept_away),
        lambda: look_through(proposal.id, chosen, listed=chosen, consultation=here, actor=kept_away),
    ):
        with pytest.raises(Conflict, match="not there any more"):
            act()
    assert proposals()[0].state == "proposed"
