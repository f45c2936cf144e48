"""What is sent that no page of ours sends is answered in our words, in the language of the page."""

from __future__ import annotations

import re
import uuid
from pathlib import Path

import wtforms
from flask import Flask, g
from werkzeug.datastructures import MultiDict

from consult.i18n import LANGUAGES
from consult.web.forms import (
    INSTEAD,
    OTHERWISE,
    Form,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    at_most,
    say,
)

CHOICES = {"a": "A"}
#: Every sentence of WTForms' fields and validators.
THEIRS = {
    words
    for file in ("validators.py", *(f"fields/{name}.py" for name in ("choices", "datetime", "numeric")))
    for words in re.findall(
        r'gettext\(\s*"([^"]+)"', (Path(wtforms.__file__).parent / file).read_text("utf-8"), re.MULTILINE
    )
}


class Hostile(Form):
    """A field of each kind that refuses by itself."""

    one = SelectField("one", choices=CHOICES)
    many = SelectMultipleField("many", choices=CHOICES)
    radio = RadioField("radio", choices=CHOICES)
    id = SelectField("id", choices=[], coerce=uuid.UUID)
    ids = SelectMultipleField("ids", choices=[], coerce=uuid.UUID)
    number = IntegerField("number")
    text = StringField("text", [at_most(3)])


#: What is said for a choice, a number and a text that is too long.
SAID = {
    "en": ("Choose from what is offered here.", "Write a whole number.", "Write at most 3 characters."),
    "ar": ("اختر مما هو معروض هنا.", "اكتب عددًا صحيحًا.", "اكتب 3 حرفًا على الأكثر."),
    "fr": ("Choisissez parmi ce qui est proposé ici.", "Écrivez un nombre entier.", "Écrivez 3 caractères au plus."),
}


def test_every_field_refuses_in_our_words(app: Flask) -> None:
    chosen = ("one", "many", "radio", "id", "ids")
    sent = {"one": "x", "many": ["a", "x", "%s"], "radio": "%(value)s", "id": "x", "ids": "x"}
    for code in LANGUAGES:
        with app.test_request_context():
            g.language = code
            form = Hostile(MultiDict({**sent, "number": "x", "text": "four"}), meta={"csrf": False})
            assert not form.validate()
            told = {name: str(errors[0]) for name, errors in form.errors.items()}
        choose, write, at_most_three = SAID[code]
        assert told == {**dict.fromkeys(chosen, choose), "number": write, "text": at_most_three}


def test_no_sentence_is_theirs(app: Flask) -> None:
    assert set(INSTEAD) <= THEIRS
    for code in LANGUAGES:
        with app.test_request_context():
            g.language = code
            words = Form(meta={"csrf": False}).meta.get_translations(None)
            said = {words.gettext(one) for one in THEIRS} | {words.ngettext(one, one, 2) for one in THEIRS}
            assert said == {say(one) for one in (*INSTEAD.values(), OTHERWISE)}
        assert said & THEIRS == set()
