"""A body whose lead cannot sign in: an organiser names another, with a reason that its members read."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TypedDict

import pytest
import sqlalchemy as sa
from flask import Flask

from consult import clock
from consult.accounts.models import Person
from consult.consultations.models import Consultation
from consult.db import session, transaction
from consult.erasure.erase import erase_due
from consult.erasure.services import ErasureDraft, ask_erasure
from consult.errors import Conflict, Forbidden, Rejected
from consult.events.stream import events_after
from consult.notifications.models import Notice
from consult.submissions.offices.leading import LeadDraft, name_lead
from consult.submissions.offices.sign_off import RuleDraft, rule_of, set_rule
from consult.testing.acts import deliver
from consult.testing.colleagues import colleague
from consult.testing.web import post
from consult.testing.world import World

REASON = "The mayor left the country and lost her address."


@pytest.fixture
def gone(world: World) -> World:
    """Ghat has two members; the one who leads has no way to sign in any more."""
    colleague(world, "second")
    with transaction():
        person = session.get_one(Person, world.people["ghat"])
        person.email, person.email_key = "", None
    return world


class Where(TypedDict):
    """Where somebody leads."""

    consultation: Consultation
    body: uuid.UUID
    track: str


def _where(world: World) -> Where:
    return {"body": world.bodies["ghat"], "track": "municipal", "consultation": world.consultation}


def test_an_organiser_names_the_lead_and_the_members_are_told(app: Flask, gone: World) -> None:
    number = gone.member("ghat").number
    organiser, second = (gone.sign_in(app.test_client(), who) for who in ("organiser", "second"))
    rule, page = f"/en/c/test/office/{number}/", f"/en/c/test/organise/people/{number}/lead/"
    set_rule(RuleDraft("lead", 0, gone.members["ghat"]), actor=gone.actor("organiser"), **_where(gone))
    assert "Ask the organisers: they can name another lead" in second.get("/en/c/test/office/").text
    assert "Name who leads" in organiser.get(rule).text
    shown = organiser.get(page).text
    chosen = {"lead": str(gone.members["second"]), "reason": REASON, "language": "en"}
    assert (f'value="{gone.members["second"]}"' in shown, f'value="{gone.members["ghat"]}"' in shown) == (True, False)
    for wrong, field in (
        ({"reason": ""}, "reason"),
        ({"lead": str(gone.members["ghat"])}, "lead"),
        ({"lead": str(gone.members["derna"])}, "lead"),
        ({"language": "xx"}, "language"),
    ):
        answer = post(organiser, page, chosen | wrong)
        assert (answer.status_code, f'href="#{field}' in answer.text, field) == (422, True, field)
    assert second.get(page).status_code == 403
    assert post(organiser, page, chosen).status_code == 303
    session.rollback()
    assert rule_of(gone.consultation, gone.bodies["ghat"], "municipal").lead == gone.members["second"]
    (event,) = [e for e in events_after(gone.consultation_id) if e.type == "LeadNamed"]
    assert (event.actor, set(event.facts)) == (gone.people["organiser"], {"track", "lead"})
    deliver()
    told = session.scalars(sa.select(Notice.person_id).where(Notice.kind == "lead_named")).all()
    assert set(told) == {gone.people["ghat"], gone.people["second"]}
    office = second.get("/en/c/test/office/").text
    assert "Ask the organisers: they can name another lead" not in office
    assert ("Named by an organiser on" in office, REASON in office) == (True, True)
    assert "can sign in" in organiser.get(page).text
    assert post(organiser, page, chosen, form_page=rule).status_code == 409, "from now on it is theirs to name"
    assert post(second, rule, {"level": "lead", "lead": str(gone.members["second"])}).status_code == 303
    session.rollback()
    ask_erasure(ErasureDraft(frozenset(), gone.actor("ghat").name), actor=gone.actor("ghat"))
    with clock.at(clock.now() + timedelta(days=8)):
        assert erase_due()
    session.rollback()
    office = second.get("/en/c/test/office/").text
    assert ("The reason was erased" in office, REASON in office) == (True, False)


def test_a_lead_who_can_sign_in_is_the_bodys_own_to_name(world: World) -> None:
    colleague(world, "second")
    draft, where = LeadDraft(world.members["second"], REASON, "en"), _where(world)
    here = {"member": world.member("ghat"), "consultation": world.consultation}
    with pytest.raises(Conflict):
        name_lead(draft, actor=world.actor("organiser"), **here)
    with pytest.raises(Forbidden):
        name_lead(draft, actor=world.actor("moderator"), **here)
    with pytest.raises(Rejected, match="own to name"):
        set_rule(RuleDraft("lead", 0, world.members["second"]), actor=world.actor("organiser"), **where)
    with transaction():
        session.get_one(Person, world.people["ghat"]).closed_at = clock.now()
    name_lead(draft, actor=world.actor("organiser"), **here)
