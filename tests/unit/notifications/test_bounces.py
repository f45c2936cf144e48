"""Delivery reports that come back (RFC 3464): read strictly, noted once, and nothing else is believed."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from consult.accounts.models import Person
from consult.db import new_id, session, transaction
from consult.i18n import N_
from consult.notifications.bounces import read_report, take_report
from consult.notifications.mail import write_mail
from consult.notifications.models import FailingAddress, Mail
from consult.testing.reports import report
from consult.testing.world import World


@pytest.fixture
def mail(world: World) -> Mail:
    """A mail to the member of Ghat."""
    with transaction():
        write_mail(session.get_one(Person, world.people["ghat"]), "test", "1", N_("Sign in"), [N_("Sign in")])
    return session.scalars(sa.select(Mail)).one()


@pytest.mark.parametrize("returned", ["message/rfc822", "text/rfc822-headers"])
def test_a_report_is_noted_once_at_the_address_of_its_mail(world: World, mail: Mail, returned: str) -> None:
    raw = report(mail.id, returned=returned)
    assert [take_report(raw), take_report(raw)] == ["noted", "known"]
    row = session.scalars(sa.select(FailingAddress)).one()
    assert (row.person_id, row.code, row.refusals, row.stopped_at) == (world.people["ghat"], "5.1.1", 1, None)
    assert session.get_one(Mail, mail.id, populate_existing=True).last_error == "5.1.1"


@pytest.mark.parametrize(("action", "status"), [("delayed", "4.4.1"), ("failed", "4.2.2")])
def test_what_is_only_late_is_not_held_against_the_address(mail: Mail, action: str, status: str) -> None:
    assert take_report(report(mail.id, action, status)) == "delayed"
    assert session.scalars(sa.select(FailingAddress)).all() == []


def test_reports_of_other_mails_and_other_mail_are_nothing(mail: Mail) -> None:
    strange = [
        report(new_id()),
        report("not-an-id"),
        report(mail.id, "delivered", "2.0.0"),
        report(mail.id, status="five"),
        report(mail.id).replace(b"multipart/report", b"multipart/mixed"),
        report(mail.id).replace(b"message/delivery-status", b"text/plain"),
        b"",
        b"\xff\x00" * 100,
        b"Content-Type: multipart/report; boundary=x\r\n\r\n" + b"--x\r\n" * 10_000,
    ]
    assert [take_report(raw) for raw in strange] == ["unknown"] * len(strange)
    assert session.scalars(sa.select(FailingAddress)).all() == []


def test_a_report_says_of_which_mail_it_is(mail: Mail) -> None:
    found = read_report(report(mail.id))
    assert found is not None
    assert (found.mail, found.permanent, found.code) == (mail.id, True, "5.1.1")
