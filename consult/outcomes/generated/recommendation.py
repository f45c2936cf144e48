"""A recommendation in the document: what was decided, the text voted on, the result, sources and reservations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from consult.i18n import LANGUAGES, N_, NN_, Message
from consult.outcomes.citing import ballot_source, passage_source, quote_source, silenced, version_source
from consult.outcomes.generated.sessions import own_words
from consult.outcomes.material import BallotFact, RecommendationFact, ResponseFact
from consult.outcomes.outline import Generated, Narrator
from consult.outcomes.results import vote_result
from consult.outcomes.sentences import day, listed
from consult.outcomes.tree import (
    Block,
    Clause,
    Clauses,
    Inline,
    Notice,
    Quote,
    QuoteKind,
    Source,
    SourceKind,
    Tone,
)
from consult.recommendations.clauses import ClauseText, best_language
from consult.recommendations.states import RecommendationState

_S = RecommendationState

_LANGUAGE_NAMES: Mapping[str, Message] = {"ar": N_("Arabic"), "en": N_("English"), "fr": N_("French")}


def region(one: RecommendationFact, narrator: Narrator) -> Generated:
    """Return the region of a recommendation."""
    passages = tuple(passage_source(passage, narrator.addresses) for passage in one.passages)
    quotes = tuple(quote_source(quote, narrator.addresses) for quote in one.quotes)
    decided = tuple(ballot_source(ballot, narrator.addresses) for ballot in one.ballots if ballot.counts)
    own = (Source(SourceKind.RECOMMENDATION, str(one.number)), version_source(one, narrator.addresses, silent=True))
    return Generated(
        f"recommendation:{one.number}",
        title(one, narrator),
        tuple(_prose(one, narrator, passages, quotes)),
        lambda: tuple(_record(one, narrator, (*passages, *quotes))),
        silenced((*own, *passages, *quotes, *decided)),
    )


def title(one: RecommendationFact, narrator: Narrator) -> tuple[Inline, ...]:
    """Return "Recommendation 7: a shared register"."""
    return narrator.say(N_("Recommendation %(number)s: %(title)s", number=one.number, title=one.titles))


def outcome(one: RecommendationFact, narrator: Narrator) -> Message:
    """Return in a sentence what became of a recommendation, with the result of the ballot that stands."""
    ballot = one.standing
    if one.state is _S.VOTING:
        return N_("This recommendation is being voted on.")
    if ballot is None:
        return N_("This recommendation is under discussion; it has not been put to the vote.")
    said = {"number": ballot.number, "result": narrator.result(ballot)}
    match one.state:
        case _S.ADOPTED:
            return N_("Adopted in ballot %(number)s: %(result)s.", **said)
        case _S.REJECTED:
            return N_("Not adopted in ballot %(number)s: %(result)s.", **said)
        case _S.NEXT_ROUND:
            return N_("Ballot %(number)s did not decide: %(result)s. The decision goes on to the next round.", **said)
        case _S.CONTESTED:
            return N_("The outcome of ballot %(number)s is contested: %(result)s.", **said)
        case _:
            return N_("No decision came of ballot %(number)s: %(result)s.", **said)


def _prose(
    one: RecommendationFact, narrator: Narrator, passages: tuple[Source, ...], quotes: tuple[Source, ...]
) -> Iterator[Block]:
    own = (
        Source(SourceKind.RECOMMENDATION, str(one.number)),
        version_source(one, narrator.addresses, silent=True),
    )
    decided = [outcome(one, narrator)]
    ballot = one.standing
    cited = () if ballot is None else (ballot_source(ballot, narrator.addresses, silent=True),)
    if ballot is not None and one.state is not _S.VOTING:
        decided.append(N_("The text below is version %(version)s, the one that was voted on.", version=one.version))
    yield narrator.paragraph(*decided, sources=(*own, *cited))
    if one.passages:
        drafted = NN_(
            "It was drafted from %(count)s passage of the submissions.",
            "It was drafted from %(count)s passages of the submissions.",
            len(one.passages),
        )
        yield narrator.paragraph(drafted, sources=(*own, *silenced(passages)))
    if one.quotes:
        heard = NN_(
            "It draws on %(count)s quote from a confidential testimony.",
            "It draws on %(count)s quotes from confidential testimonies.",
            len(one.quotes),
        )
        yield narrator.paragraph(heard, sources=(*own, *silenced(quotes)))
    if carried := list(_carried_out(one, narrator)):
        yield narrator.paragraph(*carried, sources=own)


def _carried_out(one: RecommendationFact, narrator: Narrator) -> Iterator[Message]:
    if one.responsible:
        bodies = listed((narrator.say(names) for names in one.responsible), narrator.language)
        yield N_("To be carried out by: %(bodies)s.", bodies=bodies)
    if one.due is not None:
        yield N_("Deadline: %(day)s.", day=day(one.due, narrator.material.timezone, narrator.language))


def _record(one: RecommendationFact, narrator: Narrator, cited: tuple[Source, ...]) -> Iterator[Block]:
    """Yield what nobody edits: the text with its sources by name, every result, every reservation."""
    shown = best_language(one.clauses, narrator.language, one.authoritative)
    yield from _language_notice(one, shown, narrator)
    if one.clauses:
        yield Clauses(
            tuple(_clause(clause, shown, narrator) for clause in one.clauses),
            sources=(version_source(one, narrator.addresses), *cited),
        )
    for ballot in one.ballots:
        yield from _result(ballot, narrator)
    for reservation in one.reservations:
        yield Quote(
            tuple(own_words(reservation.text, reservation.language, narrator.language)),
            narrator.say(reservation.by),
            QuoteKind.RESERVATION,
            sources=(Source(SourceKind.RESERVATION, f"{one.number}/{reservation.number}"),),
        )

    for response in one.responses:
        yield Quote(
            tuple(own_words(response.text, response.language, narrator.language)),
            narrator.say(_response(response, narrator)),
        )


def _response(one: ResponseFact, narrator: Narrator) -> Message:
    """Return whose official response it is, what becomes of it, and until when."""
    if one.until is None:
        return N_("Official response of %(body)s: %(kind)s", body=one.body, kind=one.kind)
    until = day(one.until, narrator.material.timezone, narrator.language)
    said = {"body": one.body, "kind": one.kind, "day": until}
    return N_("Official response of %(body)s: %(kind)s, until %(day)s", **said)


def _language_notice(one: RecommendationFact, shown: str, narrator: Narrator) -> Iterator[Notice]:
    """Yield which language is the one of record, where the reader's is another."""
    record = _LANGUAGE_NAMES[one.authoritative]
    if narrator.language == one.authoritative:
        return
    if shown != narrator.language:
        said, tone = (
            N_("This text has not been translated; it stands here in %(language)s.", language=record),
            Tone.HEED,
        )
    elif any(narrator.language in clause.stale for clause in one.clauses):
        said, tone = (
            N_(
                "The text of record is in %(language)s and has changed since this translation was made.",
                language=record,
            ),
            Tone.HEED,
        )
    else:
        said, tone = N_("The text of record is in %(language)s; this is a translation.", language=record), Tone.NOTE
    yield Notice((narrator.paragraph(said, tone=Tone.NOTE),), tone=tone)


def _clause(clause: ClauseText, shown: str, narrator: Narrator) -> Clause:
    text = clause.texts.for_language(shown)
    return Clause(clause.key, tuple(own_words(text, shown, narrator.language)), id=f"clause-{clause.key}")


def _result(ballot: BallotFact, narrator: Narrator) -> Iterator[Block]:
    """Yield a result that counts, with the reasons where somebody declared it."""
    if not ballot.counts or ballot.report is None:
        return
    yield vote_result(ballot, ballot.report, narrator.addresses)
    reasons = str(ballot.ruling.get("reasons", ""))
    if reasons.strip():
        lang = str(ballot.ruling.get("language", ""))
        yield Quote(
            tuple(own_words(reasons, lang if lang in LANGUAGES else "", narrator.language)),
            narrator.say(N_("Reasons given with the ruling")),
        )
