"""The parts of a text that are translated, and what became of each since an earlier revision. Pure: no database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Protocol

from consult.folding import fold
from consult.i18n import Localized, Message
from consult.plugins.questions import Question
from consult.submissions.content import TEXT_LIMIT, TITLE_LIMIT, in_words
from consult.submissions.difference import Part as Difference
from consult.submissions.difference import difference

TITLE = "title"


class Numbered(Protocol):
    """A passage: its number in the revision, text or proposal, its words."""

    @property
    def number(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def text(self) -> str: ...


@dataclass(frozen=True, slots=True)
class OriginalPart:
    """A part of the original: `kind` is title, text, proposal or answer (with the question in `label`)."""

    key: str
    kind: str
    text: str
    label: Message | Localized | str = ""

    @property
    def needed(self) -> bool:
        """Tell whether a translation is not whole without it; an answer that is not translated is shown as it was given."""
        return self.kind != "answer"

    @property
    def limit(self) -> int:
        """How many characters its translation may have."""
        return 2 * TITLE_LIMIT if self.kind == TITLE else 2 * TEXT_LIMIT


def original_parts(
    title: str, passages: Iterable[Numbered], answers: Mapping[str, Any], questions: Iterable[Question]
) -> list[OriginalPart]:
    """Return what is translated of a revision: title, passages, public answers that have letters; nothing private."""
    parts = [OriginalPart(TITLE, TITLE, title)]
    parts += [OriginalPart(f"p{one.number}", one.kind, one.text) for one in passages]
    for question in questions:
        answer = answers.get(question.key)
        if in_words(question, answer):
            parts.append(OriginalPart(f"a_{question.key}", "answer", str(answer), question.label))
    return parts


@dataclass(frozen=True, slots=True)
class SidePart:
    """A part of the present original beside its translation so far; `changes` since the revision that was translated."""

    original: OriginalPart
    text: str
    changes: Sequence[Difference] = ()


def side_by_side(
    now: Sequence[OriginalPart], before: Sequence[OriginalPart] | None, written: Mapping[str, str]
) -> list[SidePart]:
    """Return each part of the present original with what was written for it.

    `before` is the original that `written` was made from, None where it is the present one, or where its words may not be
    seen: then each part stays at its number, without differences.
    """
    if before is None:
        return [SidePart(part, written.get(part.key, "")) for part in now]
    origin, earlier = _origins(before, now), {part.key: part for part in before}
    rows = []
    for part in now:
        was = earlier.get(origin.get(part.key, ""))
        if was is None:
            rows.append(SidePart(part, "", (("ins", part.text),)))
            continue
        same = fold(was.text) == fold(part.text)
        rows.append(SidePart(part, written.get(was.key, ""), () if same else tuple(difference(was.text, part.text))))
    return rows


def _origins(before: Sequence[OriginalPart], now: Sequence[OriginalPart]) -> dict[str, str]:
    """Return for each part of the present original which part it was; equal passages first, the others in order."""
    keys = {part.key for part in before}
    found = {part.key: part.key for part in now if not part.key.startswith("p") and part.key in keys}
    old, new = ([part for part in parts if part.kind in ("text", "proposal")] for parts in (before, now))
    matcher = SequenceMatcher(None, [_like(p) for p in old], [_like(p) for p in new], autojunk=False)
    for _tag, i, j, k, m in matcher.get_opcodes():
        found |= {later.key: was.key for was, later in zip(old[i:j], new[k:m], strict=False)}
    return found


def _like(part: OriginalPart) -> tuple[str, str]:
    return part.kind, fold(part.text)
