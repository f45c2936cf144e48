"""import(export(x)) = x over submissions: what an import takes in, in every format that a table is written in."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consult.accounts.access import OPERATOR
from consult.cleaning import clean_line, clean_text
from consult.consultations.models import Consultation, ConsultationTrack, Topic
from consult.db import new_id, session, transaction
from consult.i18n import Localized
from consult.plugins.conditions import Condition, Relation
from consult.plugins.questions import Choice, Question, QuestionKind, clean_answers
from consult.spreadsheets import WRITERS, open_table, write_table
from consult.submissions.content import number_passages
from consult.submissions.exchange.exports import export_submissions
from consult.submissions.exchange.imports import import_submissions
from consult.submissions.exchange.mapping import map_of
from consult.submissions.exchange.presets import given_for, preset_for
from consult.submissions.models import Questionnaire, Revision, Submission
from consult.submissions.questionnaires.content import FormContent, Section, as_data, digest_of
from consult.submissions.questionnaires.queries import form_of
from consult.submissions.review.blind import kept_private
from consult.submissions.writing import Origin, Writing, write_submission
from consult.testing.world import World
from consult.typed_days import FIRST, LAST

NASTY = (
    "=1+1",
    "'=1",
    "007",
    "1e5",
    "2026-11-24",
    "TRUE",
    "a\r\nb",
    "بَلَدِيّةٌ",
    "می\u200cخواهم",
    "👩🏽‍⚕️",
    "_x000D_",
    "[1]",
    "{}",
)
LETTERS = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff", include_characters="\n\t")
WORDS = st.one_of(st.sampled_from(NASTY), st.text(LETTERS, max_size=30))
LINES = WORDS.map(clean_line)
TEXTS = st.lists(WORDS, max_size=3).map(lambda parts: clean_text("\n\n".join(parts)))
TOPICS = ("gcm-1", "gcm-15")
#: Never in a file: the answer to a private question.
PRIVATE = "qxprivate"


def _words(text: str) -> Localized:
    return Localized(ar=text, en=text, fr=text)


def _items(*keys: str) -> tuple[Choice, ...]:
    return tuple(Choice(key, _words(f"{key}, really")) for key in keys)


FORM = FormContent(
    (
        Section(
            "s1",
            _words("All kinds"),
            questions=(
                Question("q1", QuestionKind.TEXT, _words("Line")),
                Question("q2", QuestionKind.LONG_TEXT, _words("Long")),
                Question("q3", QuestionKind.CHOICE, _words("One"), choices=_items("c1", "c2")),
                Question("q4", QuestionKind.CHOICES, _words("Some"), choices=_items("c3", "c4", "c5")),
                Question("q5", QuestionKind.YES_NO, _words("Well?")),
                Question("q6", QuestionKind.SCALE, _words("Scale"), low=0, high=10),
                Question("q7", QuestionKind.MATRIX, _words("Rows"), rows=_items("r1", "r2"), low=1, high=5),
                Question("q8", QuestionKind.NUMBER, _words("Number"), low=-1000),
                Question("q9", QuestionKind.NUMBER, _words("Decimal"), decimals=2),
                Question("q10", QuestionKind.DATE, _words("Day")),
                Question("q11", QuestionKind.PLACE, _words("Place")),
                Question("q12", QuestionKind.STATEMENT, _words("Read this")),
                Question("q13", QuestionKind.TEXT, _words("Telephone"), private=True),
                Question("q14", QuestionKind.TEXT, _words("When?"), shown_if=Condition("q13", Relation.ANSWERED)),
                Question("q15", QuestionKind.YES_NO, _words("Mayor?"), identifies=True),
                Question(
                    "q16", QuestionKind.TEXT, _words("Term"), shown_if=Condition("q15", Relation.EQUALS, ("yes",))
                ),
                Question("q17", QuestionKind.FILE, _words("Map")),
                Question("q18", QuestionKind.TEXT, _words("Scale"), shown_if=Condition("q17", Relation.ANSWERED)),
            ),
        ),
    ),
    last=18,
)
SCALE = st.integers(1, 5)
ANSWERS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "q1": WORDS,
        "q2": TEXTS,
        "q3": st.sampled_from(("c1", "c2")),
        "q4": st.lists(st.sampled_from(("c3", "c4", "c5")), unique=True),
        "q5": st.booleans(),
        "q6": st.integers(0, 10),
        "q7": st.dictionaries(st.sampled_from(("r1", "r2")), SCALE),
        "q8": st.integers(-1000, 10**14),
        "q9": st.decimals(0, 10**6, places=2).map(str),
        "q10": st.dates(FIRST, LAST).map(str),
        "q11": st.integers(0, 140),
        "q14": WORDS,
        "q16": WORDS,
        "q18": WORDS,
    },
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "state": st.sampled_from(("received", "accepted")),
            "track": st.sampled_from(("academic", "municipal", "")),
            "language": st.sampled_from(("ar", "en", "fr", "es")),
            "title": LINES.map(lambda line: line or "–"),
            "author": LINES,
            "body": st.sampled_from((None, "ghat", "derna")),
            "withheld": st.booleans(),
            "received": st.integers(946_684_800, 1_790_000_000).map(lambda moment: datetime.fromtimestamp(moment, UTC)),
            "topics": st.lists(st.sampled_from(TOPICS), unique=True).map(sorted),
            "text": TEXTS,
            "proposals": TEXTS,
            "answers": ANSWERS,
            "others": st.dictionaries(st.sampled_from(("Agreement", "Opinión (1)")), LINES.filter(bool), max_size=2),
        }
    ).filter(lambda row: bool(row["text"] or row["proposals"] or row["others"])),
    min_size=1,
    max_size=3,
)


def _consultation(like: Consultation, number: int) -> Consultation:
    """A consultation without submissions whose academics answer the form."""
    here = new_id()
    content = as_data(FORM)
    with transaction():
        named = {name: getattr(like, name) for name in ("names", "titles", "summaries", "timezone", "created_at")}
        session.add(Consultation(id=here, slug=f"c{number}", prefix=f"C{number}", rules={}, public=True, **named))
        session.flush()
        for position, key in enumerate(("municipal", "academic")):
            track = ConsultationTrack(consultation_id=here, key=key, enabled=True, seats=0, settings={})
            track.position = position
            session.add(track)
            slug = TOPICS[position].partition("-")[2]
            session.add(Topic(consultation_id=here, scheme="gcm", code=slug, names=_words(slug), position=position))
        session.add(
            Questionnaire(
                id=new_id(),
                consultation_id=here,
                track="academic",
                version=1,
                state="open",
                content=content,
                digest=digest_of(content),
                created_at=like.created_at,
                published_at=like.created_at,
            )
        )
    return session.get_one(Consultation, here)


def _written(row: dict[str, Any], form: Questionnaire, world: World, consultation: Consultation) -> None:
    """Write a submission as a hand-in leaves it, with a private answer where there is a form."""
    answers, private, asked = dict(row["others"]), {}, row["track"] == "academic"
    if asked:
        questions = form_of(form.id).questions
        places = [choice.key for choice in next(q for q in questions if q.key == "q11").choices]
        typed = dict(row["answers"])
        if "q11" in typed:
            typed["q11"] = places[typed["q11"] % len(places)]
        line = clean_line(typed.pop("q18", ""))  # under a file, which no form of this test takes
        told = {**typed, "q13": PRIVATE, "q15": True}
        cleaned, problems = clean_answers([one for one in questions if one.key not in ("q17", "q18")], told)
        assert problems == []
        answers |= cleaned | {"q17": ["1"]} | ({"q18": line} if line else {})
        private = {key: answers.pop(key) for key in kept_private(questions, nameless=row["withheld"]) if key in answers}
    writing = Writing(
        title=row["title"],
        language=row["language"],
        passages=number_passages(row["text"], row["proposals"]),
        topics=row["topics"],
        answers=answers,
        private_answers=private,
        questionnaire=form.id if asked else None,
    )
    body = row["body"] and world.bodies[row["body"]]
    origin = Origin(
        track=row["track"],
        body=body,
        author="" if body else row["author"],
        withheld=row["withheld"],
        state=row["state"],
        received_at=row["received"],
    )
    write_submission(writing, origin, consultation=consultation, by=None)


def _exported(consultation: Consultation) -> tuple[tuple[str, ...], list[dict[str, Any]]]:
    columns, rows = export_submissions(consultation, ["received", "accepted"], actor=OPERATOR)  # type: ignore[list-item]
    return columns, [dict(row) for row in rows]


@pytest.mark.parametrize("form", WRITERS)
def test_what_is_exported_comes_back_the_same(world: World, app: Flask, tmp_path: Path, form: str) -> None:
    made = iter(range(10**6))
    like = world.consultation

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(rows=ROWS)
    def property_holds(rows: list[dict[str, Any]]) -> None:
        first, other = _consultation(like, next(made)), _consultation(like, next(made))
        asked = session.scalars(sa.select(Questionnaire).where(Questionnaire.consultation_id == first.id)).one()
        with transaction():
            for row in rows:
                _written(row, asked, world, first)
        columns, written = _exported(first)
        assert len(written) == len(rows)
        file = tmp_path / f"{first.slug}.{form}"
        assert write_table(columns, iter(written), file, form) == len(rows)
        with open_table(file) as table:
            assert PRIVATE not in str([row.cells for row in table.rows])
        with open_table(file) as table:
            preset = preset_for(table.columns)
            assert preset is not None
            mapping = map_of(given_for(preset, table.columns)).bound(table.columns)
            outcome = import_submissions(table.rows, mapping, consultation=other, actor=OPERATOR)
        assert [str(one.reason) for one in outcome.rejections] == []
        again_columns, again = _exported(other)
        assert again_columns == columns
        by_key = dict(
            session.execute(
                sa.select(Submission.number, Submission.source_key).where(Submission.consultation_id == other.id)
            ).all()
        )
        found = {by_key[row.pop("number")]: row for row in again}
        assert found == {row.pop("number"): row for row in written}
        kept = sa.select(Revision.private_answers).join(Submission, Submission.id == Revision.submission_id)
        assert not any(session.scalars(kept.where(Submission.consultation_id == other.id)))

    property_holds()
