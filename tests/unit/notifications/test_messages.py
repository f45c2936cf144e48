"""Messages of the organisers: to whom, counted before they leave, once, and to the withheld only that there is one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask

from consult.accounts.models import Person
from consult.consultations.models import Consultation, ConsultationTrack
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Forbidden, Rejected
from consult.events.deliver import deliver_due
from consult.i18n import Localized
from consult.notifications.choosing import TellingDraft, choose_telling
from consult.notifications.gathering import gather_due
from consult.notifications.groups import Group, counted, reached
from consult.notifications.kinds import How, Topic
from consult.notifications.messages import MessageDraft, message_by_number, preview_message
from consult.notifications.models import Mail, MessageRound, Notice
from consult.notifications.services import send_message
from consult.submissions.figures.missing import reachable_silent, silent_by_track
from consult.testing.acts import hand_in, recorded, said, withdraw
from consult.testing.colleagues import colleague
from consult.testing.world import World

SUBJECT, TEXT = "موعد جديد", "نلتقي في السابعة.\nأحضروا نسخكم."


def _draft(**changes: object) -> MessageDraft:
    draft = MessageDraft(new_id(), Localized(ar=SUBJECT), Localized(ar=TEXT), Group(track="municipal"), people=3)
    return replace(draft, **changes)  # type: ignore[arg-type]


def _send(world: World, draft: MessageDraft, actor: str = "organiser") -> MessageRound:
    return send_message(draft, consultation=world.consultation, actor=world.actor(actor))


def _people(world: World, **group: object) -> list[str]:
    names = {person: key for key, person in world.people.items()}
    there = reached(world.consultation_id, Group(**group))  # type: ignore[arg-type]
    return sorted(names[one.person] for one in there)


def _mails() -> list[Mail]:
    deliver_due()
    gather_due()
    session.rollback()
    return list(session.scalars(sa.select(Mail).where(Mail.kind == "message").order_by(Mail.address)))


def test_groups_are_of_a_track_a_region_a_kind_and_of_those_who_have_not_answered(world: World) -> None:
    mine = hand_in(world, "ghat")
    assert _people(world) == ["cso", "derna", "ghat", "professor", "zuwara"]
    assert _people(world, track="municipal") == ["derna", "ghat", "zuwara"]
    assert _people(world, region="west") == ["professor", "zuwara"]
    assert _people(world, kind="university") == ["professor"]
    assert _people(world, track="municipal", handed_in="yes") == ["ghat"]
    assert _people(world, track="municipal", handed_in="no") == ["derna", "zuwara"]
    withdraw(world, "ghat", mine)
    assert _people(world, handed_in="yes") == []
    assert _people(world, session=7) == []
    with transaction():
        world.member("derna").part_ended_at = world.member("ghat").invited_at
    assert _people(world, track="municipal") == ["ghat", "zuwara"]


def test_whose_body_signed_a_text_off_has_answered_and_a_withheld_text_answers_for_nobody_else(world: World) -> None:
    colleague(world, "second")
    mine = hand_in(world, "ghat")
    assert _people(world, track="municipal", handed_in="yes") == ["ghat"]
    with transaction():
        mine.signed_off_at = mine.received_at
    assert _people(world, track="municipal", handed_in="yes") == ["ghat", "second"]
    assert _people(world, track="municipal", handed_in="no") == ["derna", "zuwara"]
    assert [one.silent for one in silent_by_track(world.consultation) if one.track == "municipal"] == [2]
    with transaction():
        mine.withheld = True
    assert _people(world, track="municipal", handed_in="no") == ["derna", "second", "zuwara"]
    assert [one.silent for one in silent_by_track(world.consultation) if one.track == "municipal"] == [3]


def test_a_count_by_body_does_not_tell_of_whoever_withholds_their_name(world: World) -> None:
    assert world.member("cso").withheld
    assert "cso" in _people(world, track="cso")
    assert _people(world, kind="cso") == []
    assert _people(world, region="south") == ["ghat"]
    assert counted(reached(world.consultation_id, Group(track="cso"))).withheld == 1


def test_no_count_but_that_of_a_track_tells_who_wrote_a_text_without_a_name(world: World) -> None:
    with transaction():
        session.get_one(ConsultationTrack, (world.consultation_id, "municipal")).blind = True
    assert hand_in(world, "ghat").withheld
    assert _people(world, track="municipal", handed_in="yes") == ["ghat"]
    narrowed: list[dict[str, object]] = [{"region": "south"}, {"kind": "municipality"}, {"language": "ar"}]
    for more in narrowed:
        assert _people(world, track="municipal", handed_in="yes", **more) == [], more
        assert "ghat" in _people(world, track="municipal", handed_in="no", **more), more
    session.expire_all()
    assert reachable_silent(world.consultation_id).in_region("south", "municipal")


def test_a_message_goes_once_to_everybody_in_their_own_way(world: World) -> None:
    choose_telling(TellingDraft({Topic.MESSAGES: How.PRODUCT}), actor=world.actor("derna"))
    with transaction():
        session.get_one(Person, world.people["zuwara"]).email = ""
    draft = _draft()
    first, again = _send(world, draft), _send(world, draft)
    assert (first.id, first.people, first.by_mail) == (again.id, 3, 2)
    assert [dict(one.facts) for one in recorded("MessageSent")] == [{"round": str(first.id), "number": 1, "people": 3}]
    (mail,) = _mails()
    assert (mail.address, mail.subject) == ("ghat@example.org", SUBJECT)
    assert "> نلتقي في السابعة.\n> أحضروا نسخكم." in mail.text
    assert "http://localhost/ar/c/test/messages/1/" in mail.text
    assert session.scalar(sa.select(sa.func.count()).where(Notice.kind == "message")) == 3
    assert len(_mails()) == 1


def test_to_a_withheld_name_the_mail_says_only_that_there_is_a_message(world: World) -> None:
    _send(world, _draft(group=Group(track="cso"), people=1))
    (mail,) = _mails()
    assert SUBJECT not in mail.subject + mail.text + mail.html
    assert "السابعة" not in mail.text + mail.html
    assert "http://localhost/ar/c/test/messages/1/" in mail.text


def test_a_language_that_is_missing_is_a_gap_until_the_organiser_says_so(world: World) -> None:
    with transaction():
        session.get_one(Person, world.people["ghat"]).language = "fr"
    with pytest.raises(Rejected) as gap:
        _send(world, _draft())
    assert [field for field, _ in said(gap.value)] == ["falls_back"]
    shown = preview_message(_draft(falls_back=True), consultation=world.consultation, actor=world.actor("organiser"))
    assert (shown.gaps, dict(shown.count.languages)) == (["fr"], {"fr": 1, "ar": 2})
    _send(world, _draft(falls_back=True))
    (french,) = [mail for mail in _mails() if mail.language == "fr"]
    assert '<html lang="fr" dir="ltr">' in french.html
    assert '<blockquote lang="ar" dir="rtl">' in french.html


def test_what_is_wrong_is_told_at_its_field_and_nothing_leaves(world: World) -> None:
    empty = Localized()
    for changes, fields in (
        ({"subjects": empty, "texts": empty}, ["text_ar"]),
        ({"subjects": empty}, ["subject_ar"]),
        ({"texts": empty, "falls_back": True}, ["text_ar"]),
        ({"subjects": Localized(ar="x" * 151)}, ["subject_ar"]),
        ({"texts": Localized(ar="x" * 5001)}, ["text_ar"]),
        ({"group": Group(track="nowhere")}, ["track"]),
        ({"group": Group(handed_in="perhaps")}, ["handed_in"]),
        ({"people": 2}, [""]),
    ):
        with pytest.raises(Rejected) as refused:
            _send(world, _draft(**changes))
        assert [field for field, _ in said(refused.value)] == fields
    session.rollback()
    assert session.scalars(sa.select(MessageRound)).all() == []


def test_only_organisers_of_the_consultation_write(world: World) -> None:
    for key in ("moderator", "ghat", "administrator"):
        with pytest.raises(Forbidden):
            _send(world, _draft(), key)


def test_two_presses_at_once_are_one_message(app: Flask, world: World) -> None:
    draft, consultation, organiser = _draft(), world.consultation_id, world.actor("organiser")

    def press(_: int) -> int:
        with app.app_context():
            return send_message(draft, consultation=world.consultation, actor=organiser).number

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(press, range(4))) == [1] * 4
    session.rollback()
    assert (message_by_number(consultation, 1), message_by_number(consultation, 2)) != (None, None)
    assert len(_mails()) == 3


def test_a_message_of_another_consultation_is_not_sent_again_here(world: World) -> None:
    draft = _draft()
    _send(world, draft)
    with transaction():
        elsewhere = replace(draft)
        row = session.get_one(MessageRound, draft.key)
        other = _another_consultation(world)
        session.execute(sa.update(MessageRound).where(MessageRound.id == row.id).values(consultation_id=other))
    session.expire_all()
    with pytest.raises(Conflict):
        _send(world, elsewhere)


def _another_consultation(world: World) -> object:
    here = world.consultation
    columns = {c.key: getattr(here, c.key) for c in sa.inspect(Consultation).column_attrs}
    other = Consultation(**{**columns, "id": new_id(), "slug": "other", "prefix": "TO"})
    session.add(other)
    session.flush()
    return other.id
