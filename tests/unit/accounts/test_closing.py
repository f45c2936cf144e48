"""Closing an account, opening it again, signing somebody out: who may, what ends, what stays, and who is told."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from consult import clock
from consult.accounts.access import ANONYMOUS, Role
from consult.accounts.closing import account_by_address
from consult.accounts.models import LinkRequest, Person, RoleGrant
from consult.accounts.people import PersonDraft
from consult.accounts.roles import RoleDraft
from consult.accounts.services import (
    answer_link_request,
    close_account,
    consume_link,
    grant_role,
    open_account,
    request_sign_in_link,
    revoke_role,
    set_password,
    sign_in_with_password,
    sign_out_account,
)
from consult.accounts.signing_in.links import Purpose, issue_link
from consult.accounts.signing_in.passwords import PasswordDraft
from consult.accounts.signing_in.sign_in import Arrival, open_sign_in, start_sign_in, visit_for_token
from consult.db import session, transaction
from consult.errors import Conflict, Forbidden, LinkSpent, NotFound, Rejected
from consult.events.deliver import deliver_due
from consult.events.models import INSTANCE
from consult.events.stream import events_after
from consult.notifications.models import Mail
from consult.testing.world import World

GHAT, SENTENCE, WHY = "ghat@example.org", "نكتب ما نريد في غات", "Left the council in May"


def _told() -> list[str]:
    deliver_due()
    return list(session.scalars(sa.select(Mail.kind).order_by(Mail.id)))


def test_closing_ends_every_way_in_and_opening_gives_them_back(world: World) -> None:
    administrator, ghat = world.actor("administrator"), world.people["ghat"]
    token = start_sign_in(ghat, method="link")
    set_password(PasswordDraft(SENTENCE), actor=visit_for_token(token).actor)
    with transaction():
        letter = issue_link(session.get_one(Person, ghat), Purpose.INVITATION, actor=None)
    close_account(GHAT.upper(), reason=f" {WHY} ", actor=administrator)
    assert visit_for_token(token).actor == ANONYMOUS
    with pytest.raises(LinkSpent):
        consume_link(letter.token, actor=ANONYMOUS)
    with pytest.raises(Conflict, match="This account is closed"):
        sign_in_with_password(GHAT, SENTENCE, origin="192.0.2.1", actor=ANONYMOUS)
    with pytest.raises(Rejected, match="do not belong together"):
        sign_in_with_password(GHAT, "not it at all", origin="192.0.2.1", actor=ANONYMOUS)
    request_sign_in_link(GHAT, origin="192.0.2.1")
    assert answer_link_request(session.scalars(sa.select(LinkRequest.id)).one()) is None
    found = account_by_address(GHAT)
    assert found is not None
    assert (found.closed_because, found.password, found.second_factor, found.devices) == (WHY, True, False, 0)
    open_account(GHAT, actor=administrator)
    opened = sign_in_with_password(GHAT, SENTENCE, origin="192.0.2.1", actor=ANONYMOUS)
    assert visit_for_token(opened.token).actor.person == ghat
    types = [event.type for event in events_after(INSTANCE)]
    assert (types.count("AccountClosed"), types.count("AccountOpened")) == (1, 1)
    assert WHY not in repr([event.facts for event in events_after(INSTANCE)])


def test_its_person_is_told_with_the_reason_and_of_opening(world: World) -> None:
    close_account(GHAT, reason=WHY, actor=world.actor("administrator"))
    assert _told() == ["account_closed"]
    assert WHY in session.scalars(sa.select(Mail.text)).one()
    open_account(GHAT, actor=world.actor("administrator"))
    assert _told() == ["account_closed", "account_opened"]


def test_somebody_is_signed_out_everywhere_and_told(world: World) -> None:
    tokens = [start_sign_in(world.people["ghat"], method="link") for _ in range(2)]
    others = start_sign_in(world.people["derna"], method="link")
    assert sign_out_account(GHAT, actor=world.actor("administrator")) == 2
    assert [visit_for_token(token).actor.signed_in for token in (*tokens, others)] == [False, False, True]
    assert sign_out_account(GHAT, actor=world.actor("administrator")) == 0
    assert [event.type for event in events_after(INSTANCE)].count("AccountSignedOut") == 1
    assert _told() == ["account_signed_out"]


@pytest.mark.parametrize("who", ["organiser", "moderator", "derna"])
def test_nobody_else_may(world: World, who: str) -> None:
    for act in (sign_out_account, open_account):
        with pytest.raises(Forbidden):
            act(GHAT, actor=world.actor(who))
    with pytest.raises(Forbidden):
        close_account(GHAT, reason=WHY, actor=world.actor(who))


def test_what_cannot_be_is_refused(world: World) -> None:
    administrator = world.actor("administrator")
    with pytest.raises(Rejected, match="Say why"):
        close_account(GHAT, reason=" ", actor=administrator)
    with pytest.raises(Rejected, match="at most 500"):
        close_account(GHAT, reason="x" * 501, actor=administrator)
    with pytest.raises(NotFound):
        close_account("nobody@example.org", reason=WHY, actor=administrator)
    with pytest.raises(Conflict, match="open already"):
        open_account(GHAT, actor=administrator)
    close_account(GHAT, reason=WHY, actor=administrator)
    with pytest.raises(Conflict, match="closed already"):
        close_account(GHAT, reason=WHY, actor=administrator)
    own = session.scalars(sa.select(Person.email).where(Person.id == administrator.person)).one()
    with pytest.raises(Conflict, match="your own account"):
        close_account(own, reason=WHY, actor=administrator)


def test_one_administrator_whose_account_is_open_stays(world: World) -> None:
    administrator = world.actor("administrator")
    second = RoleDraft(
        PersonDraft("", GHAT), Role.ADMINISTRATOR, None, clock.now() + timedelta(days=30), "Stands in for her"
    )
    grant_role(second, actor=administrator)
    close_account(GHAT, reason=WHY, actor=administrator)
    first = session.scalars(sa.select(RoleGrant.id).where(RoleGrant.person_id == administrator.person)).one()
    with pytest.raises(Conflict, match="last administrator"):
        revoke_role(first, reason="x", actor=administrator)


def test_whoever_signs_in_at_that_moment_is_signed_out_or_finds_it_closed(app: Flask, world: World) -> None:
    administrator, ghat = world.actor("administrator"), world.people["ghat"]
    opened: list[str] = []
    ready = threading.Barrier(4)

    def sign_in() -> None:
        with app.app_context():
            ready.wait(timeout=10)
            try:
                with transaction():
                    opened.append(open_sign_in(ghat, Arrival("link"), actor=ANONYMOUS).token)
            except Conflict:
                opened.append("closed")

    threads = [threading.Thread(target=sign_in) for _ in range(3)]
    for thread in threads:
        thread.start()
    ready.wait(timeout=10)
    close_account(GHAT, reason=WHY, actor=administrator)
    for thread in threads:
        thread.join(timeout=20)
    assert len(opened) == 3
    assert [visit_for_token(token).actor.signed_in for token in opened] == [False] * 3
