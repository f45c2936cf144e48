"""Who may do what with the evaluation of a consultation."""

from __future__ import annotations

from consult.accounts.access import Actor, Role, permission
from consult.consultations.models import Consultation
from consult.i18n import N_


@permission("evaluation.figures", N_("see the figures by which a consultation is evaluated"))
def reads_figures(actor: Actor, subject: Consultation) -> bool:
    """Its evaluators, and its organisers, who see by what they are judged: counts, never a name or a text."""
    return writes(actor, subject) or actor.organises(subject.id)


@permission("evaluation.write", N_("write and publish an evaluation"))
def writes(actor: Actor, subject: Consultation) -> bool:
    """Its evaluators, each their own."""
    return actor.has(Role.EVALUATOR, subject.id)


@permission("evaluation.answer", N_("answer an evaluation"))
def answers(actor: Actor, subject: Consultation) -> bool:
    """Its organisers, beside it; nobody changes what an evaluator wrote."""
    return actor.organises(subject.id)
