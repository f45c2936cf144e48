"""In which language a submission is shown: the reader's where an official translation of the present text is there, else its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from consult.plugins.questions import Question
from consult.submissions.queries import ShownPassage, text_of
from consult.submissions.reading import WholeSubmission
from consult.submissions.translations.queries import Published, published_translations, words_of_translation
from consult.submissions.translations.states import KIND_LABELS, TranslationKind
from consult.web.context import local
from consult.web.kept import kept
from consult.web.language import current_language
from consult.web.submissions import answers_by_key, language_name

#: Colours of the tags.
TRANSLATION_TAGS: Mapping[str, str] = {
    TranslationKind.OFFICIAL: "ok",
    TranslationKind.DRAFT: "wait",
    TranslationKind.MACHINE: "wait",
}


@dataclass(frozen=True, slots=True)
class OtherText:
    """The text in a language in which it is not shown now; `original` marks the authority."""

    code: str
    name: str
    original: bool
    kind: Markup | str = ""
    stale: bool = False


@dataclass(frozen=True, slots=True)
class ShownText:
    """A text as the page shows it: title, passages and answers in `language`; `translation` is None for the original.

    An answer in words is a passage.
    """

    language: str
    language_name: str
    title: str
    passages: Sequence[ShownPassage]
    answers: Sequence[tuple[Markup | str, Markup | str | ShownPassage]]
    translation: Published | None
    kind: Markup | str
    tag: str
    others: Sequence[OtherText]

    @property
    def present(self) -> bool:
        """Tell whether it is, or follows, the present original: what was answered to passages stands under them."""
        return self.translation is None or not self.translation.stale


def shown_text(whole: WholeSubmission, questions: Iterable[Question], wanted: str) -> ShownText:
    """Return a submission in the language that is `wanted`, or else in the reader's; a machine's translation only where wanted."""
    row = whole.row
    found = {one.language: one for one in _published(whole)}
    chosen = found.get(wanted or current_language().code)
    if not wanted and chosen is not None and (chosen.stale or chosen.kind is not TranslationKind.OFFICIAL):
        chosen = None
    others = [_other(one) for code, one in found.items() if chosen is None or code != chosen.language]
    if chosen is None:
        answers = _answers(whole, questions, {}, row.language)
        name = language_name(row.language)
        return ShownText(row.language, name, row.title, whole.passages, answers, None, "", "", others)
    words = kept(("translated", chosen.id), lambda: words_of_translation(chosen.id), worth=_is_light)
    passages = whole.passages if not chosen.stale else text_of(row.id, chosen.revision)
    return ShownText(
        language=chosen.language,
        language_name=language_name(chosen.language),
        title=words.get("title", row.title),
        passages=[replace(one, text=words.get(f"p{one.number}", one.text)) for one in passages],
        answers=[] if chosen.stale else _answers(whole, questions, words, chosen.language),
        translation=chosen,
        kind=local(KIND_LABELS[chosen.kind]),
        tag=TRANSLATION_TAGS[chosen.kind],
        others=[OtherText(row.language, language_name(row.language), original=True), *others],
    )


def _published(whole: WholeSubmission) -> Sequence[Published]:
    row = whole.row
    return kept(("translations", row.id, row.revision), lambda: published_translations(row, whole.open_revisions))


def _is_light(words: Mapping[str, str]) -> bool:
    return sum(map(len, words.values())) <= 20_000


def _other(one: Published) -> OtherText:
    return OtherText(one.language, language_name(one.language), False, local(KIND_LABELS[one.kind]), one.stale)


def _answers(
    whole: WholeSubmission, questions: Iterable[Question], words: Mapping[str, str], language: str
) -> list[tuple[Markup | str, Markup | str | ShownPassage]]:
    """Return each answer under its question, in the words of a translation where it has any."""
    translated = {key: words.get(f"a_{key}", answer) for key, answer in whole.row.answers.items()}
    worded = {one.question: one for one in whole.worded if one.question in translated}
    passages = {key: replace(one, text=translated[key]) for key, one in worded.items()}
    pairs = answers_by_key(questions, translated, language)
    return [(label, passages.get(key, shown)) for key, (label, shown) in pairs.items()]
