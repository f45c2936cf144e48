"""Every kind of mail to somebody whose name is withheld: it says that there is something, and nothing of it."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from consult import clock
from consult.accounts.models import Person
from consult.consultations.services import print_card, send_invitations
from consult.db import new_id, session, transaction
from consult.events.deliver import deliver_due
from consult.events.record import record
from consult.events.types import Event, declared
from consult.i18n import Localized
from consult.notifications.choosing import TellingDraft, choose_telling
from consult.notifications.gathering import LETTERS, gather_due
from consult.notifications.groups import Group
from consult.notifications.kinds import KINDS, How, Topic
from consult.notifications.letters.accounts import WRITERS as ACCOUNT
from consult.notifications.messages import MessageDraft
from consult.notifications.models import Mail
from consult.notifications.services import send_message
from consult.notifications.telling import tell_many
from consult.outcomes.services import send_letters
from consult.submissions.services import Review, return_for_correction
from consult.testing.acts import accept, hand_in, hide
from consult.testing.world import World

WORDS = ("كناريوس", "kanaryos")
#: What needs rows of its own: tested where it belongs, with what stands in it.
ELSEWHERE = {
    *("role_granted", "role_revoked", "account_closed", "edition_published", "sign_in_link"),
    *(
        "review_given",
        "review_reopened",
        "interest_answered",
        "erasure_asked",
        "erasure_withdrawn",
        "address_changed",
        "act_waits",
        "search_found",
        "act_confirmed",
        "act_refused",
        "reader_named",
    ),
}


def _event(kind: type[Event], person: object) -> Event:
    """Return an event about a person, with any values for the rest."""
    values: dict[str, Any] = {}
    for field in fields(kind):
        values[field.name] = person if field.name == "person" else 1 if "int" in str(field.type) else new_id()
    return kind(**values)


def _everything(world: World) -> None:
    who, here, organiser = world.people["cso"], world.consultation, world.actor("organiser")
    texts = [hand_in(world, "cso", title=f"{WORDS[0]} {n}", text=f"{WORDS[1]} {n}.") for n in range(3)]
    accept(world, texts[0])
    hide(world, texts[1])
    return_for_correction(texts[2], Review("unclear", WORDS[0]), actor=world.actor("moderator"))
    send_letters(consultation=here, actor=organiser)
    send_invitations([world.member("cso")], consultation=here, actor=organiser)
    print_card(world.member("cso"), consultation=here, actor=world.actor("moderator"))
    said = Localized(ar=" ".join(WORDS))
    draft = MessageDraft(new_id(), said, said, Group(track="cso"), people=1)
    send_message(draft, consultation=here, actor=organiser)
    names = declared()
    with transaction():
        for name in ACCOUNT:
            if "person" in {field.name for field in fields(names[name])}:
                record(_event(names[name], who), actor=who)
        for kind in set(LETTERS) - {"message"}:
            event = record(_event(names["LettersSent"], who), stream=here.id, actor=None)
            starts = (clock.now() + timedelta(days=9)).isoformat()
            tell_many([who], replace(event, facts={"starts_at": starts}), kind, about="1")


def test_no_mail_tells_what_it_is_about_to_whoever_withholds_their_name(world: World) -> None:
    with transaction():
        session.get_one(Person, world.people["cso"]).name = WORDS[0]
    _everything(world)
    while deliver_due() or gather_due():
        pass
    for how in (How.DAILY, How.WEEKLY):
        choose_telling(TellingDraft(dict.fromkeys(Topic, how)), actor=world.actor("cso"))
        hand_in(world, "cso", title=WORDS[0], text=WORDS[1])
        deliver_due()
        with clock.at(clock.now() + timedelta(days=8)):
            while gather_due():
                pass
    mails = session.scalars(sa.select(Mail).where(Mail.person_id == world.people["cso"])).all()
    expected = (
        {*KINDS, "invitation", "digest_daily", "digest_weekly"} - ELSEWHERE - {"session_planned", "session_moved"}
    )
    assert {mail.kind for mail in mails} >= expected
    told = [
        (mail.kind, word)
        for mail in mails
        for word in (*WORDS, "الأمل", "Amal")
        if word in mail.subject + mail.text + mail.html
    ]
    assert told == []


def test_no_mail_tells_anybody_what_a_text_says_or_why_it_was_decided(world: World) -> None:
    """An author whose name stands beside their texts is written to by name, and reads the rest behind the sign-in."""
    texts = [hand_in(world, "ghat", title=f"{WORDS[0]} {n}", text=f"{WORDS[1]} {n}.") for n in range(3)]
    accept(world, texts[0])
    hide(world, texts[1])
    return_for_correction(texts[2], Review("unclear", WORDS[0]), actor=world.actor("moderator"))
    send_letters(consultation=world.consultation, actor=world.actor("organiser"))
    while deliver_due() or gather_due():
        pass
    mails = session.scalars(sa.select(Mail).where(Mail.person_id == world.people["ghat"])).all()
    assert {mail.kind for mail in mails} >= {
        "submission_received",
        "submission_accepted",
        "submission_hidden",
        "submission_returned",
    }
    told = [
        (mail.kind, word)
        for mail in mails
        for word in (*WORDS, "تسمّي شخصًا")
        if word in mail.subject + mail.text + mail.html
    ]
    assert told == []
