"""What is done with submissions: handed in, corrected, withdrawn, reviewed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from consult.db import new_id
from consult.submissions.states import SubmissionState


@dataclass(frozen=True, slots=True)
class SubmissionDraft:
    """A position as it is handed in, and what plugins are asked about.

    `member` is who hands it in; `track` and `body` follow from that and are filled in by the service, which also cleans
    texts and answers before plugins see them. `topics` are slugs (`gcm-1`). `text` and `proposals` are plain text whose
    paragraphs become numbered passages. `answers` are those to the track's questions, private ones included.
    `corrects` is the submission of which this is a new revision. The same `id` is handed in once, however often it comes.
    """

    member: uuid.UUID
    title: str
    language: str
    text: str
    proposals: str = ""
    topics: tuple[str, ...] = ()
    answers: Mapping[str, Any] = field(default_factory=dict)
    withheld: bool = False
    track: str = ""
    body: uuid.UUID | None = None
    corrects: uuid.UUID | None = None
    id: uuid.UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of state that is about to happen: which revision of which submission, from where to where, why.

    `ground` is the key of a moderator's ground, "" where nobody needs one (handing in, withdrawing).
    """

    submission: uuid.UUID
    number: str
    track: str
    revision: int
    before: SubmissionState | None
    after: SubmissionState
    ground: str = ""
