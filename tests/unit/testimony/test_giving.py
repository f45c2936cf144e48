"""Giving testimony: kept only with its codename confirmed, found by it alone, without a trace of who or when."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from consult import clock
from consult.consultations.models import Consultation, Phase
from consult.db import database, session, transaction
from consult.errors import Conflict, Rejected, TooManyTries
from consult.events.models import EventRow
from consult.runtime import runtime
from consult.testimony import giving, lookups
from consult.testimony.content import MessageDraft, TestimonyDraft
from consult.testimony.keys import has_key, key_path
from consult.testimony.models import Quote, Testimony, TestimonyMessage, TestimonyQuote
from consult.testimony.sealing import NoKey
from consult.testimony.services import (
    add,
    check_quote,
    close_testimony,
    come_back,
    decide_quote,
    hand_in,
    prepare,
    propose_quote,
    publish_quote,
    read_testimony,
    still_here,
    withdraw,
)
from consult.testimony.states import CHECKS, QuoteState, TestimonyState
from consult.testimony.taken_back import DAYS, a_later_day, tell_of_quotes_taken_back
from consult.testing.testimonies import TEXT, back, give, only_number, proved
from consult.testing.world import World

DRAFT = TestimonyDraft(TEXT, "en", ("gcm-1",), "south", "ask")
ONCE = uuid.UUID(int=7)


def problems_of(act: Callable[[], object]) -> list[tuple[str, str]]:
    with pytest.raises(Rejected) as refused:
        act()
    return [(one.field, str(one.message)) for one in refused.value.problems]


def rows() -> dict[str, int]:
    models: tuple[Any, ...] = (Testimony, TestimonyMessage, TestimonyQuote)
    return {m.__tablename__: session.scalar(sa.select(sa.func.count()).select_from(m)) or 0 for m in models}


def test_it_is_found_by_its_codename_and_read_as_it_was_written(here: World) -> None:
    words = give(here)
    found = back(here, words).testimony
    assert (found.text, found.language, list(found.topics), found.region, found.quoting) == (
        *(TEXT, "en", ["gcm-1"], "south", "ask"),
    )
    assert (found.state, found.messages, found.quotes) == (TestimonyState.WAITING, [], [])


def test_nothing_is_kept_before_the_codename_is_confirmed(here: World) -> None:
    prepared = prepare(DRAFT, consultation=here.consultation, language="ar")
    assert rows()["testimony"] == 0
    wrong = ["", "قهوة تفاحة", "xylophone"]
    said = problems_of(lambda: hand_in(prepared.form, wrong, consultation=here.consultation))
    assert said == [
        (f"word{at}", f"This is not word {position} of your codename.") for at, position in enumerate(prepared.asked)
    ]
    assert rows()["testimony"] == 0


def test_the_same_form_a_second_time_changes_nothing(here: World) -> None:
    prepared = prepare(DRAFT, consultation=here.consultation, language="en")
    typed = [prepared.words[position - 1].upper() for position in prepared.asked]
    for _ in range(2):
        hand_in(prepared.form, typed, consultation=here.consultation)
    assert rows()["testimony"] == 1
    withdraw(form=back(here, prepared.words).form, consultation=here.consultation)
    hand_in(prepared.form, typed, consultation=here.consultation)
    assert problems_of(lambda: back(here, prepared.words)) == [("codename", str(giving.UNKNOWN))]


def test_what_is_wrong_is_said_at_its_field(here: World) -> None:
    wrong = TestimonyDraft(" ", "klingon!", ("gcm-99",), "Ghat", "everything")
    assert problems_of(lambda: prepare(wrong, consultation=here.consultation, language="en")) == [
        ("text", "Write what you want to say."),
        ("language", "Choose the language you wrote in."),
        ("topics", "Choose topics of the list, or none."),
        ("region", "Choose one of the list, or nothing."),
        ("quoting", "Say what may be quoted."),
    ]
    long = replace(DRAFT, text="a" * 20_001)
    assert problems_of(lambda: prepare(long, consultation=here.consultation, language="en")) == [
        ("text", "Write at most 20,000 characters.")
    ]


def test_the_row_holds_nothing_that_tells_who_when_or_in_which_order(here: World) -> None:
    events = session.scalar(sa.select(sa.func.count()).select_from(EventRow))
    give(here)
    row = session.scalars(sa.select(Testimony)).one()
    assert row.id.version == 4  # a UUIDv7 would hold the millisecond
    assert {c.name for c in Testimony.__table__.columns} == {
        *("id", "consultation_id", "number", "lookup", "state", "received_on", "key_number", "wrapped_key", "sealed"),
        "ended",
    }
    assert not any(issubclass(c.type.python_type, datetime) for c in Testimony.__table__.columns)
    assert {key.column.table.name for key in Testimony.__table__.foreign_keys} == {"consultation"}
    assert session.scalar(sa.select(sa.func.count()).select_from(EventRow)) == events


def test_no_act_of_an_author_is_an_event(here: World) -> None:
    words = give(here)
    number = only_number()
    first, second = proved(here, "moderator"), proved(here, "professor")
    quote = propose_quote("I paid at the gate.", "en", number=number, consultation=here.consultation, actor=first)
    check_quote(quote, CHECKS, False, number=number, consultation=here.consultation, actor=second)
    before = session.scalar(sa.select(sa.func.count()).select_from(EventRow))
    form = back(here, words).form
    add(MessageDraft("One thing more.", "en"), once=ONCE, form=form, consultation=here.consultation)
    decide_quote(quote, True, form=form, consultation=here.consultation)
    withdraw(form=form, consultation=here.consultation)
    assert session.scalar(sa.select(sa.func.count()).select_from(EventRow)) == before


def test_what_is_added_is_added_once_and_makes_it_wait_again(here: World) -> None:
    words, reader = give(here), proved(here, "moderator")
    read_testimony(only_number(), consultation=here.consultation, actor=reader)
    assert back(here, words).testimony.state == TestimonyState.READ
    form = back(here, words).form
    for _ in range(2):
        add(MessageDraft("One thing more.", "en"), once=ONCE, form=form, consultation=here.consultation)
    found = still_here(form, consultation=here.consultation).testimony
    assert [(m.by_reader, m.text) for m in found.messages] == [(False, "One thing more.")]
    assert found.state == TestimonyState.WAITING
    assert problems_of(
        lambda: add(MessageDraft("", ""), once=uuid.uuid4(), form=form, consultation=here.consultation)
    ) == [("text", "Write what you want to say."), ("language", "Choose the language you wrote in.")]


def test_unknown_and_known_of_elsewhere_and_withdrawn_are_one_answer(here: World, app: Flask) -> None:
    words, taken_back = give(here), give(here)
    withdraw(form=back(here, taken_back).form, consultation=here.consultation)
    present = here.consultation
    other = Consultation(id=uuid.uuid4(), timezone=present.timezone)
    unknown = tuple(reversed(words))
    answers = [
        problems_of(lambda w=w, c=c: come_back(" ".join(w), consultation=c, language="en"))  # type: ignore[misc]
        for w, c in ((unknown, present), (words, other), (taken_back, present))
    ]
    assert answers == [[("codename", str(giving.UNKNOWN))]] * 3


def test_a_visit_is_over_after_an_hour_and_belongs_to_its_consultation(here: World) -> None:
    words = give(here)
    form = back(here, words).form
    over = [("codename", str(giving.VISIT_OVER))]
    with clock.at(clock.now() + timedelta(minutes=61)):
        assert problems_of(lambda: still_here(form, consultation=here.consultation)) == over
        assert problems_of(lambda: withdraw(form=form, consultation=here.consultation)) == over
    other = Consultation(id=uuid.uuid4(), timezone="Africa/Tripoli")
    assert problems_of(lambda: still_here(form, consultation=other)) == over
    prepared = prepare(DRAFT, consultation=here.consultation, language="en")
    assert problems_of(lambda: still_here(prepared.form, consultation=here.consultation)) == over
    with pytest.raises(Conflict):
        hand_in(form, ["", "", ""], consultation=here.consultation)


def test_taking_back_deletes_the_key_and_empties_what_was_published(here: World) -> None:
    words = give(here)
    number, first, second = only_number(), proved(here, "moderator"), proved(here, "professor")
    quote = propose_quote("I paid at the gate.", "en", number=number, consultation=here.consultation, actor=first)
    check_quote(quote, CHECKS, False, number=number, consultation=here.consultation, actor=second)
    form = back(here, words).form
    decide_quote(quote, True, form=form, consultation=here.consultation)
    publish_quote(quote, number=number, consultation=here.consultation, actor=first)
    add(MessageDraft("One thing more.", "en"), once=ONCE, form=form, consultation=here.consultation)
    withdraw(form=form, consultation=here.consultation)
    row = session.scalars(sa.select(Testimony)).one()
    assert (row.state, row.lookup, row.wrapped_key, row.sealed) == (TestimonyState.WITHDRAWN, None, None, None)
    assert rows() == {"testimony": 1, "testimony_message": 0, "testimony_quote": 1}
    held = session.scalars(sa.select(TestimonyQuote)).one()
    public = session.scalars(sa.select(Quote)).one()
    assert (held.state, held.sealed) == (QuoteState.WITHDRAWN, None)
    assert (public.words, public.withdrawn) == ("", True)
    with pytest.raises(Conflict, match="took this testimony back"):
        read_testimony(number, consultation=here.consultation, actor=first)


def test_the_log_tells_of_each_quote_taken_back_on_a_later_day_of_its_own(here: World) -> None:
    words, present = give(here), here.consultation
    number, first, second = only_number(), proved(here, "moderator"), proved(here, "professor")
    for quoted in ("I paid at the gate.", "I waited until morning."):
        quote = propose_quote(quoted, "en", number=number, consultation=present, actor=first)
        check_quote(quote, CHECKS, False, number=number, consultation=present, actor=second)
        decide_quote(quote, True, form=back(here, words).form, consultation=present)
        publish_quote(quote, number=number, consultation=present, actor=first)
    seqs = sa.select(EventRow.seq).where(EventRow.stream_id == present.id)
    last = max(session.scalars(seqs))
    withdraw(form=back(here, words).form, consultation=present)
    days = dict(session.execute(sa.select(Quote.number, Quote.told_on)).all())
    assert tell_of_quotes_taken_back() is False
    assert max(session.scalars(seqs)) == last
    for day in sorted(days.values()):
        with clock.at(datetime.combine(day, time(), UTC) - timedelta(seconds=1)):
            assert tell_of_quotes_taken_back() is False
        with clock.at(datetime.combine(day, time(), UTC)):
            tell_of_quotes_taken_back()
        since = (EventRow.stream_id == present.id, EventRow.seq > last)
        told = session.execute(
            sa.select(EventRow.type, EventRow.facts, EventRow.actor_id).where(*since).order_by(EventRow.seq)
        )
        due = sorted((due, one) for one, due in days.items() if due <= day)
        assert told.all() == [("QuoteWithdrawn", {"number": one}, None) for _, one in due]


def test_the_day_is_one_of_the_seven_after() -> None:
    today = clock.now().date()
    with clock.at(datetime.combine(today, time(), UTC)):
        assert {a_later_day() - today for _ in range(500)} == {timedelta(days=n) for n in range(1, DAYS + 1)}


def test_it_is_taken_only_where_offered_in_an_open_phase_with_a_key(here: World) -> None:
    def try_it() -> None:
        prepare(DRAFT, consultation=here.consultation, language="en")

    prepared = prepare(DRAFT, consultation=here.consultation, language="en")
    typed = [prepared.words[position - 1] for position in prepared.asked]
    words = give(here)
    with clock.at(clock.now() + timedelta(days=60)), pytest.raises(Conflict, match="give confidential testimony"):
        try_it()
    close_testimony(consultation=here.consultation, actor=here.actor("organiser"))
    with pytest.raises(Conflict, match="not taken here now"):
        try_it()
    with pytest.raises(Conflict, match="not taken here now"):
        hand_in(prepared.form, typed, consultation=here.consultation)
    assert back(here, words).testimony.text == TEXT  # whoever gave one can still come back
    path = key_path(runtime().settings)
    assert path is not None
    assert has_key()
    kept = path.read_text()
    path.unlink()
    for act in (
        try_it,
        lambda: back(here, words),
        lambda: hand_in(prepared.form, typed, consultation=here.consultation),
    ):
        with pytest.raises(NoKey):
            act()
    path.write_text(kept)
    assert rows()["testimony"] == 1


def test_a_day_takes_so_many_and_nothing_is_kept_to_count_them(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(giving, "MOST_A_DAY", 1)
    give(here)
    with pytest.raises(TooManyTries, match="Nothing was kept"):
        give(here)
    assert rows()["testimony"] == 1


def test_the_work_for_a_codename_is_the_same_whether_it_is_known(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    words, real, present = give(here), lookups.hash_secret_raw, here.consultation
    work: list[str] = []

    def noted(*args: Any, **kwargs: Any) -> bytes:
        work.append("stretched")
        return real(*args, **kwargs)

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        work.append("looked up" if "testimony.lookup = " in statement else "something else")

    monkeypatch.setattr(lookups, "hash_secret_raw", noted)
    sa.event.listen(database.engine, "before_cursor_execute", note)
    come_back(" ".join(words), consultation=present, language="en")
    assert work[:2] == ["stretched", "looked up"]
    work.clear()
    problems_of(lambda: come_back(" ".join(reversed(words)), consultation=present, language="en"))
    assert work == ["stretched", "looked up"]


def test_a_codename_is_stretched_with_64_mib_three_passes_and_four_lanes(
    real_hashes: None, here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    words, real, costs = give(here), lookups.hash_secret_raw, []

    def noted(*args: Any, time_cost: int, memory_cost: int, parallelism: int, **kwargs: Any) -> bytes:
        costs.append((memory_cost, time_cost, parallelism))
        return real(*args, time_cost=time_cost, memory_cost=memory_cost, parallelism=parallelism, **kwargs)

    monkeypatch.setattr(lookups, "hash_secret_raw", noted)
    assert back(here, words).testimony.text == TEXT
    assert costs == [(64 * 1024, 3, 4)]


def test_numbers_are_drawn(here: World) -> None:
    for _ in range(3):
        give(here)
    numbers = session.scalars(sa.select(Testimony.number)).all()
    assert len(set(numbers)) == 3
    assert all(100_000 <= number <= 999_999 for number in numbers)


def test_a_phase_is_what_opens_it(here: World) -> None:
    with transaction():
        for phase in session.scalars(sa.select(Phase)):
            phase.rights = [right for right in phase.rights if right != "testify"]
    with pytest.raises(Conflict, match="No phase of this consultation opens this"):
        prepare(DRAFT, consultation=here.consultation, language="en")
