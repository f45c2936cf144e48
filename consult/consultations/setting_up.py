"""Setting up a consultation from a template, changing its names, making it public."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import available_timezones

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, Held, Role, demand
from consult.accounts.models import Person
from consult.accounts.roles import give_role
from consult.accounts.two_people import begin_with_two
from consult.consultations.events import ConsultationCreated, ConsultationNamed, ConsultationPublished
from consult.consultations.models import Consultation, ConsultationTrack, Phase, Topic
from consult.consultations.reference import topics
from consult.consultations.templates import TEMPLATES, ConsultationTemplate
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Problem, Rejected
from consult.events.record import record
from consult.i18n import LANGUAGES, N_, Localized, translate
from consult.runtime import runtime

_SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_PREFIX = re.compile(r"[A-Z]{2,6}")
LONGEST_NAME, LONGEST_TITLE, LONGEST_SUMMARY, LONGEST_SLUG = 80, 160, 600, 40

#: How long after the last phase of its plan whoever sets a consultation up organises it.
ORGANISER_AFTER = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class NamesDraft:
    """What a consultation is called: a name in every language, a title (its question) and a summary, and its time zone."""

    names: Localized
    titles: Localized
    summaries: Localized
    timezone: str = "Africa/Tripoli"


@dataclass(frozen=True, slots=True)
class ConsultationDraft:
    """A consultation to be set up: its names, its part of addresses, the prefix of receipt numbers, template, first day."""

    names: NamesDraft
    slug: str
    prefix: str
    template: str
    begins: date


def create_consultation(draft: ConsultationDraft, *, actor: Actor) -> Consultation:
    """Set up a consultation from a template; whoever does it organises it until a year after its last phase, and publishing needs two people. It is not public yet.

    Raises Rejected.
    """
    with transaction():
        demand(actor, "consultation.create")
        if problems := [*_identity_problems(draft), *names_problems(draft.names)]:
            raise Rejected(problems)
        template = TEMPLATES[draft.template]
        consultation = Consultation(
            id=new_id(),
            slug=draft.slug,
            prefix=draft.prefix,
            names=draft.names.names,
            titles=draft.names.titles,
            summaries=draft.names.summaries,
            timezone=draft.names.timezone,
            rules=dict(template.rules),
            public=False,
            created_at=clock.now(),
        )
        session.add(consultation)
        session.flush()
        _fill(consultation, template, draft.begins)
        record(
            ConsultationCreated(consultation.id, draft.slug, draft.prefix, draft.template),
            stream=consultation.id,
            actor=actor.person,
        )
        if actor.person is not None:  # what the operator loads by a command decides for itself
            begin_with_two(consultation.id, actor=actor)
            person = session.get_one(Person, actor.person)
            ends_at = max(phase.closes_at for phase in consultation.phases) + ORGANISER_AFTER
            reason = translate(N_("Whoever sets a consultation up organises it."), actor.language)
            give_role(person, Held(Role.ORGANISER, consultation.id), ends_at=ends_at, reason=reason, actor=actor)
        return consultation


def _fill(consultation: Consultation, template: ConsultationTemplate, begins: date) -> None:
    for phase in template.phases:
        opens, closes = phase.span(begins, consultation.timezone)
        consultation.phases.append(
            Phase(key=phase.key, names=phase.names, opens_at=opens, closes_at=closes, rights=list(phase.rights))
        )
    for position, (key, seats) in enumerate(template.tracks.items()):
        here = runtime().hooks.track(key) is not None
        consultation.tracks.append(
            ConsultationTrack(key=key, enabled=here, seats=seats, settings={}, position=position)
        )
    for position, key in enumerate(template.topics):
        topic = topics()[key]
        session.add(
            Topic(
                consultation_id=consultation.id,
                scheme=topic.scheme,
                code=topic.code,
                names=topic.names,
                position=position,
            )
        )
    session.flush()


def _identity_problems(draft: ConsultationDraft) -> Iterator[Problem]:
    if not _SLUG.fullmatch(draft.slug) or len(draft.slug) > LONGEST_SLUG:
        yield Problem("slug", N_("Write small Latin letters, digits and hyphens, for example tripoli."))
    elif session.scalar(sa.select(sa.exists().where(Consultation.slug == draft.slug))):
        yield Problem("slug", N_("Another consultation has this address."))
    if not _PREFIX.fullmatch(draft.prefix):
        yield Problem("prefix", N_("Write two to six capital Latin letters, for example TC."))
    elif session.scalar(sa.select(sa.exists().where(Consultation.prefix == draft.prefix))):
        yield Problem("prefix", N_("Another consultation has this prefix."))
    if draft.template not in TEMPLATES:
        yield Problem("template", N_("Choose one of the answers."))


def names_problems(draft: NamesDraft) -> Iterator[Problem]:
    """Yield what is wrong with names; fields are named `names_ar`, `titles_en` and so on."""
    for code in LANGUAGES:
        if not draft.names.get(code, "").strip():
            yield Problem(f"names_{code}", N_("Write the name in this language."))
    for part, texts, limit in (
        ("names", draft.names, LONGEST_NAME),
        ("titles", draft.titles, LONGEST_TITLE),
        ("summaries", draft.summaries, LONGEST_SUMMARY),
    ):
        for code, text in texts.items():
            if len(text) > limit:
                yield Problem(f"{part}_{code}", N_("Write at most %(limit)s characters.", limit=limit))
    if draft.timezone not in available_timezones():
        yield Problem("timezone", N_("Choose a time zone, for example Africa/Tripoli."))


def change_names(draft: NamesDraft, *, consultation: Consultation, actor: Actor) -> Consultation:
    """Change names, titles, summaries and the time zone. Raises Rejected."""
    with transaction():
        demand(actor, "consultation.organise", consultation)
        if problems := list(names_problems(draft)):
            raise Rejected(problems)
        consultation.names, consultation.titles = draft.names, draft.titles
        consultation.summaries, consultation.timezone = draft.summaries, draft.timezone
        record(
            ConsultationNamed(consultation.id, draft.timezone),
            stream=consultation.id,
            actor=actor.person,
        )
        return consultation


def publish(*, consultation: Consultation, actor: Actor) -> Consultation:
    """Make a consultation public; there is no way back. Raises Conflict if it is, Rejected with what it still lacks."""
    with transaction():
        demand(actor, "consultation.organise", consultation)
        if consultation.public:
            raise Conflict(N_("This consultation is public already."))
        if lacks := list(lacking(consultation)):
            raise Rejected(lacks)
        consultation.public = True
        record(ConsultationPublished(consultation.id), stream=consultation.id, actor=actor.person)
        return consultation


def lacking(consultation: Consultation) -> Iterator[Problem]:
    """Yield what a consultation still needs before it can be made public; the field is the page where it is mended."""
    for code in LANGUAGES:
        if not consultation.titles.get(code) or not consultation.summaries.get(code):
            yield Problem("names", N_("The title or the summary is missing in a language."))
            break
    if not consultation.phases:
        yield Problem("phases", N_("There is no phase."))
    if not consultation.enabled_tracks():
        yield Problem("tracks", N_("No track is switched on."))
    if not consultation.rules.get("recommendation"):
        yield Problem("rules", N_("There is no decision rule for recommendations."))
    if not session.scalar(sa.select(sa.exists().where(Topic.consultation_id == consultation.id))):
        yield Problem("topics", N_("No topic was chosen."))
