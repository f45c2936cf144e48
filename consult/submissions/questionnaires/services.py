"""What organisers do with forms: begin a version, write it, open it. What was opened is never changed underneath anybody."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.attachments.kinds import Group
from consult.cleaning import clean_line, clean_text
from consult.consultations.frame import MOST_FILE_MEGABYTES, MOST_FILES
from consult.consultations.models import Consultation
from consult.db import new_id, session, transaction
from consult.errors import Conflict, NotFound, Problem, Rejected
from consult.events.record import record
from consult.folding import fold
from consult.i18n import LANGUAGES, N_, Localized, Message
from consult.plugins.conditions import Condition
from consult.plugins.questions import Choice, Question, QuestionKind, clean_answer
from consult.submissions.events import (
    QuestionnaireChanged,
    QuestionnaireDiscarded,
    QuestionnaireDrafted,
    QuestionnaireOpened,
)
from consult.submissions.models import Questionnaire
from consult.submissions.questionnaires.content import (
    CHOOSING,
    COUNTED,
    HINT_LIMIT,
    KIND_LABELS,
    LABEL_LIMIT,
    MOST_CHOICES,
    MOST_ROWS,
    NOT_IN_TABLES,
    SCALED,
    FormContent,
    Section,
    as_data,
    checked,
    digest_of,
    gaps,
    moved,
    question_data,
    with_new_keys,
    with_question,
    with_section,
    without,
)
from consult.submissions.questionnaires.queries import content_of
from consult.submissions.questionnaires.states import FormState
from consult.submissions.tracks import questions_of

#: The longest scale: more points cannot be told apart, nor stand beside each other on a phone.
MOST_POINTS = 11
#: The bounds of bounds: what every database and every reader of JSON keeps exactly.
LARGEST = 10**12
#: Characters of the longest answer that a question may allow.
LONGEST_ANSWER = 20_000


@dataclass(frozen=True, slots=True)
class SectionDraft:
    """A section as typed; `key` is "" for a new one. `seen` is the digest of its words when its page was opened."""

    titles: Localized
    intros: Localized = field(default_factory=Localized)
    key: str = ""
    seen: str = ""


@dataclass(frozen=True, slots=True)
class QuestionDraft:
    """A question as typed: `question.key` is "" for a new one, which comes at the end of `section`.

    Choices and rows without a key are new. `seen` is the digest of the question when its page was opened: whoever else
    changed it meanwhile is not written over.
    """

    question: Question
    section: str = ""
    seen: str = ""


def begin_form(
    track: str, source: uuid.UUID | None = None, *, consultation: Consultation, actor: Actor
) -> Questionnaire:
    """Begin the next version of a track's form, empty or as a copy of any version that the actor organises.

    Its new keys are none that an earlier version has: answers are counted, exported and taken over by them. A copy of an
    earlier version keeps those of what it copies.

    Raises Conflict if the track has a draft already, NotFound for a track or a source that is not there.
    """
    with transaction():
        demand(actor, "consultation.organise", consultation)
        if track not in {row.key for row in consultation.tracks}:
            raise NotFound
        session.get_one(Consultation, consultation.id, with_for_update=True)
        known = session.execute(
            sa.select(Questionnaire.id, Questionnaire.version, Questionnaire.state, Questionnaire.content).where(
                Questionnaire.consultation_id == consultation.id, Questionnaire.track == track
            )
        ).all()
        if any(row.state == FormState.DRAFT for row in known):
            raise Conflict(N_("A new version of this form is being written already."))
        last = max((int(row.content.get("last", 0)) for row in known), default=0)
        begun = FormContent() if source is None else content_of(_source(source, actor))
        earlier = source in {row.id for row in known}
        content = as_data(replace(begun, last=last) if earlier else with_new_keys(begun, last))
        row = Questionnaire(
            id=new_id(),
            consultation_id=consultation.id,
            track=track,
            version=max((row.version for row in known), default=0) + 1,
            state=FormState.DRAFT,
            content=content,
            digest=digest_of(content),
            created_at=clock.now(),
        )
        session.add(row)
        session.flush()
        record(QuestionnaireDrafted(row.id, row.track, row.version), stream=consultation.id, actor=actor.person)
        return row


def _source(source: uuid.UUID, actor: Actor) -> Questionnaire:
    row = session.get(Questionnaire, source)
    if row is None or not actor.organises(row.consultation_id):
        raise NotFound
    return row


def save_section(draft: SectionDraft, *, questionnaire: Questionnaire, actor: Actor) -> FormContent:
    """Write a section of a draft.

    Raises Rejected at `titles` or `intros`, and Conflict if somebody else changed the section since its page was opened.
    """
    titles, intros = _lines(draft.titles), _blocks(draft.intros)
    problems = [*_text_problems("titles", titles, LABEL_LIMIT), *_text_problems("intros", intros, HINT_LIMIT)]
    if not titles:
        problems.append(Problem("titles", N_("Write a title in at least one language.")))
    if problems:
        raise Rejected(problems)

    def edit(content: FormContent) -> FormContent:
        before = content.section(draft.key)
        if draft.key and before is None:
            raise NotFound
        if before is not None and draft.seen and draft.seen != words_of(before):
            raise Conflict(
                N_("Somebody else changed this section since you opened the page. Nothing was written over.")
            )
        return with_section(content, Section(draft.key, titles, intros))

    return _edit(questionnaire, edit, actor)


def words_of(section: Section) -> str:
    """Return the digest of what a section says itself, its questions apart."""
    return digest_of({"titles": dict(section.titles), "intros": dict(section.intros)})


def save_question(draft: QuestionDraft, *, questionnaire: Questionnaire, actor: Actor) -> FormContent:
    """Write a question of a draft.

    Raises Rejected at `labels`, `hints`, `choices`, `rows`, `low`, `high`, `ends`, `limit`, `most`, `decimals` or
    `shown_if`, or `earliest` or `latest`, and Conflict if somebody else changed the question since its page was opened.
    """
    question = _cleaned(draft.question)
    if problems := list(_question_problems(question)):
        raise Rejected(problems)

    def edit(content: FormContent) -> FormContent:
        before = content.question(question.key)
        if (question.key and before is None) or (not question.key and content.section(draft.section) is None):
            raise NotFound
        if before is not None and draft.seen and draft.seen != digest_of(question_data(before)):
            raise Conflict(
                N_("Somebody else changed this question since you opened the page. Nothing was written over.")
            )
        _demand_known_keys(question, before)
        return with_question(content, draft.section, question)

    return _edit(questionnaire, edit, actor)


def write_form(content: FormContent, *, questionnaire: Questionnaire, actor: Actor) -> FormContent:
    """Write a whole draft at once, from a file for instance; Rejected with the first question that is not in order."""
    cleaned = replace(
        content,
        sections=tuple(replace(one, questions=tuple(map(_in_order, one.questions))) for one in content.sections),
    )
    written = checked(cleaned)
    return _edit(questionnaire, lambda _: written, actor)


def _in_order(question: Question) -> Question:
    cleaned = _cleaned(question)
    if problems := list(_question_problems(cleaned)):
        raise Rejected(problems)
    return cleaned


def move_part(key: str, step: int, *, questionnaire: Questionnaire, actor: Actor) -> FormContent:
    """Move a section or question of a draft one place up (-1) or down (1); Rejected if a condition would look forward."""
    return _edit(questionnaire, lambda content: moved(content, key, step), actor)


def remove_part(key: str, *, questionnaire: Questionnaire, actor: Actor) -> FormContent:
    """Remove a section with its questions, or a question; Rejected while a condition elsewhere looks at it."""

    def edit(content: FormContent) -> FormContent:
        if content.section(key) is None and content.question(key) is None:
            raise NotFound
        return without(content, key)

    return _edit(questionnaire, edit, actor)


def open_form(questionnaire: Questionnaire, *, despite_gaps: bool = False, actor: Actor) -> Questionnaire:
    """Open a draft: new drafts answer it from now on, and the version that was open is retired.

    Raises Rejected if it asks nothing, asks for a key that the track asks for itself, has a condition that cannot be asked, or is
    not written in every language, unless `despite_gaps`.
    """
    with transaction():
        consultation = session.get_one(Consultation, questionnaire.consultation_id, with_for_update=True)
        row = _locked(questionnaire, actor)
        content = content_of(row)
        if not content.questions:
            raise Rejected(N_("The form asks nothing yet."))
        checked(content)
        own = {question.key for question in questions_of(consultation, row.track)}
        if taken := own & {question.key for question in content.questions}:
            raise Rejected(N_("The track itself asks a question with the key “%(key)s”.", key=min(taken)))
        if gaps(content) and not despite_gaps:
            raise Rejected(N_("Say that you open it although languages are missing."), "despite_gaps")
        session.execute(
            sa.update(Questionnaire)
            .where(
                Questionnaire.consultation_id == row.consultation_id,
                Questionnaire.track == row.track,
                Questionnaire.state == FormState.OPEN,
            )
            .values(state=FormState.RETIRED)
        )
        row.state, row.published_at = FormState.OPEN, clock.now()
        session.flush()
        event = QuestionnaireOpened(row.id, row.track, row.version, row.digest)
        record(event, stream=row.consultation_id, actor=actor.person)
        return row


def discard_form(questionnaire: Questionnaire, *, actor: Actor) -> None:
    """Delete a draft; versions that were opened stay."""
    with transaction():
        row = _locked(questionnaire, actor)
        session.delete(row)
        session.flush()
        event = QuestionnaireDiscarded(row.id, row.track, row.version)
        record(event, stream=row.consultation_id, actor=actor.person)


def _locked(questionnaire: Questionnaire, actor: Actor) -> Questionnaire:
    """Return a draft for writing; NotFound if it is gone, Conflict if it was opened meanwhile."""
    row = session.get(Questionnaire, questionnaire.id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    demand(actor, "consultation.organise", session.get_one(Consultation, row.consultation_id))
    if row.state != FormState.DRAFT:
        raise Conflict(N_("This version was opened: it is not changed any more. Begin a new one."))
    return row


def _edit(questionnaire: Questionnaire, edit: Callable[[FormContent], FormContent], actor: Actor) -> FormContent:
    with transaction():
        row = _locked(questionnaire, actor)
        content = edit(content_of(row))
        row.content = as_data(content)
        row.digest = digest_of(row.content)
        session.flush()
        event = QuestionnaireChanged(row.id, row.track, row.version)
        record(event, stream=row.consultation_id, actor=actor.person)
        return content


def _lines(texts: Localized) -> Localized:
    return Localized({code: clean_line(text) for code, text in texts.items() if code in LANGUAGES})


def _blocks(texts: Localized) -> Localized:
    return Localized({code: clean_text(_without_marks(text)) for code, text in texts.items() if code in LANGUAGES})


def _without_marks(text: str) -> str:
    """Return a longer text without marks of direction, line by line: a label must not turn what stands around it."""
    return "\n".join(clean_line(line) for line in text.replace("\r\n", "\n").split("\n"))


def _cleaned(question: Question) -> Question:
    """Return a question with clean texts, and nothing but what its kind has."""
    kind = question.kind
    limited = kind in (QuestionKind.TEXT, QuestionKind.LONG_TEXT)
    bounded = kind in SCALED or kind is QuestionKind.NUMBER
    statement = kind is QuestionKind.STATEMENT
    return replace(
        question,
        label=_blocks(_localized(question.label)) if statement else _lines(_localized(question.label)),
        hint=_blocks(_localized(question.hint)) or None,
        required=question.required and not statement,
        private=question.private and not statement,
        identifies=question.identifies and not question.private and kind not in NOT_IN_TABLES,
        counted=question.counted and question.private and kind in COUNTED,
        limit=question.limit if limited else 2000,
        choices=_written(question.choices) if kind in CHOOSING else (),
        rows=_written(question.rows) if kind is QuestionKind.MATRIX else (),
        low=question.low if bounded else None,
        high=question.high if bounded else None,
        earliest=_day(question.earliest) if kind is QuestionKind.DATE else "",
        latest=_day(question.latest) if kind is QuestionKind.DATE else "",
        ends=(_lines(question.ends[0]), _lines(question.ends[1])) if kind in SCALED else (Localized(), Localized()),
        decimals=question.decimals if kind is QuestionKind.NUMBER else 0,
        most=question.most if kind in (QuestionKind.CHOICES, QuestionKind.FILE) else 0,
        megabytes=question.megabytes if kind is QuestionKind.FILE else 0,
        groups=_groups(question.groups) if kind is QuestionKind.FILE else (),
        shown_if=_condition(question.shown_if),
    )


def _groups(given: Sequence[str]) -> tuple[str, ...]:
    """Return the groups of kinds in their order; all of them are none."""
    kept = tuple(group.value for group in Group if group.value in given)
    return () if len(kept) == len(Group) else kept


def _day(typed: str) -> str:
    """Return a day as it is kept; what is none stays as it was typed, to be refused at its field."""
    return clean_answer(Question("", QuestionKind.DATE, Localized()), typed)[0] or ""


def _localized(text: Message | Localized | None) -> Localized:
    return text if isinstance(text, Localized) else Localized()


def _written(items: Sequence[Choice]) -> tuple[Choice, ...]:
    """Return choices or rows with clean labels; those without a word are left out."""
    clean = (Choice(item.key, _lines(_label(item))) for item in items)
    return tuple(item for item in clean if item.label)


def _label(item: Choice) -> Localized:
    return item.label if isinstance(item.label, Localized) else Localized()


def _demand_known_keys(question: Question, before: Question | None) -> None:
    """Refuse choices and rows with keys that the question has not: those of new ones are made here."""
    for name in ("choices", "rows"):
        given = [item.key for item in getattr(question, name) if item.key]
        known = {item.key for item in getattr(before, name)} if before is not None else set()
        if len(set(given)) < len(given) or not set(given) <= known:
            raise Rejected(N_("This has changed since you opened the page. Look at it again and decide anew."), name)


def _condition(condition: Condition | None) -> Condition | None:
    if condition is None or not condition.question:
        return None
    return replace(condition, values=tuple(dict.fromkeys(value for v in condition.values if (value := clean_line(v)))))


def _question_problems(question: Question) -> Iterator[Problem]:
    label, statement = _localized(question.label), question.kind is QuestionKind.STATEMENT
    if question.kind not in KIND_LABELS:
        yield Problem("kind", N_("Choose a kind of question."))
    if not label:
        yield Problem("labels", N_("Write the question in at least one language."))
    yield from _text_problems("labels", label, HINT_LIMIT if statement else LABEL_LIMIT)
    yield from _text_problems("hints", _localized(question.hint), HINT_LIMIT)
    if question.kind in CHOOSING:
        yield from _item_problems("choices", question.choices, 2, MOST_CHOICES)
    if question.kind is QuestionKind.MATRIX:
        yield from _item_problems("rows", question.rows, 1, MOST_ROWS)
    yield from _bound_problems(question)
    yield from _day_problems(question)
    if question.kind is QuestionKind.FILE:
        yield from _file_problems(question)


def _text_problems(name: str, texts: Localized, limit: int) -> Iterator[Problem]:
    if any(len(text) > limit for text in texts.values()):
        yield Problem(name, N_("Write at most %(limit)s characters.", limit=limit))


def _item_problems(name: str, items: Sequence[Choice], least: int, most: int) -> Iterator[Problem]:
    if not least <= len(items) <= most:
        yield Problem(name, N_("Write from %(least)s to %(most)s of them.", least=least, most=most))
    for item in items:
        yield from _text_problems(name, _label(item), LABEL_LIMIT)
    if (words := _said_twice(items)) is not None:
        yield Problem(name, N_("Two of them say the same: %(words)s.", words=words))


def _said_twice(items: Sequence[Choice]) -> str | None:
    """Return words that two choices or rows have in a language: nobody could tell them apart, nor could an import."""
    for code in LANGUAGES:
        said = set[str]()
        for words in (_label(item).get(code, "") for item in items):
            if words and fold(words) in said:
                return words
            said.add(fold(words))
    return None


def _day_problems(question: Question) -> Iterator[Problem]:
    wrong = {name: _not_a_day(getattr(question, name)) for name in ("earliest", "latest")}
    yield from (Problem(name, message) for name, message in wrong.items() if message is not None)
    if not any(wrong.values()) and question.latest and question.latest < question.earliest:
        yield Problem("latest", N_("The latest day does not come before the earliest."))


def _not_a_day(kept: str) -> Message | None:
    return clean_answer(Question("", QuestionKind.DATE, Localized()), kept)[1]


def _file_problems(question: Question) -> Iterator[Problem]:
    for name, value, high in (
        ("most", question.most, MOST_FILES),
        ("megabytes", question.megabytes, MOST_FILE_MEGABYTES),
    ):
        if not 0 <= value <= high:
            yield Problem(name, N_("Write a whole number from %(low)s to %(high)s.", low=1, high=high))


def _bound_problems(question: Question) -> Iterator[Problem]:
    low, high = question.low, question.high
    if any(bound is not None and abs(bound) > LARGEST for bound in (low, high)):
        yield Problem("high", N_("Write smaller numbers."))
    elif low is not None and high is not None and low >= high:
        yield Problem("high", N_("The highest number is greater than the lowest."))
    elif question.kind in SCALED and (low is None or high is None or len(range(low, high)) + 1 > MOST_POINTS):
        yield Problem("high", N_("A scale has from 2 to %(most)s points.", most=MOST_POINTS))
    if not 1 <= question.limit <= LONGEST_ANSWER:
        yield Problem("limit", N_("Write a whole number from %(low)s to %(high)s.", low=1, high=LONGEST_ANSWER))
    if not 0 <= question.decimals <= 4:
        yield Problem("decimals", N_("Write a whole number from %(low)s to %(high)s.", low=0, high=4))
    if not 0 <= question.most <= MOST_CHOICES:
        yield Problem("most", N_("Write a whole number from %(low)s to %(high)s.", low=0, high=MOST_CHOICES))
