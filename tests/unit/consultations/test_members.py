"""Seats and members: who is invited, by which letter, and what a letter may not open."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from consult.accounts.access import ANONYMOUS, Role, allowed
from consult.accounts.models import Person, RoleGrant
from consult.accounts.people import PersonDraft
from consult.accounts.queries import handed_links
from consult.accounts.services import consume_link
from consult.accounts.signing_in.links import read_link
from consult.accounts.signing_in.sign_in import load_actor
from consult.consultations.members import Letter, MemberDraft
from consult.consultations.models import Consultation, Member
from consult.consultations.names import public_names
from consult.consultations.policies import LinkOf
from consult.consultations.queries import counts_by_track, empty_seats, member_by_number, members_page
from consult.consultations.reference import INSTITUTIONS
from consult.consultations.services import (
    admit_bodies,
    create_seats,
    end_membership,
    give_seat,
    invite_member,
    print_card,
    print_invitations,
    send_invitations,
    vacate_seat,
)
from consult.db import session, transaction
from consult.errors import Conflict, Forbidden, LinkSpent, Rejected
from consult.events.models import INSTANCE
from consult.events.stream import events_after
from consult.i18n import translate
from consult.testing.world import World

AMINA = MemberDraft(PersonDraft("آمنة", "amina@example.org", "fr"), "municipal", letter=Letter.PRINT)


def _types(world: World) -> list[str]:
    return [event.type for event in events_after(world.consultation_id)]


def _invite(world: World, draft: MemberDraft = AMINA, who: str = "organiser"):  # type: ignore[no-untyped-def]
    return invite_member(draft, consultation=world.consultation, actor=world.actor(who))


def test_somebody_new_is_entered_invited_and_signs_in_with_the_letter(world: World) -> None:
    invited = _invite(world)
    assert invited.member.number == 6
    opened = consume_link(invited.link.token, actor=ANONYMOUS)
    assert (opened.language, opened.consultation) == ("fr", world.consultation_id)
    (membership,) = load_actor(opened.person).memberships
    assert (membership.member, membership.track, membership.seated) == (invited.member.id, "municipal", False)
    assert [(e.type, e.facts["letter"]) for e in events_after(world.consultation_id)] == [("MemberInvited", "print")]
    assert [e.type for e in events_after(INSTANCE)] == ["PersonRegistered", "SignInLinkMade", "SignedIn"]


def test_a_letter_by_mail_shows_its_link_to_nobody(world: World) -> None:
    invited = _invite(world, replace(AMINA, letter=Letter.MAIL))
    assert invited.link is None
    assert [e.type for e in events_after(INSTANCE)] == ["PersonRegistered"]


def test_whoever_has_the_address_already_is_invited_as_they_are(world: World) -> None:
    invited = _invite(world, replace(AMINA, person=PersonDraft("Somebody Else", "GHAT@example.org"), track="cso"))
    assert invited.member.person_id == world.people["ghat"]
    assert session.get_one(Person, world.people["ghat"]).name == "عيسى كوسا"


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"track": "academic"}, ["track"]),
        ({"withheld": True}, ["withheld"]),
        ({"seat": True}, ["seat"]),
        ({"person": PersonDraft("آمنة"), "letter": Letter.MAIL}, ["email"]),
        ({"person": PersonDraft("x", "ghat@example.org")}, ["email"]),
        ({"person": PersonDraft(" ", "amina@example.org")}, ["name"]),
    ],
)
def test_what_is_wrong_is_told_at_its_field(world: World, changed: dict[str, object], fields: list[str]) -> None:
    with pytest.raises(Rejected) as refused:
        _invite(world, replace(AMINA, **changed))  # type: ignore[arg-type]
    assert [problem.field for problem in refused.value.problems] == fields
    assert _types(world) == []


def test_a_body_of_another_kind_is_refused(world: World) -> None:
    with pytest.raises(Rejected) as refused:
        _invite(world, replace(AMINA, body=world.bodies["cso"]))
    assert [problem.field for problem in refused.value.problems] == ["body"]


@pytest.mark.parametrize("who", ["administrator", "moderator", "ghat"])
def test_only_organisers_invite(world: World, who: str) -> None:
    with pytest.raises(Forbidden):
        _invite(world, who=who)
    with pytest.raises(Forbidden):
        print_invitations([world.member("ghat")], consultation=world.consultation, actor=world.actor(who))
    with pytest.raises(Forbidden):
        send_invitations([world.member("ghat")], consultation=world.consultation, actor=world.actor(who))
    with pytest.raises(Forbidden):
        end_membership(world.member("ghat"), consultation=world.consultation, actor=world.actor(who))
    with pytest.raises(Forbidden):
        admit_bodies("municipal", [], consultation=world.consultation, actor=world.actor(who))


def test_a_link_with_a_role_or_a_part_elsewhere_is_never_printed_by_organisers(world: World) -> None:
    with pytest.raises(Rejected) as refused:
        _invite(world, replace(AMINA, person=PersonDraft("x", "administrator@example.org")))
    assert [problem.field for problem in refused.value.problems] == ["letter"]
    other = _other_world(world)
    with pytest.raises(Rejected) as refused:
        _invite(world, replace(AMINA, person=PersonDraft("x", other)))
    assert [problem.field for problem in refused.value.problems] == ["letter"]
    assert session.scalar(sa.select(sa.func.count()).select_from(Member)) == 6


def _other_world(world: World) -> str:
    """Let a person take part in another consultation, and return their address."""
    with transaction():
        here = world.consultation
        other = Consultation(
            slug="other",
            prefix="OO",
            names=here.names,
            titles=here.titles,
            summaries=here.summaries,
            created_at=here.created_at,
        )
        person = Person(name="n", email="n@example.org", email_key="n@example.org", created_at=here.created_at)
        session.add_all([other, person])
        session.flush()
        session.add(
            Member(consultation_id=other.id, person_id=person.id, track="cso", number=1, invited_at=here.created_at)
        )
    return "n@example.org"


def test_a_card_is_printed_in_the_hall_for_whoever_lost_theirs(world: World) -> None:
    moderator = world.actor("moderator")
    first = print_card(world.member("ghat"), consultation=world.consultation, actor=moderator)
    card = print_card(world.member("ghat"), consultation=world.consultation, actor=moderator)
    assert (card.number, card.name.body["en"]) == (1, "Ghat")
    with pytest.raises(LinkSpent):
        read_link(first.link.token)
    assert consume_link(card.link.token, actor=ANONYMOUS).person == world.people["ghat"]
    assert [(e.type, e.actor) for e in events_after(world.consultation_id)] == [
        ("CardPrinted", world.people["moderator"])
    ] * 2
    assert [e.facts.get("purpose", e.facts.get("method")) for e in events_after(INSTANCE)] == ["card", "card", "card"]


def test_no_card_is_printed_for_whoever_holds_a_role(world: World) -> None:
    with transaction():
        session.add(
            RoleGrant(
                person_id=world.people["ghat"],
                role=Role.ORGANISER,
                consultation_id=world.consultation_id,
                granted_at=world.consultation.created_at,
            )
        )
    with pytest.raises(Conflict):
        print_card(world.member("ghat"), consultation=world.consultation, actor=world.actor("moderator"))
    assert (
        print_invitations([world.member("ghat")], consultation=world.consultation, actor=world.actor("organiser")) == []
    )
    assert _types(world) == []


@pytest.mark.parametrize(
    ("who", "facts", "may"),
    [
        ("moderator", {}, True),
        ("organiser", {}, True),
        ("moderator", {"holds_role": True}, False),
        ("organiser", {"elsewhere": True}, False),
        ("administrator", {"holds_role": True, "elsewhere": True}, True),
        ("ghat", {}, False),
    ],
)
def test_whose_link_may_be_held_by_whom_is_one_policy(
    world: World, who: str, facts: dict[str, bool], may: bool
) -> None:
    link = LinkOf(world.consultation_id, **{"holds_role": False, "elsewhere": False, **facts})
    assert allowed(world.actor(who), "card.print", link) is may


def test_whose_card_was_printed_sees_by_whom(world: World) -> None:
    assert handed_links(world.people["ghat"]) == []
    card = print_card(world.member("ghat"), consultation=world.consultation, actor=world.actor("moderator"))
    consume_link(card.link.token, actor=ANONYMOUS)
    send_invitations([world.member("ghat")], consultation=world.consultation, actor=world.actor("organiser"))
    print_invitations([world.member("ghat")], consultation=world.consultation, actor=world.actor("organiser"))
    assert [
        (one.purpose, one.by, one.consultation, one.used_at is None) for one in handed_links(world.people["ghat"])
    ] == [
        ("invitation", "هدى الزوي", world.consultation_id, True),
        ("card", "فرج القماطي", world.consultation_id, False),
    ]
    assert handed_links(world.people["derna"]) == []


@pytest.mark.parametrize("who", ["administrator", "ghat"])
def test_cards_are_printed_by_its_moderators_and_organisers_only(world: World, who: str) -> None:
    with pytest.raises(Forbidden):
        print_card(world.member("ghat"), consultation=world.consultation, actor=world.actor(who))


def test_a_withheld_name_stands_on_no_letter_and_in_no_list(world: World) -> None:
    (letter,) = print_invitations(
        [world.member("cso")], consultation=world.consultation, actor=world.actor("organiser")
    )
    assert (translate(letter.name.who, "en"), letter.name.body) == ("Participant 5, name withheld", None)
    assert "خديجة" not in str(members_page(world.consultation_id))
    assert [line.number for line in members_page(world.consultation_id, text="خديجة").lines] == []
    assert [line.number for line in members_page(world.consultation_id, text="الأمل").lines] == []
    assert [line.number for line in members_page(world.consultation_id, text="٥").lines] == [5]


def test_members_are_listed_by_number_found_and_paged(world: World) -> None:
    assert [line.number for line in members_page(world.consultation_id, text="زوارة").lines] == [3]
    assert [line.number for line in members_page(world.consultation_id, text="كوسا").lines] == [1]
    for spelling in ("عيسي كوسا", "عِيسَى", "عـيسى"):
        assert [line.number for line in members_page(world.consultation_id, text=spelling).lines] == [1], spelling
    first = members_page(world.consultation_id, track="municipal", limit=2)
    assert ([line.number for line in first.lines], first.after) == ([1, 2], 2)
    second = members_page(world.consultation_id, track="municipal", after=2, limit=2)
    assert ([line.number for line in second.lines], second.after) == ([3], None)
    assert (second.lines[0].came, second.lines[0].reachable, second.lines[0].seat) == (False, True, 3)


def test_letters_are_sent_again_to_those_with_an_address(world: World) -> None:
    with transaction():
        session.get_one(Person, world.people["derna"]).email = ""
    members = [world.member("ghat"), world.member("derna")]
    assert send_invitations(members, consultation=world.consultation, actor=world.actor("organiser")) == 1
    assert _types(world) == ["InvitationRenewed"]


def test_whoever_leaves_frees_the_seat_and_may_come_back_under_the_same_number(world: World) -> None:
    organiser = world.actor("organiser")
    end_membership(world.member("ghat"), consultation=world.consultation, actor=organiser)
    assert world.actor("ghat").memberships == ()
    assert _types(world) == ["SeatVacated", "MemberLeft"]
    with pytest.raises(Conflict):
        end_membership(world.member("ghat"), consultation=world.consultation, actor=organiser)
    back = replace(AMINA, person=PersonDraft("x", "ghat@example.org"), body=world.bodies["ghat"], seat=True)
    assert _invite(world, back).member.number == 1
    (membership,) = world.actor("ghat").memberships
    assert membership.seated


def test_a_name_that_was_withheld_stays_so_when_they_are_invited_again(world: World) -> None:
    end_membership(world.member("cso"), consultation=world.consultation, actor=world.actor("organiser"))
    back = MemberDraft(PersonDraft("x", "cso@example.org"), "cso", world.bodies["cso"])
    invited = _invite(world, back)
    assert (invited.member.number, invited.member.withheld, invited.stays_withheld) == (5, True, True)
    assert translate(public_names([invited.member.id])[invited.member.id].who, "en") == "Participant 5, name withheld"
    assert not _invite(world).stays_withheld


def test_bodies_are_admitted_once_with_one_seat_each_in_their_constituency(world: World) -> None:
    organiser, keys = world.actor("organiser"), ["LY032101", "LY020101", "LY010301"]
    admitted = admit_bodies("municipal", keys, consultation=world.consultation, actor=organiser)
    assert ([body.names["ar"] for body in admitted.bodies], admitted.seats) == (["غات", "سبها", "طبرق"], 2)
    assert [body.level for body in admitted.bodies[1:]] == ["local", "local"]
    again = admit_bodies("municipal", keys, consultation=world.consultation, actor=organiser)
    assert again.seats == 0
    free = empty_seats(world.consultation_id, "municipal")
    assert [(seat.number, seat.constituency, names["ar"]) for seat, names in free if names] == [
        (6, "south", "سبها"),
        (7, "south", "طبرق"),
    ]
    assert counts_by_track(world.consultation_id)["municipal"].seats == 5
    assert _types(world) == ["SeatsCreated"]
    assert [e.type for e in events_after(INSTANCE)] == ["BodyRegistered", "BodyRegistered"]


def test_institutions_are_admitted_without_seats_and_unknown_codes_refused(world: World) -> None:
    organiser = world.actor("organiser")
    admitted = admit_bodies(INSTITUTIONS, ["MOI", "BSC"], consultation=world.consultation, actor=organiser)
    assert ([body.kind for body in admitted.bodies], admitted.seats) == (["ministry", "authority"], 0)
    with pytest.raises(Rejected):
        admit_bodies("municipal", ["LY999999"], consultation=world.consultation, actor=organiser)


def test_seats_are_made_given_and_taken_back(world: World) -> None:
    organiser, consultation = world.actor("organiser"), world.consultation
    invited = _invite(world, replace(AMINA, track="cso", body=world.bodies["cso"]))
    (seat,) = create_seats("cso", 1, consultation=consultation, actor=organiser)
    give_seat(seat, invited.member, consultation=consultation, actor=organiser)
    assert seat.holder_id == invited.member.id
    with pytest.raises(Conflict):
        give_seat(seat, world.member("ghat"), consultation=consultation, actor=organiser)
    vacate_seat(seat, consultation=consultation, actor=organiser)
    with pytest.raises(Conflict):
        vacate_seat(seat, consultation=consultation, actor=organiser)
    with pytest.raises(Conflict):
        give_seat(seat, world.member("cso"), consultation=consultation, actor=organiser)
    assert _types(world) == ["MemberInvited", "SeatsCreated", "SeatGiven", "SeatVacated"]


def test_seats_of_no_track_and_none_at_all_are_refused(world: World) -> None:
    for track, count in (("unheard-of", 1), ("municipal", 0)):
        with pytest.raises(Rejected):
            create_seats(track, count, consultation=world.consultation, actor=world.actor("organiser"))
    with pytest.raises(Rejected, match="each body has one seat"):
        create_seats("municipal", 1, consultation=world.consultation, actor=world.actor("organiser"))
    with pytest.raises(Forbidden):
        create_seats("municipal", 1, consultation=world.consultation, actor=world.actor("moderator"))


def test_the_list_of_members_is_one_query(world: World, count_queries: object) -> None:
    consultation = world.consultation_id
    with count_queries() as statements:  # type: ignore[operator]
        assert len(members_page(consultation).lines) == 5
    assert len([s for s in statements if s.startswith("SELECT")]) == 1


def test_a_member_is_found_by_the_number_on_the_letter(world: World) -> None:
    found = member_by_number(world.consultation_id, 2)
    assert found is not None
    assert found.id == world.members["derna"]
    assert member_by_number(world.consultation_id, 99) is None
