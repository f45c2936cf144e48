"""Code a real corpus in a throw-away instance, to see that desk, agreement, board, files and answers carry its size.

    python -m tools.code_corpus RESPONSES.csv tests/data/anid-open-access-2020.toml
    python -m tools.code_corpus RESPONSES.csv MAP.toml --codebook CODES.csv --first FIRST.tsv --second SECOND.tsv

The second form takes what two readers wrote, blind to each other: the codebook as lines `number;name;name in the answer` and
one line for each passage, its receipt number and its own number (`TT-2026-00001.1`), a tab, and the codes as the desk takes
them (`1+ 8`). Without them nobody reads, and both coders are programs: the first gives each passage the code of the question
that it answers (its label in the map; proposals get one of their own) and takes the stance from the answer beside it; the
second does the same with its first twenty texts, and from then on takes the likeliest suggestion of the desk in place of the
code wherever there is one. So the agreement that is then printed says how far suggestions find the question again, and nothing
about people. Where the two differ, the first one's codes are kept. In the end everything is answered as noted.
"""

from __future__ import annotations

import argparse
import csv
import io
import re
import resource
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import sqlalchemy as sa
from flask import Flask

from consult.accounts.access import OPERATOR
from consult.app import create_app
from consult.coding.agreement_queries import agreement, compare, pairs_of, text_by_number
from consult.coding.board_queries import QuoteFilter, board, quotes_page
from consult.coding.exports import export_codings
from consult.coding.models import CodedText
from consult.coding.qda import write_project
from consult.coding.queries import CodeLine, Task, codebook, coded_before, coder_of, count_texts, next_task, task_of
from consult.coding.services import (
    CodeDraft,
    CodingDraft,
    TextChoice,
    Verdict,
    add_coder,
    assign_texts,
    finish_text,
    reconcile,
    save_code,
    save_codes,
)
from consult.coding.states import TextState
from consult.coding.suggestions import suggest
from consult.db import database, session, transaction
from consult.i18n import Localized
from consult.migrations.upgrade import upgrade
from consult.recommendations.answer_conditions import unanswered
from consult.recommendations.answer_counts import count_answers, count_open
from consult.recommendations.answer_lists import chosen_texts
from consult.recommendations.answers import MOST_AT_ONCE
from consult.recommendations.from_codes import unanswered_in_theme
from consult.recommendations.services import Answer, Target, answer
from consult.runtime import runtime
from consult.settings import Settings
from consult.spreadsheets import open_table, write_csv_rows
from consult.submissions.exchange.imports import import_submissions
from consult.submissions.exchange.mapping import SubmissionMap, read_map
from consult.submissions.models import Submission
from consult.submissions.queries import passages_of
from consult.submissions.states import SubmissionState
from consult.testing.coding import FIRST, SECOND
from consult.testing.small_tracks import small_plugins
from consult.testing.web import Browser
from consult.testing.world import World, make_world

#: The code of what is proposed, and after how many texts the second coder begins to take suggestions.
PROPOSAL, STARTS = "Propuestas", 20


def main(words: Sequence[str] | None = None) -> int:
    """Load, code, compare, decide, export and answer; print figures."""
    asked = _arguments(words)
    source, mapping = asked.source, read_map(asked.map)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(instance_path=Path(folder), insecure_http=True, second_factor_for_roles=False)
        app = create_app(settings, plugins=small_plugins())
        app.test_client_class = Browser
        with app.app_context():
            upgrade(database.engine, runtime().hooks)
            world = make_world()
            _load(world, source, mapping)
            _open(world, _names(asked.codebook, mapping))
            _pages(app, world, asked.tries)
            _work(world, _readings(asked.first), _readings(asked.second))
            _read(app, world, asked.tries)
            _answer(world)
            same = _recount(source, mapping)
            session.remove()
            database.engine.dispose()
    print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    return 0 if same else 1


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    asked = argparse.ArgumentParser(description="Code a real corpus in a throw-away instance.")
    asked.add_argument("source", type=Path)
    asked.add_argument("map", type=Path)
    for name in ("--codebook", "--first", "--second"):
        asked.add_argument(name, type=Path)
    asked.add_argument("--tries", type=int, default=5, help="how often each page is asked for")
    return asked.parse_args(words)


def _names(codebook: Path | None, mapping: SubmissionMap) -> Sequence[str]:
    """Return the names of the codes by their numbers from 1: the codebook's, or the questions of the map."""
    if codebook is None:
        return [*dict.fromkeys(column.label for column in mapping.texts), PROPOSAL]
    with codebook.open(encoding="utf-8", newline="") as file:
        return [name for _, name in csv.reader(file, delimiter=";")]


def _readings(file: Path | None) -> Mapping[tuple[str, int], str]:
    """Return what a reader gave: the codes of each passage, by receipt number and the passage's own; empty without a file."""
    if file is None:
        return {}
    lines = (line.split("\t") for line in file.read_text(encoding="utf-8").splitlines() if line.strip())
    return {(text, int(number)): codes for key, codes in lines for text, number in [key.rsplit(".", 1)]}


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print how long something took."""
    begun = perf_counter()
    yield
    print(f"{what}: {perf_counter() - begun:.2f} s")


def _load(world: World, source: Path, mapping: SubmissionMap) -> None:
    with timed("import"), open_table(source, **mapping.source) as table:
        bound = mapping.bound(table.columns)
        done = import_submissions(table.rows, bound, consultation=world.consultation, actor=OPERATOR)
    print(f"imported {done.imported}, rejected {done.rejected}")
    with transaction():  # what moderators do one by one
        session.execute(sa.update(Submission).values(state=SubmissionState.ACCEPTED))


def _open(world: World, names: Sequence[str]) -> None:
    here, organiser = world.consultation, world.actor("organiser")
    for name in names:
        save_code(CodeDraft(Localized(en=name)), consultation=here, actor=organiser)
    coders = tuple(add_coder(world.people[key], consultation=here, actor=organiser).id for key in (FIRST, SECOND))
    with timed("handed out"):
        done = assign_texts(TextChoice(coders, twice=100), consultation=here, actor=organiser)
    print(f"texts {done.texts}, to two coders {done.twice}; without readings coders are programs")


def _work(world: World, first: Mapping[tuple[str, int], str], second: Mapping[tuple[str, int], str]) -> None:
    codes = {line.number: line for line in codebook(world.consultation_id)}
    with timed("both coders, every text"):
        if first and second:
            _code_all(world, FIRST, lambda task, n: _as_read(task, first))
            _code_all(world, SECOND, lambda task, n: _as_read(task, second))
        else:
            _code_all(world, FIRST, lambda task, n: _by_question(task, codes))
            _code_all(
                world, SECOND, lambda task, n: _by_question(task, codes) if n < STARTS else _by_likeness(task, codes)
            )
    print("texts by state:", dict(count_texts(world.consultation_id)))


def _code_all(world: World, key: str, write: Callable[[Task, int], Mapping[int, str]]) -> None:
    coder = _coder(world, key)
    actor, count = world.actor(key), 0
    while number := next_task(coder):
        task = task_of(coder, number)
        assert task is not None
        lines = write(task, count)
        save_codes(CodingDraft(task.version, lines), task=task.id, actor=actor)
        finish_text(task=task.id, actor=actor)
        count += 1


def _coder(world: World, key: str) -> uuid.UUID:
    found = coder_of(world.consultation_id, world.people[key])
    assert found is not None
    return found.id


def _as_read(task: Task, given: Mapping[tuple[str, int], str]) -> Mapping[int, str]:
    """Return what a reader gave the passages of a text; KeyError names a passage that was not read."""
    return {one.number: given[task.number, one.number] for one in passages_of(task.submission, task.revision)}


def _by_question(task: Task, codes: Mapping[int, CodeLine]) -> Mapping[int, str]:
    """Return the code of the question that each passage answers, with the stance that was ticked beside it."""
    answers = session.execute(sa.select(Submission.answers).where(Submission.id == task.submission)).scalar_one()
    lines, present = {}, PROPOSAL
    names = {line.names["en"]: line.number for line in codes.values()}
    for passage in passages_of(task.submission, task.revision):
        head = passage.text.partition("\n")[0].rstrip(":")
        label = PROPOSAL if passage.kind == "proposal" else next((n for n in names if head.startswith(n)), present)
        present = label
        lines[passage.number] = f"{names[label]}{_stance(answers, label)}"
    return lines


def _stance(answers: Mapping[str, object], label: str) -> str:
    word = label.split()[-1].lower()[:8]
    said = next((str(value) for key, value in answers.items() if word in str(key).lower()), "").lower()
    return "-" if "desacuerdo" in said or said == "no" else "+" if "acuerdo" in said or said.startswith("s") else ""


def _by_likeness(task: Task, codes: Mapping[int, CodeLine]) -> Mapping[int, str]:
    """Return the likeliest suggestion for each passage, and what the question says where there is none."""
    passages = passages_of(task.submission, task.revision)
    numbers = {line.id: line.number for line in codes.values()}
    coder = session.execute(
        sa.text("SELECT coder_id FROM coding_task WHERE id = :id"), {"id": task.id.hex}
    ).scalar_one()
    found = suggest(
        {passage.id: passage.text for passage in passages},
        [line.known for line in codes.values()],
        coded_before(uuid.UUID(coder), task.id),
    )
    asked = _by_question(task, codes)
    stance = {n: line.lstrip("0123456789") for n, line in asked.items()}
    return {
        p.number: f"{numbers[found[p.id][0].code]}{stance[p.number]}" if found[p.id] else asked[p.number]
        for p in passages
    }


def _read(app: Flask, world: World, tries: int) -> None:
    here, organiser = world.consultation, world.actor("organiser")
    codes = [line.id for line in codebook(here.id)]
    with timed("agreement of every code, with 1,000 draws each"):
        rows = agreement(here.id, codes, pairs_of(here.id)[0])
    names = {line.id: line.names["en"] for line in codebook(here.id)}
    for row in rows:
        print("  ", names.get(row.code, "all codes"), row.alpha, row.kappa.value, row.per_cent.value)  # type: ignore[arg-type]
    with timed("decided where they differ"):
        _decide(world)
    with timed("board"):
        counts = board(here.id)
    print("  ", {key: (one.texts, one.passages, dict(one.stances)) for key, one in counts.items()})
    with timed("a page of passages"):
        quotes_page(here.id, None, QuoteFilter())
    _pages(app, world, tries)
    with timed("table"):
        text = io.StringIO()
        count = write_csv_rows(*export_codings(here, "en", actor=organiser), text)
    with timed("REFI-QDA project"):
        file = io.BytesIO()
        texts = write_project(here, "en", file, actor=organiser)
    print(
        f"   rows {count} ({len(text.getvalue()) / 1e6:.1f} MB); project of {texts} texts, {file.tell() / 1e6:.1f} MB"
    )


def _decide(world: World) -> None:
    organiser = world.actor("organiser")
    numbers = session.scalars(
        sa.select(Submission.number)
        .join(CodedText, CodedText.submission_id == Submission.id)
        .where(CodedText.state == TextState.DIFFERING)
    ).all()
    for number in numbers:
        text = text_by_number(world.consultation_id, number)
        assert text is not None
        found = compare(text.id)
        kept = frozenset(pair for pair in found.open if pair[1] in found.given[1].get(pair[0], {}))
        reconcile(Verdict(kept), text=text.id, actor=organiser)
    print(f"   {len(numbers)} texts;", dict(count_texts(world.consultation_id)))


def _pages(app: Flask, world: World, tries: int) -> None:
    """Time the pages as a browser asks for them, the best of some tries."""
    first = session.scalars(sa.select(sa.func.min(Submission.number))).one()
    session.rollback()
    for key, path in (
        (FIRST, f"/en/c/test/coding/texts/{first}/"),
        (FIRST, "/en/c/test/coding/"),
        ("organiser", "/en/c/test/organise/coding/"),
        ("organiser", "/en/c/test/organise/coding/agreement/"),
        ("organiser", "/en/c/test/organise/coding/board/"),
        ("organiser", "/en/c/test/organise/coding/board/0/"),
    ):
        client = world.sign_in(app.test_client(), key)
        times, size = [], 0
        for _ in range(tries):
            begun = perf_counter()
            answered = client.get(path)
            times.append(perf_counter() - begun)
            size = len(answered.data)
            assert answered.status_code == 200, (path, answered.status_code)
        print(f"   {path}: {min(times) * 1000:.0f} ms, {size / 1000:.0f} kB")


def _answer(world: World) -> None:
    """Answer everything from its codes: noted, code by code, as many at once as one act may."""
    here, organiser = world.consultation, world.actor("organiser")
    acts = 0
    with timed("answers from codes"):
        for line in codebook(here.id):
            while keys := unanswered_in_theme(here.id, line.theme, QuoteFilter(line.number), organiser):
                targets = [Target(one.submission, one.passage, one.revision) for one in chosen_texts(here.id, keys)]
                answer(Answer("noted"), targets, consultation=here, actor=organiser)
                acts += 1
        silent = session.scalars(unanswered(here.id)).all()  # scales and choices only: there is no passage to code
        for start in range(0, len(silent), MOST_AT_ONCE):
            targets = [Target(one) for one in silent[start : start + MOST_AT_ONCE]]
            answer(Answer("noted"), targets, consultation=here, actor=organiser)
            acts += 1
    print(
        f"   {acts} acts; passages",
        dict(count_answers(here.id).passages),
        "texts unanswered",
        count_open(here).unanswered,
    )


def _recount(source: Path, mapping: SubmissionMap) -> bool:
    """Read the file once more, by other code, and tell whether the database holds all of it, coded and answered.

    Every row that says something is a text that two have finished; each of its passages is answered, or all of it where it
    answers closed questions only.
    """
    with source.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=mapping.source.get("separator", ",")))
    texts = [_cells(row, [use.column for use in (*mapping.texts, *mapping.proposals)]) for row in rows]
    whole = [
        row for row, text in zip(rows, texts, strict=True) if text or _cells(row, [a.column for a in mapping.answers])
    ]
    written = [text for text in texts if text]
    expected = {
        "submissions": len(whole),
        "passages": sum(len(re.split(r"\n[^\S\n]*\n\s*", cell)) for text in written for cell in text),
        "passages without an answer": 0,
        "coded by two and settled": len(whole),
        "answered as a whole": len(whole) - len(written),
    }
    found = {what: session.execute(sa.text(query)).scalar_one() for what, query in _COUNTS.items()}
    print("counted again from the file:", expected)
    print("same in the database" if found == expected else f"OTHERWISE in the database: {found}")
    return found == expected


#: In the database's own words, past all code of ours.
_COUNTS = {
    "submissions": "SELECT count(*) FROM submission",
    "passages": "SELECT count(*) FROM passage",
    "passages without an answer": "SELECT count(*) FROM passage WHERE id NOT IN"
    " (SELECT passage_id FROM disposition WHERE replaced_at IS NULL AND passage_id IS NOT NULL)",
    "coded by two and settled": "SELECT count(*) FROM coded_text WHERE coders = 2 AND state = 'settled'"
    " AND 2 = (SELECT count(*) FROM coding_task WHERE text_id = coded_text.id AND done_at IS NOT NULL)",
    "answered as a whole": "SELECT count(*) FROM disposition WHERE replaced_at IS NULL AND passage_id IS NULL",
}


def _cells(row: Mapping[str, str], columns: Sequence[str]) -> list[str]:
    """Return what stands in some columns of a row; a name that ends with `*` stands for the one that begins so."""
    begins = [(column.rstrip("*"), column.endswith("*")) for column in columns]
    named = [n for begin, opened in begins for n in row if n == begin or (opened and n.startswith(begin))]
    return [cell for name in named if (cell := (row[name] or "").replace("\r\n", "\n").strip())]


if __name__ == "__main__":
    sys.exit(main())
