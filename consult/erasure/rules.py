"""What happens to each table when a person is erased, as data: one rule for each, none forgotten.

A table holds something of a person where a foreign key leads from it to them, to where they take part, or to a text of
theirs. A plugin declares its own tables: `__table_args__ = ({"info": {"erasure": Rule(...)}},)`. Of a
plugin that says nothing everything goes: rows of a text with that text, all others with their person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from consult.accounts.models import ERASED_NAME
from consult.accounts.own_data import NOT_FOLLOWED
from consult.db import Base
from consult.i18n import N_, Message


class Treatment(StrEnum):
    """What becomes of a row at the erasure of its person."""

    ERASE = "erase"
    TEXT = "text"
    DETACH = "detach"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Rule:
    """What becomes of a table's rows.

    ERASE deletes them. TEXT goes with the text it belongs to, as its author chose: `clear` says what takes the place of
    which columns, and without it the rows are deleted. DETACH leaves the rows, with `clear` written over what tells of the
    person, and KEEP leaves them as they are; `why` says to the person why. `always` is written over in either case.
    `through` names the columns that lead to a person, with the table they lead to, where they are not the foreign keys.
    """

    treatment: Treatment
    why: Message | None = None
    clear: Mapping[str, Any] = field(default_factory=dict)
    always: Mapping[str, Any] = field(default_factory=dict)
    through: Mapping[str, str] = field(default_factory=dict)

    @property
    def reason(self) -> Message | None:
        """Why rows may stay, in words for the person; None where they go in any case."""
        return self.why or (_WITH_ITS_TEXT if self.treatment is Treatment.TEXT else None)


_WITH_ITS_TEXT = N_(
    "It belongs to a text: it goes with it where you have the text erased, and stays with a text that stays."
)


#: Tables whose rows are somebody's, each with the column that says whose, and the table it leads to.
ROOTS: Mapping[str, tuple[str, str]] = {
    "person": ("id", "person"),
    "member": ("person_id", "person"),
    "accreditation": ("person_id", "person"),
    "coder": ("person_id", "person"),
    "submission": ("member_id", "member"),
    "draft": ("member_id", "member"),
    "revision": ("submission_id", "submission"),
    "coded_text": ("submission_id", "submission"),
    "coding_task": ("coder_id", "coder"),
    "paper_sheet": ("submission_id", "submission"),
    "reviewer": ("person_id", "person"),
}

_ERASE = Rule(Treatment.ERASE)
_TEXT = Rule(Treatment.TEXT)
_VOTES = N_("Votes are counted from the frozen roll; a result must stay provable.")
_SITTINGS = N_("The quorum and the minutes of a session rest on it.")
_SEATS = N_("Who held a seat, and when, decides which votes counted.")
_REGISTER = N_("Decisions of moderators stand in a public register; what was written to you alone goes.")
_CODED = N_("Codes are counted, and coders compared with each other; they hold no words of a text.")
_JUDGED = N_("How often a text was judged, and with how many points, stays known; the words go.")
_INTERESTS = N_("Who kept away from a text must stay known to those who decide on it.")
_SIGNED = N_("That a body stood behind a text, and who said yes for it, must stay known.")
_PAPER = N_(
    "How sheets were entered, and how often two entries differed, is counted; nothing that stood on one is kept there."
)
_TRACED = N_("Recommendations and answers lead back to the texts they come from.")

RULES: Mapping[str, Rule] = {
    "person": Rule(
        Treatment.DETACH,
        N_("An empty entry stays, so that a number in the record still leads to one participant. It holds no name."),
        clear={
            "name": ERASED_NAME,
            "search_name": "",
            "email": "",
            "email_key": None,
            "password_hash": "",
            "language": "ar",
            "closed_by": None,
            "closed_because": "",
            "second_step_until": None,
        },
        through={"id": "person"},
    ),
    "member": Rule(
        Treatment.DETACH,
        N_("The record shows “former participant” with your number where your name stood."),
        clear={"display_name": ""},
    ),
    "role_grant": Rule(
        Treatment.DETACH,
        N_("Who could do what, and when, must stay known; the reasons that were written about you go."),
        clear={"reason": "", "revoked_because": ""},
    ),
    "accreditation": Rule(
        Treatment.DETACH,
        N_("That a body applied, and under which name, stays; your address and what you wrote go."),
        clear={"contact": "", "mandate": "", "legal_basis": "", "documents": ""},
        through={"person_id": "person"},
    ),
    "accreditation_file": Rule(Treatment.ERASE, through={"application_id": "accreditation"}),
    "accreditation_step": Rule(Treatment.DETACH, N_("What was decided stays; the words go."), clear={"reason": ""}),
    "testimony_reader": Rule(Treatment.KEEP, N_("Who could read confidential testimony must stay known.")),
    "seat": Rule(Treatment.DETACH, _SEATS),
    "seat_term": Rule(Treatment.DETACH, _SEATS, clear={"reason": ""}),
    "alternate": _ERASE,
    "proxy": Rule(Treatment.DETACH, _SEATS, clear={"shown": ""}),
    "submission": Rule(
        Treatment.TEXT,
        N_("The number stays, so that receipts and the register still fit."),
        clear={"title": "", "answers": {}, "look_over": False},
        always={"author": ""},
    ),
    "revision": Rule(
        Treatment.TEXT,
        N_(
            "The fingerprint stays, so that the signed log still fits. Nobody reads a text from it; whoever has the text can recognise it."
        ),
        clear={"title": "", "answers": {}, "topics": [], "why": ""},
        always={"private_answers": {}},
    ),
    "passage": Rule(Treatment.TEXT, clear={"text": ""}),
    "submission_topic": _TEXT,
    "statement_vote": _TEXT,
    "campaign_member": _TEXT,
    "review_decision": Rule(Treatment.DETACH, _REGISTER, clear={"reason": ""}),
    "appeal": Rule(Treatment.DETACH, _REGISTER, clear={"reason": "", "answer": ""}),
    "bulk_text": Rule(Treatment.KEEP, _REGISTER),
    "coder": Rule(Treatment.KEEP, _CODED),
    "coded_text": Rule(Treatment.KEEP, _CODED),
    "coding_task": Rule(Treatment.KEEP, _CODED),
    "coding": Rule(Treatment.KEEP, _CODED),
    "coding_step": Rule(Treatment.KEEP, _CODED),
    "final_coding": Rule(Treatment.KEEP, _CODED),
    "coding_memo": Rule(Treatment.DETACH, N_("That there was a memo stays; its words go."), clear={"text": ""}),
    "sealed_name": Rule(Treatment.TEXT, always={"author": ""}),
    "reviewer": Rule(Treatment.KEEP, _JUDGED),
    "assessment": Rule(Treatment.DETACH, _JUDGED, clear={"inside": "", "to_author": ""}),
    "declared_interest": Rule(Treatment.DETACH, _INTERESTS, clear={"asked_because": "", "answered_because": ""}),
    "earlier_assessment": Rule(Treatment.DETACH, _JUDGED, clear={"inside": "", "to_author": "", "because": ""}),
    "lifted_interest": Rule(Treatment.DETACH, _INTERESTS, clear={"asked_because": "", "lifted_because": ""}),
    "review_note": Rule(Treatment.DETACH, _JUDGED, clear={"text": ""}),
    "disposition": Rule(Treatment.KEEP, N_("The answers of the organisers are theirs, and public.")),
    "official_response": Rule(Treatment.KEEP, N_("The official responses of bodies are theirs, and public.")),
    "source": Rule(Treatment.KEEP, _TRACED),
    "letter_sent": Rule(Treatment.KEEP, N_("That an answer was sent stays countable; the letter itself is not kept.")),
    "evaluation_draft": _ERASE,
    "evaluation": Rule(
        Treatment.DETACH,
        N_("An evaluation that was published stays public, as that of “the evaluator”: your name goes."),
        clear={"signed": False},
    ),
    "evaluation_answer": Rule(
        Treatment.DETACH,
        N_("What organisers answered to an evaluation stays public beside it."),
        through={"answered_by": "person"},
    ),
    "moderation_task": Rule(Treatment.ERASE, through={"person_id": "person"}),
    "moderator_desk": _ERASE,
    # not by the text that it corrects: that may be the body's, and others write
    "draft": Rule(Treatment.ERASE, through={"member_id": "member"}),
    "draft_part": Rule(Treatment.ERASE, through={"draft_id": "draft"}),
    "draft_save": _ERASE,
    "draft_comment": _ERASE,
    "response_part": Rule(Treatment.DETACH, _SIGNED, clear={"holder_id": None, "until": None}),
    "response_save": _ERASE,
    "response_comment": _ERASE,
    "office": Rule(Treatment.DETACH, _SIGNED, clear={"lead_id": None, "lead_because": ""}),
    "sign_off": Rule(Treatment.KEEP, _SIGNED),
    "cosignature": Rule(Treatment.KEEP, _SIGNED),
    "upload": _ERASE,
    "submission_attachment": _TEXT,
    "translation": _TEXT,
    "translation_part": _TEXT,
    "attachment": Rule(Treatment.TEXT, always={"name": "document"}, through={"member_id": "member"}),
    "paper_sheet": Rule(Treatment.KEEP, _PAPER),
    "paper_entry": Rule(Treatment.KEEP, _PAPER),
    "paper_comparison": Rule(Treatment.KEEP, _PAPER),
    "paper_scan": _ERASE,
    "roll_entry": Rule(Treatment.KEEP, _VOTES),
    "open_choice": Rule(Treatment.KEEP, _VOTES, through={"voter_id": "member"}),
    "reservation": Rule(
        Treatment.DETACH, N_("A reservation is part of the recommendation it was made to. It stays without your name.")
    ),
    "attendance": Rule(Treatment.KEEP, _SITTINGS),
    "speech": Rule(Treatment.KEEP, _SITTINGS),
    "sign_in": _ERASE,
    "half_sign_in": _ERASE,
    "sign_in_link": _ERASE,
    "authenticator_app": _ERASE,
    "passkey": _ERASE,
    "outside_identity": _ERASE,
    "recovery_code": _ERASE,
    "notice": _ERASE,
    "consent": _ERASE,
    "reach": _ERASE,
    "wish": _ERASE,
    "saved_search": _ERASE,
    "failing_address": _ERASE,
    "address_change": _ERASE,
    "message_reader": _ERASE,
    "mail": _ERASE,
    "erasure": Rule(Treatment.KEEP, N_("That and when you asked for this, without a name.")),
}


def declared_rule(table: sa.Table) -> Rule | None:
    """Return what a table says of itself, None if it was forgotten."""
    return RULES.get(table.name) or table.info.get("erasure")


def rule_of(table: sa.Table) -> Rule:
    """Return a table's rule; for one that was forgotten, the rule that leaves nothing."""
    return declared_rule(table) or (_TEXT if "submission_id" in table.c else _ERASE)


def tables_of_people() -> Iterator[tuple[sa.Table, Rule]]:
    """Yield every table with something of people and its rule, parents before children."""
    leading = set(ROOTS)
    for table in Base.metadata.sorted_tables:
        named = {key.referred_table.name for key in table.foreign_key_constraints}
        if table.name not in NOT_FOLLOWED and (table.name in ROOTS or named & leading):
            leading.add(table.name)
            yield table, rule_of(table)


def ways_to_person(table: sa.Table, rule: Rule) -> Mapping[str, str]:
    """Return the columns that lead from a table to somebody, with the table each leads to."""
    return rule.through or {
        column.name: key.column.table.name
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table.name in ROOTS
    }
