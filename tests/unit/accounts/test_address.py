"""Another e-mail address: both mailboxes are shown to be one's own, and nobody learns which addresses have accounts."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from consult import clock
from consult.accounts.access import ANONYMOUS
from consult.accounts.address import GOOD_FOR, AddressCodes, waiting_address
from consult.accounts.address_models import AddressChange
from consult.accounts.attempts import forget_past_attempts
from consult.accounts.models import Person
from consult.accounts.services import ask_address, confirm_address, consume_link, drop_address
from consult.accounts.signing_in.links import Purpose, issue_link
from consult.db import session, transaction
from consult.errors import Conflict, Forbidden, LinkSpent, Rejected, TooManyTries
from consult.notifications.models import Mail
from consult.testing.acts import deliver, recorded, said
from consult.testing.world import World

NEW = "Issa@Example.net"


def _letters() -> dict[str, str]:
    """Return the code in each letter by the address it goes to."""
    deliver()
    letters = session.execute(sa.select(Mail.address, Mail.text).where(Mail.kind.like("address_%")).order_by(Mail.id))
    found = {address: re.search(r"[2-9A-Z]{4}(-[2-9A-Z]{4}){3}", text) for address, text in letters}
    return {address: code[0] for address, code in found.items() if code}


def test_an_address_changes_with_both_codes_and_not_before(world: World) -> None:
    with transaction():
        letter = issue_link(session.get_one(Person, world.people["ghat"]), Purpose.INVITATION, actor=None)
    ask_address(f" {NEW} ", actor=world.actor("ghat"))
    codes = _letters()
    assert set(codes) == {"ghat@example.org", NEW}
    old, new = codes["ghat@example.org"], codes[NEW]
    for typed, fields in (
        (AddressCodes("", ""), ["old", "new"]),
        (AddressCodes(old, old), ["new"]),
        (AddressCodes(new, new), ["old"]),
    ):
        with pytest.raises(Rejected) as refused:
            confirm_address(typed, actor=world.actor("ghat"))
        assert [field for field, _message in said(refused.value)] == fields
    assert session.get_one(Person, world.people["ghat"]).email == "ghat@example.org"
    person = confirm_address(AddressCodes(f" {old.lower()} ", new.replace("-", " ")), actor=world.actor("ghat"))
    assert (person.email, person.email_key) == (NEW, NEW.lower())
    deliver()
    told = session.scalars(sa.select(Mail.address).where(Mail.kind == "address_changed")).all()
    assert (list(told), len(recorded("AddressChanged")), waiting_address(person.id)) == ([NEW], 1, None)
    with pytest.raises(LinkSpent):
        consume_link(letter.token, actor=ANONYMOUS)
    with pytest.raises(Conflict):
        confirm_address(AddressCodes(old, new), actor=world.actor("ghat"))


def test_an_address_of_somebody_else_is_told_to_nobody(world: World) -> None:
    ask_address("DERNA@example.org", actor=world.actor("ghat"))
    codes = _letters()
    assert set(codes) == {"ghat@example.org"}
    with pytest.raises(Rejected) as refused:
        confirm_address(AddressCodes(codes["ghat@example.org"], ""), actor=world.actor("ghat"))
    assert said(refused.value) == [("new", "This is not the code from that letter.")]


def test_an_address_taken_meanwhile_stays_with_whoever_has_it(world: World) -> None:
    ask_address(NEW, actor=world.actor("ghat"))
    codes = _letters()
    with transaction():
        derna = session.get_one(Person, world.people["derna"])
        derna.email, derna.email_key = NEW, NEW.lower()
    with pytest.raises(Conflict):
        confirm_address(AddressCodes(codes["ghat@example.org"], codes[NEW]), actor=world.actor("ghat"))


def test_codes_are_their_persons_and_grow_old(world: World) -> None:
    ask_address(NEW, actor=world.actor("ghat"))
    codes = AddressCodes(*(_letters()[one] for one in ("ghat@example.org", NEW)))
    with pytest.raises(Conflict):
        confirm_address(codes, actor=world.actor("derna"))
    with clock.at(clock.now() + GOOD_FOR), pytest.raises(Conflict):
        confirm_address(codes, actor=world.actor("ghat"))


def test_whoever_has_no_address_confirms_the_new_one_alone(world: World) -> None:
    with transaction():
        person = session.get_one(Person, world.people["ghat"])
        person.email, person.email_key = "", None
    ask_address(NEW, actor=world.actor("ghat"))
    codes = _letters()
    assert set(codes) == {NEW}
    assert confirm_address(AddressCodes("", codes[NEW]), actor=world.actor("ghat")).email == NEW


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("nowhere", "Write an e-mail address, for example name@example.org."),
        ("GHAT@example.org", "This is your address already."),
        ("a@" + "b" * 260 + ".org", "Write an e-mail address, for example name@example.org."),
    ],
)
def test_a_wrong_address_is_refused(world: World, address: str, message: str) -> None:
    with pytest.raises(Rejected) as refused:
        ask_address(address, actor=world.actor("ghat"))
    assert said(refused.value) == [("email", message)]


def test_it_is_dropped_and_nobody_asks_without_end(world: World) -> None:
    with pytest.raises(Forbidden):
        ask_address(NEW, actor=ANONYMOUS)
    ask_address(NEW, actor=world.actor("ghat"))
    drop_address(actor=world.actor("ghat"))
    assert (session.scalar(sa.select(sa.func.count()).select_from(AddressChange)), _letters()) == (0, {})
    assert len(recorded("AddressChangeDropped")) == len(recorded("AddressChangeAsked")) == 1
    with pytest.raises(Conflict):
        drop_address(actor=world.actor("ghat"))
    for _ in range(9):
        ask_address(NEW, actor=world.actor("ghat"))
    with pytest.raises(TooManyTries):
        ask_address(NEW, actor=world.actor("ghat"))
    with clock.at(clock.now() + timedelta(minutes=16)):
        ask_address(NEW, actor=world.actor("ghat"))
        assert not session.scalar(sa.select(AddressChange.expires_at <= clock.now()))
    with clock.at(clock.now() + GOOD_FOR + timedelta(minutes=16)):
        assert forget_past_attempts()
    assert session.scalar(sa.select(sa.func.count()).select_from(AddressChange)) == 0
