"""How the texts of the sample were coded: codebook, two coders, agreement and differences, themes."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa

from consult.coding.agreement_queries import compare
from consult.coding.models import Code, CodedText
from consult.coding.queries import coder_of, task_of
from consult.coding.services import (
    CodeDraft,
    CodingDraft,
    TextChoice,
    ThemeDraft,
    ThemeFinding,
    Verdict,
    add_coder,
    assign_texts,
    decide_theme,
    finish_text,
    reconcile,
    save_code,
    save_codes,
    save_theme,
    start_codebook,
)
from consult.consultations.queries import topics_of
from consult.db import session
from consult.demo.people import Cast
from consult.demo.sample_files import Timeline
from consult.i18n import Localized
from consult.submissions.models import Passage, Submission


def add_coding(cast: Cast, timeline: Timeline) -> None:
    """Put the day of coding on the timeline."""
    written = cast.sample.read("coding")
    timeline.at(cast.sample.moment(written["at"]), lambda: _code(cast, written))


def _code(cast: Cast, written: dict[str, Any]) -> None:
    here, organiser = cast.consultation, cast.actor("organiser")
    start_codebook(written["scheme"], consultation=here, actor=organiser)
    ids = {code.key: code.id for code in session.scalars(sa.select(Code).where(Code.consultation_id == here.id))}
    for entry in written["code"]:
        draft = CodeDraft(
            Localized(entry["names"]),
            Localized(entry.get("memos", {})),
            Localized(entry.get("examples", {})),
            ids[entry["parent"]],
        )
        save_code(draft, consultation=here, actor=organiser)
    coders = tuple(add_coder(cast.people[key], consultation=here, actor=organiser).id for key in written["coders"])
    topics = {topic.slug: topic.id for topic in topics_of(here.id)}
    for entry in written["hand_out"]:
        choice = TextChoice(coders, topic=topics[entry["topic"]], twice=100)
        assign_texts(choice, consultation=here, actor=organiser)
    for entry in written["text"]:
        _text(cast, entry)
    for number, entry in enumerate(written["theme"], start=1):
        theme = ThemeDraft(Localized(entry["names"]), frozenset(entry["codes"]))
        save_theme(theme, consultation=here, actor=organiser)
        finding = ThemeFinding(entry["state"], entry["note"], entry["language"])
        decide_theme(finding, number=number, consultation=here, actor=organiser)


def _text(cast: Cast, entry: dict[str, Any]) -> None:
    """Let each coder write and finish, then decide what `keep` says."""
    submission = cast.submissions[entry["key"]]
    number = session.execute(sa.select(Submission.number).where(Submission.id == submission)).scalar_one()
    for key, lines in entry["coders"].items():
        coder = coder_of(cast.consultation.id, cast.people[key])
        task = task_of(coder.id, number) if coder else None
        if task is None:
            raise RuntimeError(f"the sample's text {entry['key']} was not handed out to {key}")
        draft = CodingDraft(task.version, dict(enumerate(lines, start=1)))
        save_codes(draft, task=task.id, actor=cast.actor(key))
        finish_text(task=task.id, actor=cast.actor(key))
    if "keep" in entry:
        text = session.scalars(sa.select(CodedText.id).where(CodedText.submission_id == submission)).one()
        reconcile(Verdict(_kept(text, submission, entry["keep"])), text=text, actor=cast.actor("organiser"))


def _kept(
    text: uuid.UUID, submission: uuid.UUID, keep: list[tuple[int, int]]
) -> frozenset[tuple[uuid.UUID, uuid.UUID]]:
    """Return the open questions of a text that are kept, by number of the passage and of the code."""
    of_text = sa.select(Passage.id, Passage.number).where(Passage.submission_id == submission)
    passages = dict(session.execute(of_text).all())
    codes = dict(session.execute(sa.select(Code.id, Code.number)).all())
    wanted = {tuple(pair) for pair in keep}
    return frozenset(pair for pair in compare(text).open if (passages[pair[0]], codes[pair[1]]) in wanted)
