"""What is wrong with a ballot that somebody prepares, or with a ruling, each problem at its field."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import sqlalchemy as sa

from consult.ballots.choices import ABSTAIN, OPTION_LIMIT, may_have_options, needs_options, with_keys
from consult.ballots.count import Ruling
from consult.ballots.draft import BallotDraft
from consult.ballots.rules import DecisionRule
from consult.ballots.rules.model import Counted
from consult.ballots.states import BallotKind
from consult.db import session
from consult.errors import Problem
from consult.i18n import LANGUAGES, N_
from consult.recommendations.models import Recommendation
from consult.recommendations.states import RecommendationState
from consult.sessions.models import Session
from consult.sessions.states import SessionState

#: Characters; a question is a title, a reason a paragraph.
QUESTION_LIMIT, REASON_LIMIT = 300, 2000
_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def draft_problems(draft: BallotDraft, rule: DecisionRule | None, consultation: uuid.UUID) -> list[Problem]:
    """Return what is wrong with a ballot (at most 2 queries)."""
    if rule is None:
        return [Problem("rule", N_("Choose a decision rule."))]
    return [
        *question_problems(draft),
        *_recommendation_problems(draft, consultation),
        *session_problems(draft.session, consultation),
        *_option_problems(draft, rule),
        *_backing_problems(draft, rule),
    ]


def question_problems(draft: BallotDraft) -> Iterator[Problem]:
    """Yield what is wrong with the question of a ballot."""
    if not any(text.strip() for text in draft.questions.values()):
        yield Problem("question_ar", N_("Write the question that is voted on."))
    for code, text in draft.questions.items():
        if len(text) > QUESTION_LIMIT:
            yield Problem(f"question_{code}", N_("Write at most %(limit)s characters.", limit=QUESTION_LIMIT))


def _recommendation_problems(draft: BallotDraft, consultation: uuid.UUID) -> Iterator[Problem]:
    if draft.recommendation is None:
        if draft.kind is BallotKind.RECOMMENDATION:
            yield Problem("recommendation", N_("Choose the recommendation that is voted on."))
        return
    found = session.execute(
        sa.select(Recommendation.state).where(
            Recommendation.id == draft.recommendation, Recommendation.consultation_id == consultation
        )
    ).scalar_one_or_none()
    if found is None or found == RecommendationState.DRAFT:
        yield Problem("recommendation", N_("Choose a recommendation that was proposed."))


def session_problems(sitting: uuid.UUID | None, consultation: uuid.UUID) -> list[Problem]:
    """Return what speaks against holding a ballot in a session (at most 1 query)."""
    if sitting is None:
        return []
    found = session.execute(
        sa.select(Session.state).where(Session.id == sitting, Session.consultation_id == consultation)
    ).scalar_one_or_none()
    if found is None or found == SessionState.CLOSED:
        return [Problem("session", N_("Choose a session that is still to come or sitting now."))]
    return []


def _option_problems(draft: BallotDraft, rule: DecisionRule) -> Iterator[Problem]:
    if draft.kind is BallotKind.RECOMMENDATION and (needs_options(rule) or draft.options):
        yield Problem(
            "rule", N_("Adopting a recommendation is one question. Choose a choice among options, or another rule.")
        )
        return
    if draft.options and not may_have_options(rule):
        yield Problem("rule", N_("This rule does not decide a choice among options."))
    wanted = needs_options(rule) or draft.kind is BallotKind.CHOICE
    if (wanted or draft.options) and not 2 <= len(draft.options) <= OPTION_LIMIT:
        yield Problem("options", N_("Write from 2 to %(most)s options.", most=OPTION_LIMIT))
    if any(not any(text.strip() for text in option.names.values()) for option in draft.options):
        yield Problem("options", N_("Every option needs a name."))
    keys = [option.key for option in with_keys(draft.options)]
    if len(set(keys)) < len(keys) or not all(_KEY.fullmatch(key) and key != ABSTAIN for key in keys):
        yield Problem("options", N_("Every option needs a key of its own, in letters from a to z and digits."))


def _backing_problems(draft: BallotDraft, rule: DecisionRule) -> Iterator[Problem]:
    counted = {way.counted for way in rule.admission}
    for field, kind, given in (
        ("endorsements", Counted.ENDORSEMENTS, draft.backing.endorsements),
        ("components", Counted.COMPONENTS, draft.backing.components),
    ):
        if given is not None and kind not in counted:
            yield Problem(field, N_("This rule does not ask what backs the question."))
        if given is not None and given < 0:
            yield Problem(field, N_("Write a whole number, for example 120."))


def ruling_problems(rule: DecisionRule, ruling: Ruling | None) -> list[Problem]:
    """Return what is wrong with a ruling, or that there is one where votes decide, or none where nothing else does."""
    if not rule.declared:
        return [] if ruling is None else [Problem("", N_("Under this rule the votes decide, not a ruling."))]
    if ruling is None or ruling.outcome not in rule.rulings:
        return [Problem("outcome", N_("Choose what is declared."))]
    problems = []
    if not ruling.reasons.strip():
        problems.append(Problem("reasons", N_("Write the reasons: under this rule they are part of the result.")))
    if len(ruling.reasons) > REASON_LIMIT:
        problems.append(Problem("reasons", N_("Write at most %(limit)s characters.", limit=REASON_LIMIT)))
    if ruling.language not in LANGUAGES:
        problems.append(Problem("language", N_("Choose the language you wrote in.")))
    if ruling.dissents < 0:
        problems.append(Problem("dissents", N_("Write a whole number, for example 120.")))
    return problems


def annulment_problems(reason: str, language: str) -> list[Problem]:
    """Return what is wrong with the reason of an annulment."""
    problems = []
    if not reason.strip():
        problems.append(Problem("reason", N_("Say why the ballot is annulled: the reason is published.")))
    if len(reason) > REASON_LIMIT:
        problems.append(Problem("reason", N_("Write at most %(limit)s characters.", limit=REASON_LIMIT)))
    if language not in LANGUAGES:
        problems.append(Problem("language", N_("Choose the language you wrote in.")))
    return problems
