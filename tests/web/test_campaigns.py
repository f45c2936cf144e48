"""The page of campaigns: what it shows to whom, at what cost, and how a person decides."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask

from consult.accounts.models import Body, Person
from consult.db import session, transaction
from consult.i18n import Localized
from consult.jobs.worker import work_once
from consult.recommendations.answering import answerable
from consult.settings import Settings
from consult.submissions.campaigns import queries as campaign_queries
from consult.submissions.models import CampaignProposal, CampaignSearch, Submission
from consult.submissions.services import Review, SubmissionDraft, accept, submit
from consult.testing.letters import copy, originals
from consult.testing.small_tracks import running_app
from consult.testing.web import post
from consult.testing.world import World
from consult.web.facilitate import campaigns as pages

PAGE = "/en/c/test/campaigns/"
Counting = Callable[[], AbstractContextManager[list[str]]]
CANARIES = ("KANARI-PERSON", "KANARI-BODY")


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks."""
    yield from running_app(settings)


def hand_in(world: World, key: str, chance: random.Random, letter: str = "harbour") -> Submission:
    original = next(one for one in originals() if one.name == letter)
    draft = SubmissionDraft(
        member=world.members[key],
        title=f"{letter} {key}",
        language="en",
        text=copy(original, 1, chance, flipped=key == "derna"),
        topics=("gcm-1",),
        answers={"decision": "31/2026"} if key in {"ghat", "derna", "zuwara"} else {},
    )
    return submit(draft, consultation=world.consultation, actor=world.actor(key))


def letters(world: World, letter: str = "harbour") -> list[Submission]:
    chance = random.Random(7)
    return [hand_in(world, key, chance, letter) for key in ("ghat", "professor", "cso", "derna")]


def test_from_the_button_to_the_reviewers_page(app: Flask, world: World) -> None:
    rows = letters(world)
    moderator = world.sign_in(app.test_client(), "moderator")
    assert "Nobody has looked for campaigns yet." in moderator.get(PAGE).get_data(as_text=True)
    assert post(moderator, f"{PAGE}search/", {}, form_page=PAGE).location == PAGE
    with transaction():
        session.execute(sa.update(CampaignSearch).values(progress=40))
    waiting = moderator.get(PAGE).get_data(as_text=True)
    assert [words in waiting for words in ('max="100" value="40"', "40% done", ">Refresh</a>")] == [True] * 3
    while work_once():
        pass
    page = moderator.get(PAGE).get_data(as_text=True)
    assert "4 texts were searched. One proposal is new." in page.replace("</p><p>", "")
    assert re.findall(
        r'name="members" value="[0-9a-f-]+"( checked)?><span lang="en" dir="auto">harbour (\w+)', page
    ) == [
        *((" checked", member.title.split()[1]) for member in _by_page(rows[:3], page)),
        ("", "derna"),
    ]
    assert page.count("demands the opposite") == 1
    proposal = session.scalars(sa.select(CampaignProposal.id)).one()
    given = {"proposal": str(proposal), "act": "confirm", "members": [str(rows[0].id)]}
    blind = post(moderator, f"{PAGE}decide/", given, form_page=PAGE)  # a form that does not say what could be seen
    assert (blind.status_code, "4 texts were not looked at yet" in blind.text) == (422, True)
    given["listed"] = _values(page, "listed")
    refused = post(moderator, f"{PAGE}decide/", given, form_page=PAGE)
    assert refused.status_code == 422
    assert refused.text.count("Choose at least two texts") == 2  # in the summary, which leads to the first, and there
    assert [words in refused.text for words in ('href="#members-0"', 'id="members-0"')] == [True, True]
    assert re.findall(r' checked><span lang="en" dir="auto">harbour (\w+)', refused.get_data(as_text=True)) == ["ghat"]
    given["members"] = [str(rows[0].id), str(rows[2].id)]
    assert post(moderator, f"{PAGE}decide/", given, form_page=PAGE).status_code == 303
    assert "Confirmed: 2 like texts." in moderator.get(PAGE).get_data(as_text=True)
    confirmed = moderator.get(f"{PAGE}?campaign={proposal}").get_data(as_text=True)
    assert (confirmed.count("does not belong"), confirmed.count("demands the opposite")) == (2, 1)
    undone = f"{PAGE}?campaign={proposal}"
    assert (
        post(moderator, f"{PAGE}decide/", {"proposal": str(proposal), "act": "reopen"}, form_page=undone).status_code
        == 303
    )
    assert sorted(_ticked(moderator.get(undone).get_data(as_text=True))) == sorted(given["members"])
    assert post(moderator, f"{PAGE}decide/", given, form_page=undone).status_code == 303
    review = moderator.get(f"/en/c/test/review/{rows[0].number}/").get_data(as_text=True)
    assert ("One of 2 like texts." in review, f"?campaign={proposal}" in review) == (True, True)
    assert "like texts" not in moderator.get(f"/en/c/test/review/{rows[1].number}/").get_data(as_text=True)


def _by_page(rows: list[Submission], page: str) -> list[Submission]:
    """Return submissions in the order of the page, which begins with the one that stands for all."""
    return sorted(rows, key=lambda row: page.index(f'value="{row.id}"'))


def test_dismissing_a_proposal_that_is_gone_and_a_name_that_is_withheld(app: Flask, world: World) -> None:
    with transaction():
        session.execute(sa.update(Person).where(Person.id == world.people["cso"]).values(name=CANARIES[0]))
        names = Localized(ar=CANARIES[1], en=CANARIES[1])
        session.execute(sa.update(Body).where(Body.id == world.bodies["cso"]).values(names=names))
    letters(world)
    organiser = world.sign_in(app.test_client(), "organiser")
    post(organiser, f"{PAGE}search/", {}, form_page=PAGE)
    work_once()
    proposal = str(session.scalars(sa.select(CampaignProposal.id)).one())
    gone = post(organiser, f"{PAGE}decide/", {"proposal": "x", "act": "dismiss"}, form_page=PAGE)
    assert (gone.status_code, "a newer search has replaced it" in gone.get_data(as_text=True)) == (422, True)
    given = {"proposal": proposal, "act": "dismiss"}
    assert post(organiser, f"{PAGE}decide/", given, form_page=PAGE).status_code == 303
    assert post(organiser, f"{PAGE}decide/", given, form_page=PAGE).status_code == 409
    assert organiser.get(f"{PAGE}?campaign=x").status_code == 404
    dismissed = organiser.get(f"{PAGE}?state=dismissed").get_data(as_text=True)
    assert ("harbour ghat" in dismissed, 'name="members"' in dismissed) == (True, False)
    assert "/submissions/TT-" in dismissed  # the page of reviews is the moderators'
    assert ("Name withheld" in dismissed, "harbour cso" in dismissed) == (True, True)
    seen = "".join(organiser.get(f"/{code}/c/test/campaigns/?state=dismissed").text for code in ("ar", "en", "fr"))
    assert [name for name in CANARIES if name in seen] == []


def test_the_page_costs_the_same_for_one_campaign_and_for_two(
    app: Flask, world: World, count_queries: Counting
) -> None:
    moderator, costs = world.sign_in(app.test_client(), "moderator"), []
    for letter in ("harbour", "night-bus"):
        letters(world, letter)
        post(moderator, f"{PAGE}search/", {}, form_page=PAGE)
        while work_once():
            pass
        moderator.get(PAGE)
        with count_queries() as seen:
            page = moderator.get(PAGE).get_data(as_text=True)
        costs.append((page.count('value="confirm"'), len(seen)))
    assert costs == [(1, 11), (2, 11)]


def test_a_long_campaign_is_looked_through_page_by_page_and_answered_in_one_act(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (campaign_queries, pages):
        monkeypatch.setattr(module, "MEMBERS", 2)
    rows = letters(world)
    for row in rows[:3]:
        accept(row, Review("in_order"), actor=world.actor("moderator"))
    organiser = world.sign_in(app.test_client(), "organiser")
    post(organiser, f"{PAGE}search/", {}, form_page=PAGE)
    while work_once():
        pass
    proposal = session.scalars(sa.select(CampaignProposal.id)).one()
    one = f"{PAGE}?campaign={proposal}"
    first = organiser.get(one).get_data(as_text=True)
    assert [words in first for words in ("Texts 1 to 2 of 4.", "Confirm as one campaign", "look at the next 2")] == [
        True,
        False,
        True,
    ]
    given = {"proposal": str(proposal), "members": _values(first, "members"), "listed": _values(first, "listed")}
    early = post(organiser, f"{PAGE}decide/", {**given, "act": "confirm"}, form_page=one)
    assert (early.status_code, "2 texts were not looked at yet" in early.text) == (422, True)
    gone_on = post(organiser, f"{PAGE}decide/", {**given, "act": "next"}, form_page=one)
    assert gone_on.location == f"{one}&from=2"
    last = organiser.get(gone_on.location).get_data(as_text=True)
    assert [words in last for words in ("Texts 3 to 4 of 4.", "Confirm as one campaign", "The page before")] == [
        True
    ] * 3
    given = {"proposal": str(proposal), "members": _ticked(last), "listed": _values(last, "listed"), "from": "2"}
    assert post(organiser, f"{PAGE}decide/", {**given, "act": "confirm"}, form_page=one).location == PAGE
    confirmed = organiser.get(one).get_data(as_text=True)
    numbers = _values(confirmed, "t")
    assert sorted(numbers) == sorted(f"{row.number}.1" for row in rows[:3])
    assert "3 accepted texts of this campaign have no answer." in confirmed
    session.rollback()  # what was read before the campaign was confirmed
    kept_away = replace(world.actor("organiser"), recused=frozenset({rows[0].id}))
    assert answerable(world.consultation_id, proposal, kept_away).total == 2
    session.rollback()
    give = "/en/c/test/organise/answers/give/"
    written = post(organiser, give, {"t": numbers, "step": "edit"}, form_page=one)
    assert "One answer to 3" in written.text
    answered = {"t": numbers, "kind": "noted", "step": "give"}
    assert post(organiser, give, answered, form_page=one).status_code == 303
    assert "Every accepted text of it has an answer" in organiser.get(one).get_data(as_text=True)
    desk = organiser.get(f"/en/c/test/organise/answers/?kind=noted&campaign={proposal}").get_data(as_text=True)
    assert [row.number in desk for row in rows] == [True, True, True, False]
    moderator = world.sign_in(app.test_client(), "moderator")
    assert "have no answer" not in moderator.get(one).get_data(as_text=True)


def _values(page: str, name: str) -> list[str]:
    return re.findall(rf'name="{name}"(?: id="[^"]*")? value="([^"]+)"', page)


def _ticked(page: str) -> list[str]:
    return re.findall(r'name="members"(?: id="[^"]*")? value="([^"]+)" checked', page)
