"""The purposes that there are, as data: each has an effect somewhere in consult, because a question without one would be a lie.

The words are a beginning for organisers, who write their own versions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from consult.i18n import N_, Localized, Message


class Use(StrEnum):
    """What somebody is asked to agree to."""

    TAKING_PART = "taking-part"
    CONTACT = "contact-after"
    RESEARCH = "research"


@dataclass(frozen=True, slots=True)
class UseWords:
    """A purpose: what it is called, what an answer does, whether a yes is needed to hand in, and words to begin with."""

    label: Message
    effect: Message
    needed: bool
    title: Localized
    text: Localized


USES: Mapping[Use, UseWords] = {
    Use.TAKING_PART: UseWords(
        N_("Taking part"),
        N_("Whoever has not said yes hands in no text. Voting and attending do not ask for it."),
        needed=True,
        title=Localized(
            ar="استعمال ما تكتبه في هذا التشاور",
            en="Using what you write in this consultation",
            fr="Utiliser ce que vous écrivez dans cette consultation",
        ),
        text=Localized(
            ar="أوافق على أن يُقرأ ما أقدّمه ويُنشر ويُستشهد به في الوثيقة الختامية، باسمي أو من دونه كما أختار عند الكتابة. ويمكنني سحب مساهمتي.",
            en="I agree that what I hand in is read, published and cited in the outcome document, under my name or without it, as I choose when I write. I can withdraw my submission.",
            fr="J’accepte que ce que je dépose soit lu, publié et cité dans le document final, sous mon nom ou sans lui, comme je le choisis en écrivant. Je peux retirer ma contribution.",
        ),
    ),
    Use.CONTACT: UseWords(
        N_("Being contacted after the consultation"),
        N_("When the last phase is over, messages of the organisers reach those who said yes, and nobody else."),
        needed=False,
        title=Localized(
            ar="أن نتصل بك بعد التشاور",
            en="Contacting you after the consultation",
            fr="Vous contacter après la consultation",
        ),
        text=Localized(
            ar="أوافق على أن يكتب إليّ المنظّمون بعد انتهاء التشاور عمّا جرى لنتائجه، وأن يُحفظ عنواني لذلك.",
            en="I agree that the organisers write to me after the consultation has ended, about what became of its results, and that my address is kept for that.",
            fr="J’accepte que les organisateurs m’écrivent après la fin de la consultation sur la suite donnée à ses résultats, et que mon adresse soit conservée pour cela.",
        ),
    ),
    Use.RESEARCH: UseWords(
        N_("Use of the text for research"),
        N_(
            "The files of codes made for researchers leave out the texts of everybody who has not said yes. What is public stays public, whatever you answer: anybody may download it as open data."
        ),
        needed=False,
        title=Localized(
            ar="استعمال نصك في البحث العلمي",
            en="Using your text for research",
            fr="Utiliser votre texte pour la recherche",
        ),
        text=Localized(
            ar="أوافق على أن تُعطى نصوصي، من دون اسمي واسم جهتي، لباحثين يدرسون هذا التشاور.",
            en="I agree that my texts, without my name and that of my body, are given to researchers who study this consultation.",
            fr="J’accepte que mes textes, sans mon nom ni celui de mon organisme, soient remis à des chercheurs qui étudient cette consultation.",
        ),
    ),
}


def use_of(name: str) -> Use | None:
    """Return the purpose of a name in an address, None for any other."""
    return Use(name) if name in set(Use) else None
