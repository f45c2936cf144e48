"""Pages of recommendations: read by everybody, drafted by organisers, reserved against by members."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from consult.ballots.box import cast
from consult.ballots.services import BallotDraft, close_ballot, open_ballot, prepare_ballot
from consult.ballots.states import BallotKind
from consult.db import session, transaction
from consult.i18n import Localized
from consult.recommendations.models import Recommendation
from consult.recommendations.queries import read_dossier
from consult.recommendations.services import ClauseDraft, VersionDraft, record_reservation, write_version
from consult.submissions.models import Submission
from consult.testing.plenary import accept_passages, propose_recommendation
from consult.testing.web import post
from consult.testing.world import World

HOME = "/en/c/test"
ORGANISE = f"{HOME}/organise/recommendations"


def _words(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    page = answer.get_data(as_text=True)
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"</?(?:b|bdi|i|time)\b[^>]*>", "", page)).split())


def _own(statements: list[str]) -> int:
    """Return how many statements are this page's own: not those that find the consultation and the visitor."""
    frame = re.compile(r"FROM (consultation|consultation_track|phase|stream|sign_in|role_grant)\b")
    return len([s for s in statements if s.startswith("SELECT") and not frame.search(s)])


def _decided(world: World) -> Recommendation:
    passages = accept_passages(world, "نعدّ ولا نعرّف.", "كل ثلاثة أشهر.")
    row = propose_recommendation(world, passages=passages)
    write_version(
        VersionDraft(
            row.titles,
            (
                ClauseDraft(
                    Localized(ar="تُنشئ البلديات سجلًا يُحصي ولا يُعرّف.", en="It counts and does not identify."), key="1.1"
                ),
            ),
            reason="أُضيف ما يحمي الناس",
        ),
        recommendation=row,
        actor=world.actor("organiser"),
    )
    draft = BallotDraft(BallotKind.RECOMMENDATION, "GA-2/3", Localized(ar="هل تعتمد؟", en="Do you adopt it?"), row.id)
    ballot = prepare_ballot(draft, consultation=world.consultation, actor=world.actor("organiser"))
    open_ballot(ballot, actor=world.actor("moderator"))
    for who, choice in {
        "ghat": "for",
        "derna": "for",
        "zuwara": "against",
        "cso": "for",
        "professor": "abstain",
    }.items():
        cast(ballot, choice, actor=world.actor(who))
    close_ballot(ballot, actor=world.actor("moderator"))
    record_reservation(
        "نتحفظ على الكلفة.", language="ar", recommendation=row, member=world.members["cso"], actor=world.actor("cso")
    )
    return row


def test_a_recommendation_shows_text_result_and_way(client: FlaskClient, world: World) -> None:
    _decided(world)
    words = _words(client, f"{HOME}/recommendations/1/")
    for said in (
        "Recommendation 1: A shared municipal register",
        "Adopted",
        "Version 2, the version voted on",
        "It counts and does not identify.",
        "Result of ballot 1",
        "3 in favour of 4 votes cast; 3 were needed.",
        "1 abstained; abstentions are not part of the base.",
        "Ghat, passage 1",
        "TT-2026-00001",
        "Participant 5, name withheld",
        "نتحفظ على الكلفة.",
    ):
        assert said in words
    assert "Draft recommendations" not in words
    assert "Edit" not in words


def test_a_public_recommendation_takes_at_most_ten_queries_and_one_while_nothing_happens(
    client: FlaskClient, world: World, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    _decided(world)
    client.get(f"{HOME}/recommendations/1/")
    client.application.extensions["consult.kept"].clear()
    with count_queries() as first:
        assert client.get(f"{HOME}/recommendations/1/").status_code == 200
    with count_queries() as again:
        assert "نتحفظ على الكلفة." in client.get(f"{HOME}/recommendations/1/").get_data(as_text=True)
    assert (_own(first), len(first) <= 10, _own(again)) == (6, True, 0)


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_the_same_queries_whatever_it_holds(
    client: FlaskClient, world: World, count_queries: Callable[[], AbstractContextManager[list[str]]], count: int
) -> None:
    for _ in range(count):
        propose_recommendation(world)
    client.get(f"{HOME}/recommendations/")
    with count_queries() as statements:
        words = _words(client, f"{HOME}/recommendations/")
    assert _own(statements) == 2
    assert words.count("Under discussion") == count + 1  # once in the filter


def test_the_list_is_narrowed_by_state_and_topic(client: FlaskClient, world: World) -> None:
    propose_recommendation(world)
    assert "Recommendation 1:" in _words(client, f"{HOME}/recommendations/?state=proposed")
    assert "No recommendation matches" in _words(client, f"{HOME}/recommendations/?state=adopted")
    assert "No recommendation matches" in _words(client, f"{HOME}/recommendations/?topic=gcm-1")
    assert "Recommendation 1:" in _words(client, f"{HOME}/recommendations/?state=nonsense&below=x")
    with transaction():
        session.execute(sa.update(Recommendation).values(topic_id=world.topics["gcm-1"], state="draft"))
    assert "No recommendation matches" in _words(client, f"{HOME}/recommendations/?topic=gcm-1")


def test_a_draft_does_not_exist_for_others(client: FlaskClient, world: World) -> None:
    propose_recommendation(world)
    with transaction():
        session.execute(sa.update(Recommendation).values(state="draft"))
    for path in ("", "versions/1/"):
        assert client.get(f"{HOME}/recommendations/1/{path}").status_code == 404
    assert "Nothing has been proposed yet" in _words(client, f"{HOME}/recommendations/")
    world.sign_in(client, "moderator")
    assert client.get(f"{HOME}/recommendations/1/").status_code == 200


def test_versions_show_what_changed(client: FlaskClient, world: World) -> None:
    _decided(world)
    page = client.get("/ar/c/test/recommendations/1/versions/2/").get_data(as_text=True)
    assert "<ins>" in page
    assert "أُضيف ما يحمي الناس" in page
    assert "A later version exists" in _words(client, f"{HOME}/recommendations/1/versions/1/")
    assert client.get(f"{HOME}/recommendations/1/versions/3/").status_code == 404


def test_the_text_is_shown_in_the_language_asked_for(client: FlaskClient, world: World) -> None:
    propose_recommendation(world)
    assert 'lang="fr" dir="auto"' in client.get(f"{HOME}/recommendations/1/?text=fr").get_data(as_text=True)
    texts = Localized(ar="نص جديد", en="The municipalities shall set up a shared register.")
    row = session.scalars(sa.select(Recommendation)).one()
    write_version(
        VersionDraft(row.titles, (ClauseDraft(texts, key="1.1"),)), recommendation=row, actor=world.actor("organiser")
    )
    assert "This translation still follows an older text." in _words(client, f"{HOME}/recommendations/1/")
    assert "نص جديد" in _words(client, "/fr/c/test/recommendations/1/")


def test_a_text_that_was_hidden_is_not_shown_as_a_source(client: FlaskClient, world: World) -> None:
    _decided(world)
    with transaction():
        session.execute(sa.update(Submission).values(state="hidden"))
    world.sign_in(client, "organiser")
    assert "نعدّ ولا نعرّف." not in _words(client, f"{ORGANISE}/1/")
    assert "The text is no longer shown." in _words(client, f"{HOME}/recommendations/1/")


def test_only_organisers_draft(client: FlaskClient, world: World) -> None:
    accept_passages(world, "نص")
    propose_recommendation(world)
    pages = ("", "new/", "1/", "1/details/", "1/propose/", "1/sources/", "1/sources/TT-2026-00001/")
    assert {client.get(f"{ORGANISE}/{page}").status_code for page in pages} == {303}
    for who, status in {"ghat": 403, "moderator": 403, "organiser": 200}.items():
        world.sign_in(client, who)
        assert {client.get(f"{ORGANISE}/{page}").status_code for page in pages[1:]} == {status}
        assert client.get(f"{ORGANISE}/").status_code == (403 if who == "ghat" else 200)  # drafts are read by all staff


def test_from_a_new_recommendation_to_proposing_it(client: FlaskClient, world: World) -> None:
    passage = str(accept_passages(world, "نعدّ ولا نعرّف.")[0])
    world.sign_in(client, "organiser")
    answer = post(
        client,
        f"{ORGANISE}/new/",
        {"title_ar": "سجل", "authoritative": "ar", "topic": str(world.topics["gcm-1"]), "due": "٢٠٢٧-١٢-٣١"},
    )
    assert (answer.status_code, answer.location) == (303, f"{ORGANISE}/1/sources/")
    assert "TT-2026-00001" in _words(client, f"{ORGANISE}/1/sources/?track=municipal")
    answer = post(client, f"{ORGANISE}/1/sources/TT-2026-00001/", {"passages": [passage]})
    assert answer.location == f"{ORGANISE}/1/#sources"
    answer = post(client, f"{ORGANISE}/1/propose/", {})
    assert answer.status_code == 422
    answer = post(client, f"{ORGANISE}/1/", {"title_ar": "سجل", "clauses-0-ar": "البند الأول", "clauses-0-place": "1"})
    assert answer.status_code == 303
    answer = post(client, f"{ORGANISE}/1/propose/", {})
    assert (answer.status_code, answer.location) == (303, f"{ORGANISE}/1/")
    dossier = read_dossier(world.consultation_id, 1)
    assert dossier is not None
    assert (
        dossier.state,
        dossier.due.isoformat() if dossier.due else "",
        [c.key for c in dossier.present.clauses],
    ) == (
        "proposed",
        "2027-12-31",
        ["1.1"],
    )
    answer = post(client, f"{ORGANISE}/1/sources/TT-2026-00001/", {})
    assert "No passage has been chosen yet." in _words(client, f"{ORGANISE}/1/")


def test_a_wrong_new_recommendation_says_what_to_mend_and_keeps_what_was_typed(
    client: FlaskClient, world: World
) -> None:
    world.sign_in(client, "organiser")
    for fields, said in (
        ({"title_en": "Kept", "authoritative": "ar", "topic": ""}, "Write the title in the language of record."),
        (
            {"title_ar": "سجل", "title_en": "Kept", "authoritative": "ar", "topic": "", "due": "soon"},
            "Write the date as year, month and day",
        ),
    ):
        answer = post(client, f"{ORGANISE}/new/", fields)
        page = answer.get_data(as_text=True)
        assert (answer.status_code, said in page, 'value="Kept"' in page) == (422, True, True)


def _clauses(*rows: dict[str, Any]) -> dict[str, Any]:
    return {f"clauses-{i}-{name}": value for i, row in enumerate(rows) for name, value in row.items()}


def test_clauses_are_moved_taken_out_and_added(client: FlaskClient, world: World) -> None:
    row = propose_recommendation(world)
    write_version(
        VersionDraft(row.titles, (ClauseDraft(Localized(ar="أول"), key="1.1"), ClauseDraft(Localized(ar="ثانٍ")))),
        recommendation=row,
        actor=world.actor("organiser"),
    )
    world.sign_in(client, "organiser")
    rows = _clauses(
        {"key": "1.1", "place": "2", "ar": "أول"},
        {"key": "1.2", "place": "1", "ar": "ثانٍ", "remove": "y"},
        {"place": "1", "ar": "جديد"},
        {"place": "4"},
    )
    answer = post(client, f"{ORGANISE}/1/", {"title_ar": "سجل", **rows})
    assert answer.status_code == 303
    dossier = read_dossier(world.consultation_id, 1)
    assert dossier is not None
    assert [(c.key, c.texts["ar"]) for c in dossier.present.clauses] == [("1.3", "جديد"), ("1.1", "أول")]


def test_a_wrong_clause_is_marked_at_its_field_and_nothing_is_lost(client: FlaskClient, world: World) -> None:
    propose_recommendation(world)
    world.sign_in(client, "organiser")
    rows = _clauses({"key": "1.1", "place": "2", "ar": "", "en": "Only English is left"}, {"place": "1", "ar": "جديد"})
    answer = post(client, f"{ORGANISE}/1/", {"title_ar": "سجل", "reason": "سبب التغيير", **rows})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'href="#clauses-0-ar"' in page
    for kept in ("Only English is left", "جديد", "سبب التغيير"):
        assert kept in page


def test_more_empty_clauses_are_offered_without_losing_what_was_typed(client: FlaskClient, world: World) -> None:
    propose_recommendation(world)
    world.sign_in(client, "organiser")
    answer = post(client, f"{ORGANISE}/1/", {"then": "more", **_clauses({"key": "1.1", "ar": "قيد الكتابة"})})
    page = answer.get_data(as_text=True)
    assert (answer.status_code, "قيد الكتابة" in page, 'name="clauses-2-ar"' in page) == (200, True, True)


def test_writing_on_an_older_version_is_told_and_keeps_the_text(client: FlaskClient, world: World) -> None:
    row = propose_recommendation(world)
    world.sign_in(client, "organiser")
    page = client.get(f"{ORGANISE}/1/").get_data(as_text=True)
    [base] = re.findall(r'name="base"[^>]*value="([^"]+)"', page)
    write_version(
        VersionDraft(row.titles, (ClauseDraft(Localized(ar="نصهم"), key="1.1"),)),
        recommendation=row,
        actor=world.actor("organiser"),
    )
    answer = post(client, f"{ORGANISE}/1/", {"title_ar": "سجل", "base": base, **_clauses({"key": "1.1", "ar": "نصي"})})
    words = answer.get_data(as_text=True)
    assert (answer.status_code, "Somebody wrote version" in words, "نصي" in words) == (422, True, True)


def test_details_are_changed(client: FlaskClient, world: World) -> None:
    propose_recommendation(world)
    world.sign_in(client, "organiser")
    answer = post(client, f"{ORGANISE}/1/details/", {"topic": "", "due": "2027-01-31"})
    assert (answer.status_code, answer.location) == (303, f"{ORGANISE}/1/")
    assert "31 January 2027" in _words(client, f"{HOME}/recommendations/1/")


def test_a_source_is_removed_from_the_page(client: FlaskClient, world: World) -> None:
    [passage] = accept_passages(world, "نص")
    propose_recommendation(world, passages=[passage])
    world.sign_in(client, "organiser")
    answer = post(client, f"{ORGANISE}/1/sources/{passage}/remove/", {}, form_page=f"{ORGANISE}/1/")
    assert answer.status_code == 303
    assert "No passage has been chosen yet." in _words(client, f"{ORGANISE}/1/")


def test_a_member_puts_a_reservation_on_record_once(client: FlaskClient, world: World) -> None:
    propose_recommendation(world)
    path = f"{HOME}/recommendations/1/reservation/"
    assert client.get(path).status_code == 303
    world.sign_in(client, "moderator")
    assert client.get(path).status_code == 403
    world.sign_in(client, "cso")
    assert "Put a reservation on record" in _words(client, f"{HOME}/recommendations/1/")
    answer = post(client, path, {"text": " ", "language": "ar"})
    assert (answer.status_code, "Write your reservation." in answer.get_data(as_text=True)) == (422, True)
    answer = post(client, path, {"text": "نتحفظ.", "language": "ar"})
    assert answer.location == f"{HOME}/recommendations/1/#reservations"
    words = _words(client, f"{HOME}/recommendations/1/")
    assert "Participant 5, name withheld" in words
    assert "خديجة" not in _words(FlaskClient(client.application), f"{HOME}/recommendations/1/")
    assert client.get(path).location == f"{HOME}/recommendations/1/#reservations"
