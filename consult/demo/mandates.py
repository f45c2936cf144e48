"""Who is charged with what in the sample, what an organisation can do, and how it is reached."""

from __future__ import annotations

import uuid
from typing import Any

from consult import clock
from consult.accounts.access import OPERATOR
from consult.accounts.body_record import CapacityDraft, ContactDraft, MandateDraft
from consult.accounts.queries import body_by_key
from consult.accounts.services import save_capacity, save_contact, save_mandate
from consult.demo.sample_files import Sample
from consult.i18n import Localized


def add_mandates(sample: Sample) -> None:
    """Enter what the file says about bodies of the register."""
    read = sample.read("mandates")
    for entry in read["mandate"]:
        draft = MandateDraft(Localized(entry["texts"]), tuple(entry["topics"]), entry["source"], entry["legal_basis"])
        save_mandate(draft, body=_body(entry), actor=OPERATOR)
    for entry in read["capacity"]:
        about = {"topic": entry.get("topic", ""), "languages": tuple(entry.get("languages", ()))}
        capacity = CapacityDraft(entry["kind"], clock.now().date(), entry["source"], **about)
        save_capacity(capacity, body=_body(entry), actor=OPERATOR)
    for entry in read["contact"]:
        contact = ContactDraft(entry["audience"], entry["label"], entry["email"])
        save_contact(contact, body=_body(entry), actor=OPERATOR)


def _body(entry: dict[str, Any]) -> uuid.UUID:
    found = body_by_key(entry["body"])
    if found is None:
        raise RuntimeError(f"the sample names a body that is not there: {entry['body']}")
    return found.id
