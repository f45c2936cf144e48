"""Letters about acts that wait for a second person: who is told what, and that none says whose account it is or why."""

from __future__ import annotations

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Role
from consult.accounts.four_eyes import Kind, count_waiting_acts, waiting_acts
from consult.accounts.models import RoleGrant
from consult.accounts.services import close_account, confirm_closing, withdraw_closing
from consult.db import new_id, session, transaction
from consult.events.deliver import deliver_due
from consult.notifications.models import Mail
from consult.notifications.notices import notices_of
from consult.outcomes.services import need_one_person, need_two_people, withdraw_act
from consult.testing.world import World


def _also(world: World, role: Role, *keys: str) -> None:
    here = None if role is Role.ADMINISTRATOR else world.consultation_id
    with transaction():
        for key in keys:
            grant = RoleGrant(id=new_id(), person_id=world.people[key], role=role, granted_at=clock.now())
            grant.consultation_id = here
            session.add(grant)


def _mails(world: World) -> list[tuple[str, str]]:
    """Return to whom which kind of letter went, after everything due was delivered; a letter is counted once."""
    while deliver_due():
        pass
    by_person = {person: key for key, person in world.people.items()}
    rows = session.execute(sa.select(Mail.person_id, Mail.kind).where(Mail.kind.startswith("act_")).order_by(Mail.id))
    found = [(by_person[person], kind) for person, kind in rows]
    with transaction():
        session.execute(sa.delete(Mail).where(Mail.kind.startswith("act_")))
    return found


def test_the_other_administrators_are_told_and_whoever_asked_hears_what_became_of_it(world: World) -> None:
    _also(world, Role.ADMINISTRATOR, "derna", "zuwara")
    for decide, kind in ((withdraw_closing, "act_refused"), (confirm_closing, "act_confirmed")):
        close_account("ghat@example.org", reason="Left Ghat", actor=world.actor("administrator"))
        while deliver_due():
            pass
        letters = session.scalars(sa.select(Mail).where(Mail.kind == "act_waits")).all()
        told = " ".join(part for mail in letters for part in (mail.subject, mail.text, mail.html))
        assert [word for word in ("Left Ghat", "ghat@", "عيسى", "المنفي") if word in told] == []
        assert "/administer/accounts/second/" in told
        assert sorted(_mails(world)) == [("derna", "act_waits"), ("zuwara", "act_waits")]
        [act] = waiting_acts(None)
        assert count_waiting_acts(None) == 1
        decide(act.id, actor=world.actor("derna"))
        assert _mails(world) == [("administrator", kind)]
    [newest, *_], _ = notices_of(world.people["administrator"])
    assert newest.path == "/administer/accounts/second/"


def test_what_was_withdrawn_by_whoever_asked_is_told_to_nobody(world: World) -> None:
    _also(world, Role.ORGANISER, "derna")
    need_two_people(consultation=world.consultation, actor=world.actor("organiser"))
    need_one_person(consultation=world.consultation, actor=world.actor("organiser"))
    [act] = waiting_acts(world.consultation_id)
    assert act.kind is Kind.SWITCH_OFF
    assert _mails(world) == [("derna", "act_waits")]
    withdraw_act(act.id, consultation=world.consultation, actor=world.actor("organiser"))
    need_one_person(consultation=world.consultation, actor=world.actor("organiser"))
    [again] = waiting_acts(world.consultation_id)
    withdraw_act(again.id, consultation=world.consultation, actor=world.actor("organiser"))
    assert _mails(world) == []
    [notice, *_], _ = notices_of(world.people["derna"])
    assert notice.path == "/c/test/organise/document/second/"
