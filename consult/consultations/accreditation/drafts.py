"""What a body writes when it applies, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from consult.accounts.people import PersonDraft, is_address, person_problems
from consult.cleaning import clean_line, clean_text
from consult.consultations.accreditation.queries import tracks_to_apply
from consult.consultations.models import Consultation
from consult.errors import Problem, Rejected
from consult.i18n import N_

LONGEST_NAME, LONGEST_TEXT = 300, 6000
NO_ADDRESS = N_("Write an e-mail address, for example name@example.org.")


@dataclass(frozen=True, slots=True)
class ApplicationDraft:
    """What a body says when it applies: itself, whom to write to, what it is charged with and by which law, its documents."""

    track: str
    name: str
    kind: str
    contact: PersonDraft
    mandate: str
    legal_basis: str
    documents: str = ""
    withheld: bool = False


def demand_in_order(draft: ApplicationDraft, consultation: Consultation) -> None:
    """Raise Rejected with what is wrong with a draft, each at its field."""
    if problems := [*_problems(draft, consultation), *person_problems(draft.contact)]:
        raise Rejected(_at_fields(problems))


def facts_of(draft: ApplicationDraft) -> dict[str, Any]:
    """Return the columns of an application that a draft fills."""
    return {
        "track": draft.track,
        "kind": draft.kind,
        "name": clean_line(draft.name),
        "contact": clean_line(draft.contact.name),
        "language": draft.contact.language,
        "mandate": clean_text(draft.mandate),
        "legal_basis": clean_text(draft.legal_basis),
        "documents": clean_text(draft.documents),
        "withheld": draft.withheld,
    }


def _problems(draft: ApplicationDraft, consultation: Consultation) -> Iterator[Problem]:
    track = next((one for one in tracks_to_apply(consultation) if one.key == draft.track), None)
    if track is None:
        yield Problem("track", N_("Choose a track that is switched on."))
    elif draft.kind not in track.body_kinds:
        yield Problem("kind", N_("Choose a kind of body of this track."))
    elif draft.withheld and not track.may_withhold_name:
        yield Problem("withheld", N_("In this track names are not withheld."))
    if not draft.name.strip():
        yield Problem("name", N_("Write the name of the body."))
    if not is_address(draft.contact.email.strip()):
        yield Problem("email", NO_ADDRESS)
    if not draft.mandate.strip():
        yield Problem("mandate", N_("Write what the body is charged with."))
    if not draft.legal_basis.strip():
        yield Problem("legal_basis", N_("Write by which law, decision or statute."))
    for field, text, limit in (
        ("name", draft.name, LONGEST_NAME),
        ("mandate", draft.mandate, LONGEST_TEXT),
        ("legal_basis", draft.legal_basis, LONGEST_TEXT),
        ("documents", draft.documents, LONGEST_TEXT),
    ):
        if len(text) > limit:
            yield Problem(field, N_("Write at most %(limit)s characters.", limit=limit))


def _at_fields(problems: list[Problem]) -> list[Problem]:
    """Put what is wrong with the contact's name at its own field, and say each thing once."""
    contact = {str(N_("Write the name."))}
    named = [Problem("contact", p.message) if str(p.message) in contact else p for p in problems]
    return list({(p.field, str(p.message)): p for p in named}.values())
