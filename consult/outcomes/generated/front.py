"""Cover, foreword and summary."""

from __future__ import annotations

from collections.abc import Iterator

from consult.i18n import N_, NN_, Localized, Message
from consult.outcomes.material import WritingFact, in_state
from consult.outcomes.outline import Chapter, Generated, Narrator
from consult.outcomes.sentences import number, words
from consult.outcomes.tree import Block, Figure, Figures, Heading, Paragraph, SectionKind, Tone
from consult.recommendations.states import RecommendationState

_S = RecommendationState


def cover(narrator: Narrator) -> Chapter:
    """Return the cover: its heading is the title, its paragraphs the subtitle and who publishes."""
    material, title = narrator.material, narrator.say(N_("Cover"))
    prose: tuple[Block, ...] = (
        Heading(narrator.say(N_("Outcome document"))),
        narrator.paragraph(material.titles),
        narrator.paragraph(N_("Published by the secretariat of the consultation")),
    )
    return Chapter("cover", title, (Generated("cover", title, prose, fixed=True),), SectionKind.FRONT)


def foreword(narrator: Narrator) -> Chapter:
    """Return the foreword, which is empty until somebody writes it."""
    title = narrator.say(N_("Foreword"))
    return Chapter("foreword", title, (Generated("foreword", title),), SectionKind.FRONT)


def summary(narrator: Narrator) -> Chapter:
    """Return the summary with its large figures."""
    title = narrator.say(N_("Summary"))
    region = Generated("summary", title, tuple(_summary(narrator)), lambda: (_figures(narrator),))
    return Chapter("summary", title, (region,), SectionKind.FRONT)


def _summary(narrator: Narrator) -> Iterator[Block]:
    material = narrator.material
    if material.summaries:
        yield _own_words(material.summaries, narrator)
    yield narrator.paragraph(*_took_place(narrator))
    adopted = in_state(material.recommendations, _S.ADOPTED)
    if adopted:
        yield narrator.paragraph(N_("Adopted were:"))
        yield narrator.bullets(*(narrator.to(one, one.titles) for one in adopted))


def _own_words(texts: Localized, narrator: Narrator) -> Paragraph:
    return narrator.paragraph(texts, tone=Tone.LEDE)


def _took_place(narrator: Narrator) -> Iterator[Message]:
    material = narrator.material
    yield accepted(material.writing)
    if held := len(material.held()):
        yield NN_("%(count)s session was held.", "%(count)s sessions were held.", held)
    if material.recommendations:
        yield NN_(
            "%(count)s recommendation was put forward.",
            "%(count)s recommendations were put forward.",
            len(material.recommendations),
        )
        yield outcomes(narrator)


def accepted(writing: WritingFact) -> Message:
    """Return how many submissions were accepted, and from how many bodies."""
    if not writing.bodies:
        return NN_(
            "%(count)s submission was accepted for discussion.",
            "%(count)s submissions were accepted for discussion.",
            writing.accepted,
        )
    return NN_(
        "%(count)s submission was accepted for discussion, %(bodies)s.",
        "%(count)s submissions were accepted for discussion, %(bodies)s.",
        writing.accepted,
        bodies=from_bodies(writing.bodies),
    )


def from_bodies(count: int) -> Message:
    """Return where submissions came from, as it stands after a comma."""
    return NN_("from %(count)s body", "from %(count)s bodies", count)


def outcomes(narrator: Narrator) -> Message:
    """Return how many recommendations were adopted, fell, and are still open."""
    found = narrator.material.recommendations
    adopted, rejected = len(in_state(found, _S.ADOPTED)), len(in_state(found, _S.REJECTED))
    return N_(
        "Adopted: %(adopted)s; not adopted: %(rejected)s; without a decision so far: %(open)s.",
        adopted=adopted,
        rejected=rejected,
        open=len(found) - adopted - rejected,
    )


def _figures(narrator: Narrator) -> Figures:
    material, language = narrator.material, narrator.language

    def figure(value: int, label: Message, beside: Message | None = None) -> Figure:
        return Figure(
            number(value, language), words(label, language), "" if beside is None else words(beside, language)
        )

    adopted = len(in_state(material.recommendations, _S.ADOPTED))
    writing, held = material.writing, len(material.held())
    return Figures(
        (
            figure(writing.accepted, NN_("submission", "submissions", writing.accepted)),
            figure(writing.bodies, NN_("body that wrote", "bodies that wrote", writing.bodies)),
            figure(
                adopted,
                NN_("recommendation adopted", "recommendations adopted", adopted),
                N_("of %(number)s", number=len(material.recommendations)),
            ),
            figure(held, NN_("session held", "sessions held", held)),
        )
    )
