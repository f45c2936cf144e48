"""Setting up a consultation: from a template, named in three languages, made public when nothing is lacking."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from consult.accounts.access import ANONYMOUS, allowed
from consult.consultations.models import Consultation
from consult.consultations.phases import gaps, overlaps
from consult.consultations.queries import consultation_by_slug, role_grants, topics_of
from consult.consultations.services import change_names, choose_topics, create_consultation, publish, set_phases
from consult.consultations.setting_up import ConsultationDraft, NamesDraft, lacking
from consult.db import session
from consult.errors import Conflict, Forbidden, Rejected
from consult.events.models import INSTANCE, Checkpoint
from consult.events.stream import events_after
from consult.i18n import N_, Localized, translate
from consult.testing.world import World

NAMES = NamesDraft(
    names=Localized(ar="تشاور طرابلس", en="The Tripoli Consultation", fr="La Consultation de Tripoli"),
    titles=Localized(ar="كيف تدير ليبيا شؤون الهجرة؟", en="How?", fr="Comment ?"),
    summaries=Localized(ar="ملخص", en="Summary", fr="Résumé"),
)
DRAFT = ConsultationDraft(NAMES, slug="tripoli", prefix="TC", template="national-dialogue", begins=date(2026, 3, 1))


def test_a_consultation_is_set_up_from_a_template(world: World) -> None:
    consultation = create_consultation(DRAFT, actor=world.actor("administrator"))
    assert [(p.key, p.opens_at, p.rights) for p in consultation.phases][:3] == [
        ("mandate", datetime(2026, 2, 28, 22, 0, tzinfo=UTC), []),
        ("seats", datetime(2026, 4, 29, 22, 0, tzinfo=UTC), ["register"]),
        ("submissions", datetime(2026, 7, 28, 22, 0, tzinfo=UTC), ["submit"]),
    ]
    assert [(a.key, b.key) for a, b in overlaps(consultation.phases)] == [("submissions", "sessions")]
    assert gaps(consultation.phases) == []
    assert [(t.key, t.enabled, t.seats) for t in consultation.tracks] == [
        ("municipal", True, 45),
        ("academic", False, 16),  # its plugin is not installed
        ("cso", True, 14),
    ]
    assert [topic.slug for topic in topics_of(consultation.id)] == [f"gcm-{code}" for code in range(1, 24)]
    assert consultation.rules == {"recommendation": "GA-2/3", "procedural": "GA-SIMPLE", "choice": "LPDF-R1"}


def test_whoever_sets_it_up_organises_it_and_nobody_else_sees_it(world: World) -> None:
    consultation = create_consultation(DRAFT, actor=world.actor("administrator"))
    assert world.actor("administrator").organises(consultation.id)
    assert [allowed(a, "consultation.read", consultation) for a in (ANONYMOUS, world.actor("organiser"))] == [False] * 2
    assert [e.type for e in events_after(consultation.id)] == ["ConsultationCreated", "FourEyesSwitched"]
    assert [e.type for e in events_after(INSTANCE)] == ["RoleGranted"]
    grant = next(line for line in role_grants() if line.role == "organiser" and line.consultation == NAMES.names)
    assert (grant.reason, grant.granted_by) == (
        translate(N_("Whoever sets a consultation up organises it."), "ar"),
        "سالم المنفي",
    )
    assert grant.ends_at == max(phase.closes_at for phase in consultation.phases) + timedelta(days=365)


@pytest.mark.parametrize("who", ["moderator", "ghat"])
def test_others_may_not_set_one_up(world: World, who: str) -> None:
    with pytest.raises(Forbidden):
        create_consultation(DRAFT, actor=world.actor(who))


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"slug": "Tripoli"}, ["slug"]),
        ({"slug": "test", "prefix": "TT"}, ["slug", "prefix"]),
        ({"prefix": "t", "template": "none"}, ["prefix", "template"]),
        ({"names": replace(NAMES, names=Localized(ar="تشاور"))}, ["names_en", "names_fr"]),
        ({"names": replace(NAMES, titles=Localized(en="x" * 161))}, ["titles_en"]),
        ({"names": replace(NAMES, timezone="Tripoli")}, ["timezone"]),
    ],
)
def test_what_is_wrong_is_told_at_its_field(world: World, changed: dict[str, object], fields: list[str]) -> None:
    with pytest.raises(Rejected) as refused:
        create_consultation(replace(DRAFT, **changed), actor=world.actor("organiser"))  # type: ignore[arg-type]
    assert [problem.field for problem in refused.value.problems] == fields
    assert session.scalar(sa.select(sa.func.count()).select_from(Consultation)) == 1


def test_names_are_changed_by_its_organisers_only(world: World) -> None:
    change_names(NAMES, consultation=world.consultation, actor=world.actor("organiser"))
    assert world.consultation.names["fr"] == "La Consultation de Tripoli"
    with pytest.raises(Forbidden):
        change_names(NAMES, consultation=world.consultation, actor=world.actor("administrator"))
    assert [e.type for e in events_after(world.consultation_id)] == ["ConsultationNamed"]


def test_it_is_made_public_once_and_the_log_is_signed(world: World) -> None:
    consultation = create_consultation(DRAFT, actor=world.actor("organiser"))
    publish(consultation=consultation, actor=world.actor("organiser"))
    assert allowed(ANONYMOUS, "consultation.read", consultation)
    assert session.scalars(sa.select(Checkpoint.size).where(Checkpoint.stream_id == consultation.id)).all() == [3]
    with pytest.raises(Conflict):
        publish(consultation=consultation, actor=world.actor("organiser"))


def test_what_is_lacking_is_told_before_it_can_be_made_public(world: World) -> None:
    bare = replace(DRAFT, names=replace(NAMES, titles=Localized(ar="سؤال")))
    consultation = create_consultation(bare, actor=world.actor("organiser"))
    choose_topics([], consultation=consultation, actor=world.actor("organiser"))
    set_phases([], consultation=consultation, actor=world.actor("organiser"))
    with pytest.raises(Rejected) as refused:
        publish(consultation=consultation, actor=world.actor("organiser"))
    assert [problem.field for problem in refused.value.problems] == ["names", "phases", "topics"]
    found = consultation_by_slug("tripoli")
    assert found is not None
    assert (found.public, len(list(lacking(found)))) == (False, 3)
