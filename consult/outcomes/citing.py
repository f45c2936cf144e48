"""Sources: what a paragraph of the document comes from, named for a reader or kept silent, and the rows behind them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping

from consult.i18n import N_
from consult.outcomes.addresses import Addresses
from consult.outcomes.material import BallotFact, Material, PassageFact, QuoteFact, RecommendationFact, SessionFact
from consult.outcomes.sentences import sentence
from consult.outcomes.tree import Ref, Source, SourceKind

#: What a citation is of, and its row.
Subject = tuple[str, uuid.UUID]


def passage_source(passage: PassageFact, addresses: Addresses) -> Source:
    """Return the source that a passage of a submission is."""
    said = N_(
        "%(author)s, passage %(number)s (%(receipt)s)",
        author=passage.author,
        number=passage.number,
        receipt=Ref(passage.receipt),
    )
    return Source(
        SourceKind.PASSAGE,
        f"{passage.receipt}/{passage.number}",
        sentence(said, addresses.language),
        addresses.submission(passage.receipt, passage.number),
    )


def quote_source(quote: QuoteFact, addresses: Addresses) -> Source:
    """Return the source that a quote of a confidential testimony is: its number, and nothing about whose it is."""
    said = N_("Quote %(number)s from a confidential testimony", number=quote.number)
    return Source(
        SourceKind.QUOTE, str(quote.number), sentence(said, addresses.language), addresses.quote(quote.number)
    )


def version_source(recommendation: RecommendationFact, addresses: Addresses, *, silent: bool = False) -> Source:
    """Return the source that a version of a recommendation is."""
    said = N_(
        "Recommendation %(number)s, version %(version)s",
        number=recommendation.number,
        version=recommendation.version,
    )
    return Source(
        SourceKind.VERSION,
        f"{recommendation.number}/{recommendation.version}",
        () if silent else sentence(said, addresses.language),
        "" if silent else addresses.recommendation(recommendation.number),
    )


def ballot_source(ballot: BallotFact, addresses: Addresses, *, silent: bool = False) -> Source:
    """Return the source that a ballot is."""
    return Source(
        SourceKind.BALLOT,
        str(ballot.number),
        () if silent else sentence(N_("Ballot %(number)s", number=ballot.number), addresses.language),
        "" if silent else addresses.ballot(ballot.number),
    )


def session_source(sitting: SessionFact, addresses: Addresses, *, silent: bool = False) -> Source:
    """Return the source that a session is."""
    return Source(
        SourceKind.SESSION,
        str(sitting.number),
        () if silent else sentence(N_("Session %(number)s", number=sitting.number), addresses.language),
        "" if silent else addresses.session(sitting.number),
    )


def submission_source(receipt: str) -> Source:
    """Return the silent source that a submission named in a text is."""
    return Source(SourceKind.SUBMISSION, receipt)


def silenced(sources: Iterable[Source]) -> tuple[Source, ...]:
    """Return sources without how they are named to a reader."""
    return tuple(Source(source.kind, source.id) for source in sources)


def subjects(material: Material) -> Mapping[tuple[SourceKind, str], tuple[Subject, ...]]:
    """Return the rows behind each source of a document; a passage stands for its submission too, a version for its text."""
    return dict(_subjects(material))


def _subjects(material: Material) -> Iterator[tuple[tuple[SourceKind, str], tuple[Subject, ...]]]:
    for one in material.recommendations:
        itself = ("recommendation", one.id)
        yield (SourceKind.RECOMMENDATION, str(one.number)), (itself,)
        yield (SourceKind.VERSION, f"{one.number}/{one.version}"), (("version", one.version_id), itself)
        for passage in one.passages:
            submission = ("submission", passage.submission)
            yield (SourceKind.PASSAGE, f"{passage.receipt}/{passage.number}"), (("passage", passage.id), submission)
            yield (SourceKind.SUBMISSION, passage.receipt), (submission,)
        for quote in one.quotes:
            yield (SourceKind.QUOTE, str(quote.number)), (("quote", quote.id),)
    for ballot in material.ballots:
        yield (SourceKind.BALLOT, str(ballot.number)), (("ballot", ballot.id),)
    for sitting in material.sessions:
        yield (SourceKind.SESSION, str(sitting.number)), (("session", sitting.id),)
