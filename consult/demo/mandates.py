"""Who is charged with what in the sample, what an organisation can do, how it is reached, and what bodies were before."""

from __future__ import annotations

import uuid
from typing import Any

from consult import clock
from consult.accounts.access import OPERATOR
from consult.accounts.bodies.ending import EndDraft
from consult.accounts.bodies.life import ChangeDraft
from consult.accounts.bodies.record import CapacityDraft, ContactDraft, MandateDraft
from consult.accounts.bodies.services import BodyDraft
from consult.accounts.queries import body_by_key
from consult.accounts.services import change_body, register_body, save_capacity, save_contact, save_mandate
from consult.consultations.winding.winding_up import WindingUp
from consult.demo.sample_files import INVENTED, Sample
from consult.i18n import Localized
from consult.recommendations.winding_up import wind_up


def add_mandates(sample: Sample) -> None:
    """Enter what the file says about bodies of the register."""
    read = sample.read("mandates")
    for entry in read["body"]:
        facts = {name: entry.get(name, "") for name in ("level", "region")}
        names = Localized(entry["names"])
        invented = BodyDraft(entry["key"], entry["kind"], names, source=INVENTED, since=entry["since"], **facts)
        register_body(invented, actor=OPERATOR)
    for entry in read["mandate"]:
        draft = MandateDraft(Localized(entry["texts"]), tuple(entry["topics"]), entry["source"], entry["legal_basis"])
        save_mandate(draft, body=_body(entry), actor=OPERATOR)
    for entry in read["capacity"]:
        about = {"topic": entry.get("topic", ""), "languages": tuple(entry.get("languages", ()))}
        capacity = CapacityDraft(entry["kind"], clock.now().date(), entry["source"], **about)
        save_capacity(capacity, body=_body(entry), actor=OPERATOR)
    for entry in read["contact"]:
        today = clock.now().date()
        contact = ContactDraft(entry["audience"], entry["label"], today, entry["source"], entry["email"])
        save_contact(contact, body=_body(entry), actor=OPERATOR)
    for entry in read["change"]:
        change = ChangeDraft(entry["since"], entry["source"], Localized(entry["names"]))
        change_body(change, body=_body(entry), actor=OPERATOR)
    for entry in read["end"]:
        end = EndDraft(entry["since"], entry["source"], tuple(entry["successors"]))
        wind_up(end, WindingUp({}), body=_body(entry), actor=OPERATOR)


def _body(entry: dict[str, Any]) -> uuid.UUID:
    found = body_by_key(entry["body"])
    if found is None:
        raise RuntimeError(f"the sample names a body that is not there: {entry['body']}")
    return found.id
