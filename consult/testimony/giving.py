"""Giving testimony: what its author does, who is nobody here.

No function of this module takes an actor, writes who or from where, or records an event (`consult.testimony.events` says why).
What leads from one step to the next is sealed into the page (`sealing.seal_form`), so there is no cookie and no half-written
row: until the codename was typed again nothing is kept.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from consult import clock
from consult.consultations.models import Consultation
from consult.consultations.phases import Right
from consult.consultations.queries import topics_of
from consult.consultations.rights import demand_right
from consult.db import session, transaction
from consult.errors import Conflict, Problem, Rejected, TooManyTries
from consult.i18n import LANGUAGES, N_
from consult.testimony.codenames import WORDS, draw, folded, listed, read_codename
from consult.testimony.content import MOST_MESSAGES, MessageDraft, TestimonyDraft, checked, checked_message
from consult.testimony.keys import ring
from consult.testimony.lookups import lookup_of
from consult.testimony.models import (
    Quote,
    Testimony,
    TestimonyFile,
    TestimonyMessage,
    TestimonyPiece,
    TestimonyQuote,
)
from consult.testimony.offering import locked_offer
from consult.testimony.opened import (
    OpenedMessage,
    OpenedTestimony,
    data_key,
    files_of,
    open_quote,
    open_testimony,
    place_of,
    sealed_message,
)
from consult.testimony.queries import is_offered
from consult.testimony.sealing import WrongKey, new_data_key, open_form, seal, seal_form, wrap
from consult.testimony.states import SHOWN_TO_AUTHOR, QuoteState, TestimonyState, may_become, quote_may_become
from consult.testimony.taken_back import a_later_day

#: Words of the codename that are typed again before anything is kept.
ASKED = 3
#: How long somebody who came back may act before the codename is asked for again.
VISIT = timedelta(hours=1)
#: Testimonies of a day in one consultation: more than come by hand, fewer than fill a disk. Rows are counted; nothing more is kept.
MOST_A_DAY = 1000

UNKNOWN = N_("No testimony has this codename here. Look at each word and at their order.")
VISIT_OVER = N_("You were away for more than an hour. Write your codename again.")
CLOSED = N_("Confidential testimony is not taken here now.")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A testimony that waits for its codename to be confirmed: the sealed form, the words, and which of them are asked (from 1)."""

    form: str
    words: tuple[str, ...]
    asked: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Return:
    """Somebody who came back: what carries them to the next step, and their testimony."""

    form: str
    testimony: OpenedTestimony


def prepare(draft: TestimonyDraft, *, consultation: Consultation, language: str) -> Prepared:
    """Check a testimony, draw its codename in a language and seal both into a form; nothing is kept.

    Raises Conflict where it is not offered or no phase opens it, Rejected at the fields, NoKey.
    """
    keys = ring()
    _demand_taken(consultation)
    draft = checked(draft, [topic.slug for topic in topics_of(consultation.id)])
    words = draw(language)
    asked = tuple(sorted(secrets.SystemRandom().sample(range(1, WORDS + 1), ASKED)))
    content = {"id": str(uuid.uuid4()), "words": words, "asked": asked, "draft": asdict(draft)}
    return Prepared(seal_form(keys, content, _purpose("hand in", consultation)), words, asked)


def prepared_again(form: str, *, consultation: Consultation) -> Prepared:
    """Return what a form holds; raises Conflict for one that is not ours, NoKey."""
    content = _opened_form(form, "hand in", consultation)
    return Prepared(form, tuple(content["words"]), tuple(content["asked"]))


def hand_in(form: str, typed: Sequence[str], *, consultation: Consultation) -> str:
    """Keep a testimony once the words asked for were typed as they are; the same form a second time changes nothing.

    Returns what its author acts with for an hour without the codename: files are added when the text is safe. Raises Rejected at `word0`, `word1`, `word2`; Conflict, TooManyTries, NoKey, Busy.
    """
    content = _opened_form(form, "hand in", consultation)
    words, identity = tuple(content["words"]), uuid.UUID(content["id"])
    _demand_words(words, content["asked"], typed)
    lookup, visit = lookup_of(words, consultation.id, ring()), _visit_of(identity, consultation)
    with transaction():
        locked_offer(consultation.id)
        if session.get(Testimony, identity, populate_existing=True) is not None:
            return visit
        _demand_taken(consultation)
        day = today_of(consultation)
        if _count_of(consultation.id, day) >= MOST_A_DAY:
            raise TooManyTries(N_("Too many testimonies came today. Nothing was kept. Come back tomorrow."))
        keys, key = ring(), new_data_key()  # read again inside: whoever changes the key waits for this transaction
        number, wrapped = wrap(keys, key, identity)
        session.add(
            Testimony(
                id=identity,
                consultation_id=consultation.id,
                number=_free_number(consultation.id),
                lookup=lookup,
                state=TestimonyState.WAITING,
                received_on=day,
                key_number=number,
                wrapped_key=wrapped,
                sealed=seal(key, content["draft"], place_of(identity)),
            )
        )
    return visit


def _demand_words(words: Sequence[str], asked: Sequence[int], typed: Sequence[str]) -> None:
    problems = [
        Problem(f"word{at}", N_("This is not word %(position)s of your codename.", position=position))
        for at, (position, given) in enumerate(zip(asked, typed, strict=True))
        if not any(folded(listed(given, code) or "") == folded(words[position - 1]) for code in LANGUAGES)
    ]
    if problems:
        raise Rejected(problems)


def come_back(codename: str, *, consultation: Consultation, language: str) -> Return:
    """Open a testimony to whoever has its codename; `language` is tried first.

    Raises Rejected at `codename`: for words that stand in no list at once, for every other codename after the same work.
    """
    keys = ring()
    words = read_codename(codename, [language, *(code for code in LANGUAGES if code != language)])
    lookup = lookup_of(words, consultation.id, keys)
    row = session.scalars(sa.select(Testimony).where(Testimony.lookup == lookup)).first()
    if row is None:
        raise Rejected(UNKNOWN, "codename")
    return Return(_visit_of(row.id, consultation), _for_author(open_testimony(row, keys)))


def _visit_of(testimony: uuid.UUID, consultation: Consultation) -> str:
    content = {"id": str(testimony), "until": (clock.now() + VISIT).isoformat()}
    return seal_form(ring(), content, _purpose("visit", consultation))


def still_here(form: str, *, consultation: Consultation) -> Return:
    """Return the testimony of somebody who came back and acts; Rejected at `codename` after an hour or for a form not ours."""
    row = session.get(Testimony, _visited(form, consultation))
    if row is None or row.wrapped_key is None:
        raise Rejected(VISIT_OVER, "codename")
    return Return(form, _for_author(open_testimony(row, ring())))


def add(draft: MessageDraft, *, once: uuid.UUID, form: str, consultation: Consultation) -> None:
    """Add something to one's own testimony; the same `once` a second time changes nothing. Raises Rejected, Conflict."""
    draft = checked_message(draft)
    with transaction():
        row = own_testimony(form, consultation)
        if add_message(row, OpenedMessage(False, draft.text, draft.language, today_of(consultation)), once):
            wait_again(row)


def add_message(row: Testimony, message: OpenedMessage, once: uuid.UUID) -> bool:
    """Seal and add a message in the caller's transaction; tell whether it is new. Raises Conflict when there are too many."""
    if session.get(TestimonyMessage, once) is not None:
        return False
    last = session.scalar(
        sa.select(sa.func.max(TestimonyMessage.position)).where(TestimonyMessage.testimony_id == row.id)
    )
    if (last or 0) >= MOST_MESSAGES:
        raise Conflict(N_("Nothing more can be added to this testimony."))
    sealed = sealed_message(once, data_key(row, ring()), message)
    session.add(TestimonyMessage(id=once, testimony_id=row.id, position=(last or 0) + 1, sealed=sealed))
    return True


def decide_quote(quote: uuid.UUID, agrees: bool, *, form: str, consultation: Consultation) -> None:
    """Agree to exactly these words being quoted, or say no; both can be changed until they are published. Raises Conflict."""
    wanted = QuoteState.AGREED if agrees else QuoteState.DECLINED
    with transaction():
        row = own_testimony(form, consultation)
        found = session.get(TestimonyQuote, quote, with_for_update=True, populate_existing=True)
        if found is None or found.testimony_id != row.id or found.state not in SHOWN_TO_AUTHOR:
            raise Conflict
        if found.state == wanted:
            return
        if not quote_may_become(found.state, wanted):
            raise Conflict
        found.state = wanted


def withdraw(*, form: str, consultation: Consultation) -> None:
    """Take a testimony back for ever: its key is deleted, so what was sealed cannot be opened by anybody; quotes are emptied."""
    with transaction():
        row = own_testimony(form, consultation)
        key = data_key(row, ring())
        for quote in session.scalars(sa.select(TestimonyQuote).where(TestimonyQuote.testimony_id == row.id)):
            if quote.state == QuoteState.PUBLISHED:
                _empty_public(consultation.id, open_quote(quote, key).number)
            quote.state, quote.sealed = QuoteState.WITHDRAWN, None
        session.execute(sa.delete(TestimonyMessage).where(TestimonyMessage.testimony_id == row.id))
        delete_files([file.id for file in files_of(row.id)])
        row.state, row.wrapped_key, row.lookup, row.sealed = TestimonyState.WITHDRAWN, None, None, None


def _empty_public(consultation: uuid.UUID, number: int) -> None:
    public = (Quote.consultation_id == consultation, Quote.number == number)
    session.execute(sa.update(Quote).where(*public).values(words="", withdrawn=True, told_on=a_later_day()))


def _for_author(opened: OpenedTestimony) -> OpenedTestimony:
    """Leave out what readers have not finished: words that nobody has checked yet, or that would identify somebody."""
    shown = [quote for quote in opened.quotes if quote.state in SHOWN_TO_AUTHOR]
    return OpenedTestimony(**{name: getattr(opened, name) for name in opened.__slots__} | {"quotes": shown})


def delete_files(files: Collection[uuid.UUID]) -> None:
    """Delete files with their content in the caller's transaction."""
    for statement in (
        sa.delete(TestimonyPiece).where(TestimonyPiece.file_id.in_(files)),
        sa.delete(TestimonyFile).where(TestimonyFile.id.in_(files)),
    ):
        session.execute(statement.execution_options(synchronize_session=False))


def own_testimony(form: str, consultation: Consultation) -> Testimony:
    """Return the testimony of whoever acts, locked; Rejected if their visit is over, Conflict if it was withdrawn."""
    locked_offer(consultation.id)
    row = session.get(Testimony, _visited(form, consultation), with_for_update=True, populate_existing=True)
    if row is None or row.wrapped_key is None:
        raise Conflict
    return row


def _visited(form: str, consultation: Consultation) -> uuid.UUID:
    try:
        content = open_form(ring(), form, _purpose("visit", consultation))
    except WrongKey as error:
        raise Rejected(VISIT_OVER, "codename") from error
    if datetime.fromisoformat(content["until"]) <= clock.now():
        raise Rejected(VISIT_OVER, "codename")
    return uuid.UUID(content["id"])


def _opened_form(form: str, what: str, consultation: Consultation) -> Mapping[str, Any]:
    try:
        return open_form(ring(), form, _purpose(what, consultation))
    except WrongKey as error:
        raise Conflict(N_("This page is too old or was changed. Nothing was kept. Begin again.")) from error


def _purpose(what: str, consultation: Consultation) -> str:
    return f"{what} {consultation.id}"


def _demand_taken(consultation: Consultation) -> None:
    if not is_offered(consultation.id):
        raise Conflict(CLOSED)
    demand_right(consultation, Right.TESTIFY)


def wait_again(row: Testimony) -> None:
    """Put a testimony before the readers again, because its author added something."""
    if may_become(row.state, TestimonyState.WAITING):
        row.state = TestimonyState.WAITING


def today_of(consultation: Consultation) -> date:
    """Return the day on the consultation's clock: nothing finer is kept."""
    return clock.now().astimezone(ZoneInfo(consultation.timezone)).date()


def _count_of(consultation: uuid.UUID, day: date) -> int:
    of_day = (Testimony.consultation_id == consultation, Testimony.received_on == day)
    return session.scalar(sa.select(sa.func.count()).select_from(Testimony).where(*of_day)) or 0


def _free_number(consultation: uuid.UUID) -> int:
    """Draw a number that no testimony of the consultation has; whoever else draws waits for this transaction."""
    while True:
        number = 100_000 + secrets.randbelow(900_000)
        taken = (Testimony.consultation_id == consultation, Testimony.number == number)
        if not session.scalar(sa.select(sa.exists().where(*taken))):
            return number
