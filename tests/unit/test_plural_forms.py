"""Numbers in words: each catalogue picks the form that its language wants."""

from __future__ import annotations

import gettext
import re
from datetime import UTC
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from consult.i18n import N_, NN_, Localized, catalogue, grouped, translate
from consult.plugins.questions import Question, QuestionKind
from consult.web.formats import Formats
from consult.web.question_fields import point_label

ROOT = Path(__file__).parents[2]
HOMES = (ROOT / "locale", *sorted(ROOT.glob("plugins/*/consult_*/translations")))
#: Which form a number takes. Babel's own header for Arabic swaps the last two.
FORMS = {
    "ar": {0: 0, 1: 1, 2: 2, 3: 3, 10: 3, 11: 4, 99: 4, 100: 5, 102: 5, 103: 3, 111: 4},
    "en": {0: 1, 1: 0, 2: 1, 11: 1, 100: 1},
    "fr": {0: 0, 1: 0, 2: 1, 11: 1, 100: 1},
}


@pytest.mark.parametrize("code", FORMS)
@pytest.mark.parametrize("home", HOMES, ids=lambda home: home.parent.name)
def test_every_catalogue_picks_the_form_of_its_language(home: Path, code: str) -> None:
    with (home / code / "LC_MESSAGES" / "messages.po").open("rb") as file:
        messages = read_po(file, locale=code, ignore_obsolete=True)
    header = next(value for name, value in messages.mime_headers if name == "Plural-Forms")
    counted, _, rule = header.partition(";")
    choose = gettext.c2py(rule.partition("=")[2].rstrip("; "))  # type: ignore[attr-defined]  # what gettext itself does
    assert {number: choose(number) for number in FORMS[code]} == FORMS[code]
    forms = int(counted.partition("=")[2])
    plural = [message for message in messages if isinstance(message.id, tuple)]
    assert [message.id for message in plural if len(message.string) != forms or not all(message.string)] == []


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "لا مساهمة تنتظر المراجعة"),
        (1, "مساهمة واحدة تنتظر المراجعة"),
        (2, "مساهمتان تنتظران المراجعة"),
        (3, "3 مساهمات تنتظر المراجعة"),
        (11, "11 مساهمة تنتظر المراجعة"),
        (99, "99 مساهمة تنتظر المراجعة"),
        (100, "100 مساهمة تنتظر المراجعة"),
        (102, "102 مساهمة تنتظر المراجعة"),
        (103, "103 مساهمات تنتظر المراجعة"),
    ],
)
def test_submissions_are_counted_in_arabic(number: int, said: str) -> None:
    message = NN_("%(count)s submission waits for review", "%(count)s submissions wait for review", number)
    assert translate(message, "ar") == said


def test_no_line_breaks_before_a_double_sign_in_french() -> None:
    texts = catalogue("fr")._catalog.values()  # type: ignore[attr-defined]  # gettext offers no public list
    assert [text for text in texts if re.search(r" (?:[;:!?»]|%%)|« ", text)] == []
    assert [any(sign in text for text in texts) for sign in ("\u202f?", "\xa0: ", "«\xa0")] == [True] * 3


def test_a_number_below_zero_keeps_its_sign_before_it_among_arabic_words() -> None:
    """Without the mark the sign stands behind the number on the screen, as in 5-."""
    low = N_("Write a number from %(low)s to %(high)s.", low=-5, high=5)
    assert "من \u200e-5 إلى 5" in translate(low, "ar")
    assert translate(low, "en") == "Write a number from -5 to 5."
    assert [grouped(number, "ar") for number in (-5, -1234, 5, 0)] == ["\u200e-5", "\u200e-1.234", "5", "0"]
    assert [Formats(code, UTC).number(-5) for code in ("ar", "en", "fr")] == ["\u200e-5", "-5", "-5"]
    scale = Question(
        "q", QuestionKind.SCALE, Localized(en="?"), low=-2, high=2, ends=(Localized(ar="سيئ"), Localized())
    )
    points = [point_label(scale, str(point)) for point in scale.points]
    said = [one.for_language("ar") if isinstance(one, Localized) else translate(one, "ar") for one in points]
    assert said == ["\u200e-2: سيئ", "\u200e-1", "0", "1", "2"]
