"""What each component writes: valid, escaped, labelled, and nothing in a language that is not the page's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import pytest
from wtforms import Form

COMPONENTS = Path(__file__).parents[3] / "templates" / "components"
Render = Callable[..., str]
NAMES = [f"{page}-{code}" for page in ("gallery", "console", "hall", "error") for code in ("ar", "en", "fr")]


def parsed(html: str) -> Element:
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", NAMES)
def test_pages_parse_strictly_and_say_each_id_once(pages: dict[str, str], name: str) -> None:
    ids = [element.attrib["id"] for element in parsed(pages[name]).iter() if "id" in element.attrib]
    assert sorted(ids) == sorted(set(ids))


@pytest.mark.parametrize("name", NAMES)
def test_everything_pointed_at_is_there(pages: dict[str, str], name: str) -> None:
    tree = parsed(pages[name])
    ids = {element.get("id") for element in tree.iter()}
    pointed = {
        target
        for element in tree.iter()
        for attribute in ("for", "aria-labelledby", "aria-describedby")
        for target in (element.get(attribute) or "").split()
    }
    assert pointed - ids == set()
    summary = next((element for element in tree.iter() if element.get("class") == "errors"), None)
    links = [] if summary is None else [link.get("href", "")[1:] for link in summary.iter("a")]
    assert set(links) - ids == set()


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_inline(pages: dict[str, str], name: str) -> None:
    for element in parsed(pages[name]).iter():
        assert [attribute for attribute in element.attrib if attribute == "style" or attribute.startswith("on")] == []
        assert element.tag not in ("style", "font")
        assert element.tag != "script" or (element.get("src") and not (element.text or "").strip())


class _Arabic(dict[str, Any]):
    """A catalogue in which every message is translated by one Arabic word and its own parameters."""

    def get(self, text: str, default: Any = None) -> dict[str, str]:
        return {"ar": "كلمة " + " ".join(re.findall(r"%\(\w+\)s", text))}


def _said(element: Element, mine: bool) -> Iterator[str]:
    """Yield the texts and labels that are in the page's own language."""
    mine = mine and element.get("lang", "ar") == "ar" and element.get("dir") != "ltr" and element.tag != "script"
    if mine:
        yield from (
            element.get(name, "")
            for name in ("aria-label", "placeholder", "alt", "title", "data-saved", "data-failed", "data-t")
        )
        yield element.text or ""
    for child in element:
        yield from _said(child, mine)
        if mine:
            yield child.tail or ""


@pytest.mark.parametrize("page", ["gallery", "console", "hall", "errors/error"])
def test_no_word_escapes_the_catalogue(gallery: ModuleType, page: str) -> None:
    given = gallery.context("ar")
    html = (
        gallery.environment("ar", _Arabic())
        .get_template(f"{page}.html")
        .render({**given, "status": 404, "words": "كلام", "title": "عنوان"} if page == "errors/error" else given)
    )
    latin = [text for text in _said(parsed(html), True) if re.search("[A-Za-z]{2,}", text)]
    assert latin == []


def test_every_macro_is_exported_and_documented() -> None:
    exported = set(re.findall(r"{% set (\w+) =", (COMPONENTS / "ui.html").read_text()))
    defined = {
        name
        for module in ("page", "forms", "process", "results", "texts")
        for name in re.findall(r"{%-? macro ([a-z]\w*)\(", (COMPONENTS / f"{module}.html").read_text())
    }
    documented = set(re.findall(r"`(\w+)\(", (COMPONENTS / "README.md").read_text()))
    assert exported == defined
    assert defined - documented == {"mark", "sections", "task_state"}


# ---- fields ----


def test_a_field_with_an_error_names_its_hint_and_error(say: Render, gallery: ModuleType) -> None:
    form = gallery.sample_form(lambda english, arabic: english)
    assert say('{{ ui.field(form.title, "At most 120.") }}', form=form) == (
        '<div class="field bad"> <label for="title">Title of the submission</label> <p class="hint" id="title-hint">At most 120.</p>'
        ' <p class="err" id="title-error"><span>Write a title.</span></p>'
        ' <input aria-describedby="title-hint title-error" aria-invalid="true" dir="auto" id="title" name="title" required type="text" value="">'
        " </div>"
    )


def test_what_was_typed_is_escaped(say: Render, gallery: ModuleType) -> None:
    form = gallery.sample_form(lambda english, arabic: english)
    assert '<textarea dir="auto" id="body" lang="fr" name="body" rows="4"> &lt;b&gt;</textarea>' in say(
        '{{ ui.field(form.body, lang="fr", rows=4) }}', form=form
    )


def test_numbers_take_digits_of_either_kind(say: Render, gallery: ModuleType) -> None:
    form = gallery.sample_form(lambda english, arabic: english)
    assert '<input class="w2" id="cost" inputmode="numeric" name="cost" type="text" value="120">' in say(
        "{{ ui.field(form.cost) }}", form=form
    )


def test_groups_are_fieldsets_and_their_error_links_to_the_first_choice(say: Render, gallery: ModuleType) -> None:
    form = gallery.sample_form(lambda english, arabic: english)
    group = say("{{ ui.field(form.choice, across=true) }}", form=form)
    assert group.startswith(
        '<fieldset class="field bad" aria-describedby="choice-error"> <legend>Choose one</legend>'
        ' <p class="err" id="choice-error"><span>Choose one.</span></p> <div class="pick across">'
        ' <label><input type="radio" name="choice" id="choice-0" value="y" checked aria-invalid="true"><span>In favour</span></label>'
    )
    assert '<li><a href="#choice-0">Choose one.</a></li>' in say("{{ ui.errors(form) }}", form=form)
    several = say("{{ ui.field(form.topics) }}", form=form)
    assert '<input type="checkbox" name="topics" id="topics-1" value="2" checked>' in several
    assert '<input type="checkbox" name="topics" id="topics-0" value="1">' in several


def test_a_checkbox_keeps_its_hint_in_its_label(say: Render, gallery: ModuleType) -> None:
    form = gallery.sample_form(lambda english, arabic: english)
    assert say("{{ ui.field(form.agree) }}", form=form) == (
        '<div class="field"> <div class="pick"><label><input type="checkbox" name="agree" id="agree" value="y">'
        '<span>I speak for this body <span class="hint">With its mandate.</span></span></label></div> </div>'
    )


def test_choices_that_need_no_reason_are_marked_and_others_left_out(say: Render, gallery: ModuleType) -> None:
    form = gallery.sample_form(lambda english, arabic: english)
    assert say('{{ ui.field(form.decision, plain=("a",), without=("b",)) }}', form=form).count('class="plain"') == 1
    assert 'value="b"' not in say('{{ ui.field(form.decision, without=("b",)) }}', form=form)


def test_problems_without_a_field_stand_first_in_the_summary(say: Render) -> None:
    form = Form()
    form.problems = ["Registration is closed."]  # type: ignore[attr-defined]  # as the web's own forms have them
    assert say("{{ ui.errors(form) }}", form=form) == (
        '<div class="errors" role="alert" tabindex="-1" autofocus aria-labelledby="errors-h"><h2 id="errors-h">There is a problem</h2>'
        ' <ul class="bare"> <li>Registration is closed.</li> </ul></div>'
    )
    assert say('{{ ui.title("Register", form) }}', form=form) == "Error: Register"


def test_a_form_carries_its_token_and_where_its_draft_goes(say: Render) -> None:
    assert say('{% call ui.form("/save", autosave="/draft") %}x{% endcall %}') == (
        '<form method="post" action="/save" novalidate data-autosave="/draft"> <input type="hidden" name="csrf_token" value="token"> x </form>'
    )


def test_a_single_button_is_a_form_of_its_own(say: Render) -> None:
    assert say('{{ ui.post("/give", "Give the floor", fields={"speaker": "a<b"}, hidden="Nour") }}') == (
        '<form method="post" action="/give"><input type="hidden" name="csrf_token" value="token">'
        '<input type="hidden" name="speaker" value="a&lt;b"><button class="btn alt">Give the floor<span class="sr">: Nour</span></button></form>'
    )


# ---- lists, dates, proofs ----


def test_a_row_marks_the_language_and_direction_of_a_title(say: Render) -> None:
    assert '<h3><a class="title" href="/s" lang="fr" dir="auto">Titre &lt;i&gt;</a></h3>' in say(
        '{{ ui.row("Titre <i>", "/s", lang="fr") }}'
    )
    assert "<li><b><bdi>Ghat</bdi></b></li>" in say('{{ ui.row("T", "/s", who="Ghat") }}')


def test_a_pager_offers_only_what_there_is(say: Render) -> None:
    assert say("{{ ui.pager() }}") == ""
    assert 'rel="next" href="/b"' in say('{{ ui.pager(none, "/b") }}')
    assert 'rel="prev"' not in say('{{ ui.pager(none, "/b") }}')


def test_empty_pairs_are_left_out(say: Render) -> None:
    assert say('{{ ui.pairs([("Body", "Ghat", "/c"), none]) }}') == (
        '<dl class="pairs"> <div><dt>Body</dt><dd>Ghat</dd><dd class="act"><a href="/c">Change<span class="sr">: Body</span></a></dd></div> </dl>'
    )


def test_dates_are_local_and_readable_by_machines(say: Render) -> None:
    at = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    assert say("{{ ui.when(at) }}", at=at) == '<time datetime="2026-11-25T01:30">25 November 2026, 01:30</time>'
    assert say('{{ ui.when(at, "day_month") }}', "ar", at=at) == '<time datetime="2026-11-25">25 نوفمبر</time>'


def test_a_month_and_a_ratio_stand_as_each_language_writes_them(say: Render) -> None:
    assert [say('{{ "2026-11"|month }}', code) for code in ("ar", "en", "fr")] == [
        "نوفمبر 2026",
        "November 2026",
        "novembre 2026",
    ]
    assert [say("{{ 0.9|ratio }}", code) for code in ("ar", "en", "fr")] == ["0,90", "0.90", "0,90"]
    assert say("{{ -0.004|ratio }}") == "0.00"


def test_a_fingerprint_is_read_in_fours(say: Render) -> None:
    assert say('{{ ui.hash("9f3c41d70be2a8") }}') == '<bdi class="code hash" dir="ltr">9f3c 41d7 0be2 a8</bdi>'


def test_the_clock_says_when_time_is_over(say: Render) -> None:
    assert (
        say("{{ ui.clock(-12) }}")
        == '<p class="clock no"><bdi dir="ltr">0:12</bdi> <span class="small">over</span></p>'
    )
    assert 'width="46.67%"' in say("{{ ui.clock(84, 180) }}")


def test_steps_still_to_come_are_hollow(say: Render) -> None:
    assert say('{{ ui.trace([{"title": "Vote", "state": "todo"}, {"title": "Here", "state": "here"}]) }}') == (
        '<ol class="trace"> <li class="todo"><b>Vote</b></li> <li class="here" aria-current="true"><b>Here</b></li> </ol>'
    )


# ---- results ----


def test_the_bar_stands_on_the_base_of_the_rule(say: Render) -> None:
    bar = say("{{ ui.meter(46, 63, 42, against=17) }}")
    assert 'aria-label="In favour: 46. Against: 17. Base: 63. Needed: 42."' in bar
    assert '<rect class="f-yes" y="26" width="73.02%" height="20"/>' in bar
    assert '<line class="hatch" x1="73.02%" x2="100.00%" y1="36.0" y2="36.0" stroke-width="20"/>' in bar
    assert '<svg x="66.67%" overflow="visible">' in bar
    assert "Not cast" not in bar


def test_abstentions_that_count_are_the_rest(say: Render) -> None:
    bar = say('{{ ui.meter(508, 565, 509, against=40, labels={"rest": "Abstained"}) }}')
    assert 'aria-label="In favour: 508. Against: 40. Abstained: 17. Base: 565. Needed: 509."' in bar
    assert 'text-anchor="end">needed 509</text>' in bar


def test_a_base_of_zero_is_said_and_divides_nothing(say: Render) -> None:
    bar = say("{{ ui.meter(0, 0, none, against=0) }}")
    assert "<li>No votes in the base</li>" in bar
    assert "f-yes" not in bar


def test_what_is_needed_beyond_the_base_stands_at_its_end(say: Render) -> None:
    assert '<svg x="100.00%" overflow="visible">' in say("{{ ui.meter(3, 3, 4) }}")


def test_a_figure_of_more_than_a_page_is_said_as_it_is(say: Render) -> None:
    page = say('{{ ui.stats([(1200, "units"), ("25+", "texts")]) }}')
    assert ("<dd>25+" in page, "1200" in page) == (True, False)


def test_a_condition_that_was_not_reached_has_no_numbers(say: Render) -> None:
    condition = {"label": "Second round", "count": None, "base": None, "needed": None, "met": None}
    assert (
        '<tr><th scope="row">Second round</th><td class="n" data-t="Count">–</td><td class="n" data-t="Base">–</td>'
        '<td class="n" data-t="Needed">–</td><td data-t="Met?"><span class="tag">Not reached</span></td></tr>'
    ) in say("{{ ui.conditions_table([c]) }}", c=condition)


def test_differences_are_struck_out_or_underlined(say: Render) -> None:
    parts = [("plain", "every "), ("del", "year"), ("ins", "<month>")]
    assert say("{{ ui.diff(parts, 'en') }}", parts=parts) == (
        '<p class="text" lang="en" dir="auto">every <del>year</del><ins>&lt;month&gt;</ins></p>'
    )
    assert say("{{ ui.compare(parts, 'en') }}", parts=parts).count("<ins>") == 1


# ---- frame and mail ----


def test_an_anonymous_page_holds_no_token(gallery: ModuleType) -> None:
    given = {
        **gallery.context("en"),
        "viewer": SimpleNamespace(signed_in=False, name=""),
        "title": "T",
        "words": "W",
        "status": 403,
    }
    page = gallery.environment("en").get_template("errors/error.html").render(given)
    assert "token" not in page
    assert '<a href="#account.sign_in">Sign in</a>' in page


def test_the_frame_is_in_the_language_of_the_page(pages: dict[str, str]) -> None:
    assert '<html lang="ar" dir="rtl">' in pages["error-ar"]
    assert "<title>Nothing here – The Tripoli Consultation</title>" in pages["error-en"]
    assert '<a lang="ar" hreflang="ar" href="/ar/">العربية</a>' in pages["error-fr"]


def test_a_page_without_an_aside_has_one_column(pages: dict[str, str]) -> None:
    assert 'class="cols"' not in pages["error-en"]
    assert pages["gallery-en"].count('<div class="cols">') == 1


def test_mail_says_its_language_and_direction_on_every_box(gallery: ModuleType) -> None:
    given = {**gallery.context("ar"), "subject": "موضوع", "sender": "تشاور", "why": "سبب"}
    tree = parsed(gallery.environment("ar").get_template("email/base.html").render(given))
    boxes = [element for element in tree.iter() if element.tag in ("html", "body", "table", "td")]
    assert len(boxes) == 8
    assert {(box.get("lang"), box.get("dir")) for box in boxes} == {("ar", "rtl")}
    plain = gallery.environment("ar").get_template("email/base.txt").render(given)
    assert [line for line in plain.splitlines() if line.strip()] == ["موضوع", "-- ", "تشاور", "سبب"]
