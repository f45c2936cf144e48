"""A small consultation in which everything happened once, through the services: for tests of the outcome document.

Three accepted submissions (Ghat, a professor, an organisation whose name is withheld) and one that is still under review;
three recommendations: adopted in ballot 1, rejected in ballot 2, and under discussion without any translation; a session
that is over, with approved minutes; a reservation of Derna.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import sqlalchemy as sa

from consult import clock
from consult.ballots.box import cast
from consult.ballots.models import Ballot
from consult.ballots.services import BallotDraft, close_ballot, open_ballot, prepare_ballot
from consult.ballots.states import BallotKind
from consult.db import session
from consult.i18n import Localized
from consult.recommendations.models import Recommendation
from consult.recommendations.services import (
    ClauseDraft,
    DetailsDraft,
    RecommendationDraft,
    VersionDraft,
    draft_recommendation,
    propose,
    record_reservation,
    write_version,
)
from consult.sessions.services import (
    ItemDraft,
    SessionDraft,
    approve_minutes,
    ask_floor,
    check_in,
    close_session,
    end_speech,
    give_floor,
    open_session,
    plan_session,
    write_minutes,
)
from consult.submissions.models import Passage, Submission
from consult.submissions.services import Review, SubmissionDraft, accept, submit
from consult.testing.world import World

#: Words that must stand on no page and in no document: who the withheld organisation is.
CANARIES = ("جمعية الأمل", "Al Amal Association", "خديجة التارقي", "cso@example.org")

REGISTER = Localized(
    ar="سجل بلدي موحّد لبيانات الهجرة", en="A shared municipal register", fr="Un registre municipal commun"
)
CLAUSE = Localized(
    ar="تُنشئ البلديات سجلًا موحّدًا يحصي ولا يسمّي.",
    en="The municipalities shall set up a shared register that counts and does not name.",
    fr="Les municipalités créent un registre commun qui compte et ne nomme pas.",
)


@dataclass(slots=True)
class Story:
    """The rows by a short name."""

    world: World
    submissions: dict[str, uuid.UUID] = field(default_factory=dict)
    recommendations: dict[str, uuid.UUID] = field(default_factory=dict)
    ballots: dict[str, uuid.UUID] = field(default_factory=dict)
    session_id: uuid.UUID | None = None

    def submission(self, key: str) -> Submission:
        """A submission, loaded."""
        return session.get_one(Submission, self.submissions[key])

    def recommendation(self, key: str) -> Recommendation:
        """A recommendation, loaded."""
        return session.get_one(Recommendation, self.recommendations[key])

    def ballot(self, key: str) -> Ballot:
        """A ballot, loaded."""
        return session.get_one(Ballot, self.ballots[key])

    def passages(self, key: str) -> list[uuid.UUID]:
        """The passages of a submission in order."""
        return list(
            session.scalars(
                sa.select(Passage.id)
                .where(Passage.submission_id == self.submissions[key])
                .order_by(Passage.revision, Passage.number)
            )
        )


def tell_story(world: World) -> Story:
    """Make it all happen and return it."""
    story = Story(world)
    _write(story)
    _recommend(story)
    _meet(story)
    _vote(story)
    return story


def write_texts(world: World) -> Story:
    """Make what was written, and nothing after it: three accepted texts and one under review."""
    story = Story(world)
    _write(story)
    return story


TEXTS: Mapping[str, tuple[str, str, str]] = {
    "ghat": ("سجل بلدي لبيانات الهجرة", "ar", "تمر بغات أقدم طرق القوافل.\n\nولا تعرف البلدية عدد المقيمين فيها."),
    "professor": (
        "Counting without naming",
        "en",
        "What is counted can be planned for.\n\nWhat is named can be persecuted.",
    ),
    "cso": ("Compter sans nommer", "fr", "Personne ne se laissera compter s’il craint l’usage du compte."),
}


def _write(story: Story) -> None:
    world = story.world
    for key, (title, language, text) in TEXTS.items():
        row = _submit(world, key, title, language, text)
        accept(row, Review("in_order"), actor=world.actor("moderator"))
        story.submissions[key] = row.id
    story.submissions["derna"] = _submit(world, "derna", "رأي درنة", "ar", "رأي لم يُراجَع بعد.").id


def _submit(world: World, key: str, title: str, language: str, text: str) -> Submission:
    draft = SubmissionDraft(
        member=world.members[key],
        title=title,
        language=language,
        text=text,
        topics=("gcm-1",),
        answers={"decision": "31/2026"} if key in {"ghat", "derna", "zuwara"} else {},
        withheld=key == "cso",
    )
    return submit(draft, consultation=world.consultation, actor=world.actor(key))


def _recommend(story: Story) -> None:
    register = [*story.passages("ghat"), *story.passages("professor"), *story.passages("cso")]
    details = DetailsDraft(story.world.topics["gcm-1"], ("LY032101",), date(2027, 12, 31))
    fund = Localized(ar="صندوق للبلديات", en="A fund for municipalities", fr="Un fonds pour les municipalités")
    training = Localized(ar="تدريب موظفي البلديات")
    _propose(story, "register", REGISTER, CLAUSE, register, details)
    _propose(story, "fund", fund, CLAUSE, story.passages("professor")[:1])
    _propose(story, "training", training, Localized(ar="يُدرَّب موظفو البلديات."), [])
    record_reservation(
        "نؤيد السجل ونتحفظ على كلفته.",
        language="ar",
        recommendation=story.recommendation("register"),
        member=story.world.members["derna"],
        actor=story.world.actor("derna"),
    )


def _propose(
    story: Story,
    key: str,
    titles: Localized,
    clause: Localized,
    passages: Sequence[uuid.UUID],
    details: DetailsDraft = DetailsDraft(),  # noqa: B008  # frozen
) -> None:
    organiser = story.world.actor("organiser")
    draft = RecommendationDraft(titles, details=details, passages=tuple(passages))
    row = draft_recommendation(draft, consultation=story.world.consultation, actor=organiser)
    write_version(VersionDraft(titles, (ClauseDraft(clause),)), recommendation=row, actor=organiser)
    story.recommendations[key] = propose(row, actor=organiser).id


def _meet(story: Story) -> None:
    """Hold a session in which Ghat speaks, close it, and approve its minutes."""
    world, moderator, now = story.world, story.world.actor("moderator"), clock.now()
    sitting = plan_session(
        SessionDraft(
            kind="plenary",
            names=Localized(ar="الجلسة العامة الأولى", en="First plenary", fr="Première plénière"),
            venues=Localized(ar="قاعة الشعب", en="People’s Hall", fr="Salle du Peuple"),
            starts_at=now,
            ends_at=now + timedelta(hours=6),
            quorum="2/3",
            items=(
                ItemDraft(Localized(ar="الافتتاح", en="Opening", fr="Ouverture"), 15),
                ItemDraft(REGISTER, 50, story.recommendations["register"]),
            ),
        ),
        consultation=world.consultation,
        actor=world.actor("organiser"),
    )
    story.session_id = sitting.id
    check_in([world.members[key] for key in ("ghat", "derna", "zuwara", "professor")], sitting=sitting, actor=moderator)
    open_session(sitting, actor=moderator)
    ask_floor(sitting, actor=world.actor("ghat"))
    speech = give_floor(sitting, actor=moderator)
    with clock.at(clock.now() + timedelta(minutes=4)):
        end_speech(speech, actor=moderator)
    write_minutes("اتفقت الجلسة على سجل يحصي ولا يسمّي.", language="ar", sitting=sitting, actor=moderator)
    with clock.at(clock.now() + timedelta(minutes=30)):
        close_session(sitting, actor=moderator)
        approve_minutes(sitting, actor=moderator)


def _vote(story: Story) -> None:
    choices = {
        "register": {"ghat": "for", "derna": "for", "zuwara": "for", "professor": "for", "cso": "against"},
        "fund": {"ghat": "for", "derna": "against", "zuwara": "against"},
    }
    for key, votes in choices.items():
        ballot = open_named_ballot(story, key)
        for who, choice in votes.items():
            cast(ballot, choice, actor=story.world.actor(who))
        close_ballot(story.ballot(key), actor=story.world.actor("moderator"))


def open_named_ballot(story: Story, key: str) -> Ballot:
    """Put a recommendation to the vote under two thirds of the votes cast."""
    world, row = story.world, story.recommendation(key)
    draft = BallotDraft(kind=BallotKind.RECOMMENDATION, rule="GA-2/3", questions=row.titles, recommendation=row.id)
    ballot = prepare_ballot(draft, consultation=world.consultation, actor=world.actor("organiser"))
    story.ballots[key] = ballot.id
    return open_ballot(ballot, actor=world.actor("moderator"))
