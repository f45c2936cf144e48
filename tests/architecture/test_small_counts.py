"""Every count by something is named here with what keeps it from singling somebody out: a new one fails until it is.

A count by an attribute of people is published through `consult.submissions.figures.suppression`, unless what it counts is listed in
public one by one with that attribute: hiding a number that everybody can recount protects nobody and hides how the
consultation goes. `docs/statistics.md` says the same in words.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: What gives no page: the sample, tests' own, the terminal of whoever holds the database, changes of the schema.
LEFT_OUT = {"demo", "testing", "cli", "migrations"}


class Kept(Enum):
    """What keeps a count from telling of somebody."""

    SUPPRESSED = "its module hides small counts and what would tell them"
    PAGE = "the page that shows it hides small counts and what would tell them"
    LISTED = "what is counted is listed in public one by one, with what it is counted by"
    STAFF = "it stands on pages of those who may read each of what is counted"
    NO_PEOPLE = "it counts no people, or the rows of one thing that the reader has before them"


COUNTS: Mapping[Kept, str] = {
    Kept.SUPPRESSED: (
        "submissions.figures.statistics._languages submissions.figures.statistics._places submissions.figures.statistics._channels"
        " submissions.figures.statistics._weeks submissions.figures.statistics._counted_answers"
    ),
    Kept.PAGE: "consent.queries.counts_of sessions.queries.attended_by_track",
    # Accepted texts, in the register; bodies under their own names; decisions, in the register of moderation; seats; named choices; votes brought in.
    Kept.LISTED: (
        "outcomes.reading._topics outcomes.reading._writing recommendations.answer_counts.count_answers"
        " submissions.review.queries.count_decisions web.public.figures._count web.public.figures.by ballots.queries.groups_of"
        " sessions.queries._seats_by_track submissions.exchange.statement_votes.vote_counts"
    ),
    Kept.STAFF: (
        "submissions.review.desks._loaded submissions.review.desks.nobodys"
        " coding.agreement_queries.pairs_of coding.agreement_queries._presence coding.agreement_queries._tables"
        " coding.assigning._loads coding.board_queries._counted coding.queries.uses_of_codes coding.queries.coders_of"
        " coding.queries.count_texts submissions.figures.missing.silent_by_track submissions.figures.missing.readers_by_language"
        " submissions.review.queries.count_waiting submissions.campaigns.queries.count_proposals"
        " submissions.campaigns.queries._counted submissions.campaigns.queries._elsewhere submissions.review.bulk._finish"
        " submissions.review.bulk_queries.recent_acts testimony.queries.count_by_state web.organise.needs._counts"
        " consultations.queries.counts_by_track submissions.review.grounds.used_grounds submissions.review.blind.count_sealed"
        " peer_review.queries.reviewers_of peer_review.queries.count_by_track peer_review.assigning._desks"
        " paper.queries.counts_of paper.queries.runs_of paper.queries.box_rates paper.queries.pair_rates"
        " outcomes.printing.tally outcomes.reach._addresses"
    ),
    Kept.NO_PEOPLE: (
        "consultations.accreditation.queries.accredited_until outcomes.trace._cited"
        " submissions.offices.queries.open_comments notifications.letters.reviews._given"
        " recommendations.answer_counts.answer_times"
    ),
}


#: Where what is hidden by its page is shown.
PAGES = {
    "consent.queries.counts_of": "web/organise/purposes.py",
    "sessions.queries.attended_by_track": "evaluation/figures.py",
}


def _grouping() -> Iterator[tuple[str, str]]:
    """Yield every function that counts by something, with the source of its module; the innermost of nested ones."""
    for file in sorted((ROOT / "consult").rglob("*.py")):
        where = file.relative_to(ROOT / "consult").with_suffix("").parts
        if not LEFT_OUT & set(where):
            source = file.read_text("utf-8")
            for function in ast.walk(ast.parse(source)):
                if isinstance(function, ast.FunctionDef) and any(_groups(node) for node in _own(function)):
                    yield ".".join((*where, function.name)), source


def _own(function: ast.FunctionDef) -> Iterator[ast.AST]:
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if not isinstance(node, ast.FunctionDef):
            yield node
            waiting += ast.iter_child_nodes(node)


def _groups(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "group_by"


def test_every_count_by_something_is_named_with_what_keeps_it() -> None:
    named = [name for names in COUNTS.values() for name in names.split()]
    assert len(named) == len(set(named))
    assert {name for name, _ in _grouping()} == set(named)


def test_what_is_to_be_suppressed_is() -> None:
    sources = dict(_grouping())
    for name in COUNTS[Kept.SUPPRESSED].split():
        assert "suppressed(" in sources[name] or "protected(" in sources[name], name
    assert set(PAGES) == set(COUNTS[Kept.PAGE].split())
    assert [page for page in PAGES.values() if "suppressed(" not in (ROOT / "consult" / page).read_text("utf-8")] == []


def test_a_new_count_would_be_seen() -> None:
    code = "def by_region():\n    return sa.select(Body.region, sa.func.count()).group_by(Body.region)\n"
    [function] = ast.parse(code).body
    assert isinstance(function, ast.FunctionDef)
    assert any(_groups(node) for node in _own(function))
