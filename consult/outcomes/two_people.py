"""What needs two people in a consultation: one asks for the edition, or the names, as they are now, another confirms exactly that."""

from __future__ import annotations

import uuid

from consult.accounts.access import Actor, demand
from consult.accounts.four_eyes import GONE, Kind, ask_second, kind_of_act, waiting_acts, withdraw_second
from consult.accounts.two_people import ask_for_two, ask_to_do_without, do_without
from consult.consultations.ending import Silence
from consult.consultations.models import Consultation
from consult.db import transaction
from consult.errors import Conflict
from consult.outcomes.models import Edition
from consult.outcomes.publishing import content_of_now, publish_edition
from consult.submissions.services import open_names


def ask_edition(*, consultation: Consultation, actor: Actor, silence: Silence | None = None) -> None:
    """Ask that the next edition is published as its texts are now; somebody else confirms. Raises as publishing does."""
    demand(actor, "outcome.publish", consultation)
    content = content_of_now(consultation, silence)
    said = {"reason": silence.reason, "language": silence.language} if silence else {}
    with transaction():
        demand(actor, "outcome.publish", consultation)
        ask_second(
            Kind.PUBLISH,
            consultation.id,
            content.digest,
            consultation=consultation.id,
            details={"edition": content.edition, **said},
            actor=actor,
        )


def confirm_act(act: uuid.UUID, *, consultation: Consultation, actor: Actor) -> Edition | None:
    """Confirm what another asked for: the edition is published and returned, names are opened, or one person is enough again.

    Raises Conflict if it no longer waits or is no longer what was asked for, Forbidden for whoever asked.
    """
    demand(actor, "outcome.publish", consultation)
    if (kind := kind_of_act(act, consultation.id)) in {Kind.PUBLISH, Kind.OPEN_NAMES}:
        asked = next((one for one in waiting_acts(consultation.id) if one.id == act), None)
        if asked is None:
            raise Conflict(GONE)
        if kind is Kind.OPEN_NAMES:
            open_names(asked.details["track"], consultation=consultation, actor=actor, act=act)
            return None
        silence = Silence(asked.details.get("reason", ""), asked.details.get("language", ""))
        return publish_edition(consultation=consultation, actor=actor, silence=silence, act=act)
    with transaction():
        do_without(act, consultation.id, actor=actor)
    return None


def withdraw_act(act: uuid.UUID, *, consultation: Consultation, actor: Actor) -> None:
    """Withdraw what one asked for, or refuse what another did. Raises Conflict if it no longer waits."""
    with transaction():
        demand(actor, "outcome.publish", consultation)
        withdraw_second(act, kind_of_act(act, consultation.id), consultation=consultation.id, actor=actor)


def need_two_people(*, consultation: Consultation, actor: Actor) -> None:
    """Ask for two people at every publication from now on. Raises Conflict where nobody could confirm."""
    with transaction():
        demand(actor, "outcome.publish", consultation)
        ask_for_two(consultation.id, actor=actor)


def need_one_person(*, consultation: Consultation, actor: Actor) -> None:
    """Ask that one person is enough again; another confirms it. Raises Conflict."""
    with transaction():
        demand(actor, "outcome.publish", consultation)
        ask_to_do_without(consultation.id, actor=actor)
