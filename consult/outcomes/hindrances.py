"""What stands in the way of an edition, in words: what would make it wrong, and what only makes it incomplete."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from consult.ballots.states import BallotState
from consult.consultations.models import Consultation
from consult.consultations.phases import Right, is_open
from consult.i18n import LANGUAGES, N_, NN_, Localized, Message
from consult.outcomes.compiler import Draft, compile_draft
from consult.outcomes.material import Material, RecommendationFact
from consult.outcomes.prose import markdown_blocks
from consult.outcomes.prose_tokens import as_written, tokens_in
from consult.outcomes.reading import read_material
from consult.outcomes.results import ballot_token
from consult.outcomes.states import RegionMode, RegionState
from consult.outcomes.walk import plain
from consult.recommendations.answer_counts import count_open

_LANGUAGES: Mapping[str, Message] = {
    "ar": N_("the Arabic document"),
    "en": N_("the English document"),
    "fr": N_("the French document"),
}


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Something that speaks against publishing now; a blocking one keeps the edition from being made.

    `region` and `language` say where to mend it; the region "answers" is the desk of answers.
    """

    message: Message
    blocks: bool
    region: str = ""
    language: str = ""


def hindrances(consultation: Consultation, drafts: Mapping[str, Draft] | None = None) -> list[Hindrance]:
    """Return what speaks against publishing an edition now, what blocks first; `drafts` by language saves compiling anew."""
    if drafts is None:
        material = read_material(consultation)
        drafts = {code: compile_draft(consultation, code, material=material) for code in LANGUAGES}
    material = next(iter(drafts.values())).narrator.material
    found = [*_of_frame(consultation), *_of_regions(drafts), *_of_record(material), *_of_answers(consultation)]
    return sorted(found, key=lambda hindrance: not hindrance.blocks)


def _of_frame(consultation: Consultation) -> Iterator[Hindrance]:
    if not consultation.public:
        yield Hindrance(N_("The consultation is still being set up: nobody could read the edition."), blocks=True)
    if not is_open(consultation.phases, Right.OUTCOME):
        yield Hindrance(
            N_("The phase of the outcome document is not open: this will be an edition before the end."), blocks=False
        )


def _of_regions(drafts: Mapping[str, Draft]) -> Iterator[Hindrance]:
    written = {code for code, draft in drafts.items() if not _foreword_missing(draft)}
    for code, draft in drafts.items():
        for region in draft.regions:
            if region.state is RegionState.STALE:
                yield Hindrance(
                    N_(
                        "Its source changed after it was edited: %(title)s (%(document)s)",
                        title=_title(drafts, region.key),
                        document=_LANGUAGES[code],
                    ),
                    blocks=True,
                    region=region.key,
                    language=code,
                )
            yield from _of_figures(drafts, region.key, code)
        if code not in written:
            yield Hindrance(
                N_("The foreword is missing in %(document)s.", document=_LANGUAGES[code]),
                blocks=bool(written),
                region="foreword",
                language=code,
            )
        for key in draft.orphans:
            yield Hindrance(
                N_(
                    "The edited text “%(key)s” belongs to no part of %(document)s now.",
                    key=key,
                    document=_LANGUAGES[code],
                ),
                blocks=False,
            )


def _title(drafts: Mapping[str, Draft], key: str) -> Localized:
    """Return the title of a region in the language of each document."""
    found = {code: draft.region(key) for code, draft in drafts.items()}
    return Localized({code: plain(one.generated.title) for code, one in found.items() if one is not None})


def _foreword_missing(draft: Draft) -> bool:
    region = draft.region("foreword")
    return region is not None and region.words.mode is RegionMode.AUTO and not region.markdown


def _of_figures(drafts: Mapping[str, Draft], key: str, code: str) -> Iterator[Hindrance]:
    """Yield the figures of an edited text that the record does not have: they would read "no result yet"."""
    draft = drafts[code]
    region = draft.region(key)
    if region is None or region.words.mode not in {RegionMode.EDITED, RegionMode.LOCKED}:
        return
    narrator = draft.narrator
    for token in dict.fromkeys(tokens_in(markdown_blocks(as_written(region.words.text), code))):
        if ballot_token(token, narrator.material, narrator.addresses) is None:
            yield Hindrance(
                N_(
                    "{{%(key)s}} has no result: %(title)s (%(document)s)",
                    key=token,
                    title=_title(drafts, key),
                    document=_LANGUAGES[code],
                ),
                blocks=True,
                region=key,
                language=code,
            )


def _of_record(material: Material) -> Iterator[Hindrance]:
    for ballot in material.ballots:
        if ballot.state is BallotState.OPEN:
            yield Hindrance(
                N_("Ballot %(number)s is open: the edition will say that it is being voted on.", number=ballot.number),
                blocks=False,
            )
    for sitting in material.held():
        if not sitting.minutes_approved:
            yield Hindrance(
                N_("The minutes of session %(number)s are not approved.", number=sitting.number), blocks=False
            )
    for one in material.recommendations:
        if missing := _untranslated(one):
            yield Hindrance(
                N_(
                    "Recommendation %(number)s has no up-to-date text in: %(languages)s.",
                    number=one.number,
                    languages=Localized({code: _listed(missing, code) for code in LANGUAGES}),
                ),
                blocks=False,
                region=f"recommendation:{one.number}",
            )


def _of_answers(consultation: Consultation) -> Iterator[Hindrance]:
    if count := count_open(consultation).total:
        yield Hindrance(
            NN_(
                "%(count)s submission has no answer: say why, and the reason is published with the edition.",
                "%(count)s submissions have no answer: say why, and the reason is published with the edition.",
                count,
            ),
            blocks=False,
            region="answers",
        )


def _untranslated(one: RecommendationFact) -> list[str]:
    """Return the languages in which a clause is missing or follows an older text of record."""
    return [
        code for code in LANGUAGES if any(code not in clause.texts or code in clause.stale for clause in one.clauses)
    ]


def _listed(codes: list[str], language: str) -> str:
    names = [str(LANGUAGES[code].locale.get_language_name(LANGUAGES[language].locale)) for code in codes]
    return ("، " if language == "ar" else ", ").join(names)


def blocking(found: list[Hindrance]) -> list[Hindrance]:
    """Return the hindrances that keep an edition from being made."""
    return [hindrance for hindrance in found if hindrance.blocks]


__all__ = ["Hindrance", "blocking", "hindrances"]
