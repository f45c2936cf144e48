"""Planted campaigns: fictional letters that many people send, changed more or less, among short texts of others.

Levels of change: 0 only spelling, marks and case; 1 also a greeting, a signature and 3 % of the words; 2 also 15 % of the words and
a sentence of the sender's; 3 also 55 to 75 % of the sentences only, in another order, with own sentences. Everything follows
from the seed.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

LANGUAGES = ("ar", "en", "fr")
LEVELS = (0, 1, 2, 3)

_GREETINGS = {
    "ar": ("السلام عليكم ورحمة الله", "حضرات الأعضاء", "تحية واحتراما وبعد", ""),
    "en": ("Dear delegates,", "Good evening.", "To all concerned,", ""),
    "fr": ("Bonsoir,", "Mesdames, Messieurs,", "Chers délégués,", ""),
}
_SIGNATURES = {
    "ar": ("أختكم سعاد من الجنوب", "مع فائق الاحترام", "ابن البلد", ""),
    "en": ("Yours, Huda", "With respect, a neighbour", "Omar, driver", ""),
    "fr": ("Bien à vous, Salim", "Une voisine", "Respectueusement", ""),
}
#: Frames of short texts, and what stands in them.
_FRAMES = {
    "ar": (
        "ما هو {0} في {1}؟", "كيف أحصل على {0} من {1}؟", "متى يصل {0} إلى {1}؟", "لا أعرف لماذا لا يوجد {0} في {1}.",
        "رأيت {0} أمس قرب {1} ولم يعجبني.", "كم يبلغ ثمن {0} في {1} هذه السنة؟", "جدتي كانت تقول إن {0} خير من {1}.",
    ),
    "en": (
        "What is {0} in {1} called?", "We need {0} near {1}.", "I do not understand why {0} is never seen in {1}.",
        "More {0}, less talk about {1}.", "My cousin opened a shop for {0} behind {1} last year.",
        "Nobody asked us whether {0} should come to {1}.", "How far is it from {1} to the place with {0}?",
    ),
    "fr": (
        "Où trouve-t-on {0} à {1} ?", "Il n'y a plus {0} dans {1} depuis le printemps.", "Mon oncle parle toujours de {0} et de {1}.",
        "Combien coûte {0} à {1} cette année ?", "On ne voit jamais {0} du côté de {1}.", "Je voudrais {0}, comme à {1}.",
        "Personne ne sait pourquoi {0} manque à {1}.",
    ),
}  # fmt: skip
_THINGS = {
    "ar": ("الخبز الساخن", "ملعب كرة", "طبيب أسنان", "جواز سفر", "ماء نظيف", "كتاب الطبخ", "قطار", "درس الموسيقى", "صيدلية", "مهرجان",
           "نادي الشطرنج", "شبكة الهاتف", "بذور الطماطم", "طريق معبد", "مسجد صغير", "سيارة قديمة", "سينما", "حديقة ألعاب"),
    "en": ("warm bread", "a football pitch", "a good dentist", "the passport office", "clean water", "a cookery book", "the slow train",
           "piano lessons", "a chemist", "the kite festival", "a chess club", "phone masts", "tomato seed", "a paved road",
           "street art", "an old lorry", "a cinema", "a playground", "solar lamps", "goat cheese"),
    "fr": ("du pain chaud", "un terrain de football", "un bon dentiste", "le bureau des passeports", "de l'eau propre",
           "un livre de cuisine", "le train lent", "des cours de piano", "la fête des cerfs-volants", "un club d'échecs",
           "des graines de tomates", "une route goudronnée", "un vieux camion", "un cinéma", "une aire de jeux", "du fromage de chèvre"),
}  # fmt: skip
_PLACES = {
    "ar": ("حي الزيتون", "الميناء", "قريتنا", "شارع المدرسة", "الجبل", "السوق", "محطة الحافلات", "الواحة", "الملعب", "باب البحر"),
    "en": ("the olive quarter", "the port", "our village", "School Street", "the hills", "the market", "the bus station", "the oasis",
           "the stadium", "Sea Gate", "the lower town"),
    "fr": ("la place aux oliviers", "le port", "notre village", "la rue de l'école", "la colline", "le marché", "la gare routière",
           "l'oasis", "le stade", "la ville basse"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Planted:
    """A text of a planted corpus: of no campaign ("", level -1), or a copy with its level and whether it was turned round."""

    id: int
    language: str
    text: str
    campaign: str = ""
    level: int = -1
    flipped: bool = False


@dataclass(frozen=True, slots=True)
class Original:
    """A letter as its author wrote it, by sentence, with the sentences that demand the opposite by their place."""

    name: str
    language: str
    sentences: tuple[str, ...]
    opposite: Mapping[int, str]

    def said(self, flipped: bool = False) -> list[str]:
        """Return the sentences, as written or turned round."""
        return [self.opposite.get(place, text) if flipped else text for place, text in enumerate(self.sentences)]


@cache
def originals() -> tuple[Original, ...]:
    """Return the fictional letters: four in each language."""
    rows = json.loads((files("consult.testing") / "campaign_letters.json").read_text("utf-8"))
    return tuple(
        Original(
            row["name"],
            row["lang"],
            tuple(text for text, _ in row["sentences"]),
            {place: turned for place, (_, turned) in enumerate(row["sentences"]) if turned},
        )
        for row in rows
    )


def planted(
    seed: int, *, each: int = 6, flips: int = 4, others: int = 300, letters: Sequence[Original] | None = None
) -> list[Planted]:
    """Return a corpus in random order: `each` copies of every letter at every level, `flips` turned round, `others` short texts."""
    chance = random.Random(seed)
    texts = [(language, other(language, chance), "", -1, False) for language in LANGUAGES for _ in range(others // 3)]
    for letter in originals() if letters is None else letters:
        for level in LEVELS:
            texts += [(letter.language, copy(letter, level, chance), letter.name, level, False) for _ in range(each)]
        texts += [(letter.language, copy(letter, 1, chance, flipped=True), letter.name, 1, True) for _ in range(flips)]
    chance.shuffle(texts)
    return [Planted(number, *text) for number, text in enumerate(texts, 1)]


def other(language: str, chance: random.Random) -> str:
    """Return a text of somebody who takes part in no campaign: one to four short sentences."""
    return " ".join(_sentence(language, chance) for _ in range(chance.choice((1, 1, 1, 2, 4))))


def copy(letter: Original, level: int, chance: random.Random, *, flipped: bool = False) -> str:
    """Return a copy of a letter, changed as its level says."""
    sentences = letter.said(flipped)
    if level == 3:
        kept = max(2, round(len(sentences) * chance.uniform(0.55, 0.75)))
        sentences = chance.sample(sentences, kept)
    words = " ".join(sentences).split()
    if level:
        words = list(_reworded(words, 0.15 if level == 2 else 0.03, letter.language, chance))
    text = " ".join(words)
    own = [_sentence(letter.language, chance) for _ in range((0, 0, 1, chance.randint(1, 2))[level])]
    text = " ".join([*own[1:], text, *own[:1]])
    if level:
        ends = chance.choice(_GREETINGS[letter.language]), chance.choice(_SIGNATURES[letter.language])
        text = f"{ends[0]} {text} {ends[1]}".strip()
    return _respelt(text, letter.language, chance)


def _sentence(language: str, chance: random.Random) -> str:
    thing, place = chance.choice(_THINGS[language]), chance.choice(_PLACES[language])
    return chance.choice(_FRAMES[language]).format(thing, place)


def _reworded(words: Sequence[str], share: float, language: str, chance: random.Random) -> Iterator[str]:
    """Yield the words, a share of them left out, replaced or followed by a word from elsewhere."""
    for word in words:
        if chance.random() >= share:
            yield word
            continue
        act = chance.choice(("left out", "replaced", "followed"))
        if act == "followed":
            yield word
        if act != "left out":
            yield chance.choice(_sentence(language, chance).split())


def _respelt(text: str, language: str, chance: random.Random) -> str:
    """Return the text with other marks, hamza and case: what people's keyboards make of it."""
    if language == "ar":
        plain = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ة": "ه", "ى": "ي"})
        letters = (letter.translate(plain) if chance.random() < 0.5 else letter for letter in text)
        return "".join(
            letter + chance.choice("ًَُِّْـ") if letter.isalpha() and chance.random() < 0.06 else letter for letter in letters
        )
    if language == "fr" and chance.random() < 0.5:
        text = text.translate(str.maketrans("éèêëàâîïôûùç", "eeeeaaiiouuc")).replace("'", "’")
    return text.upper() if chance.random() < 0.15 else text
