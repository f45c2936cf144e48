"""Setting up a consultation, its frame, people and letters, as organisers do it in the browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from consult import clock
from consult.accounts.access import Role
from consult.accounts.models import Body, Person, RoleGrant
from consult.consultations.models import Consultation, Member, Phase, Seat, Topic
from consult.consultations.queries import consultation_by_slug
from consult.db import new_id, session, transaction
from consult.events.stream import events_after
from consult.i18n import Localized
from consult.recommendations.models import Recommendation
from consult.recommendations.services import DetailsDraft, change_details
from consult.testing.plenary import propose_recommendation
from consult.testing.web import post
from consult.testing.world import World

HOME = "/en/c/test/organise"
NEW = {
    "template": "national-dialogue",
    "begins": "٢٠٢٧-٠١-٠١",
    "slug": "sebha",
    "prefix": "SC",
    "names_ar": "تشاور سبها",
    "names_en": "The Sebha Consultation",
    "names_fr": "La Consultation de Sebha",
    "titles_ar": "كيف؟",
    "titles_en": "How?",
    "titles_fr": "Comment ?",
    "summaries_ar": "ملخص",
    "summaries_en": "Summary",
    "summaries_fr": "Résumé",
    "timezone": "Africa/Tripoli",
}
PAGES = (
    "/",
    "/frame/",
    "/frame/names/",
    "/frame/phases/new/",
    "/frame/phases/writing/",
    "/frame/phases/writing/remove/",
    "/frame/tracks/cso/",
    "/frame/topics/",
    "/frame/rules/",
    "/frame/publish/",
    "/people/",
    "/people/invite/cso/",
    "/people/bodies/municipal/",
    "/people/bodies/institutions/",
    "/people/seats/cso/",
    "/people/1/",
    "/people/1/end/",
)


def _page(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def _words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_a_consultation_is_set_up_looked_over_and_made_public(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "organiser")
    answer = post(client, "/en/organise/new", NEW)
    assert (answer.status_code, answer.location) == (303, "/en/c/sebha/organise/frame/")
    words = _words(_page(client, answer.location))
    assert "Not public yet" in words
    assert "Written submissions and Sessions and votes are open at the same time." in words
    assert post(client, "/en/c/sebha/organise/frame/publish/", {}).location == "/en/c/sebha/"
    found = consultation_by_slug("sebha")
    assert found is not None
    assert (found.public, found.phases[0].opens_at.isoformat()) == (True, "2026-12-31T22:00:00+00:00")


def test_what_is_wrong_is_told_and_everything_typed_stays(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "organiser")
    answer = post(client, "/en/organise/new", NEW | {"slug": "test", "names_fr": "", "begins": "soon", "prefix": "x"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert '<a href="#begins">Write the date as year, month and day, for example 2026-11-24.</a>' in page
    assert 'value="The Sebha Consultation"' in page
    answer = post(client, "/en/organise/new", NEW | {"slug": "test", "names_fr": ""})
    page = answer.get_data(as_text=True)
    assert '<a href="#slug">Another consultation has this address.</a>' in page
    assert '<a href="#names_fr">Write the name in this language.</a>' in page
    assert session.scalar(sa.select(sa.func.count()).select_from(Consultation)) == 1


def test_only_organisers_open_these_pages(world: World, app: Flask) -> None:
    for who, status in (("moderator", 403), ("ghat", 403), ("administrator", 403)):
        browser = world.sign_in(app.test_client(), who)
        assert {browser.get(HOME + path).status_code for path in PAGES} == {status}
    nobody = app.test_client()
    assert {nobody.get(HOME + path).status_code for path in PAGES} == {303}
    assert world.sign_in(app.test_client(), "ghat").get("/en/organise/new").status_code == 403


def test_reading_writes_nothing(
    client: FlaskClient, world: World, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    world.sign_in(client, "organiser")
    with count_queries() as statements:
        for path in PAGES:
            _page(client, HOME + path)
    assert [s for s in statements if not s.startswith(("SELECT", "BEGIN"))] == []


def test_the_desk_says_what_needs_the_organiser_first(
    client: FlaskClient, world: World, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    with transaction():
        session.execute(sa.update(Seat).where(Seat.number == 1).values(holder_id=None))
    world.sign_in(client, "organiser")
    words = _words(_page(client, HOME + "/"))
    assert "1 seat in the plenary has nobody" in words
    assert "5 members have never signed in" in words
    assert words.index("What needs you") < words.index("Submissions each week")
    with count_queries() as statements:
        page = _page(client, HOME + "/")
    assert len([s for s in statements if s.startswith("SELECT")]) == 10
    jobs = page.partition('class="jobs"')[2].partition("</div>")[0]
    assert re.findall("<h3>([^<]+)</h3>", jobs) == [
        *("Texts", "Sessions and voting", "Recommendations and outcome", "People and bodies", "Set-up")
    ]
    waiting = dict(re.findall(r'<span class="go">([^<]+)</span><span class="count">(\d+)<', jobs))
    assert waiting == {"People and seats": "1"}
    assert {client.get(href).status_code for href in re.findall('href="([^"]+)"', jobs)} == {200}
    assert "Review" not in jobs  # whoever only organises does not moderate
    _give_moderator(world)
    jobs = _page(client, HOME + "/").partition('class="jobs"')[2]
    assert 'href="/en/c/test/review/"' in jobs


def _give_moderator(world: World) -> None:
    with transaction():
        session.add(
            RoleGrant(
                person_id=world.people["organiser"],
                role=Role.MODERATOR,
                consultation_id=world.consultation_id,
                granted_at=clock.now(),
            )
        )


def test_names_are_changed(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "organiser")
    names = {key: value for key, value in NEW.items() if key.startswith(("names", "titles", "summaries", "timezone"))}
    assert post(client, HOME + "/frame/names/", names).status_code == 303
    assert world.consultation.names["en"] == "The Sebha Consultation"
    wrong = post(client, HOME + "/frame/names/", names | {"names_ar": ""})
    assert (wrong.status_code, 'href="#names_ar"' in wrong.get_data(as_text=True)) == (422, True)


def test_a_phase_is_added_changed_and_removed(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "organiser")
    phase = {
        "key": "hearings",
        "names_ar": "جلسات",
        "names_en": "Hearings",
        "names_fr": "Auditions",
        "opens_at": "2027-03-01T09:00",
        "closes_at": "2027-03-31 18:00",
        "rights": ["session", "vote"],
    }
    assert post(client, HOME + "/frame/phases/new/", phase).status_code == 303
    row = session.scalars(sa.select(Phase).where(Phase.key == "hearings")).one()
    assert (row.opens_at.isoformat(), row.rights) == ("2027-03-01T07:00:00+00:00", ["session", "vote"])
    assert "no phase is open" in _words(_page(client, HOME + "/frame/"))
    assert 'value="2027-03-01T09:00"' in _page(client, HOME + "/frame/phases/hearings/")
    late = post(client, HOME + "/frame/phases/hearings/", phase | {"closes_at": "2027-02-01T09:00"})
    assert '<a href="#closes_at">A phase closes after it opens.</a>' in late.get_data(as_text=True)
    for bound in ("opens_at", "closes_at"):
        for year in ("0001", "9999"):
            far = post(client, HOME + "/frame/phases/hearings/", phase | {bound: f"{year}-12-31T23:00"})
            assert (far.status_code, f'<a href="#{bound}">Give a day from 1800-01-01 to' in far.text) == (422, True)
    again = post(client, HOME + "/frame/phases/new/", phase)
    assert (again.status_code, "Two phases have this key." in again.get_data(as_text=True)) == (422, True)
    assert post(client, HOME + "/frame/phases/hearings/remove/", {}).status_code == 303
    assert client.get(HOME + "/frame/phases/hearings/").status_code == 404


def test_the_hours_of_a_clock_that_goes_forward_and_back(client: FlaskClient, world: World) -> None:
    with transaction():
        session.execute(sa.update(Consultation).values(timezone="Europe/Paris"))
    world.sign_in(client, "organiser")
    names = {"names_ar": "ليل", "names_en": "Night", "names_fr": "Nuit"}
    night = {"key": "night", **names, "opens_at": "2026-10-25T02:30", "closes_at": "2027-03-28T02:30"}
    skipped = post(client, HOME + "/frame/phases/new/", night)
    assert (skipped.status_code, '<a href="#closes_at">The clocks go forward' in skipped.text) == (422, True)
    assert post(client, HOME + "/frame/phases/new/", night | {"closes_at": "2027-03-28T03:30"}).status_code == 303
    assert "That day has 02:30 twice, as the clocks go back." in _page(client, HOME + "/frame/")
    row = session.scalars(sa.select(Phase).where(Phase.key == "night")).one()
    assert [at.isoformat()[:16] for at in (row.opens_at, row.closes_at)] == ["2026-10-25T00:30", "2027-03-28T01:30"]


def test_a_track_is_switched_off_and_set_with_its_own_questions(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "organiser")
    path = HOME + "/frame/tracks/municipal/"
    unanswered = post(client, path, {"enabled": "y", "seats": "45"})
    assert (unanswered.status_code, "Answer this question." in unanswered.get_data(as_text=True)) == (422, True)
    assert post(client, path, {"enabled": "y", "seats": "٤٥", "endorsement_required": "no"}).status_code == 303
    (row,) = [t for t in world.consultation.tracks if t.key == "municipal"]
    assert (row.seats, row.settings) == (45, {"endorsement_required": False})
    post(client, path, {"seats": "45"})
    session.rollback()
    assert world.consultation.enabled_tracks() == ["academic", "cso"]
    assert client.get(HOME + "/frame/tracks/unheard-of/").status_code == 404


def test_topics_and_rules_are_chosen(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "organiser")
    assert post(client, HOME + "/frame/topics/", {"topics": ["gcm:1", "jvap:3"]}).status_code == 303
    found = session.execute(sa.select(Topic.scheme, Topic.code).order_by(Topic.position)).all()
    assert [tuple(row) for row in found] == [("gcm", "1"), ("jvap", "3")]
    rules = {"recommendation": "CONS-1", "procedural": "GA-SIMPLE", "choice": "LPDF-R1"}
    assert post(client, HOME + "/frame/rules/", rules).status_code == 303
    session.rollback()
    assert world.consultation.rules == rules
    wrong = post(client, HOME + "/frame/rules/", rules | {"choice": "NONE"})
    assert (wrong.status_code, 'href="#choice"' in wrong.get_data(as_text=True)) == (422, True)


def test_somebody_is_invited_on_paper_and_their_link_is_shown_once(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "organiser")
    path = HOME + "/people/invite/municipal/"
    answer = post(client, path, {"name": "Amina", "email": "", "language": "fr", "letter": "print"})
    page = answer.get_data(as_text=True)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    (address,) = set(re.findall(r"http://localhost(/fr/invitation/[\w-]{43})", page))
    assert '<section class="card letter stack" lang="fr" dir="ltr"' in page
    assert "<svg" in page.split('class="qr"')[1]
    assert address not in _page(client, HOME + "/people/")
    other = client.application.test_client()
    assert post(other, address, {}).location == "/fr/c/test/"


def test_a_body_beyond_what_a_list_can_offer_is_found_by_its_name(
    client: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consult.web.offered.MOST_OFFERED", 1)
    world.sign_in(client, "organiser")
    for path, value in (
        (HOME + "/people/invite/municipal/", str(world.bodies["ghat"])),
        (HOME + "/responses/", session.get_one(Body, world.bodies["ghat"]).key),
    ):
        whole, found = _page(client, path), _page(client, path + "?q=غات")
        told = [f'<option value="{value}"' in page for page in (whole, found)]
        assert (told, 'id="s-q"' in whole, "more than the list below" in whole) == ([False, True], True, True)
    path = HOME + "/people/invite/municipal/?q=غات"
    wrong = post(client, path, {"name": "", "language": "ar", "letter": "print", "body": str(world.bodies["ghat"])})
    assert (wrong.status_code, "selected" in wrong.text, "?q=" in wrong.text) == (422, True, True)
    monkeypatch.undo()
    assert 'id="s-q"' not in _page(client, HOME + "/people/invite/municipal/")


def test_bodies_that_are_to_carry_out_a_recommendation_are_found_beyond_the_list(
    client: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was chosen before is offered whatever is looked for; a body that has ended is not."""
    with transaction():
        for key, name in (("CUSTOMS", "Customs"), ("HEALTH", "Health"), ("PORTS", "Ports"), ("WATER", "Water")):
            names = Localized(ar=name, en=name, fr=name)
            session.add(Body(id=new_id(), key=key, kind="ministry", names=names, valid_from=clock.now()))
        session.flush()
        session.execute(sa.update(Body).where(Body.key == "WATER").values(valid_to=clock.now()))
    row = propose_recommendation(world)
    change_details(DetailsDraft(responsible=("PORTS",)), recommendation=row, actor=world.actor("organiser"))
    monkeypatch.setattr("consult.web.offered.MOST_OFFERED", 2)
    world.sign_in(client, "organiser")

    def offers(page: str) -> list[bool]:
        return [f'value="{key}"' in page for key in ("CUSTOMS", "HEALTH", "PORTS", "WATER")]

    path = f"{HOME}/recommendations/{row.number}/details/"
    whole, found = _page(client, path), _page(client, path + "?q=health")
    assert offers(whole) == [True, True, True, False]
    assert offers(found) == [False, True, True, False]
    assert ["more than the list below" in whole, 'id="s-q"' in found] == [True, True]
    given = {"responsible": ["PORTS", "HEALTH"]}
    assert post(client, path + "?q=health", given).status_code == 303
    session.rollback()
    assert session.get_one(Recommendation, row.id).responsible == ["PORTS", "HEALTH"]
    new = _page(client, f"{HOME}/recommendations/new/?q=customs")
    assert (offers(new), "<details open" in new) == ([True, False, False, False], True)
    asked = _page(client, f"{HOME}/responses/?q=health")
    assert offers(asked) == [False, True, False, False]
    assert "more than the list below" in _page(client, f"{HOME}/responses/")


def test_what_is_wrong_with_an_invitation_is_told_at_its_field(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "organiser")
    path = HOME + "/people/invite/cso/"
    answer = post(client, path, {"name": "Amina", "email": "", "language": "ar", "letter": "mail", "withheld": "y"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'href="#email"' in page
    assert 'value="Amina"' in page
    assert 'name="withheld"' not in _page(client, HOME + "/people/invite/municipal/")
    assert client.get(HOME + "/people/invite/unheard-of/").status_code == 404


def test_an_invitation_by_mail_leads_back_to_the_list(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "organiser")
    fields = {"name": "Amina", "email": "amina@example.org", "language": "ar", "letter": "mail", "body": ""}
    answer = post(client, HOME + "/people/invite/cso/", fields | {"withheld": "y"})
    assert (answer.status_code, answer.location) == (303, "/en/c/test/organise/people/?track=cso")
    assert "Amina" not in _page(client, answer.location)
    member = session.scalars(sa.select(Member).where(Member.number == 6)).one()
    assert member.withheld
    assert post(client, HOME + "/people/6/end/", {}).status_code == 303
    again = post(client, HOME + "/people/invite/cso/", fields)
    assert "So it stays withheld." in _words(_page(client, again.location))


def test_bodies_are_chosen_from_the_list_and_get_their_seats(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "organiser")
    path = HOME + "/people/bodies/municipal/"
    assert "Has its seat" in _page(client, path)
    found = _page(client, path + "?q=سبها")
    keys = re.findall(r'name="body" value="([^"]+)"', found)
    assert len(keys) >= 1
    assert post(client, path, {"body": keys}).status_code == 303
    body = session.scalars(sa.select(Body).where(Body.key == keys[0])).one()
    assert session.scalars(sa.select(Seat.constituency).where(Seat.body_id == body.id)).all() == ["south"]
    assert post(client, path, {"body": ["nonsense"]}).status_code == 422
    assert client.get(HOME + "/people/bodies/unheard-of/").status_code == 404


def test_seats_are_added_given_and_taken_back(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "organiser")
    assert post(client, HOME + "/people/seats/cso/", {"count": "0"}).status_code == 422
    assert post(client, HOME + "/people/seats/cso/", {"count": "2"}).status_code == 303
    path = HOME + "/people/5/"
    assert post(client, path + "seat/", {}, form_page=path).status_code == 303
    assert post(client, path + "seat/", {"seat": "6"}, form_page=path).status_code == 303
    assert session.scalars(sa.select(Seat.number).where(Seat.holder_id == world.members["cso"])).one() == 6
    assert "Seat 6" in _words(_page(client, path))
    assert [e.type for e in events_after(world.consultation_id)] == ["SeatsCreated", "SeatVacated", "SeatGiven"]


def test_letters_are_printed_for_the_chosen_and_never_for_whoever_holds_a_role(
    client: FlaskClient, world: World
) -> None:
    with transaction():
        session.add(
            RoleGrant(
                person_id=world.people["ghat"],
                role=Role.MODERATOR,
                consultation_id=world.consultation_id,
                granted_at=world.consultation.created_at,
            )
        )
    world.sign_in(client, "organiser")
    page = post(
        client, HOME + "/people/letters/", {"member": ["1", "2", "5"], "letter": "print"}, form_page=HOME + "/people/"
    ).get_data(as_text=True)
    assert len(set(re.findall(r"/ar/invitation/[\w-]{43}", page))) == 2
    assert ("خديجة" in page, "سعاد" in page) == (False, True)
    refused = post(client, HOME + "/people/letters/", {"member": ["1"], "letter": "print"}, form_page=HOME + "/people/")
    assert refused.status_code == 303
    assert "Their link goes to their own address only." in _words(_page(client, HOME + "/people/1/"))
    mailed = post(client, HOME + "/people/letters/", {"member": ["2"], "letter": "mail"}, form_page=HOME + "/people/")
    assert "1 letter is on its way." in _words(_page(client, mailed.location))


def test_a_members_part_is_ended(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "organiser")
    assert post(client, HOME + "/people/1/end/", {}).status_code == 303
    assert world.actor("ghat").memberships == ()
    assert "Part ended" in _words(_page(client, HOME + "/people/1/"))
    assert client.get(HOME + "/people/99/").status_code == 404


def test_a_withheld_name_stands_on_none_of_these_pages(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "organiser")
    for path in (*PAGES, "/people/5/", "/people/5/end/", "/people/?q=خديجة", "/people/?track=cso"):
        page = _page(client, HOME + path)
        assert "التارقي" not in page.replace('value="خديجة"', "")


def test_a_moderator_prints_a_card_in_the_hall(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "moderator")
    page = _words(_page(client, "/en/c/test/cards/?q=كوسا"))
    assert "Member 1" in page
    assert "خديجة" not in _page(client, "/en/c/test/cards/?q=خديجة").replace('value="خديجة"', "")
    answer = post(client, "/en/c/test/cards/1/", {}, form_page="/en/c/test/cards/?q=1")
    (path,) = set(re.findall(r"/ar/invitation/[\w-]{43}", answer.get_data(as_text=True)))
    other = client.application.test_client()
    assert post(other, path, {}).status_code == 303
    assert [e.type for e in events_after(world.consultation_id)] == ["CardPrinted"]
    assert world.sign_in(client, "ghat").get("/en/c/test/cards/").status_code == 403


def test_a_name_with_markup_is_shown_as_text(client: FlaskClient, world: World) -> None:
    with transaction():
        session.get_one(Person, world.people["ghat"]).name = "<script>x</script>"
    world.sign_in(client, "organiser")
    assert "<script>x" not in _page(client, HOME + "/people/")
