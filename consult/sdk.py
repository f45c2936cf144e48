"""The one stable surface for plugins: everything a track, a reaction or a page of a plugin needs, and nothing else.

Plugins import from here only (their tests may use `consult.testing` too). What is named here keeps its meaning within a
major version; see `docs/plugins.md`.
"""

from __future__ import annotations

from consult import clock
from consult.accounts.access import ANONYMOUS, Actor, Permission, Role, allowed, demand
from consult.accounts.models import Body, Person
from consult.accounts.queries import body_by_key
from consult.accounts.services import register_body
from consult.ballots.models import Ballot
from consult.ballots.rules import DecisionRule, parse_rule
from consult.cleaning import latin_digits
from consult.consultations.models import Alternate, Consultation, ConsultationTrack, Member, Seat, Topic
from consult.consultations.names import PublicName, public_names
from consult.consultations.queries import consultation_by_slug, topics_of
from consult.db import Id, LocalizedText, Mapped, Model, Utc, mapped_column, new_id, session, transaction
from consult.erasure.rules import Rule as ErasureRule
from consult.erasure.rules import Treatment
from consult.errors import Conflict, Forbidden, NotFound, Problem, Rejected
from consult.events.record import record
from consult.events.types import Event, Recorded
from consult.i18n import LANGUAGES, N_, NN_, Localized, Message, translate
from consult.outcomes.sections import ReportSection, ReportTable
from consult.plugins.hookspecs import ExportColumn, NavigationLink, hookimpl
from consult.plugins.questions import Choice, Question, QuestionKind, clean_answers
from consult.plugins.track import Constituency, ReferenceBody, ReviewCriterion, Track
from consult.submissions.models import Submission
from consult.submissions.queries import revision_of
from consult.submissions.services import SubmissionDraft, Transition
from consult.submissions.states import SubmissionState
from consult.web.context import local, piece, present_formats
from consult.web.forms import L_, Form, say
from consult.web.guards import requires, visible
from consult.web.question_fields import question_form
from consult.web.visitor import actor, consultation

__all__ = [
    "ANONYMOUS",
    "LANGUAGES",
    "L_",
    "NN_",
    "N_",
    "Actor",
    "Alternate",
    "Ballot",
    "Body",
    "Choice",
    "Conflict",
    "Constituency",
    "Consultation",
    "ConsultationTrack",
    "DecisionRule",
    "ErasureRule",
    "Event",
    "ExportColumn",
    "Forbidden",
    "Form",
    "Id",
    "Localized",
    "LocalizedText",
    "Mapped",
    "Member",
    "Message",
    "Model",
    "NavigationLink",
    "NotFound",
    "Permission",
    "Person",
    "Problem",
    "PublicName",
    "Question",
    "QuestionKind",
    "Recorded",
    "ReferenceBody",
    "Rejected",
    "ReportSection",
    "ReportTable",
    "ReviewCriterion",
    "Role",
    "Seat",
    "Submission",
    "SubmissionDraft",
    "SubmissionState",
    "Topic",
    "Track",
    "Transition",
    "Treatment",
    "Utc",
    "actor",
    "allowed",
    "body_by_key",
    "clean_answers",
    "clock",
    "consultation",
    "consultation_by_slug",
    "demand",
    "hookimpl",
    "latin_digits",
    "local",
    "mapped_column",
    "new_id",
    "parse_rule",
    "piece",
    "present_formats",
    "public_names",
    "question_form",
    "record",
    "register_body",
    "requires",
    "revision_of",
    "say",
    "session",
    "topics_of",
    "transaction",
    "translate",
    "visible",
]
