"""The address of an application is confirmed before anybody reads it, and nobody learns whose it is."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from consult import clock
from consult.accounts.access import ANONYMOUS, Role
from consult.accounts.clauses import permitted
from consult.accounts.models import Person, RoleGrant, SignInLink
from consult.accounts.people import PersonDraft
from consult.accounts.signing_in.sign_in import token_hash
from consult.consultations.accreditation.confirming import (
    CONFIRM_WITHIN,
    ByHand,
    application_to_confirm,
    code_of,
    issue_confirmation,
    waiting_application,
)
from consult.consultations.accreditation.drafts import ApplicationDraft
from consult.consultations.accreditation.models import Application, UnconfirmedApplication
from consult.consultations.accreditation.queries import applications, steps_of
from consult.consultations.services import (
    apply,
    ask_again,
    ask_to_apply,
    confirm_by_code,
    confirm_by_hand,
    confirm_by_link,
)
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Forbidden, LinkSpent, Rejected, TooManyTries
from consult.events.models import INSTANCE
from consult.events.stream import events_after
from consult.notifications.models import Mail
from consult.retention.sweep import retain_due
from consult.testing.acts import deliver
from consult.testing.world import World

DRAFT = ApplicationDraft(
    "academic",
    "جامعة سبها",
    "university",
    PersonDraft("سالمة الحضيري", "salma@example.org", "ar"),
    "تدرّس وتبحث في شؤون الهجرة.",
    "قرار إنشائها رقم 187 لسنة 1983",
)


def _asked(world: World, email: str = "salma@example.org") -> UnconfirmedApplication:
    draft = replace(DRAFT, contact=replace(DRAFT.contact, email=email))
    made = ask_to_apply(draft, consultation=world.consultation, origin="198.51.100.7", actor=ANONYMOUS)
    return session.get_one(UnconfirmedApplication, made)


def _token(row: UnconfirmedApplication) -> str:
    issued = issue_confirmation(row.id)
    assert issued is not None
    return issued.token


def _officer(world: World, track: str = "") -> None:
    with transaction():
        grant = RoleGrant(id=new_id(), person_id=world.people["derna"], role=Role.ACCREDITOR, granted_at=clock.now())
        grant.consultation_id, grant.track = world.consultation_id, track
        session.add(grant)


def _people() -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(Person)) or 0


def _shown_address(person: uuid.UUID) -> None:
    """Let somebody have used a sign-in link that they asked for by mail."""
    with transaction():
        link = SignInLink(id=new_id(), person_id=person, purpose="sign_in", token_hash=token_hash(str(new_id())))
        link.created_at = link.used_at = clock.now()
        link.expires_at, link.asked_hash = clock.in_(hours=1), token_hash("asked")
        session.add(link)


def test_until_then_nobody_is_entered_told_or_shown_anything(world: World) -> None:
    _officer(world)
    before, row = _people(), _asked(world)
    deliver()
    which = permitted(world.actor("derna"), "accreditation.decide", world.consultation_id)
    listed = [applications(world.consultation_id, which, waiting=waiting)[0] for waiting in (True, False)]
    assert (listed, _people()) == ([[], []], before)
    assert events_after(world.consultation_id) == [], "the consultation's log tells of nothing yet"
    (asked,) = [event for event in events_after(INSTANCE) if event.type == "AccreditationAsked"]
    assert (asked.actor, asked.facts) == (None, {"application": str(row.id)})
    (mail,) = session.scalars(sa.select(Mail)).all()
    assert (mail.address, mail.kind) == ("salma@example.org", "application_address")
    assert not any(word in mail.text for word in ("سبها", "الحضيري", "تدرّس")), (
        "a stranger gets no words of whoever typed"
    )
    made = confirm_by_link(_token(row), consultation=world.consultation, actor=ANONYMOUS)
    assert (made.id, made.number, made.state, _people()) == (row.id, 1, "applied", before + 1)
    assert [one.number for one in applications(world.consultation_id, which, waiting=True)[0]] == [1]
    assert [(e.type, e.actor) for e in events_after(world.consultation_id)] == [("AccreditationMoved", None)]


def test_a_known_address_looks_like_any_other(world: World) -> None:
    known, unknown = _asked(world, "ghat@example.org"), _asked(world, "nobody@example.org")
    deliver()
    mails = session.scalars(sa.select(Mail).order_by(Mail.address)).all()
    assert [(one.address, one.person_id, one.kind) for one in mails] == [
        ("ghat@example.org", None, "application_address"),
        ("nobody@example.org", None, "application_address"),
    ]
    assert known.email != unknown.email
    made = confirm_by_link(_token(known), consultation=world.consultation, actor=ANONYMOUS)
    assert made.person_id == world.people["ghat"]


def test_a_link_confirms_once_and_for_a_week(world: World) -> None:
    row = _asked(world)
    old = _token(row)
    token = _token(row)
    with pytest.raises(LinkSpent):
        application_to_confirm(world.consultation_id, old)
    with pytest.raises(LinkSpent):
        application_to_confirm(new_id(), token)
    with clock.at(clock.now() + CONFIRM_WITHIN):
        assert waiting_application(world.consultation_id, row.id) is None
        assert issue_confirmation(row.id) is None
        with pytest.raises(LinkSpent):
            confirm_by_link(token, consultation=world.consultation, actor=ANONYMOUS)
        with pytest.raises(Conflict):
            confirm_by_code(code_of(row), application=row, actor=ANONYMOUS)
        with pytest.raises(Conflict):
            ask_again(row, "salma@example.org", origin="198.51.100.7", actor=ANONYMOUS)
    confirm_by_link(token, consultation=world.consultation, actor=ANONYMOUS)
    with pytest.raises(LinkSpent):
        confirm_by_link(token, consultation=world.consultation, actor=ANONYMOUS)


def test_codes_are_tried_a_few_times(world: World) -> None:
    row = _asked(world)
    with pytest.raises(Rejected):
        confirm_by_code("12345678", application=row, actor=ANONYMOUS)  # no letter was written yet
    _token(row)
    wrong = f"{(int(code_of(row)) + 1) % 10**8:08}"
    for _ in range(9):
        with pytest.raises(Rejected):
            confirm_by_code(wrong, application=row, actor=ANONYMOUS)
    with pytest.raises(TooManyTries):
        confirm_by_code(code_of(row), application=row, actor=ANONYMOUS)
    with clock.at(clock.now() + timedelta(hours=2)):
        assert confirm_by_code(code_of(row), application=row, actor=ANONYMOUS).state == "applied"


def test_letters_are_sent_a_few_times(world: World) -> None:
    row = _asked(world)
    for _ in range(3):
        ask_again(row, "salma@example.org", origin="198.51.100.7", actor=ANONYMOUS)
    with pytest.raises(TooManyTries):
        ask_again(row, "salma@example.org", origin="198.51.100.7", actor=ANONYMOUS)
    deliver()
    assert len(session.scalars(sa.select(Mail)).all()) == 4, "one for each time that it was asked for"


def test_who_has_shown_the_address_confirms_nothing_again(world: World) -> None:
    ghat = world.actor("ghat")
    own = replace(DRAFT, contact=replace(DRAFT.contact, email="Ghat@example.org"))
    here = {"consultation": world.consultation, "origin": "198.51.100.7"}
    waits = ask_to_apply(own, actor=ghat, **here)
    assert session.get(UnconfirmedApplication, waits) is not None, "signed in by a card: nobody knows about the mailbox"
    _shown_address(world.people["ghat"])
    made = ask_to_apply(own, actor=ghat, **here)
    assert session.get_one(Application, made).person_id == world.people["ghat"]
    other = ask_to_apply(DRAFT, actor=ghat, **here)
    assert session.get(UnconfirmedApplication, other) is not None, "another address is not theirs"
    for actor in (ANONYMOUS, world.actor("organiser")):
        with pytest.raises(Forbidden):
            apply(own, consultation=world.consultation, actor=actor)


def test_by_hand_names_who_did_it_and_how(world: World) -> None:
    row = _asked(world)
    known = ByHand(row.number, row.email, "هاتفنا مكتب الرئيس.", "ar")
    with pytest.raises(Forbidden):
        confirm_by_hand(known, consultation=world.consultation, actor=world.actor("organiser"))
    _officer(world, "municipal")
    with pytest.raises(Rejected):  # an accreditor of another track: it is not there
        confirm_by_hand(known, consultation=world.consultation, actor=world.actor("derna"))
    assert session.get(UnconfirmedApplication, row.id) is not None
    _officer(world, "academic")
    made = confirm_by_hand(known, consultation=world.consultation, actor=world.actor("derna"))
    assert [(step.state, step.by, step.reason) for step in steps_of(made.id)] == [
        ("applied", world.people["derna"], "هاتفنا مكتب الرئيس.")
    ]
    (told,) = events_after(world.consultation_id)
    assert (told.type, told.actor, "reason" in told.facts) == ("AccreditationMoved", world.people["derna"], False)


def test_what_nobody_confirms_is_erased(world: World) -> None:
    row = _asked(world)
    with clock.at(clock.now() + CONFIRM_WITHIN - timedelta(hours=1)):
        while retain_due():
            pass
        assert session.get(UnconfirmedApplication, row.id) is not None
    with clock.at(clock.now() + CONFIRM_WITHIN + timedelta(hours=7)):
        while retain_due():
            pass
        session.expire_all()
        assert session.scalars(sa.select(UnconfirmedApplication)).all() == []
