"""What is written in a testimony: cleaned, and refused with words at the fields."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from consult.cleaning import clean_text
from consult.errors import Problem, Rejected
from consult.i18n import N_
from consult.submissions.content import is_language
from consult.testimony.states import Quoting, Region

#: Characters of a testimony, of what is added, and of a quote; and how often something can be added.
TEXT_LIMIT, MESSAGE_LIMIT, QUOTE_LIMIT, MOST_MESSAGES = 20_000, 10_000, 2_000, 200


@dataclass(frozen=True, slots=True)
class TestimonyDraft:
    """A testimony as written: topics by their parts of addresses; `region` "" for those who would rather not say."""

    text: str
    language: str
    topics: tuple[str, ...] = ()
    region: str = ""
    quoting: str = Quoting.NOTHING


@dataclass(frozen=True, slots=True)
class MessageDraft:
    """Something to be added, and the language it is written in."""

    text: str
    language: str


def checked(draft: TestimonyDraft, topics: Collection[str]) -> TestimonyDraft:
    """Return a draft cleaned; Rejected with every problem at its field: `text`, `language`, `topics`, `region`, `quoting`."""
    draft = replace(draft, text=clean_text(draft.text))
    if problems := [*_text_problems(draft.text, draft.language, TEXT_LIMIT), *_choice_problems(draft, topics)]:
        raise Rejected(problems)
    return draft


def checked_message(draft: MessageDraft) -> MessageDraft:
    """Return what is to be added, cleaned; Rejected at `text` and `language`."""
    draft = replace(draft, text=clean_text(draft.text))
    if problems := list(_text_problems(draft.text, draft.language, MESSAGE_LIMIT)):
        raise Rejected(problems)
    return draft


def _text_problems(text: str, language: str, limit: int) -> Iterator[Problem]:
    if not text:
        yield Problem("text", N_("Write what you want to say."))
    if len(text) > limit:
        yield Problem("text", N_("Write at most %(limit)s characters.", limit=limit))
    if not is_language(language):
        yield Problem("language", N_("Choose the language you wrote in."))


def _choice_problems(draft: TestimonyDraft, topics: Collection[str]) -> Iterator[Problem]:
    if not set(draft.topics) <= set(topics):
        yield Problem("topics", N_("Choose topics of the list, or none."))
    if draft.region and draft.region not in set(Region):
        yield Problem("region", N_("Choose one of the list, or nothing."))
    if draft.quoting not in set(Quoting):
        yield Problem("quoting", N_("Say what may be quoted."))


def quotable(words: str, language: str, wrote: str) -> str:
    """Return words to be quoted, cleaned; Rejected at `words` or `language` unless they are the author's own.

    A part that is left out is marked [...]; what stands between the marks must stand so in what the author wrote.
    """
    words = clean_text(words).replace("[…]", "[...]")
    problems = list(_quote_problems(words, language, " ".join(wrote.split())))
    if problems:
        raise Rejected(problems)
    return words


def _quote_problems(words: str, language: str, wrote: str) -> Iterator[Problem]:
    parts = [" ".join(part.split()) for part in words.split("[...]")]
    if not any(parts):
        yield Problem("words", N_("Copy the words that are to be quoted."))
    elif any(part not in wrote for part in parts):
        yield Problem(
            "words", N_("Quote only what the author wrote, letter by letter. Write [...] for a part that is left out.")
        )
    if len(words) > QUOTE_LIMIT:
        yield Problem("words", N_("Write at most %(limit)s characters.", limit=QUOTE_LIMIT))
    if not is_language(language):
        yield Problem("language", N_("Choose the language of these words."))
