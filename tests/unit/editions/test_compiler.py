"""What a document says of a consultation in which everything happened once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from consult.db import transaction
from consult.i18n import LANGUAGES, Localized
from consult.outcomes.canonical import canonical
from consult.outcomes.compiler import compile_document, compile_draft
from consult.outcomes.outline import Publication
from consult.outcomes.reading import read_material
from consult.outcomes.services import RegionDraft, edit_region, hide_region
from consult.outcomes.tree import Clauses, Document, Section, SourceKind, Token, VoteResult
from consult.outcomes.walk import paragraphs, plain, sources, walk
from consult.submissions.services import Review, hide
from consult.testing.plenary import accept_passages, propose_recommendation
from consult.testing.story import CANARIES, Story
from consult.testing.world import World

Counter = Callable[[], AbstractContextManager[list[str]]]

KEYS = [
    "cover",
    "foreword",
    "summary",
    "method",
    "session:1/summary",
    "track:municipal/context",
    "track:municipal/discussion",
    "track:municipal/recommendations",
    "recommendation:1",
    "track:academic/context",
    "track:academic/discussion",
    "track:academic/recommendations",
    "recommendation:2",
    "track:cso/context",
    "track:cso/discussion",
    "track:cso/recommendations",
    "recommendation:3",
    "table",
    "next",
    "annex:agendas",
    "annex:bodies",
    "annex:submissions",
    "annex:votes",
    "integrity",
]


def _sections(document: Document) -> Iterator[tuple[str, str]]:
    return ((node.id, node.number) for node in walk(document) if isinstance(node, Section))


def _text(document: Document) -> str:
    return canonical(document).decode()


def test_regions_have_stable_keys(story: Story) -> None:
    """The same in every language."""
    for code in LANGUAGES:
        draft = compile_draft(story.world.consultation, code)
        assert [region.key for region in draft.regions] == KEYS


def test_chapters_are_numbered_and_an_empty_foreword_is_not_printed(story: Story) -> None:
    """Front matter has no number, annexes have letters."""
    document = compile_document(story.world.consultation, "en")
    assert list(_sections(document)) == [
        ("summary", ""),
        ("method", "1"),
        ("sessions", "2"),
        ("session:1/summary", "2.1"),
        ("track:municipal", "3"),
        ("track:municipal/context", "3.1"),
        ("track:municipal/discussion", "3.2"),
        ("track:municipal/recommendations", "3.3"),
        ("recommendation:1", "3.4"),
        ("track:academic", "4"),
        ("track:academic/context", "4.1"),
        ("track:academic/discussion", "4.2"),
        ("track:academic/recommendations", "4.3"),
        ("recommendation:2", "4.4"),
        ("track:cso", "5"),
        ("track:cso/context", "5.1"),
        ("track:cso/discussion", "5.2"),
        ("track:cso/recommendations", "5.3"),
        ("common", "6"),
        ("recommendation:3", "6.1"),
        ("table", "7"),
        ("next", "8"),
        ("annexes", ""),
        ("annex:agendas", "A"),
        ("annex:bodies", "B"),
        ("annex:submissions", "C"),
        ("annex:votes", "D"),
        ("integrity", "E"),
    ]


def test_the_summary_counts(story: Story) -> None:
    """Submissions under review are not counted, and the organisation without a name is no body."""
    draft = compile_draft(story.world.consultation, "en")
    region = draft.region("summary")
    assert region is not None
    assert region.markdown == (
        "A small consultation.\n\n"
        "3 submissions were accepted for discussion, from 2 bodies. 1 session was held. "
        "3 recommendations were put forward. Adopted: 1; not adopted: 1; without a decision so far: 1.\n\n"
        "Adopted were:\n\n"
        "-   [A shared municipal register](<#recommendation:1>)"
    )


def test_a_recommendation_tells_its_result_by_a_figure_that_follows_the_record(story: Story) -> None:
    """In the Markdown the figure is a token; in the document it reads the recorded result."""
    draft = compile_draft(story.world.consultation, "en")
    region = draft.region("recommendation:1")
    assert region is not None
    assert region.markdown.split("\n\n") == [
        "Adopted in ballot 1: {{ballot:1}}. The text below is version 1, the one that was voted on.",
        "It was drafted from 5 passages of the submissions.",
        "To be carried out by: Ghat. Deadline: 31 December 2027.",
    ]
    document = compile_document(story.world.consultation, "en")
    tokens = [node.text for node in walk(document) if isinstance(node, Token) and node.key == "ballot:1"]
    assert tokens == ["4 in favour of 5, 4 needed"] * 2
    result = next(node for node in walk(document) if isinstance(node, VoteResult))
    assert (result.outcome, plain(result.sentence)) == ("adopted", "4 in favour of 5 votes cast; 4 were needed.")
    assert result.bar is not None
    assert [(part.label, part.count) for part in result.bar.parts] == [("In favour", 4), ("Against", 1)]


def test_every_paragraph_that_cites_names_what_is_behind_it(story: Story) -> None:
    """Passages, versions, ballots and sessions, by the numbers people see."""
    document = compile_document(story.world.consultation, "en")
    cited = {citation.source.key for citation in sources(document)}
    assert {id_ for kind, id_ in cited if kind is SourceKind.PASSAGE} == {
        "TT-2026-00001/1",
        "TT-2026-00001/2",
        "TT-2026-00002/1",
        "TT-2026-00002/2",
        "TT-2026-00003/1",
    }
    assert {id_ for kind, id_ in cited if kind is SourceKind.VERSION} == {"1/1", "2/1", "3/1"}
    assert {id_ for kind, id_ in cited if kind is SourceKind.BALLOT} == {"1", "2"}
    assert {id_ for kind, id_ in cited if kind is SourceKind.SESSION} == {"1"}
    text = next(node for node in walk(document) if isinstance(node, Clauses))
    assert [plain(source.label) for source in text.sources] == [
        "Recommendation 1, version 1",
        "Ghat, passage 1 (TT-2026-00001)",
        "Ghat, passage 2 (TT-2026-00001)",
        "Al Zawiya University, passage 1 (TT-2026-00002)",
        "Al Zawiya University, passage 2 (TT-2026-00002)",
        "Name withheld, passage 1 (TT-2026-00003)",
    ]
    drafted = next(p for p in paragraphs(document) if any(s.kind is SourceKind.PASSAGE for s in p.sources))
    assert (drafted.number, len(drafted.sources)) == (17, 7)


def test_a_withheld_name_stands_nowhere(story: Story) -> None:
    """Neither the person nor the organisation, in no language."""
    for code in LANGUAGES:
        text = _text(compile_document(story.world.consultation, code, Publication(1, interim=False)))
        assert [canary for canary in CANARIES if canary in text] == []
        assert "TT-2026-00003" in text


def test_what_is_not_accepted_stands_nowhere(story: Story) -> None:
    """A text under review, and a text hidden after it was cited."""
    hide(story.submission("professor"), Review("harm", "سبب", revision=1), actor=story.world.actor("moderator"))
    for code in LANGUAGES:
        text = _text(compile_document(story.world.consultation, code))
        assert "TT-2026-00004" not in text
        assert "TT-2026-00002" not in text
        assert "Counting without naming" not in text


def test_the_arabic_document_has_no_english_words(story: Story) -> None:
    """Nothing that consult says itself: what is left is the small tracks' labels, a title in English, and the receipts."""
    found = set(re.findall(r"[A-Za-z]{3,}", _prose("ar", story)))
    assert found <= {
        "Municipal",
        "Academic",
        "Civil",
        "society",
        "track",
        "Counting",
        "without",
        "naming",
        "Compter",
        "sans",
        "nommer",
    }


def _prose(code: str, story: Story) -> str:
    document = compile_document(story.world.consultation, code)
    return " ".join(
        getattr(node, "text", "") for section in document.sections for node in walk(section) if hasattr(node, "text")
    )


def test_the_french_document_agrees_in_number(story: Story) -> None:
    """The plural forms of French: 1 and 0 are singular."""
    said = _prose("fr", story)
    assert "3 contributions ont été retenues pour discussion, venant de 2 organismes." in said
    assert "1 contribution de ce volet a été retenue pour discussion" in said
    assert "Elle a été rédigée à partir de 5 passages des contributions." in said


def test_the_arabic_document_agrees_in_number(story: Story) -> None:
    """One, two, few: each its own form."""
    said = _prose("ar", story)
    assert "قُبلت للنقاش 3 مساهمات من جهتين." in said
    assert "وعُقدت جلسة واحدة." in said
    assert "صيغت من 5 فقرات من المساهمات." in said
    assert "صيغت من فقرة واحدة من المساهمات." in said


def test_an_untranslated_recommendation_says_so(story: Story) -> None:
    """It stands in the language of record, with a notice."""
    said = _text(compile_document(story.world.consultation, "fr"))
    assert "Ce texte n’a pas été traduit\u202f; il figure ici en arabe." in said
    assert "يُدرَّب موظفو البلديات." in said


def test_edited_prose_follows_the_record_and_leads_on(story: Story) -> None:
    """Figures with a space or a stroke, receipts that everybody can read, links to recommendations."""
    world = story.world
    edit_region(
        RegionDraft(
            "summary",
            "en",
            "Adopted with {{ballot:1 for}} against {{ballot:1/against}}, as TT-2026-00001 and TT-2026-00004 asked: "
            "[the register](<#recommendation:1>).",
        ),
        consultation=world.consultation,
        actor=world.actor("organiser"),
    )
    document = compile_document(world.consultation, "en")
    summary = next(section for section in document.sections if section.id == "summary")
    first = next(paragraphs(document))
    assert plain(summary.blocks[0].content) == (  # type: ignore[union-attr]
        "Adopted with 4 against 1, as TT-2026-00001 and TT-2026-00004 asked: the register."
    )
    assert [(s.kind, s.id) for s in first.sources] == [
        (SourceKind.SUBMISSION, "TT-2026-00001"),
        (SourceKind.RECOMMENDATION, "1"),
        (SourceKind.BALLOT, "1"),
    ]
    assert "/en/c/test/submissions/TT-2026-00001/" in _text(document)
    assert "/en/c/test/submissions/TT-2026-00004/" not in _text(document)


def test_a_hidden_region_takes_no_number(story: Story) -> None:
    """The chapters after it move up."""
    world = story.world
    hide_region("method", consultation=world.consultation, actor=world.actor("organiser"))
    numbers = dict(_sections(compile_document(world.consultation, "en")))
    assert "method" not in numbers
    assert numbers["sessions"] == "1"


def test_compiling_writes_nothing(story: Story, count_queries: Counter) -> None:
    """A document is read; and however much there is, in a fixed number of queries."""
    consultation = story.world.consultation
    with count_queries() as seen:
        compile_document(consultation, "en")
    assert len(seen) == 22
    assert {statement.split()[0] for statement in seen} == {"SELECT"}
    for number in range(3):
        passages = accept_passages(story.world, "نص", "نص آخر", number=50 + number)
        propose_recommendation(story.world, passages=passages)
    consultation = story.world.consultation
    assert len(consultation.phases) + len(consultation.tracks) == 6
    with count_queries() as seen:
        compile_document(consultation, "en")
    assert len(seen) == 22


def test_an_empty_consultation_compiles(world: World) -> None:
    """Before anything was written there is a document already."""
    for code in LANGUAGES:
        document = compile_document(world.consultation, code)
        assert [section.id for section in document.sections][-1] == "annexes"
        assert canonical(document)


def test_one_reading_serves_every_language(story: Story, count_queries: Counter) -> None:
    """The material is the same; only what organisers wrote is read for each language."""
    consultation = story.world.consultation
    material = read_material(consultation)
    with count_queries() as seen:
        for code in LANGUAGES:
            compile_draft(consultation, code, material=material)
    assert len(seen) == 3


def test_names_in_another_language_say_so(story: Story) -> None:
    """A title that has no translation is marked and isolated."""
    with transaction():
        story.world.consultation.titles = Localized(ar="كيف نختبر؟")
    text = _text(compile_document(story.world.consultation, "en"))
    assert '{"dir":"rtl","lang":"ar","text":"تدريب موظفي البلديات","type":"name"}' in text
