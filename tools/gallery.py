"""Render every component in one language, to look at: `python tools/gallery.py build/gallery`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Undefined
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    EmailField,
    FileField,
    Form,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired

from consult.i18n import LANGUAGES, Localized, catalogue
from consult.web import formats

ROOT = Path(__file__).parent.parent
MOMENT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
FORMATS = ("day", "day_month", "month", "weekday", "time", "moment", "number", "percent", "ratio", "clock", "iso")
Words = Mapping[str, Mapping[str, Any]]


def environment(code: str, words: Words | None = None, *, strict: bool = False) -> Environment:
    """Return the project's templates with the globals a page has; `words` (msgid -> language -> text) goes before the catalogue."""
    made = Environment(
        loader=FileSystemLoader([ROOT / "templates", ROOT / "tools" / "gallery"]),
        autoescape=lambda name: name is None or name.endswith(".html"),
        undefined=StrictUndefined if strict else Undefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    texts, given = catalogue(code), {} if words is None else words
    made.install_gettext_callables(  # type: ignore[attr-defined]  # given by the i18n extension
        lambda text: given.get(text, {}).get(code) or texts.gettext(text), texts.ngettext, newstyle=True
    )
    bound = formats.formats(code)
    for name in FORMATS:
        made.filters[name] = getattr(bound, name)
    local = _local(code)
    made.filters.update(ltr=formats.ltr, person=formats.person, paragraphs=formats.paragraphs, local=local)
    made.globals.update(
        url=_url, asset=lambda name: f"consult/web/static/{name}", local=local, csrf_token=lambda: "token"
    )
    return made


def _local(code: str) -> Callable[[Localized | str], str]:
    return lambda text: text.for_language(code) if isinstance(text, Localized) else str(text)


def _url(endpoint: str, **values: object) -> str:
    return "#" + endpoint + "".join(f"-{value}" for value in values.values())


def context(code: str) -> dict[str, Any]:
    """Return what every page is given, and the samples of the gallery."""

    def t(english: str, arabic: str) -> str:
        return arabic if code == "ar" else english

    links = [
        t("Overview", "نظرة عامة"),
        t("Sessions", "الجلسات"),
        t("Submissions", "المساهمات"),
        t("Outcome document", "الوثيقة الختامية"),
    ]
    names = Localized(ar="تشاور طرابلس", en="The Tripoli Consultation", fr="La Consultation de Tripoli")
    frame = {
        "language": LANGUAGES[code],
        "other_languages": [
            SimpleNamespace(code=other.code, name=other.name, href=f"/{other.code}/")
            for other in LANGUAGES.values()
            if other.code != code
        ],
        "viewer": SimpleNamespace(signed_in=True, name=t("Participant 12", "المشارك 12")),
        "consultation": SimpleNamespace(slug="tripoli", names=names, prefix="TC", timezone="Africa/Tripoli"),
        "navigation": [SimpleNamespace(label=label, href="#", current=at == 2) for at, label in enumerate(links)],
        "flashes": [("ok", t("Saved.", "حُفظ."))],
        "demo": True,
    }
    return {**frame, **_samples(t), "t": t, "form": sample_form(t), "day": date(2026, 11, 24), "moment": MOMENT}


def _samples(t: Callable[[str, str], str]) -> dict[str, Any]:
    code = segno.make("https://consult.example/v/7c1e09ab")
    return {
        "phases": [
            {
                "name": t("Mandate and rules", "التكليف والقواعد"),
                "state": "done",
                "note": t("Ended 30 April", "انتهت في 30 أبريل"),
            },
            {
                "name": t("Written submissions", "المساهمات المكتوبة"),
                "state": "now",
                "note": t("until 10 December", "حتى 10 ديسمبر"),
            },
            {
                "name": t("Sessions and votes", "الجلسات والتصويت"),
                "state": "now",
                "note": t("until 31 January", "حتى 31 يناير"),
            },
            {
                "name": t("Outcome document", "الوثيقة الختامية"),
                "state": "next",
                "note": t("From 1 February", "من 1 فبراير"),
            },
        ],
        "submissions": _submissions(t),
        "tracks": [
            ("municipal", t("Municipal track", "المسار البلدي")),
            ("academic", t("Academic track", "المسار الأكاديمي")),
        ],
        "topics": [("data", t("Data", "البيانات"))],
        "clauses": [
            {
                "number": "12.1",
                "id": "c1",
                "text": t("The municipalities shall set up a shared register.", "تُنشئ البلديات سجلًا موحّدًا."),
            },
            {
                "number": "12.2",
                "id": "c2",
                "marked": True,
                "text": t("Numbers shall be gathered every three months.", "تُجمع الأعداد كل ثلاثة أشهر."),
                "note": t("In recommendation 12", "في التوصية 12"),
            },
        ],
        "parts": [
            ("plain", t("Numbers shall be gathered ", "تُجمع الأعداد ")),
            ("del", t("every year", "كل سنة")),
            ("ins", t("every three months", "كل ثلاثة أشهر")),
            ("plain", t(", and reviewed.", "، وتُراجع.")),
        ],
        "conditions": [
            {
                "label": t("Quorum", "النصاب"),
                "hint": t("Two thirds of seats present", "ثلثا المقاعد حاضرون"),
                "count": 66,
                "base": 75,
                "needed": 50,
                "met": True,
            },
            {"label": t("Overall", "المجموع"), "count": 46, "base": 63, "needed": 42, "met": False},
            {"label": t("Second round", "الجولة الثانية"), "count": None, "base": None, "needed": None, "met": None},
        ],
        "by_track": [
            (t("Municipal track", "المسار البلدي"), {"for": 28, "against": 9, "abstain": 1}),
            (t("Academic track", "المسار الأكاديمي"), {"for": 9, "against": 5, "abstain": 2}),
            (t("Civil-society track", "مسار المجتمع المدني"), {"for": 0, "against": 0, "abstain": 0}),
        ],
        "weeks": list(
            zip(
                [formats.formats("ar" if t("", "x") else "en").day_month(date(2026, 9, 19 + n)) for n in range(10)],
                (12, 18, 21, 29, 34, 41, 52, 61, 71, 38),
                strict=True,
            )
        ),
        "steps": [
            {
                "title": t("Municipality of Ghat, passage 2", "بلدية غات، الفقرة 2"),
                "href": "#",
                "note": formats.ltr("TC-2026-00412"),
            },
            {
                "title": t("Recommendation 12, version 3", "التوصية 12، النسخة 3"),
                "state": "here",
                "note": t("You are here", "أنت هنا"),
            },
            {"title": t("Outcome document, paragraph 14", "الوثيقة الختامية، الفقرة 14"), "state": "todo"},
        ],
        "tasks": [
            {"title": t("1. On whose behalf you write", "1. نيابة عمّن تكتب"), "href": "#", "state": "done"},
            {"title": t("2. Your proposal", "2. مقترحك"), "href": "#", "state": "mend", "current": True},
            {"title": t("3. Attachments", "3. المرفقات"), "href": "#", "state": "new"},
            {"title": t("4. Check and hand in", "4. راجع وقدّم"), "state": "later"},
        ],
        "log": [
            {"at": MOMENT, "text": t("Ballot 14 opened.", "افتُتح الاقتراع 14."), "style": "time"},
            {
                "at": MOMENT,
                "text": t("Returned for correction", "معادة للتصحيح"),
                "note": t("The endorsement is missing.", "ينقصها الاعتماد."),
            },
        ],
        "speakers": [
            {
                "name": t("Participant 31", "المشاركة 31"),
                "body": t("University of Tripoli", "جامعة طرابلس"),
                "waiting": t("waiting 4 min", "تنتظر منذ 4 د"),
                "action": "#",
                "fields": {"speaker": "31"},
            },
            {"name": t("Participant 44", "المشارك 44"), "action": "#"},
        ],
        "agenda": [
            {"number": 3, "title": t("Reports of the tracks", "تقارير المسارات"), "state": "done"},
            {"number": 4, "title": t("Migration data", "بيانات الهجرة"), "state": "now", "href": "#"},
            {"number": 5, "title": t("Protection in coastal towns", "الحماية في المدن الساحلية"), "note": "12:00"},
        ],
        "toc": [
            {"title": t("Preamble", "الديباجة"), "href": "#r1", "note": t("locked", "مقفل")},
            {
                "title": t("Municipal track", "المسار البلدي"),
                "href": "#r2",
                "current": True,
                "children": [{"title": t("Context", "السياق"), "href": "#r3"}],
            },
        ],
        "qr": Markup(code.svg_inline(omitsize=True, svgclass=None, lineclass=None, border=0)),  # segno's own output
    }


def _submissions(t: Callable[[str, str], str]) -> list[dict[str, str]]:
    return [
        {
            "title": t(
                "Reception of people rescued at sea: what a coastal town can do",
                "استقبال من يُنقَذون في البحر: ما تستطيعه مدينة ساحلية",
            ),
            "lang": t("en", "ar"),
            "language": t("English", "العربية"),
            "who": t("Municipality of Zwara", "بلدية زوارة"),
            "track": t("Municipal track", "المسار البلدي"),
            "number": "TC-2026-00417",
            "state": t("Under review", "قيد المراجعة"),
            "kind": "wait",
        },
        {
            "title": "Retour digne et réintégration durable : trois enseignements du Fezzan",
            "lang": "fr",
            "language": "Français",
            "who": t("Sebha University", "جامعة سبها"),
            "track": t("Academic track", "المسار الأكاديمي"),
            "number": "TC-2026-00410",
            "state": t("Accepted for discussion", "مقبولة للنقاش"),
            "kind": "ok",
        },
    ]


def sample_form(t: Callable[[str, str], str]) -> Form:
    """Return a bound form with every kind of field, two of them with errors."""
    needed = InputRequired(t("Write a title.", "اكتب عنوانًا."))

    class Sample(Form):
        title = StringField(t("Title of the submission", "عنوان المساهمة"), [needed])
        body = TextAreaField(t("What should be done?", "ما الذي ينبغي فعله؟"))
        cost = IntegerField(t("What would it cost a year, in dinars?", "كم يكلّف في السنة، بالدينار؟"))
        body_kind = SelectField(
            t("Who should carry it out?", "من ينفّذه؟"), choices={"a": t("Ministry of Labour", "وزارة العمل")}
        )
        choice = RadioField(
            t("Choose one", "اختر واحدًا"),
            choices={"y": t("In favour", "موافق"), "n": t("Against", "غير موافق"), "a": t("Abstain", "ممتنع")},
        )
        decision = RadioField(
            t("Decide", "قرّر"),
            choices={"a": t("Accept for discussion", "اقبلها للنقاش"), "b": t("Return", "أعدها للتصحيح")},
        )
        topics = SelectMultipleField(
            t("Topics", "المواضيع"),
            choices={"1": t("Data", "البيانات"), "2": t("Borders", "الحدود")},
            validate_choice=False,
        )
        agree = BooleanField(
            t("I speak for this body", "أتكلم باسم هذه الجهة"), description=t("With its mandate.", "بتكليف منها.")
        )
        at = DateTimeLocalField(t("Begins at", "تبدأ"))
        email = EmailField(t("E-mail", "البريد الإلكتروني"))
        file = FileField(t("Attachment", "مرفق"))
        number = StringField(t("Number of the decision", "رقم القرار"))

    form = Sample(
        MultiDict({"title": "", "body": "<b>", "cost": "120", "body_kind": "a", "choice": "y", "topics": "2"})
    )
    form.title.errors = [t("Write a title.", "اكتب عنوانًا.")]
    form.choice.errors = [t("Choose one.", "اختر واحدًا.")]
    return form


def main(arguments: list[str]) -> int:
    """Write the gallery's pages into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--words", type=Path, help="JSON of translations that are not in the catalogue yet")
    given = parser.parse_args(arguments)
    given.folder.mkdir(parents=True, exist_ok=True)
    words = json.loads(given.words.read_text(encoding="utf-8")) if given.words else {}
    for code in ("ar", "en"):
        made = environment(code, words)
        made.globals["asset"] = lambda name: (ROOT / "consult/web/static" / name).as_uri()
        for page in ("gallery", "console", "hall"):
            html = made.get_template(f"{page}.html").render(context(code))
            (given.folder / f"{page}-{code}.html").write_text(html, encoding="utf-8")
        error = made.get_template("errors/error.html").render(
            {
                **context(code),
                "flashes": [],
                "status": 404,
                "title": "There is nothing at this address",
                "words": "Check it.",
            }
        )
        (given.folder / f"error-{code}.html").write_text(error, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
