"""A word in every field that not everybody reads, each with who may: for the walk that finds none of them anywhere else."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from consult import clock, search
from consult.accounts.access import Role
from consult.accounts.bodies.models import Contact
from consult.accounts.bodies.words import Audience
from consult.accounts.models import RoleGrant
from consult.ballots.draft import BallotDraft
from consult.ballots.services import prepare_ballot
from consult.ballots.states import BallotKind
from consult.coding.models import CodedText, Coder, CodingMemo, CodingTask, Theme
from consult.db import new_id, session, transaction
from consult.i18n import LANGUAGES, Localized
from consult.outcomes.models import Region
from consult.recommendations.response_models import ResponseComment, ResponseSave
from consult.recommendations.services import (
    ClauseDraft,
    RecommendationDraft,
    VersionDraft,
    draft_recommendation,
    write_version,
)
from consult.submissions.models import (
    Appeal,
    BulkDecision,
    Draft,
    Passage,
    Questionnaire,
    ReviewDecision,
    Revision,
    Submission,
)
from consult.submissions.offices.models import DraftComment, DraftSave, Office
from consult.submissions.questionnaires.states import FormState
from consult.submissions.states import SubmissionState
from consult.testing.planted_fields import FIELDS, plant_fields, word_of
from consult.testing.world import World

NOBODY: frozenset[str] = frozenset()
AUTHOR = frozenset({"cso"})
REVIEWERS = frozenset({"moderator", "organiser"})
MODERATORS, ORGANISERS = frozenset({"moderator"}), frozenset({"organiser"})
ADMINISTRATORS = frozenset({"administrator"})
#: Whoever keeps the register of bodies: organisers of any consultation, and administrators.
KEEPERS = ORGANISERS | ADMINISTRATORS | {"elsewhere"}
#: Those who write for the body that was asked for its response.
OFFICE = frozenset({"ghat", "colleague"})
#: Derna was asked to co-sign a text that waits, translates, codes, and held a role before; observers see what is prepared.
WORDS: Mapping[str, frozenset[str]] = {
    "qxreceived": AUTHOR | REVIEWERS | {"derna", "translator"},
    "qxreturned": AUTHOR | REVIEWERS,
    "qxhidden": AUTHOR | REVIEWERS,
    "qxwithdrawn": AUTHOR,
    "qxprivate": AUTHOR,
    "qxdraft": AUTHOR,
    "qxsaved": AUTHOR,
    "qxcomment": AUTHOR,
    "qxwording": OFFICE,
    "qxremark": OFFICE,
    "qxreason": AUTHOR | ORGANISERS,
    "qxbulk": MODERATORS,
    "qxappeal": AUTHOR | ORGANISERS,
    "qxverdict": AUTHOR,
    "qxrecommendation": REVIEWERS | {"observer", "rapporteur"},
    "qxballot": REVIEWERS | {"observer", "returning_officer"},
    "qxregion": ORGANISERS,
    "qxform": ORGANISERS,
    "qxmemo": ORGANISERS | {"derna"},
    "qxtheme": ORGANISERS,
    "qxgrant": ADMINISTRATORS | {"derna"},
    "qxcontact": ADMINISTRATORS,
    "qxoffice": KEEPERS,
    "qxtestimony": NOBODY,
}


def readers_of_words() -> Mapping[str, frozenset[str]]:
    """Return who may read each word."""
    return {**WORDS, **{word_of(name): one.readers for name, one in FIELDS.items()}}


def plant(world: World) -> None:
    """Write the words into the fields, in a world in which everything has happened."""
    with transaction():
        texts = _in_texts(world)
        session.execute(
            sa.update(ReviewDecision).where(ReviewDecision.submission_id.in_(texts)).values(reason="qxreason")
        )
        session.execute(sa.update(BulkDecision).values(reason="qxbulk"))
        session.execute(
            sa.update(Appeal).where(Appeal.submission_id.in_(texts)).values(reason="qxappeal", answer="qxverdict")
        )
        _in_grants(world)
        session.execute(sa.update(Region).values(text="qxregion"))
        session.execute(sa.update(Theme).values(names=_said("qxtheme"), note="qxtheme"))
        _in_forms()
        _in_memos(world)
        _in_drafts(world)
        _in_responses()
        for audience, word in ((Audience.ADMINISTRATORS, "qxcontact"), (Audience.ORGANISERS, "qxoffice")):
            session.add(Contact(body_id=world.bodies["ghat"], audience=audience, label=word, email="", phone="1"))
        here, ghat = world.consultation_id, world.bodies["ghat"]
        session.add(Office(consultation_id=here, body_id=ghat, track="municipal", lead_named_at=clock.now()))
        session.flush()
        plant_fields(world)
        search.rebuild()
    _not_yet_public(world)


def _said(word: str) -> Localized:
    return Localized(dict.fromkeys(LANGUAGES, word))


def _in_texts(world: World) -> list[uuid.UUID]:
    """Into title and every passage of the texts of the member `cso` that not everybody reads, and their private answers."""
    rows = session.scalars(sa.select(Submission).where(Submission.member_id == world.members["cso"])).all()
    [*_, last] = [row for row in rows if row.state == SubmissionState.RECEIVED]
    last.state = SubmissionState.RETURNED
    for row in rows:
        for revision in session.scalars(sa.select(Revision).where(Revision.submission_id == row.id)):
            revision.private_answers = {**revision.private_answers, "note": "qxprivate"}
        if row.state != SubmissionState.ACCEPTED:
            row.title = word = f"qx{row.state}"
            session.execute(sa.update(Revision).where(Revision.submission_id == row.id).values(title=word))
            session.execute(sa.update(Passage).where(Passage.submission_id == row.id).values(text=word))
    return [row.id for row in rows]


def _in_forms() -> None:
    for form in session.scalars(sa.select(Questionnaire).where(Questionnaire.state == FormState.DRAFT)):
        form.content = _replaced(form.content)


def _replaced(part: Any) -> Any:
    """Return a form with its Arabic words replaced."""
    if isinstance(part, dict):
        return {key: "qxform" if key in LANGUAGES and one else _replaced(one) for key, one in part.items()}
    return [_replaced(one) for one in part] if isinstance(part, list) else part


def _in_grants(world: World) -> None:
    """A role that somebody had who does not look: whoever holds one sees the reason of their own."""
    grant = RoleGrant(id=new_id(), person_id=world.people["derna"], role=Role.MODERATOR, granted_at=clock.now())
    grant.consultation_id, grant.revoked_at = world.consultation_id, clock.now()
    grant.reason = grant.revoked_because = "qxgrant"
    session.add(grant)


def _in_memos(world: World) -> None:
    """A memo on every text, of the coder who does not look."""
    of_coder = sa.select(CodingTask).join(Coder, Coder.id == CodingTask.coder_id)
    for task in session.scalars(of_coder.where(Coder.person_id == world.people["derna"])):
        text = session.get_one(CodedText, task.text_id)
        of_text = (Passage.submission_id == text.submission_id, Passage.revision == text.revision)
        passage = session.scalars(sa.select(Passage.id).where(*of_text).limit(1)).one()
        session.add(CodingMemo(task_id=task.id, passage_id=passage, text="qxmemo"))


def _in_drafts(world: World) -> None:
    """Into the drafts of the member `cso`, their saves, and what is said inside the body."""
    for draft in session.scalars(sa.select(Draft).where(Draft.member_id == world.members["cso"])):
        draft.answers = {**draft.answers, "title": "qxdraft", "text": "qxdraft"}
        session.execute(sa.update(DraftSave).where(DraftSave.text_id == draft.id).values(content={"title": "qxsaved"}))
        if draft.shared_body_id is not None:
            said = DraftComment(text_id=draft.id, part="text", member_id=draft.member_id, text="qxcomment")
            said.id, said.language, said.at = new_id(), "ar", draft.saved_at
            session.add(said)


def _in_responses() -> None:
    """Into what the members of a body saved of its official response, and said of it."""
    session.execute(
        sa.update(ResponseSave).values(content={"kind": "", "until": "", "text": "qxwording", "language": "ar"})
    )
    for save in session.scalars(sa.select(ResponseSave).limit(1)):
        said = ResponseComment(id=new_id(), text_id=save.text_id, part="words", member_id=save.member_id)
        said.text, said.language, said.at = "qxremark", "ar", save.at
        session.add(said)


def _not_yet_public(world: World) -> None:
    """A recommendation that is not proposed, a ballot that is not opened."""
    here, organiser = world.consultation, world.actor("organiser")
    row = draft_recommendation(RecommendationDraft(_said("qxrecommendation")), consultation=here, actor=organiser)
    clause = ClauseDraft(_said("qxrecommendation"))
    write_version(VersionDraft(_said("qxrecommendation"), (clause,)), recommendation=row, actor=organiser)
    paper = BallotDraft(kind=BallotKind.PROCEDURAL, rule="GA-SIMPLE", questions=_said("qxballot"))
    prepare_ballot(paper, consultation=here, actor=organiser)
