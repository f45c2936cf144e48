"""A word in every column of text that not everybody reads, one for each column, by the columns' names; and why the others need none.

`tests/web/test_leak_crawl.py` fails for a column of the database that stands in neither list.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from consult import clock
from consult.db import Base, LocalizedText, Utc, new_id, session
from consult.i18n import LANGUAGES, Localized
from consult.testing.world import World

NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Field:
    """Who of those who look reads the word (space between their names), in which rows it is written (SQL)."""

    readers: frozenset[str] = NOBODY
    where: str = ""


def _read_by(*readers: str, where: str = "") -> Field:
    return Field(frozenset(readers), where)


#: Members to whom messages of organisers went, and everybody to whom mail went.
MEMBERS = ("cso", "derna", "ghat", "neighbour", "professor", "zuwara")
WRITTEN_TO = (*MEMBERS, "colleague", "moderator", "organiser")
ORGANISER, ADMINISTRATOR = ("organiser",), ("administrator",)
#: Who keeps the register of bodies: organisers of any consultation, and administrators.
KEEPERS = ("organiser", "administrator", "elsewhere")
#: Who reads what reviewers found, beside the reviewer.
DECIDE = ("organiser", "moderator", "moderator of the academic track")
#: Who declared an interest in the paper from which they keep away: their own words come back to them.
AWAY = ("derna", "moderator", "organiser")
FIELDS: Mapping[str, Field] = {
    "accreditation.contact": _read_by("accreditor", "account"),
    "accreditation.documents": _read_by("accreditor", "account"),
    "accreditation.legal_basis": _read_by("accreditor", "account"),
    "accreditation.mandate": _read_by("accreditor", "account"),
    "accreditation_file.name": _read_by("accreditor", "account"),
    "accreditation_step.reason": _read_by("accreditor", "account"),
    **{
        f"accreditation_unconfirmed.{name}": _read_by()
        for name in ("contact", "documents", "email", "legal_basis", "mandate", "name")
    },
    "address_change.address": _read_by("account"),
    "assessment.inside": _read_by("derna", *DECIDE, where="handed_in_at IS NOT NULL"),
    "assessment.to_author": _read_by("derna", *DECIDE, where="handed_in_at IS NOT NULL"),
    "begun_text.answers": _read_by(),
    "body_contact.email": _read_by(*KEEPERS, where="audience = 'organisers'"),
    "body_contact.source": _read_by(*KEEPERS, where="audience = 'organisers'"),
    "body_contact.phone": _read_by(*KEEPERS, where="audience = 'organisers'"),
    "body_end.undone_because": _read_by(*KEEPERS, where="undone_at IS NOT NULL"),
    "declared_interest.answered_because": _read_by(*AWAY),
    "declared_interest.asked_because": _read_by(*AWAY),
    "earlier_assessment.because": _read_by("derna"),
    "earlier_assessment.inside": _read_by("derna"),
    "earlier_assessment.to_author": _read_by("derna"),
    "evaluation_draft.texts": _read_by("evaluator"),
    "failing_address.address": _read_by("account"),
    "grave_act.details": _read_by(*ORGANISER, where="kind = 'edition.publish' AND state = 'waiting'"),
    "import_map.name": _read_by(*ORGANISER, *ADMINISTRATOR),
    "import_refusal.values": _read_by(),
    "import_run.name": _read_by(*ORGANISER, *ADMINISTRATOR),
    "lifted_interest.asked_because": _read_by("account"),
    "lifted_interest.lifted_because": _read_by("account"),
    "mail.html": _read_by(),
    "mail.subject": _read_by(*ADMINISTRATOR, *WRITTEN_TO),
    "mail.text": _read_by(*ADMINISTRATOR),
    "message_round.subjects": _read_by(*ORGANISER, *MEMBERS),
    "message_round.texts": _read_by(*ORGANISER, *MEMBERS),
    "office.lead_because": _read_by("ghat", "colleague", where="lead_named_at IS NOT NULL"),
    "official_response.letter": _read_by(where="published_at IS NULL"),
    "official_response.text": _read_by("ghat", "colleague", where="published_at IS NULL"),
    "outside_identity.subject": _read_by("account"),
    "paper_entry.answers": _read_by("cso"),
    "passkey.name": _read_by("ghat"),
    "person.closed_because": _read_by("account", where="email_key LIKE 'besides1%'"),
    "proxy.ended_because": _read_by("ghat", "derna"),
    "proxy.shown": _read_by("ghat", "derna", *ORGANISER),
    "reach.district": _read_by("account"),
    "reference_figures.source": _read_by(*ORGANISER),
    "registration.email": _read_by(),
    "registration.name": _read_by(),
    "review_note.text": _read_by(),
    "saved_search.name": _read_by("account"),
    "seat_removed.reason": _read_by(*ORGANISER),
    "seat_term.reason": _read_by("ghat", *ORGANISER),
    "translation.remark": _read_by(),
    "translation_part.text": _read_by(
        "derna",
        "translator",
        "cso",
        *ORGANISER,
        where="translation_id IN (SELECT id FROM translation WHERE kind = 'draft')",
    ),
    "unsigned_reservation.text": _read_by("ghat", "colleague"),
    "upload.name": _read_by("ghat"),
}
#: Columns that are planted row by row (`consult.testing.kept_back`).
ROW_BY_ROW = frozenset(
    [
        "appeal.reason",
        "appeal.answer",
        "ballot.questions",
        "body_contact.label",
        "bulk_decision.reason",
        "clause.texts",
        "coding_memo.text",
        "draft.answers",
        "draft_comment.text",
        "draft_save.content",
        "passage.text",
        "questionnaire.content",
        "recommendation.titles",
        "region.text",
        "review_decision.reason",
        "revision.private_answers",
        "revision.title",
        "response_comment.text",
        "response_save.content",
        "role_grant.reason",
        "role_grant.revoked_because",
        "submission.title",
        "theme.names",
        "theme.note",
        "version.titles",
    ]
)
#: Names of columns that hold a word of a list of ours, a key, a language, a hash or figures: nothing that anybody wrote.
CODES = frozenset(
    [
        "anchor",
        "annulled_language",
        "asked_digest",
        "audience",
        "authoritative",
        "authorities",
        "ballot_kind",
        "base_hash",
        "box",
        "cause",
        "channel",
        "clause",
        "code",
        "code_hash",
        "col",
        "column",
        "columns",
        "constituency",
        "country",
        "coverage",
        "decision",
        "device",
        "digest",
        "discipline",
        "district",
        "mission",
        "electorate",
        "email_key",
        "ended",
        "factor",
        "fate",
        "fingerprint",
        "format",
        "ground",
        "hands",
        "hashed",
        "how",
        "into",
        "key",
        "kind",
        "language",
        "lead_language",
        "letter",
        "level",
        "licence",
        "mark",
        "method",
        "mode",
        "moderation",
        "month",
        "options",
        "out_of",
        "outcome",
        "page",
        "parent_key",
        "part",
        "place",
        "prefix",
        "preset",
        "purpose",
        "question",
        "quorum",
        "reader",
        "recommendation",
        "region",
        "responsible",
        "result",
        "rights",
        "role",
        "roll_hash",
        "rule",
        "rule_id",
        "rules",
        "saved_from",
        "scheme",
        "scores",
        "seal",
        "sha256",
        "shared_track",
        "silence_language",
        "slug",
        "source_key",
        "stale",
        "stance",
        "state",
        "substance",
        "timezone",
        "topic",
        "topics",
        "track",
        "type",
        "use",
        "wanted",
        "writers",
        "languages",
        "search_names",
        "sorted_en",
        "sorted_fr",
    ]
)
#: Why the other columns hold no word, with the columns.
OPEN: Mapping[str, str] = {
    "everybody may read it": (
        "agenda_item.titles ballot.annulled_because ballot.ruling body.names body.profile body.source body_capacity.source"
        " body_capacity.texts body_end.source body_mandate.legal_basis body_mandate.source body_mandate.texts mission.cities body_mandate_overlap.notes body_mandate_overlap.source body_state.names"
        " body_state.source body_settlement.reason checkpoint.note consultation.names consultation.summaries consultation.titles"
        " consultation_track.settings criteria.chosen custom_rule.data disposition.reason edition.manifest edition.silence"
        " evaluation.texts evaluation_answer.texts log_key_change.note member.display_name open_choice.choice open_data.rows phase.names purpose_version.changes"
        " purpose_version.texts purpose_version.titles quote.words reservation.text retention_run.counts session.names"
        " session.venues silent_end.reason submission.number topic.names version.reason"
    ),
    "it is read where the text is read whose row it stands in, which is planted": (
        "attachment.text revision.answers revision.why submission.answers"
    ),
    "the names of the walk stand in it: of the member who withholds theirs, or of an author who is judged blind": (
        "accreditation.name attachment.name cso_registration.number mail.address person.email person.name person.search_name sealed_name.author"
        " submission.author"
    ),
    "it is written by the office that reads it, about the office's work, and names no text and nobody": (
        "code.examples code.memos code.names letter_words.closings letter_words.openings message_round.chosen"
        " paper_sheet.boxes"
    ),
    "a row beside it in the same table is planted and is read on the same pages": (
        "import_map.given import_run.given outside_identity.issuer region.base_text region_text.text saved_search.given"
    ),
    "minutes are read with their session; `tests/unit/sessions/test_minutes.py` looks for a word in them before approval": (
        "minutes_entry.text"
    ),
    "it holds numbers, ids, or the name of an error, and no words": (
        "appeal_count.counts appeal_count.pending channel_count.counts channel_count.pending reference_figures.about reference_figures.numbers"
        " campaign_search.last_error delivery.last_error erasure.contacts erasure.texts event.facts import_refusal.reason import_run.last_error"
        " mail.last_error notice.about paper_sheet.void_reason person.password_hash recovery_code.label"
    ),
}
#: Values of rows that nothing in this small consultation has made: the state in which they are read, and whose they are.
ROWS: Mapping[str, Mapping[str, Any]] = {
    "address_change": {"person_id": "account"},
    "accreditation": {"track": "cso", "state": "applied", "kind": "cso", "language": "ar", "person_id": "account"},
    "accreditation_unconfirmed": {"track": "cso", "kind": "cso", "language": "ar"},
    "accreditation_step": {"state": "returned", "language": "ar"},
    "accreditation_file": {"kind": "pdf"},
    "body_end": {"language": "ar", "since": clock.now().date(), "undone_at": clock.now()},
    "earlier_assessment": {"language": "en", "recommendation": "accept"},
    "evaluation_draft": {"person_id": "evaluator"},
    "failing_address": {"person_id": "account", "code": "550"},
    "lifted_interest": {"person_id": "account"},
    "grave_act": {"kind": "edition.publish", "state": "waiting", "asked_by": "organiser"},
    "import_run": {"state": "checked", "columns": []},
    "import_refusal": {"column": "title", "reason": "missing"},
    "outside_identity": {"person_id": "account", "issuer": "https://id.example.org"},
    "passkey": {"person_id": "ghat"},
    "proxy": {"giver_id": "ghat", "bearer_id": "derna", "ballot_kind": "recommendation"},
    "reach": {"person_id": "account", "timezone": "Europe/Paris", "country": "FR"},
    "reference_figures": {"about": "language", "numbers": {"ar": 3, "en": 1}, "as_of": clock.now().date()},
    "registration": {"track": "cso", "language": "ar"},
    "saved_search": {"person_id": "account"},
    "seat_removed": {"track": "municipal", "language": "ar"},
    "upload": {"member_id": "ghat"},
}


def word_of(column: str) -> str:
    """Return the word of a column: `qx` and its letters."""
    return "qx" + "".join(letter for letter in column if letter.isalpha())


def plant_fields(world: World) -> None:
    """Write the words into their columns, in rows that are made where there are none; in the caller's transaction."""
    for name, planted in FIELDS.items():
        table_name, column_name = name.split(".")
        table = Base.metadata.tables[table_name]
        where = sa.text(planted.where or "1 = 1")
        rows = sa.select(sa.func.count()).select_from(table).where(where)
        if not session.scalar(rows):
            _make(table, world)
            assert session.scalar(rows), f"{name}: no such row came about"
        value = _said(table.c[column_name], word_of(name))
        session.execute(sa.update(table).where(where).values({column_name: value}))


def _said(column: sa.Column[Any], word: str) -> Any:
    if isinstance(column.type, LocalizedText):
        return Localized(dict.fromkeys(LANGUAGES, word))
    return {"reason": word, "title": word} if isinstance(column.type, sa.JSON) else word


def _make(table: sa.Table, world: World) -> None:
    session.execute(sa.insert(table).values(_row(table, world)))


def _whose(column: sa.Column[Any], key: str, world: World) -> uuid.UUID:
    """Return who a column names: a member where it leads to one, else a person."""
    to_member = any(one.column.table.name == "member" for one in column.foreign_keys)
    return world.members[key] if to_member else world.people[key]


def _first(column: sa.Column[Any], world: World) -> Any:
    """Return the key of the first row of a table, which is made where there is none."""
    found = session.scalars(sa.select(column).limit(1)).first()
    if found is None:
        _make(column.table, world)
        return _first(column, world)
    return found


def _row(table: sa.Table, world: World) -> dict[str, Any]:
    """Return a row: what `ROWS` says, the first row there is where a key leads elsewhere, and else something of the type."""
    given = dict(ROWS.get(table.name, {}))
    made: dict[str, Any] = {}
    for column in table.columns:
        if column.name in given:
            value = given[column.name]
            made[column.name] = _whose(column, value, world) if isinstance(column.type, sa.Uuid) else value
        elif column.name == "consultation_id":
            made[column.name] = world.consultation_id
        elif column.foreign_keys and not column.nullable:
            (key,) = column.foreign_keys
            made[column.name] = _first(key.column, world)
        elif not column.nullable and column.default is None and column.server_default is None:
            made[column.name] = _something(column)
    return made


def _something(column: sa.Column[Any]) -> Any:
    """Return a value of a column's type: empty, or of this moment."""
    match column.type:
        case Utc():
            return clock.now() + timedelta(hours=1)
        case LocalizedText():
            return Localized()
        case sa.JSON():
            return {}
        case sa.Uuid():
            return new_id()
        case sa.LargeBinary():
            return new_id().bytes
        case sa.Boolean() | sa.Integer():
            return 0
        case _:
            return ""


def columns_of_text() -> set[str]:
    """Return the columns that can hold words, of every table, plugins' too: text, JSON and translated texts that are no keys."""
    kinds = (sa.Text, sa.String, sa.JSON, LocalizedText)
    return {
        str(column)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, kinds)
        and not column.foreign_keys
        and (column.name not in CODES or str(column) in FIELDS)
    }


def open_columns() -> set[str]:
    """Return the columns that need no word."""
    return {name for names in OPEN.values() for name in names.split()}
