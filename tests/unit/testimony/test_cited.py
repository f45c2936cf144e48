"""Quotes as sources of recommendations: chosen by number, traced both ways, and gone from where they are cited when taken back."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection

import pytest
import sqlalchemy as sa

from consult.accounts.access import ANONYMOUS, Actor
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Forbidden, Rejected
from consult.events.stream import events_after
from consult.i18n import Localized
from consult.outcomes import open_data_rows
from consult.outcomes.compiler import compile_document
from consult.outcomes.trace import ways_of_quotes
from consult.outcomes.tree import SourceKind
from consult.outcomes.walk import sources as sources_of_document
from consult.recommendations.models import Recommendation, Source
from consult.recommendations.queries import recommendations_quoting
from consult.recommendations.quoting import quotes_cited
from consult.recommendations.services import RecommendationDraft, choose_quotes, draft_recommendation, remove_quote
from consult.recommendations.surroundings import read_surroundings
from consult.testimony.models import Quote
from consult.testimony.services import withdraw
from consult.testing.plenary import accept_passages, propose_recommendation
from consult.testing.testimonies import back, quoted
from consult.testing.world import World

PLACE = "quotes/?after=0#quote-1"


def choose(
    world: World, row: Recommendation, *chosen: int, among: Collection[int] = (1, 2), who: str = "organiser"
) -> None:
    """Tick quotes as somebody."""
    actor: Actor = world.actor(who) if who else ANONYMOUS
    choose_quotes(chosen, among=among, recommendation=row, actor=actor)


def types(world: World) -> list[tuple[str, int]]:
    found = events_after(world.consultation_id)
    return [(one.type, one.facts["quote"]) for one in found if one.type.startswith("QuoteSource")]


def take_back(world: World, words: tuple[str, ...]) -> None:
    withdraw(form=back(world, words).form, consultation=world.consultation)


def test_what_is_ticked_is_cited_and_what_was_not_shown_stays(here: World) -> None:
    for _ in range(2):
        quoted(here)
    row = propose_recommendation(here)
    choose(here, row, 1, 2)
    choose(here, row, 1, 2)
    choose(here, row, 2)
    assert quotes_cited(row.id) == {2}
    choose(here, row, among=[1])
    assert quotes_cited(row.id) == {2}
    remove_quote(2, recommendation=row, actor=here.actor("organiser"))
    with pytest.raises(Conflict):
        remove_quote(2, recommendation=row, actor=here.actor("organiser"))
    added, removed = "QuoteSourceAdded", "QuoteSourceRemoved"
    assert types(here) == [(added, 1), (added, 2), (removed, 1), (removed, 2)]


@pytest.mark.parametrize("who", ["moderator", "ghat", ""])
def test_only_who_drafts_chooses(here: World, who: str) -> None:
    quoted(here)
    row = propose_recommendation(here)
    with pytest.raises(Forbidden):
        choose(here, row, 1, who=who)


def test_what_may_not_be_cited_is_refused(here: World) -> None:
    words, _ = quoted(here)
    row = propose_recommendation(here)
    with pytest.raises(Rejected) as refused:
        choose(here, row, 2)
    assert refused.value.problems[0].field == "quotes"
    take_back(here, words)
    with pytest.raises(Rejected):
        choose(here, row, 1)
    with transaction():
        session.get_one(Recommendation, row.id).state = "voting"
    with pytest.raises(Conflict):
        choose(here, row)


@pytest.mark.parametrize(
    "given", ["", "passage_id", "submission_id", "passage_id submission_id quote_id", "submission_id quote_id"]
)
def test_a_source_is_one_text(here: World, given: str) -> None:
    """The database keeps neither two texts in one row, nor none."""
    quoted(here)
    [passage] = accept_passages(here, "نص")
    row = propose_recommendation(here)
    held = {
        "passage_id": passage,
        "submission_id": session.scalars(sa.text("SELECT id FROM submission").columns(id=sa.Uuid())).one(),
        "quote_id": session.scalars(sa.select(Quote.id)).one(),
    }
    kept = {"recommendation_id": row.id, "version": 1, "added_at": row.created_at}

    def add() -> None:
        with transaction():
            session.execute(
                sa.insert(Source).values(id=new_id(), **kept, **{name: held[name] for name in given.split()})
            )

    with pytest.raises(sa.exc.IntegrityError):
        add()


def cited_in(world: World) -> list[tuple[SourceKind, str, str]]:
    """Return the quotes that the document of now cites, with where they lead."""
    document = compile_document(world.consultation, "en")
    found = {(one.source.kind, one.source.id, one.source.href) for one in sources_of_document(document)}
    return sorted(one for one in found if one[0] is SourceKind.QUOTE and one[2])


def test_a_quote_is_traced_both_ways_until_it_is_taken_back(here: World) -> None:
    words, number = quoted(here)
    row = propose_recommendation(here)
    choose(here, row, number)
    quote = session.scalars(sa.select(Quote.id)).one()
    beside = read_surroundings(row.id)
    assert [(one.number, one.text, one.public) for one in beside.quotes] == [(1, "I paid at the gate.", True)]
    assert beside.sources == ()
    assert cited_in(here) == [(SourceKind.QUOTE, "1", f"/en/c/test/{PLACE}")]
    assert [one.number for one in recommendations_quoting([quote])[quote]] == [1]
    steps = ways_of_quotes([quote, uuid.uuid4()], "en")
    assert {one: [step.path for step in way] for one, way in steps.items()} == {quote: ["recommendations/1/", "", ""]}
    rows = list(open_data_rows.quote_sources(here.consultation, ANONYMOUS))
    assert rows == [{"recommendation": 1, "quote": 1, "since_version": 1}]

    take_back(here, words)
    session.expire_all()
    beside = read_surroundings(row.id)
    assert [(one.number, one.text, one.public) for one in beside.quotes] == [(1, "", False)]
    assert cited_in(here) == []
    assert list(open_data_rows.quote_sources(here.consultation, ANONYMOUS)) == []
    assert quotes_cited(row.id) == {1}  # as a passage of a withdrawn submission stays


def test_nothing_of_a_draft_is_told(here: World) -> None:
    _, number = quoted(here)
    row = draft_recommendation(
        RecommendationDraft(Localized(ar="مسودة")), consultation=here.consultation, actor=here.actor("organiser")
    )
    choose(here, row, number)
    quote = session.scalars(sa.select(Quote.id)).one()
    assert recommendations_quoting([quote]) == {}
    assert ways_of_quotes([quote], "en") == {}
    assert list(open_data_rows.quote_sources(here.consultation, ANONYMOUS)) == []


def test_no_event_says_which_testimony_a_cited_quote_comes_from(here: World) -> None:
    _, number = quoted(here)
    choose(here, propose_recommendation(here), number)
    [event] = [one for one in events_after(here.consultation_id) if one.type == "QuoteSourceAdded"]
    assert set(json.loads(json.dumps(event.facts, default=str))) == {"recommendation", "number", "quote"}
