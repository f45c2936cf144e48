"""What becomes of a testimony: said by readers, sealed, read by its author; and silence about it is told as a number."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa

from consult import clock
from consult.consultations.ending import Silence
from consult.consultations.models import Phase
from consult.db import session, transaction
from consult.errors import Conflict, Forbidden, Rejected
from consult.events.models import INSTANCE, EventRow
from consult.outcomes.silence import ended_in_silence, explain_past_end, silent_ends
from consult.recommendations.answer_counts import OpenTexts, count_open
from consult.submissions.dispositions import DispositionKind
from consult.testimony.content import MessageDraft
from consult.testimony.models import Testimony, TestimonyMessage
from consult.testimony.queries import count_without_end
from consult.testimony.services import EndDraft, dispose_testimony, withdraw
from consult.testing.testimonies import READERS, back, give, only_number, proved
from consult.testing.world import World

TOMORROW = timedelta(days=1)
WORDS = MessageDraft("Your account of the gate changed clause 2.", "en")


def _end(
    here: World, kind: str, recommendation: int = 0, *, number: int = 0, who: str = READERS[0], **more: object
) -> None:
    draft = EndDraft(kind, recommendation, more.pop("words", WORDS))  # type: ignore[arg-type]
    once = more.pop("once", uuid.uuid4())
    dispose_testimony(
        draft,
        number=number or only_number(),
        once=once,  # type: ignore[arg-type]
        recommendations=[3],
        consultation=here.consultation,
        actor=proved(here, who),
    )


def _without_end(here: World) -> int:
    with clock.at(clock.now() + TOMORROW):
        return count_without_end(here.consultation)


def test_its_author_reads_what_became_of_it_and_nobody_else_can(here: World) -> None:
    words = give(here)
    _end(here, "taken_up", 3)
    last = back(here, words).testimony.messages[-1]
    assert (last.by_reader, last.kind, last.recommendation, last.text) == (
        True,
        DispositionKind.TAKEN_UP,
        3,
        WORDS.text,
    )
    row = session.scalars(sa.select(Testimony)).one()
    assert (row.ended, row.state) == (True, "answered")
    kept = session.scalars(sa.select(TestimonyMessage.sealed)).one()
    assert [one for one in (b"taken_up", b"clause", b"recommendation") if one in kept] == []
    event = session.scalars(sa.select(EventRow).where(EventRow.type == "TestimonyDisposed")).one()
    assert event.stream_id == INSTANCE
    assert event.facts == {"consultation": str(here.consultation_id), "testimony": row.number}


def test_an_end_is_said_once_and_anew_with_the_old_one_kept(here: World) -> None:
    words, once = give(here), uuid.uuid4()
    for _ in range(2):
        _end(here, "noted", once=once)
    assert len(back(here, words).testimony.messages) == 1
    _end(here, "not_agreed", who=READERS[1])
    assert [one.kind for one in back(here, words).testimony.messages] == ["noted", "not_agreed"]


@pytest.mark.parametrize(
    ("kind", "recommendation", "words", "field"),
    [
        ("", 0, WORDS, "kind"),
        ("praised", 0, WORDS, "kind"),
        ("taken_up", 0, WORDS, "recommendation"),
        ("partly", 4, WORDS, "recommendation"),
        ("noted", 3, WORDS, "recommendation"),
        ("noted", 0, MessageDraft("", "en"), "text"),
        ("noted", 0, MessageDraft("Words.", ""), "language"),
    ],
)
def test_what_is_missing_is_said_at_its_field(
    here: World, kind: str, recommendation: int, words: MessageDraft, field: str
) -> None:
    give(here)
    with pytest.raises(Rejected) as refused:
        _end(here, kind, recommendation, words=words)
    assert [one.field for one in refused.value.problems] == [field]
    assert session.scalars(sa.select(Testimony.ended)).one() is False


def test_only_readers_with_a_second_factor_say_it_and_of_nothing_that_was_taken_back(here: World) -> None:
    words = give(here)
    number = only_number()
    draft = EndDraft("noted", 0, WORDS)
    for who in ("organiser", "administrator", "moderator"):
        with pytest.raises(Forbidden):
            dispose_testimony(
                draft,
                number=number,
                once=uuid.uuid4(),
                recommendations=[],
                consultation=here.consultation,
                actor=here.actor(who),
            )
    withdraw(form=back(here, words).form, consultation=here.consultation)
    with pytest.raises(Conflict):
        _end(here, "noted", number=number)


def test_what_has_no_end_is_counted_by_whole_days(here: World) -> None:
    first, _ = give(here), give(here)
    assert count_without_end(here.consultation) == 0  # of today: a count that moved now would tell when it came
    assert _without_end(here) == 2
    numbers = session.scalars(sa.select(Testimony.number)).all()
    _end(here, "noted", number=numbers[0])
    assert _without_end(here) == 1
    with clock.at(clock.now() + TOMORROW):
        assert count_open(here.consultation) == OpenTexts(testimonies=1)
    assert len(first) > 1


@pytest.mark.parametrize(("given", "told"), [(0, None), (2, 0), (5, 5)])
def test_a_phase_does_not_end_in_silence_about_them(here: World, given: int, told: int | None) -> None:
    """Fewer than five are told to nobody outside, and the reason is asked for all the same."""
    for _ in range(given):
        give(here)
    with transaction():
        session.add(
            Phase(
                consultation_id=here.consultation_id,
                key="outcome-end",
                names=here.consultation.titles,
                opens_at=clock.now() - TOMORROW,
                closes_at=clock.now() + TOMORROW,
                rights=["outcome"],
            )
        )
    organiser = here.actor("organiser")
    with clock.at(clock.now() + timedelta(days=90)):
        found = ended_in_silence(here.consultation)
        assert (found.total, found.texts, found.told) == (given, 0, told or 0)
        if told is None:
            with pytest.raises(Conflict):
                explain_past_end(Silence("Why.", "en"), consultation=here.consultation, actor=organiser)
            return
        with pytest.raises(Rejected):
            explain_past_end(Silence("", ""), consultation=here.consultation, actor=organiser)
        explain_past_end(Silence("Why.", "en"), consultation=here.consultation, actor=organiser)
        assert [one.unanswered for one in silent_ends(here.consultation_id)] == [told]
        facts = session.scalars(sa.select(EventRow.facts).where(EventRow.type == "EndExplained")).one()
        assert facts == {"unanswered": told}
