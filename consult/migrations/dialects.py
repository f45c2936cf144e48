"""What SQLite and PostgreSQL say differently: the triggers that guard a ballot, and the text index."""

from __future__ import annotations

import sqlalchemy as sa

_SQLITE_TRIGGERS = (
    """
    CREATE TRIGGER open_choice_insert BEFORE INSERT ON open_choice
    WHEN (SELECT state FROM ballot WHERE id = NEW.ballot_id) IS NOT 'open'
    BEGIN SELECT RAISE(ABORT, 'the ballot is not open'); END
    """,
    """
    CREATE TRIGGER open_choice_update BEFORE UPDATE ON open_choice
    WHEN (SELECT state FROM ballot WHERE id = NEW.ballot_id) IS NOT 'open'
    BEGIN SELECT RAISE(ABORT, 'the ballot is not open'); END
    """,
    """
    CREATE TRIGGER open_choice_delete BEFORE DELETE ON open_choice
    BEGIN SELECT RAISE(ABORT, 'a choice is never deleted'); END
    """,
    """
    CREATE TRIGGER roll_entry_insert BEFORE INSERT ON roll_entry
    WHEN (SELECT state FROM ballot WHERE id = NEW.ballot_id) IS NOT 'prepared'
    BEGIN SELECT RAISE(ABORT, 'the roll is frozen'); END
    """,
    """
    CREATE TRIGGER roll_entry_update BEFORE UPDATE ON roll_entry
    BEGIN SELECT RAISE(ABORT, 'the roll is frozen'); END
    """,
    """
    CREATE TRIGGER roll_entry_delete BEFORE DELETE ON roll_entry
    BEGIN SELECT RAISE(ABORT, 'the roll is frozen'); END
    """,
    """
    CREATE TRIGGER ballot_frozen BEFORE UPDATE ON ballot
    WHEN OLD.state <> 'prepared' AND (NEW.rule IS NOT OLD.rule OR NEW.options IS NOT OLD.options
      OR NEW.electorate IS NOT OLD.electorate OR NEW.seats IS NOT OLD.seats OR NEW.present IS NOT OLD.present
      OR NEW.roll_hash IS NOT OLD.roll_hash OR NEW.version IS NOT OLD.version OR NEW.state = 'prepared')
    BEGIN SELECT RAISE(ABORT, 'what was frozen at the opening of a ballot is never changed'); END
    """,
    """
    CREATE TRIGGER ballot_closed BEFORE UPDATE ON ballot
    WHEN OLD.state = 'annulled' OR (OLD.state = 'closed' AND (NEW.state <> 'annulled' OR NEW.result IS NOT OLD.result))
    BEGIN SELECT RAISE(ABORT, 'a closed ballot is never changed'); END
    """,
)

_POSTGRESQL_TRIGGERS = (
    """
    CREATE FUNCTION refuse_choice() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'DELETE' THEN RAISE EXCEPTION 'a choice is never deleted'; END IF;
      IF (SELECT state FROM ballot WHERE id = NEW.ballot_id) IS DISTINCT FROM 'open' THEN
        RAISE EXCEPTION 'the ballot is not open';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER open_choice_guard BEFORE INSERT OR UPDATE OR DELETE ON open_choice
    FOR EACH ROW EXECUTE FUNCTION refuse_choice()
    """,
    """
    CREATE FUNCTION refuse_roll_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP <> 'INSERT' OR (SELECT state FROM ballot WHERE id = NEW.ballot_id) IS DISTINCT FROM 'prepared' THEN
        RAISE EXCEPTION 'the roll is frozen';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER roll_entry_guard BEFORE INSERT OR UPDATE OR DELETE ON roll_entry
    FOR EACH ROW EXECUTE FUNCTION refuse_roll_change()
    """,
    """
    CREATE FUNCTION refuse_ballot_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF OLD.state <> 'prepared' AND (NEW.rule::text <> OLD.rule::text OR NEW.options::text <> OLD.options::text
         OR NEW.electorate::text <> OLD.electorate::text OR NEW.seats <> OLD.seats OR NEW.present <> OLD.present
         OR NEW.roll_hash <> OLD.roll_hash OR NEW.version IS DISTINCT FROM OLD.version OR NEW.state = 'prepared') THEN
        RAISE EXCEPTION 'what was frozen at the opening of a ballot is never changed';
      END IF;
      IF OLD.state = 'annulled' OR (OLD.state = 'closed'
         AND (NEW.state <> 'annulled' OR NEW.result::text IS DISTINCT FROM OLD.result::text)) THEN
        RAISE EXCEPTION 'a closed ballot is never changed';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER ballot_closed BEFORE UPDATE ON ballot FOR EACH ROW EXECUTE FUNCTION refuse_ballot_change()
    """,
)

_SQLITE_DROP = (
    "DROP TRIGGER open_choice_insert",
    "DROP TRIGGER open_choice_update",
    "DROP TRIGGER open_choice_delete",
    "DROP TRIGGER roll_entry_insert",
    "DROP TRIGGER roll_entry_update",
    "DROP TRIGGER roll_entry_delete",
    "DROP TRIGGER ballot_frozen",
    "DROP TRIGGER ballot_closed",
)

_POSTGRESQL_DROP = (
    "DROP FUNCTION refuse_choice() CASCADE",
    "DROP FUNCTION refuse_roll_change() CASCADE",
    "DROP FUNCTION refuse_ballot_change() CASCADE",
)

#: An edition, its files and its citations are inserted once, and a text that was typed is kept: nothing here is changed.
_KEPT = ("edition", "edition_file", "citation", "region_text")

_SQLITE_KEPT = tuple(
    f"""
    CREATE TRIGGER {table}_{act.lower()} BEFORE {act} ON {table}
    BEGIN SELECT RAISE(ABORT, 'what is kept here is never changed'); END
    """
    for table in _KEPT
    for act in ("UPDATE", "DELETE")
)

_POSTGRESQL_KEPT = (
    """
    CREATE FUNCTION refuse_republishing() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'what is kept here is never changed'; END $$
    """,
    *(
        f"""
        CREATE TRIGGER {table}_guard BEFORE UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION refuse_republishing()
        """
        for table in _KEPT
    ),
)

#: The words are folded and split by `consult.search`, so the database only has to keep them apart: the ascii tokenizer
#: takes every letter beyond ASCII as part of a word. Only the set of words matters, hence no positions (detail = none).
#: Beginnings of up to ten letters have lists of their own: without one, FTS5 gathers every match before it gives the first.
_SQLITE_INDEX = (
    "CREATE VIRTUAL TABLE submission_index USING fts5("
    "words, tokenize = 'ascii', detail = 'none', columnsize = 0, prefix = '2 3 4 5 6 7 8 9 10')",
    """
    CREATE TABLE submission_place (
      place INTEGER PRIMARY KEY,
      submission_id CHAR(32) NOT NULL UNIQUE,
      consultation_id CHAR(32) NOT NULL
    )
    """,
)

_POSTGRESQL_INDEX = (
    """
    CREATE TABLE submission_index (
      submission_id uuid PRIMARY KEY REFERENCES submission (id) ON DELETE CASCADE,
      consultation_id uuid NOT NULL,
      place bigint NOT NULL,
      words tsvector NOT NULL
    )
    """,
    "CREATE INDEX ix_submission_index_words ON submission_index USING gin (words)",
    "CREATE INDEX ix_submission_index_place ON submission_index (consultation_id, place)",
)


def ballot_triggers(connection: sa.Connection) -> None:
    """Let the database itself refuse a choice in a ballot that is not open, and a change of what is frozen."""
    _run(connection, _SQLITE_TRIGGERS, _POSTGRESQL_TRIGGERS)


def edition_triggers(connection: sa.Connection) -> None:
    """Let the database itself refuse to change what an edition is made of."""
    _run(connection, _SQLITE_KEPT, _POSTGRESQL_KEPT)


def drop_ballot_triggers(connection: sa.Connection) -> None:
    """Take the guards away while a whole record is copied in; `ballot_triggers` puts them back."""
    _run(connection, _SQLITE_DROP, _POSTGRESQL_DROP)


def search_index(connection: sa.Connection) -> None:
    """Make the text index of accepted submissions: FTS5 or tsvector, both over the words of `consult.search`."""
    _run(connection, _SQLITE_INDEX, _POSTGRESQL_INDEX)


def _run(connection: sa.Connection, sqlite: tuple[str, ...], postgresql: tuple[str, ...]) -> None:
    for statement in sqlite if connection.dialect.name == "sqlite" else postgresql:
        connection.exec_driver_sql(statement)
