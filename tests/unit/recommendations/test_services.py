"""Recommendations: drafted from passages, written in versions, proposed, reserved against; and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest
import sqlalchemy as sa

from consult.accounts.access import ANONYMOUS, allowed
from consult.consultations.names import NAME_WITHHELD
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Forbidden, Rejected
from consult.events.stream import events_after
from consult.i18n import Localized
from consult.recommendations.models import Clause, Recommendation, Source, Version
from consult.recommendations.queries import (
    read_dossier,
    recommendation_by_number,
    recommendations_citing,
    recommendations_page,
)
from consult.recommendations.reservation_models import Reservation
from consult.recommendations.services import (
    ClauseDraft,
    DetailsDraft,
    RecommendationDraft,
    VersionDraft,
    add_source,
    change_details,
    draft_recommendation,
    present_version,
    propose,
    record_reservation,
    remove_source,
    write_version,
)
from consult.recommendations.surroundings import read_surroundings
from consult.submissions.models import Submission
from consult.testing.plenary import accept_passages, propose_recommendation
from consult.testing.world import World

TITLES = Localized(ar="سجل بلدي موحّد", en="A shared municipal register")
FIRST = Localized(ar="تُنشئ البلديات سجلًا موحّدًا.", en="The municipalities shall set up a register.")
SECOND = Localized(ar="لا تُسلَّم بياناته إلى جهة أمنية.")


def _draft(world: World, **more: object) -> Recommendation:
    draft = RecommendationDraft(TITLES, **more)  # type: ignore[arg-type]
    return draft_recommendation(draft, consultation=world.consultation, actor=world.actor("organiser"))


def _write(world: World, row: Recommendation, *clauses: ClauseDraft, **more: object) -> Version:
    draft = VersionDraft(TITLES, clauses, **more)  # type: ignore[arg-type]
    return write_version(draft, recommendation=row, actor=world.actor("organiser"))


def _read(statements: list[str]) -> list[str]:
    return [statement for statement in statements if statement.startswith("SELECT")]


def _types(world: World) -> list[str]:
    return [event.type for event in events_after(world.consultation_id)]


def test_a_draft_has_a_number_an_empty_version_and_its_sources(world: World) -> None:
    first, second = accept_passages(world, "نعدّ ولا نعرّف.", "كل ثلاثة أشهر.")
    details = DetailsDraft(topic=world.topics["gcm-1"], responsible=("LY032101",), due=date(2027, 12, 31))
    row = _draft(world, details=details, passages=(first, second))
    assert (row.number, row.state, row.version, row.responsible) == (1, "draft", 1, ["LY032101"])
    assert present_version(row).clauses == []
    assert session.scalars(sa.select(Source.passage_id)).all() == [first, second]
    assert _types(world) == ["RecommendationDrafted", "SourceAdded", "SourceAdded"]


def test_only_accepted_passages_of_this_consultation_are_sources(world: World) -> None:
    [passage] = accept_passages(world, "نص")
    row = _draft(world)
    with pytest.raises(Rejected) as refused:
        add_source(new_id(), recommendation=row, actor=world.actor("organiser"))
    assert refused.value.problems[0].field == "passages"
    with transaction():
        session.execute(sa.update(Submission).values(state="received"))
    with pytest.raises(Rejected):
        add_source(passage, recommendation=row, actor=world.actor("organiser"))
    with transaction():
        session.execute(sa.update(Submission).values(state="accepted", revision=2))
    with pytest.raises(Rejected):
        add_source(passage, recommendation=row, actor=world.actor("organiser"))


def test_a_source_is_added_once_and_removed(world: World) -> None:
    [passage] = accept_passages(world, "نص")
    row, organiser = _draft(world), world.actor("organiser")
    made = add_source(passage, recommendation=row, actor=organiser)
    assert add_source(passage, recommendation=row, actor=organiser).id == made.id
    remove_source(passage, recommendation=row, actor=organiser)
    assert _types(world) == ["RecommendationDrafted", "SourceAdded", "SourceRemoved"]
    with pytest.raises(Conflict):
        remove_source(passage, recommendation=row, actor=organiser)


def test_a_draft_is_written_over_and_a_proposed_one_gets_versions(world: World) -> None:
    row = _draft(world)
    first = _write(world, row, ClauseDraft(FIRST))
    _write(world, row, ClauseDraft(FIRST, key="1.1"), ClauseDraft(SECOND))
    assert session.get(Version, first.id) is None
    assert recommendation_by_number(world.consultation_id, 1).version == 1  # type: ignore[union-attr]
    propose(row, actor=world.actor("organiser"))
    _write(world, row, ClauseDraft(SECOND, key="1.2"), reason="حُذف البند الأول")
    third = _write(world, row, ClauseDraft(SECOND, key="1.2"), ClauseDraft(FIRST))
    assert (third.number, [clause.key for clause in present_version(row).clauses]) == (3, ["1.2", "1.3"])
    assert session.execute(sa.select(sa.func.count()).select_from(Version)).scalar_one() == 3
    assert session.execute(sa.select(sa.func.count()).select_from(Clause)).scalar_one() == 5
    assert _types(world) == [
        "RecommendationDrafted",
        "VersionWritten",
        "VersionWritten",
        "RecommendationProposed",
        "VersionWritten",
        "VersionWritten",
    ]


def test_a_language_that_did_not_follow_is_marked(world: World) -> None:
    row = propose_recommendation(world)
    [clause] = present_version(row).clauses
    texts = Localized({**clause.texts, "ar": "تُنشئ البلديات سجلًا يُحصي ولا يُعرّف."})
    _write(world, row, ClauseDraft(texts, key="1.1"))
    assert [(c.key, c.stale) for c in present_version(row).clauses] == [("1.1", ["en", "fr"])]


def test_what_is_wrong_with_a_version_is_said_at_its_place(world: World) -> None:
    row = _draft(world)
    with pytest.raises(Rejected) as refused:
        write_version(
            VersionDraft(
                Localized(en="Only English", fr="x" * 201),
                (
                    ClauseDraft(Localized(en="Only English")),
                    ClauseDraft(FIRST, key="1.7"),
                    ClauseDraft(FIRST, key="1.7"),
                ),
                reason="x" * 1001,
            ),
            recommendation=row,
            actor=world.actor("organiser"),
        )
    assert [problem.field for problem in refused.value.problems] == [
        "title_ar",
        "title_fr",
        "clauses-0-ar",
        "clauses-1-key",
        "clauses-2-key",
        "",
        "reason",
    ]
    assert present_version(row).clauses == []


def test_a_version_that_says_nothing_new_is_refused(world: World) -> None:
    row = _draft(world)
    _write(world, row, ClauseDraft(FIRST))
    with pytest.raises(Rejected):
        _write(world, row, ClauseDraft(FIRST, key="1.1"))


def test_nobody_writes_over_what_they_have_not_seen(world: World) -> None:
    row = _draft(world)
    seen = present_version(row).id
    _write(world, row, ClauseDraft(FIRST), base=seen)
    with pytest.raises(Rejected) as refused:
        _write(world, row, ClauseDraft(SECOND), base=seen)
    assert refused.value.problems[0].field == ""
    assert [clause.texts for clause in present_version(row).clauses] == [FIRST]


def test_an_empty_draft_cannot_be_proposed_and_a_proposed_one_not_again(world: World) -> None:
    row, organiser = _draft(world), world.actor("organiser")
    with pytest.raises(Rejected):
        propose(row, actor=organiser)
    _write(world, row, ClauseDraft(FIRST))
    propose(row, actor=organiser)
    with pytest.raises(Conflict):
        propose(row, actor=organiser)


def test_a_title_in_the_language_of_record_is_required(world: World) -> None:
    with pytest.raises(Rejected) as refused:
        draft_recommendation(
            RecommendationDraft(
                Localized(ar="عنوان"), authoritative="en", details=DetailsDraft(topic=new_id(), responsible=("NOBODY",))
            ),
            consultation=world.consultation,
            actor=world.actor("organiser"),
        )
    assert [problem.field for problem in refused.value.problems] == ["title_en", "topic", "responsible"]
    assert _types(world) == []


def test_details_change_until_the_vote(world: World) -> None:
    row = propose_recommendation(world)
    change_details(DetailsDraft(due=date(2027, 1, 1)), recommendation=row, actor=world.actor("organiser"))
    assert row.due == date(2027, 1, 1)
    for state in ("voting", "adopted"):
        with transaction():
            session.execute(sa.update(Recommendation).values(state=state))
        with pytest.raises(Conflict):
            change_details(DetailsDraft(), recommendation=row, actor=world.actor("organiser"))
        with pytest.raises(Conflict):
            _write(world, row, ClauseDraft(SECOND))


def test_a_rejected_text_that_is_written_anew_is_under_discussion_again(world: World) -> None:
    row = propose_recommendation(world)
    with transaction():
        session.execute(sa.update(Recommendation).values(state="rejected"))
    _write(world, row, ClauseDraft(SECOND, key="1.1"))
    assert (row.state, row.version) == ("proposed", 2)


def test_a_member_reserves_once_in_their_own_words(world: World) -> None:
    row, ghat = propose_recommendation(world), world.actor("ghat")
    made = record_reservation(
        " نتحفظ على الكلفة. ", language="ar", recommendation=row, member=world.members["ghat"], actor=ghat
    )
    assert isinstance(made, Reservation)
    assert (made.text, made.member_id, made.body_id) == ("نتحفظ على الكلفة.", None, world.bodies["ghat"])
    with pytest.raises(Conflict):
        record_reservation("مرة أخرى", language="ar", recommendation=row, member=world.members["ghat"], actor=ghat)
    with pytest.raises(Conflict):
        record_reservation("باسم غيري", language="ar", recommendation=row, member=world.members["derna"], actor=ghat)
    with pytest.raises(Rejected) as refused:
        record_reservation(
            "  ", language="xx", recommendation=row, member=world.members["derna"], actor=world.actor("derna")
        )
    assert [problem.field for problem in refused.value.problems] == ["language", "text"]


def test_the_log_does_not_tell_who_reserved_for_a_body_or_where_the_name_is_withheld(world: World) -> None:
    row = propose_recommendation(world)
    for key in ("ghat", "cso"):
        record_reservation("تحفظ", language="ar", recommendation=row, member=world.members[key], actor=world.actor(key))
    recorded = [e.actor for e in events_after(world.consultation_id) if e.type == "ReservationRecorded"]
    assert recorded == [None, None]


@pytest.mark.parametrize("who", ["moderator", "ghat", "administrator"])
def test_others_do_not_draft_or_write(world: World, who: str) -> None:
    row, actor = _draft(world), world.actor(who)
    with pytest.raises(Forbidden):
        draft_recommendation(RecommendationDraft(TITLES), consultation=world.consultation, actor=actor)
    with pytest.raises(Forbidden):
        write_version(VersionDraft(TITLES, (ClauseDraft(FIRST),)), recommendation=row, actor=actor)
    with pytest.raises(Forbidden):
        propose(row, actor=actor)
    with pytest.raises(Forbidden):
        change_details(DetailsDraft(), recommendation=row, actor=actor)
    with pytest.raises(Forbidden):
        add_source(new_id(), recommendation=row, actor=actor)
    with pytest.raises(Forbidden):
        remove_source(new_id(), recommendation=row, actor=actor)


def test_policies(world: World) -> None:
    draft = _draft(world)
    assert allowed(world.actor("moderator"), "recommendation.read", draft)
    assert not allowed(ANONYMOUS, "recommendation.read", draft)
    assert not allowed(world.actor("ghat"), "reservation.record", draft)
    proposed = propose_recommendation(world)
    assert allowed(ANONYMOUS, "recommendation.read", proposed)
    assert allowed(world.actor("ghat"), "reservation.record", proposed)
    assert not allowed(world.actor("moderator"), "reservation.record", proposed)


def test_a_dossier_is_one_query_and_what_stands_beside_two(
    world: World, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    passages = accept_passages(world, "نعدّ ولا نعرّف.", "كل ثلاثة أشهر.")
    row = propose_recommendation(world, passages=passages)
    for key in ("cso", "ghat"):
        record_reservation(
            f"تحفظ {key}", language="ar", recommendation=row, member=world.members[key], actor=world.actor(key)
        )
    change_details(
        DetailsDraft(topic=world.topics["gcm-1"], responsible=("LY010102", "LY032101")),
        recommendation=row,
        actor=world.actor("organiser"),
    )
    _write(world, row, ClauseDraft(Localized(ar="نص ثانٍ", en="Second text"), key="1.1"))
    recommendation = row.id
    session.rollback()
    with count_queries() as statements:
        dossier = read_dossier(world.consultation_id, 1)
        assert dossier is not None
        beside = read_surroundings(recommendation, dossier.responsible)
    assert len(_read(statements)) == 3
    assert [(v.number, [c.key for c in v.clauses]) for v in dossier.versions] == [(2, ["1.1"]), (1, [])]
    assert (dossier.present.number, dossier.topic) == (2, Localized(ar="البيانات", en="Data", fr="Données"))
    assert [(s.submission, s.passage_number, s.text, str(s.author["en"])) for s in beside.sources] == [  # type: ignore[index]
        ("TT-2026-00001", 1, "نعدّ ولا نعرّف.", "Ghat"),
        ("TT-2026-00001", 2, "كل ثلاثة أشهر.", "Ghat"),
    ]
    assert [(r.text, str(r.by) if not isinstance(r.by, Localized) else r.by["en"]) for r in beside.reservations] == [
        ("تحفظ cso", "Participant 5, name withheld"),
        ("تحفظ ghat", "Ghat"),
    ]
    assert [names["en"] for names in beside.responsible] == ["Derna", "Ghat"]


@pytest.mark.parametrize("state", ["hidden", "returned", "withdrawn", "received"])
def test_a_source_that_is_out_of_sight_is_named_by_its_number_alone(world: World, state: str) -> None:
    [passage] = accept_passages(world, "نص مؤذٍ")
    row = propose_recommendation(world, passages=[passage])
    [source] = read_surroundings(row.id).sources
    assert isinstance(source.author, Localized)
    assert (source.author["en"], source.text, source.public) == ("Ghat", "نص مؤذٍ", True)
    with transaction():
        session.execute(sa.update(Submission).values(state=state))
    [source] = read_surroundings(row.id).sources
    assert (source.submission, source.text, source.public) == ("TT-2026-00001", "", False)
    assert source.author == NAME_WITHHELD


def test_the_list_is_one_query_and_goes_on_by_number(
    world: World, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    for _ in range(3):
        propose_recommendation(world)
    _draft(world)
    consultation = world.consultation_id
    session.rollback()
    with count_queries() as statements:
        newest = recommendations_page(consultation, limit=2)
    assert len(_read(statements)) == 1
    assert ([r.number for r in newest.rows], newest.older, newest.newer) == ([3, 2], "2", None)
    last = recommendations_page(consultation, below=2, limit=2)
    assert ([r.number for r in last.rows], last.older, last.newer) == ([1], None, "1")
    back = recommendations_page(consultation, above=1, limit=2)
    assert ([r.number for r in back.rows], back.older, back.newer) == ([3, 2], "2", None)
    assert [r.number for r in recommendations_page(consultation, actor=world.actor("organiser")).rows] == [4, 3, 2, 1]
    assert recommendations_page(consultation, topic=world.topics["gcm-1"]).rows == []


def test_a_submission_knows_what_cites_it(world: World) -> None:
    [passage] = accept_passages(world, "نص")
    propose_recommendation(world, passages=[passage])
    _draft(world, passages=(passage,))
    submission = session.scalars(sa.select(Submission.id)).one()
    assert [r.number for r in recommendations_citing(submission)] == [1]
    assert [r.number for r in recommendations_citing(submission, drafts=True)] == [1, 2]
