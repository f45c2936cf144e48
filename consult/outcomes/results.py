"""Results of ballots in a document: the whole table, and the figures that stand in a sentence."""

from __future__ import annotations

from collections.abc import Iterator

from consult.ballots.report import Bar as ReportBar
from consult.ballots.report import Report
from consult.i18n import N_
from consult.outcomes.addresses import Addresses
from consult.outcomes.citing import ballot_source
from consult.outcomes.material import BallotFact, Material
from consult.outcomes.sentences import number, sentence, words
from consult.outcomes.tree import (
    Bar,
    Condition,
    Inline,
    Outcome,
    Part,
    PartKind,
    Token,
    VoteResult,
)
from consult.outcomes.walk import inlines
from consult.outcomes.words import document_words, vote_bar
from consult.typed_numbers import as_number


def vote_result(ballot: BallotFact, report: Report, addresses: Addresses) -> VoteResult:
    """Return the result of a ballot with its table, its bar and its rule."""
    language = addresses.language
    verdict = report.conditions_sentence
    return VoteResult(
        sentence(N_("Result of ballot %(number)s", number=ballot.number), language),
        Outcome(report.outcome.value),
        "" if verdict is None else words(verdict, language),
        _sentences(report, language),
        tuple(
            Condition(
                words(row.label, language),
                words(row.hint, language),
                row.count,
                row.base,
                row.needed,
                row.met is True,
            )
            for row in report.conditions
        ),
        _bar(report.bar, language),
        sentence(ballot.rule_name, language),
        id=f"ballot-{ballot.number}",
        sources=(ballot_source(ballot, addresses),),
    )


def _sentences(report: Report, language: str) -> tuple[Inline, ...]:
    found: list[str | Inline] = []
    for said in report.sentences:
        found += [" "] if found else []
        found += sentence(said, language)
    return inlines(*found)


def _bar(bar: ReportBar | None, language: str) -> Bar | None:
    if bar is None:
        return None
    parts = [Part(PartKind.FOR, words(bar.yes, language), bar.count)]
    if bar.against is not None:
        parts.append(Part(PartKind.AGAINST, words(bar.no, language), bar.against))
    rest = bar.base - sum(part.count for part in parts)
    if rest > 0:
        parts.append(Part(PartKind.REST, words(bar.rest, language), rest))
    return vote_bar(document_words(language), bar.base, tuple(parts), bar.needed)


def ballot_token(key: str, material: Material, addresses: Addresses) -> Token | None:
    """Return what `ballot:12` or `ballot:12/for` reads now; None where there is no such ballot, result or figure."""
    of, _, rest = key.partition(":")
    named, _, figure = rest.partition("/")
    ballot = material.ballot(as_number(named, 0)) if of == "ballot" else None
    if ballot is None or not ballot.counts or ballot.report is None:
        return None
    said = figure_of(ballot.report, figure, addresses.language)
    return None if said is None else Token(key, said, sources=(ballot_source(ballot, addresses, silent=True),))


def figure_of(report: Report, figure: str, language: str) -> str | None:
    """Return a figure of a result: "" for the sentence, a choice's key, cast, voters, base, needed or outcome."""
    figures: dict[str, int | str] = {**report.totals, "cast": report.cast, "voters": report.voters}
    if report.bar is not None:
        figures |= {"base": report.bar.base, "needed": report.bar.needed}
    figures |= {"": result_in_short(report, language), "outcome": words(report.label, language)}
    found = figures.get(figure)
    return number(found, language) if isinstance(found, int) else found


def result_in_short(report: Report, language: str) -> str:
    """Return a result as it stands in a sentence: "46 in favour of 63, 42 needed"; without a bar, its outcome."""
    bar = report.bar
    if bar is None:
        return words(report.label, language)
    if report.question:
        said = N_(
            "%(count)s in favour of %(base)s, %(needed)s needed", count=bar.count, base=bar.base, needed=bar.needed
        )
    else:
        said = N_(
            "%(option)s: %(count)s of %(base)s, %(needed)s needed",
            option=bar.yes,
            count=bar.count,
            base=bar.base,
            needed=bar.needed,
        )
    return words(said, language)


def figures_offered(ballot: BallotFact, language: str) -> Iterator[tuple[str, str]]:
    """Yield what an organiser may write for a ballot, each with what it reads now."""
    if ballot.report is None:
        return
    for figure in ("", *ballot.report.totals, "needed", "outcome"):
        said = figure_of(ballot.report, figure, language)
        if said is not None:
            yield f"{{{{ballot:{ballot.number}{'/' + figure if figure else ''}}}}}", said
