"""Letters: in the reader's language and direction, once, with a link that only their reader ever sees."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from consult import clock
from consult.accounts.access import ANONYMOUS, Role
from consult.accounts.events import PasskeyAdded, PasskeyRemoved
from consult.accounts.models import Person
from consult.accounts.people import PersonDraft
from consult.accounts.roles import RoleDraft
from consult.accounts.services import consume_link, grant_role, request_sign_in_link, revoke_role, set_password
from consult.accounts.signing_in.passwords import PasswordDraft
from consult.accounts.signing_in.sign_in import start_sign_in, visit_for_token
from consult.consultations.members import Letter, MemberDraft
from consult.consultations.services import invite_member, print_card, send_invitations
from consult.db import new_id, session, transaction
from consult.events.deliver import deliver_due
from consult.events.record import record
from consult.i18n import N_, Localized
from consult.notifications.mail import Link, Words, write_mail
from consult.notifications.models import Mail
from consult.testing.world import World

TOKEN = re.compile(r"http://localhost/(\w\w)/invitation/([\w-]{43})")


def _letters() -> list[Mail]:
    deliver_due()
    return list(session.scalars(sa.select(Mail).order_by(Mail.id)))


def test_the_link_that_was_asked_for_comes_by_mail_and_only_to_whoever_is_known(world: World) -> None:
    asked = request_sign_in_link("ghat@example.org", origin="192.0.2.1")
    request_sign_in_link("nobody@example.org", origin="192.0.2.1")
    (mail,) = _letters()
    assert (mail.address, mail.kind, mail.language) == ("ghat@example.org", "sign_in_link", "ar")
    ((language, token),) = set(TOKEN.findall(mail.text))
    assert (language, set(TOKEN.findall(mail.html))) == ("ar", {("ar", token)})
    assert consume_link(token, asked=[asked], actor=ANONYMOUS).person == world.people["ghat"]


def test_an_invitation_by_mail_signs_its_reader_in(world: World) -> None:
    draft = MemberDraft(PersonDraft("Amina", "amina@example.org", "fr"), "municipal")
    invite_member(draft, consultation=world.consultation, actor=world.actor("organiser"))
    (mail,) = _letters()
    assert (mail.kind, mail.language, mail.address) == ("invitation", "fr", "amina@example.org")
    assert "Consultation d’essai" in mail.subject
    ((language, token),) = set(TOKEN.findall(mail.text))
    opened = consume_link(token, actor=ANONYMOUS)
    assert (language, opened.consultation) == ("fr", world.consultation_id)


def test_a_printed_invitation_is_not_mailed_too(world: World) -> None:
    draft = MemberDraft(PersonDraft("Amina", "amina@example.org", "fr"), "municipal", letter=Letter.PRINT)
    invite_member(draft, consultation=world.consultation, actor=world.actor("organiser"))
    assert _letters() == []


def test_a_letter_to_whoever_withholds_their_name_does_not_tell_it(world: World) -> None:
    send_invitations([world.member("cso")], consultation=world.consultation, actor=world.actor("organiser"))
    (mail,) = _letters()
    for canary in ("خديجة", "التارقي", "الأمل", "Amal"):
        assert canary not in mail.subject + mail.text + mail.html


def test_a_member_is_told_that_a_card_was_printed(world: World) -> None:
    print_card(world.member("ghat"), consultation=world.consultation, actor=world.actor("moderator"))
    (mail,) = _letters()
    assert (mail.kind, mail.address) == ("card_printed", "ghat@example.org")
    assert "http://localhost/ar/account" in mail.text
    assert TOKEN.search(mail.text) is None


def test_roles_are_told_with_their_end_and_taken_back_with_the_reason(world: World) -> None:
    admin = world.actor("administrator")
    until = datetime(2030, 5, 31, 22, 0, tzinfo=UTC)  # the end of 31 May in Tripoli
    draft = RoleDraft(PersonDraft("Sara", "sara@example.org", "en"), Role.MODERATOR, world.consultation_id, until, "y")
    grant = grant_role(draft, actor=admin)
    (told,) = _letters()
    assert "You are now moderator of Test consultation." in told.text
    assert "This holds until 31 May 2030." in told.text
    ((_, token),) = set(TOKEN.findall(told.text))
    consume_link(token, actor=ANONYMOUS)
    revoke_role(grant.id, reason="عادت إلى الجامعة", actor=admin)
    _, revoked = _letters()
    assert "> عادت إلى الجامعة" in revoked.text
    assert '<blockquote lang="ar" dir="rtl">عادت إلى الجامعة</blockquote>' in revoked.html
    assert TOKEN.search(revoked.text) is None


def test_a_new_password_is_told(world: World) -> None:
    actor = visit_for_token(start_sign_in(world.people["ghat"], method="link")).actor
    set_password(PasswordDraft("a sentence that is long"), actor=actor)
    assert [mail.kind for mail in _letters()] == ["password_set"]


def test_passkeys_that_come_and_go_are_told(world: World) -> None:
    ghat = world.people["ghat"]
    with transaction():
        for event in (PasskeyAdded(person=ghat, passkey=new_id()), PasskeyRemoved(person=ghat, passkey=new_id())):
            record(event, actor=ghat)
    mails = _letters()
    assert [mail.kind for mail in mails] == ["passkey_added", "passkey_removed"]
    assert all("http://localhost/ar/account/security" in mail.text for mail in mails)


def test_a_letter_is_written_once_for_a_cause(world: World) -> None:
    person = session.get_one(Person, world.people["ghat"])
    with transaction():
        written = [write_mail(person, "test", cause, N_("Sign in"), [N_("Sign in")]) for cause in ("1", "1", "2")]
    assert written == [True, False, True]
    with transaction():
        person.email = ""
        assert write_mail(person, "test", "3", N_("Sign in"), [N_("Sign in")]) is False


def test_what_people_wrote_is_quoted_and_cannot_break_out(world: World) -> None:
    with transaction():
        person = session.get_one(Person, world.people["ghat"])
        person.language = "en"
        write_mail(
            person,
            "test",
            "1",
            N_("You are invited to take part in %(consultation)s.", consultation="a\r\nBcc: all@example.org"),
            [N_("You are invited to take part in %(consultation)s.", consultation="<b>x</b>"), Words("<i>\nno", "en")],
            Link("http://localhost/en/", N_("Sign in")),
            sender=Localized(en="<u>"),
        )
    (mail,) = _letters()
    assert mail.subject == "You are invited to take part in a Bcc: all@example.org."
    assert "<p>You are invited to take part in <bdi>&lt;b&gt;x&lt;/b&gt;</bdi>.</p>" in mail.html
    assert '<blockquote lang="en" dir="ltr">&lt;i&gt;<br>no</blockquote>' in mail.html
    assert "<b>&lt;u&gt;</b>" in mail.html
    assert "> <i>\n> no" in mail.text


@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("en", "ltr")])
def test_direction_stands_on_every_box(world: World, language: str, direction: str) -> None:
    with transaction():
        person = session.get_one(Person, world.people["ghat"])
        person.language = language
        write_mail(person, "test", "1", N_("Sign in"), [N_("Sign in")])
    (mail,) = _letters()
    boxes = re.findall(r"<(?:html|body|table|td)\b[^>]*>", mail.html)
    assert len(boxes) == 8
    assert [box for box in boxes if f'lang="{language}" dir="{direction}"' not in box] == []


def test_a_member_who_left_before_the_letter_was_written_gets_none(world: World) -> None:
    send_invitations([world.member("ghat")], consultation=world.consultation, actor=world.actor("organiser"))
    with transaction():
        world.member("ghat").part_ended_at = clock.now() - timedelta(seconds=1)
    assert _letters() == []
