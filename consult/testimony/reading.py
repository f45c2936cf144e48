"""Reading testimony: by named readers, each opening recorded; answers, questions, and words to be quoted."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor
from consult.consultations.models import Consultation
from consult.consultations.numbering import next_number
from consult.db import session, transaction
from consult.errors import Conflict, NotFound, Rejected
from consult.events.record import record
from consult.i18n import N_
from consult.submissions.dispositions import KINDS, DispositionKind, Need
from consult.testimony.content import MessageDraft, checked_message, quotable
from consult.testimony.events import (
    QuoteChecked,
    QuoteProposed,
    QuotePublished,
    TestimonyAnswered,
    TestimonyDisposed,
    TestimonyRead,
)
from consult.testimony.giving import add_message
from consult.testimony.keys import ring
from consult.testimony.models import Quote, Testimony, TestimonyQuote
from consult.testimony.offering import locked_offer
from consult.testimony.opened import (
    OpenedMessage,
    OpenedTestimony,
    data_key,
    open_quote,
    open_testimony,
    sealed_quote,
)
from consult.testimony.queries import demand_reader
from consult.testimony.states import CHECKS, QuoteState, Quoting, TestimonyState, may_become, quote_may_become


def read_testimony(number: int, *, consultation: Consultation, actor: Actor) -> OpenedTestimony:
    """Open a testimony to a reader, and record that. Raises Forbidden, NotFound, Conflict for a withdrawn one, NoKey, WrongKey."""
    with transaction():
        row = row_for_reader(number, consultation, actor)
        if may_become(row.state, TestimonyState.READ):
            row.state = TestimonyState.READ
        opened = open_testimony(row, ring())
        record(TestimonyRead(consultation.id, number), actor=actor.person)
        return opened


def answer_testimony(
    draft: MessageDraft, *, number: int, once: uuid.UUID, consultation: Consultation, actor: Actor
) -> None:
    """Answer an author, or ask them something; the same `once` a second time changes nothing. Raises Rejected, Conflict."""
    with transaction():
        row = row_for_reader(number, consultation, actor)
        draft = checked_message(draft)
        day = clock.now().astimezone(ZoneInfo(consultation.timezone)).date()
        if not add_message(row, OpenedMessage(True, draft.text, draft.language, day), once):
            return
        if may_become(row.state, TestimonyState.ANSWERED):
            row.state = TestimonyState.ANSWERED
        record(TestimonyAnswered(consultation.id, number), actor=actor.person)


@dataclass(frozen=True, slots=True)
class EndDraft:
    """What becomes of a testimony: a kind, the number of a recommendation (0: none), and words for its author."""

    kind: str
    recommendation: int
    words: MessageDraft


def dispose_testimony(
    draft: EndDraft,
    *,
    number: int,
    once: uuid.UUID,
    recommendations: Collection[int],
    consultation: Consultation,
    actor: Actor,
) -> None:
    """Say what becomes of a testimony, in place of what was said before; `recommendations` are those that may be named.

    It is sealed with the thread; the database knows only that something was said. The same `once` a second time changes nothing.
    Raises Rejected at `kind`, `recommendation`, `text` and `language`; Conflict, Forbidden.
    """
    with transaction():
        row = row_for_reader(number, consultation, actor)
        kind = _checked_kind(draft, recommendations)
        words = checked_message(draft.words)
        day = clock.now().astimezone(ZoneInfo(consultation.timezone)).date()
        message = OpenedMessage(True, words.text, words.language, day, kind, draft.recommendation)
        if not add_message(row, message, once):
            return
        row.ended = True
        if may_become(row.state, TestimonyState.ANSWERED):
            row.state = TestimonyState.ANSWERED
        record(TestimonyDisposed(consultation.id, number), actor=actor.person)


def _checked_kind(draft: EndDraft, recommendations: Collection[int]) -> DispositionKind:
    if draft.kind not in set(DispositionKind):
        raise Rejected(N_("Choose what becomes of it."), "kind")
    kind = DispositionKind(draft.kind)
    need = KINDS[kind].recommendation
    if draft.recommendation and (need is Need.NONE or draft.recommendation not in recommendations):
        raise Rejected(N_("This answer names no such recommendation."), "recommendation")
    if need is Need.MUST and not draft.recommendation:
        raise Rejected(N_("Choose the recommendation."), "recommendation")
    return kind


def propose_quote(words: str, language: str, *, number: int, consultation: Consultation, actor: Actor) -> uuid.UUID:
    """Propose words of a testimony to be quoted. Raises Rejected at `words`, `language`; Conflict where nothing may be quoted."""
    with transaction():
        row = row_for_reader(number, consultation, actor)
        opened, identity = open_testimony(row, ring()), uuid.uuid4()
        if opened.quoting is Quoting.NOTHING:
            raise Conflict(N_("The author allows nothing to be quoted."))
        words = quotable(words, language, opened.author_wrote())
        session.add(
            TestimonyQuote(
                id=identity,
                testimony_id=row.id,
                state=QuoteState.PROPOSED,
                sealed=sealed_quote(identity, data_key(row, ring()), words, language),
                proposed_by=actor.person,
            )
        )
        record(QuoteProposed(consultation.id, number), actor=actor.person)
        return identity


def check_quote(
    quote: uuid.UUID,
    found_nothing: Collection[str],
    identifies: bool,
    *,
    number: int,
    consultation: Consultation,
    actor: Actor,
) -> None:
    """Say, as another reader than the one who proposed it, whether words would identify somebody.

    They go to the author only if everything on the list was looked for and not found. Raises Rejected at `checks`, Conflict.
    """
    with transaction():
        row = row_for_reader(number, consultation, actor)
        found = _quote(quote, row)
        if found.proposed_by == actor.person:
            raise Conflict(N_("Somebody else checks what you proposed."))
        if not identifies and set(found_nothing) != set(CHECKS):
            raise Rejected(
                N_("Tick each line that you looked for and did not find, or say that it identifies."), "checks"
            )
        _change(found, QuoteState.IDENTIFIES if identifies else QuoteState.CHECKED)
        found.checked_by = actor.person
        record(QuoteChecked(consultation.id, number, not identifies), actor=actor.person)


def publish_quote(quote: uuid.UUID, *, number: int, consultation: Consultation, actor: Actor) -> int:
    """Make words public that the author agreed to, and return the number under which they are cited. Raises Conflict."""
    with transaction():
        row = row_for_reader(number, consultation, actor)
        found = _quote(quote, row)
        _change(found, QuoteState.PUBLISHED)
        key = data_key(row, ring())
        opened, public = open_quote(found, key), next_number(consultation.id, "quote")
        month = f"{clock.now().astimezone(ZoneInfo(consultation.timezone)):%Y-%m}"
        session.add(
            Quote(
                consultation_id=consultation.id,
                number=public,
                words=opened.words,
                language=opened.language,
                month=month,
            )
        )
        found.sealed = sealed_quote(found.id, key, opened.words, opened.language, public)
        record(QuotePublished(public), stream=consultation.id, actor=actor.person)
        return public


def row_for_reader(number: int, consultation: Consultation, actor: Actor) -> Testimony:
    """Return a testimony, locked, for a reader."""
    demand_reader(consultation.id, actor)
    locked_offer(consultation.id)
    row = session.scalars(
        sa.select(Testimony)
        .where(Testimony.consultation_id == consultation.id, Testimony.number == number)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise NotFound
    if row.wrapped_key is None:
        raise Conflict(N_("Its author took this testimony back. Nobody can open it any more."))
    return row


def _quote(quote: uuid.UUID, row: Testimony) -> TestimonyQuote:
    found = session.get(TestimonyQuote, quote, with_for_update=True, populate_existing=True)
    if found is None or found.testimony_id != row.id:
        raise NotFound
    return found


def _change(found: TestimonyQuote, wanted: QuoteState) -> None:
    if not quote_may_become(found.state, wanted):
        raise Conflict
    found.state = wanted
