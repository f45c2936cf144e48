"""The letter of answer as it is read and printed: every word in its reader's language, whatever the language of the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from markupsafe import Markup

from consult.i18n import LANGUAGES, N_, Localized, Message, direction, translate_markup
from consult.outcomes.letter_words import Words, words_of
from consult.outcomes.letters import Letter, LetterPart
from consult.outcomes.trace import Step
from consult.recommendations.answer_queries import GivenAnswer
from consult.recommendations.response_kinds import RESPONSE_LABELS
from consult.recommendations.response_queries import PublishedResponse
from consult.submissions.dispositions import KINDS
from consult.submissions.states import STATE_LABELS, SubmissionState
from consult.web.answers import KIND_TAGS
from consult.web.formats import formats
from consult.web.responses import RESPONSE_TAGS
from consult.web.submissions import ground_label
from consult.web.visitor import consultation

#: Characters of a passage that a letter repeats: enough to know it again.
BEGINNING = 240


@dataclass(frozen=True, slots=True)
class Line:
    """A step of a letter: what it says, the address it leads to ("" for none), and a note."""

    words: Markup | str
    href: str
    note: Markup | str


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A passage in a letter: its heading and beginning, the answer in words, the reason in its own language, where it led."""

    heading: Markup | str
    href: str
    text: str
    kind: Markup | str
    tag: str
    before: Markup | str
    reason: str
    reason_language: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A letter, in words; `before` and `after` are what the organisers say in all of them, "" where they say nothing in its language."""

    language: str
    dir: str
    number: str
    sender: str
    heading: Markup | str
    title: str
    title_language: str
    href: str
    opening: Sequence[Markup | str]
    parts: Sequence[SheetPart]
    responses: Sequence[SheetPart]
    closing: Sequence[Markup | str]
    changed: Markup | str
    before: str
    after: str


def sheet_of(letter: Letter, code: str, said: Words | None = None) -> Sheet:
    """Return a letter in a language of ours, with the organisers' own words in it, or with others, to see how they would read."""
    words = _Words(code)
    said = words_of(consultation().id) if said is None else said
    return Sheet(
        language=code,
        dir=direction(code),
        number=letter.number,
        sender=consultation().names.for_language(code),
        heading=words(N_("What became of your submission %(number)s", number=letter.number)),
        title=letter.title,
        title_language=letter.language,
        href=words.home + f"submissions/{letter.number}/",
        opening=[
            *(words(line) for line in _opening(letter)),
            *words.unanswered(letter),
            *(words(N_("Co-signed by: %(body)s", body=one)) for one in letter.cosigned),
        ],
        parts=[words.part(part, letter) for part in _parts(letter)],
        responses=[words.response(letter, *one) for one in letter.responses],
        closing=[
            words(
                N_("Every answer is public: it stands at your text, with the steps from your words to the document.")
            ),
            words(N_("No name stands on this letter. Thank you for what you wrote.")),
        ],
        changed=words(_changed(letter.sent_at, words)) if letter.changed and letter.sent_at else "",
        before=said.openings.get(code, ""),
        after=said.closings.get(code, ""),
    )


def reader_of(code: str) -> str:
    """Return a language of ours for whoever reads another."""
    return code if code in LANGUAGES else "en"


def _changed(sent_at: datetime, words: _Words) -> Message:
    return N_(
        "Something is new since the letter of %(day)s: an answer, a vote, a response, or a place in the document. "
        "This page says what holds now.",
        day=words.day(sent_at),
    )


def _opening(letter: Letter) -> Iterator[Message]:
    if letter.state is SubmissionState.ACCEPTED:
        if letter.whole or letter.passages:
            yield N_("The organisers have read your text. This is what became of it, passage by passage.")
        else:
            yield N_("Your text is accepted for discussion. It has no answer yet.")
        return
    yield N_("Where it stands: %(state)s", state=STATE_LABELS[letter.state])
    if letter.ground:
        yield N_("The ground: %(ground)s", ground=ground_label(letter.ground))
    if letter.state is SubmissionState.RECEIVED:
        yield N_("A moderator has not decided on it yet.")
    elif letter.state is SubmissionState.RETURNED:
        yield N_("You can correct it and hand it in again while handing in is open.")


def _parts(letter: Letter) -> Iterator[LetterPart]:
    yield from letter.passages
    if letter.whole is not None:
        yield letter.whole


class _Words:
    """What a letter says, in one language."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.home = url_for("public.consultation", lang=code)
        self.day = formats(code, consultation().timezone).day

    def __call__(self, text: Message | Localized | str) -> Markup | str:
        return text.for_language(self.code) if isinstance(text, Localized) else translate_markup(text, self.code)

    def unanswered(self, letter: Letter) -> Iterator[Markup | str]:
        """Yield which passages have no answer, where others have one and the whole has none."""
        if letter.passages and letter.rest and letter.whole is None:
            numbers = str(self(N_(", "))).join(map(str, letter.rest))
            yield self(N_("Passages without an answer yet: %(numbers)s.", numbers=numbers))

    def part(self, part: LetterPart, letter: Letter) -> SheetPart:
        """Return a passage, or the whole, with its answer."""
        submission = self.home + f"submissions/{letter.number}/"
        text = part.text if len(part.text) <= BEGINNING else part.text[:BEGINNING].rsplit(" ", 1)[0] + "…"
        return SheetPart(
            heading=self(_heading(part, letter)),
            href=submission + (f"#p{part.number}" if part.number else "#text"),
            text=text,
            kind=self(KINDS[part.answer.kind].label),
            tag=KIND_TAGS[part.answer.kind],
            before=self._before(part.before, letter.sent_at) if part.before and letter.sent_at else "",
            reason=part.answer.reason,
            reason_language=part.answer.language,
            lines=[*self._recommendation(part.answer), *(self._line(step) for step in part.steps)],
        )

    def response(self, letter: Letter, number: int | None, one: PublishedResponse) -> SheetPart:
        """Return what a body said officially to the text, or to a recommendation that takes it up."""
        said = (
            N_("%(body)s to recommendation %(number)s", body=one.who, number=number)
            if number
            else N_("%(body)s to your text", body=one.who)
        )
        until = [Line(self(N_("until %(day)s", day=self.day(one.until))), "", "")] if one.until else []
        if one.letter:
            letter_name = Markup("<bdi>%s</bdi>") % one.letter
            noted = N_("Entered by the organisers from the body’s letter: %(letter)s", letter=letter_name)
            until.append(Line(self(noted), "", ""))
        return SheetPart(
            heading=self(said),
            href=self.home
            + (f"recommendations/{number}/" if number else f"submissions/{letter.number}/")
            + "#responses",
            text="",
            kind=self(RESPONSE_LABELS[one.kind]),
            tag=RESPONSE_TAGS[one.kind],
            before="",
            reason=one.text,
            reason_language=one.language,
            lines=until,
        )

    def _recommendation(self, answer: GivenAnswer) -> Iterator[Line]:
        if answer.number is not None and answer.titles is not None:
            words = N_("Recommendation %(number)s: %(title)s", number=answer.number, title=answer.titles)
            yield Line(self(words), self.home + f"recommendations/{answer.number}/", self._clause(answer))

    def _clause(self, answer: GivenAnswer) -> Markup | str:
        if answer.gone:
            return self(N_("Clause %(key)s, which is no longer in the recommendation", key=answer.clause))
        return self(N_("Clause %(key)s", key=answer.clause)) if answer.clause else ""

    def _before(self, answer: GivenAnswer, sent_at: datetime) -> Markup | str:
        """Return what the letter said when it was sent, and that it holds no more."""
        said = [self(KINDS[answer.kind].label)]
        if answer.number is not None:
            said.append(self(N_("Recommendation %(number)s", number=answer.number)))
        if answer.clause:
            said.append(self(N_("Clause %(key)s", key=answer.clause)))
        joined = Markup().join([said[0], *(part for one in said[1:] for part in (self(N_(", ")), one))])
        return self(
            N_("The letter of %(day)s said: %(answer)s. That is no longer so.", day=self.day(sent_at), answer=joined)
        )

    def _line(self, step: Step) -> Line:
        note = "" if step.note is None else self(step.note)
        return Line(self(step.title), self.home + step.path if step.path else "", note)


def _heading(part: LetterPart, letter: Letter) -> Message:
    if part.number:
        return N_("Passage %(number)s", number=part.number)
    if letter.passages:
        return N_("Everything else in the text")
    return N_("The text as a whole")


__all__ = ["Sheet", "reader_of", "sheet_of"]
