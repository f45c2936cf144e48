"""The compiler: from the record and from what organisers made of it to one document in one language.

A draft holds every region with what would be generated now beside what an organiser wrote; a document is what is printed.
Compiling reads and never writes: nothing that was edited can be lost by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from consult import clock
from consult.consultations.models import Consultation
from consult.i18n import N_, direction
from consult.outcomes.generated import annexes, closing, front, method, sessions, tracks
from consult.outcomes.links import within_document
from consult.outcomes.markup import markdown_of
from consult.outcomes.material import Material
from consult.outcomes.outline import Chapter, Generated, Narrator, Publication
from consult.outcomes.prose_tokens import Citer, receipts_in
from consult.outcomes.queries import RegionRow, accepted_receipts, regions_of
from consult.outcomes.reading import read_material
from consult.outcomes.regions import RegionWords
from consult.outcomes.sentences import day, words
from consult.outcomes.states import RegionMode, RegionState
from consult.outcomes.tree import Block, Cover, Document, Heading, Paragraph, Section, SectionKind
from consult.outcomes.walk import plain, with_numbers
from consult.outcomes.words import document_words
from consult.runtime import runtime


@dataclass(frozen=True, slots=True)
class DraftRegion:
    """A region as generated now, with what an organiser made of it; `number` is printed before its title."""

    generated: Generated
    words: RegionWords
    markdown: str
    edited_at: datetime | None
    number: str = ""

    @property
    def key(self) -> str:
        """The region's stable key."""
        return self.generated.key

    @property
    def state(self) -> RegionState:
        """What the editor shows."""
        return self.words.state(self.markdown)

    @property
    def text(self) -> str:
        """The Markdown an organiser starts from."""
        return self.words.editable(self.markdown)

    @property
    def empty(self) -> bool:
        """Tell whether nothing is printed of it: hidden, or nothing was generated and nobody wrote."""
        shown = self.words.shown(self.markdown)
        return shown is None or (not shown and not self.generated.record())


@dataclass(frozen=True, slots=True)
class DraftChapter:
    """A chapter with its regions."""

    chapter: Chapter
    regions: tuple[DraftRegion, ...]
    number: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """The whole document in one language, before it is printed; `orphans` are edited texts that no region asks for now."""

    narrator: Narrator
    chapters: tuple[DraftChapter, ...]
    citer: Citer = field(repr=False)
    orphans: tuple[str, ...] = ()

    @property
    def regions(self) -> Iterator[DraftRegion]:
        """Every region in order."""
        return (region for chapter in self.chapters for region in chapter.regions)

    def region(self, key: str) -> DraftRegion | None:
        """Return a region by its key."""
        return next((region for region in self.regions if region.key == key), None)

    def prose(self, region: DraftRegion) -> tuple[Block, ...]:
        """Return the prose of a region as it is printed now; nothing for a hidden one."""
        match region.words.mode:
            case RegionMode.AUTO:
                return tuple(self.citer.filled(block) for block in region.generated.prose)
            case RegionMode.HIDDEN:
                return ()
            case _:
                return self.citer.blocks(region.words.text, region.generated.sources)

    def printed(self, markdown: str, region: DraftRegion) -> tuple[Block, ...]:
        """Return how a text would be printed in a region."""
        return self.citer.blocks(markdown, region.generated.sources)


def compile_document(
    consultation: Consultation,
    language: str,
    publication: Publication | None = None,
    at: datetime | None = None,
    material: Material | None = None,
) -> Document:
    """Return the document of a consultation in "ar", "en" or "fr": a draft without seal, or an edition's text.

    `at` is when it is published (default now); `material` may be given so that several languages are told from one reading.
    """
    draft = compile_draft(consultation, language, publication, material)
    return printed(draft, at or clock.now())


def compile_draft(
    consultation: Consultation,
    language: str,
    publication: Publication | None = None,
    material: Material | None = None,
) -> Draft:
    """Return every region of the document in a language, generated and edited."""
    narrator = Narrator(material or read_material(consultation), language, publication)
    kept = regions_of(consultation.id, language)
    named = {number for row in kept.values() for number in receipts_in(row.words.text)}
    citer = Citer(narrator.material, narrator.addresses, accepted_receipts(consultation.id, named))
    chapters = [_drafted(chapter, kept) for chapter in outline(narrator)]
    known = {region.key for chapter in chapters for region in chapter.regions}
    return Draft(narrator, tuple(_numbered(chapters, language)), citer, tuple(sorted(kept.keys() - known)))


def outline(narrator: Narrator) -> Iterator[Chapter]:
    """Yield the chapters of the document in order."""
    made: Iterable[Callable[[Narrator], Chapter | None]] = (
        front.cover,
        front.foreword,
        front.summary,
        method.method,
        sessions.sessions,
    )
    yield from _present(made, narrator)
    yield from tracks.tracks(narrator)
    yield from _present((closing.table, closing.next_steps, annexes.annexes), narrator)


def _present(made: Iterable[Callable[[Narrator], Chapter | None]], narrator: Narrator) -> Iterator[Chapter]:
    for make in made:
        chapter = make(narrator)
        if chapter is not None:
            yield chapter


def _drafted(chapter: Chapter, kept: Mapping[str, RegionRow]) -> DraftChapter:
    regions = []
    for generated in chapter.regions:
        row = kept.get(generated.key)
        known, at = (RegionWords(), None) if row is None else (row.words, row.edited_at)
        regions.append(DraftRegion(generated, known, generated_markdown(generated), at))
    return DraftChapter(chapter, tuple(regions))


def generated_markdown(generated: Generated) -> str:
    """Return the Markdown of what is generated, "" for nothing."""
    return markdown_of(generated.prose).strip("\n") if generated.prose else ""


def _numbered(chapters: Iterable[DraftChapter], language: str) -> Iterator[DraftChapter]:
    """Yield the chapters with their printed numbers; what is not printed takes none."""
    count = 0
    for chapter in chapters:
        kind = chapter.chapter.kind
        if kind is SectionKind.FRONT or all(region.empty for region in chapter.regions):
            yield chapter
        elif kind is SectionKind.ANNEX:
            yield _with_numbers(chapter, "", iter(annexes.LETTERS[language]))
        else:
            count += 1
            yield _with_numbers(chapter, str(count), (f"{count}.{n}" for n in range(1, 10**6)))


def _with_numbers(chapter: DraftChapter, number: str, numbers: Iterator[str]) -> DraftChapter:
    if chapter.chapter.single:
        return DraftChapter(chapter.chapter, tuple(_renumbered(one, number) for one in chapter.regions), number)
    regions = tuple(one if one.empty else _renumbered(one, next(numbers)) for one in chapter.regions)
    return DraftChapter(chapter.chapter, regions, number)


def _renumbered(region: DraftRegion, number: str) -> DraftRegion:
    return DraftRegion(region.generated, region.words, region.markdown, region.edited_at, number)


def printed(draft: Draft, at: datetime) -> Document:
    """Return the document that a draft is now, dated `at`."""
    narrator, published = draft.narrator, draft.narrator.publication
    language, base = narrator.language, runtime().settings.base_url.rstrip("/")
    number = 0 if published is None else published.number
    return Document(
        cover=_cover(draft, at),
        sections=within_document(with_numbers(_sections(draft))),
        published=at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        words=document_words(language),
        edition=number,
        site=base,
        verification="" if published is None else base + narrator.addresses.verification(number),
        lang=language,
        dir=direction(language),
    )


def _cover(draft: Draft, at: datetime) -> Cover:
    """Return the cover: the first heading is the title, the paragraphs are the subtitle and who publishes."""
    narrator = draft.narrator
    region = draft.region("cover")
    blocks = () if region is None else draft.prose(region)
    titles = [plain(block.content) for block in blocks if isinstance(block, Heading)]
    lines = [plain(block.content) for block in blocks if isinstance(block, Paragraph)]
    return Cover(
        consultation=narrator.material.names.for_language(narrator.language),
        title=titles[0] if titles else words(N_("Outcome document"), narrator.language),
        subtitle=lines[0] if lines else "",
        edition=_edition(narrator),
        date=day(at, narrator.material.timezone, narrator.language),
        publisher=" ".join(lines[1:]),
    )


def _edition(narrator: Narrator) -> str:
    published = narrator.publication
    if published is None:
        return ""
    said = (
        N_("Edition %(number)s, before the end of the consultation", number=published.number)
        if published.interim
        else N_("Edition %(number)s", number=published.number)
    )
    return words(said, narrator.language)


def _sections(draft: Draft) -> Iterator[Section]:
    for chapter in draft.chapters:
        shown = [region for region in chapter.regions if not region.empty]
        if chapter.chapter.key == "cover" or not shown:
            continue
        kind = chapter.chapter.kind
        if chapter.chapter.single:
            yield _section(draft, shown[0], kind)
        else:
            inner = tuple(_section(draft, region, kind) for region in shown)
            yield Section(chapter.chapter.title, inner, chapter.number, kind, id=chapter.chapter.key)


def _section(draft: Draft, region: DraftRegion, kind: SectionKind) -> Section:
    blocks = (*draft.prose(region), *region.generated.record())
    return Section(region.generated.title, blocks, region.number, kind, id=region.key)


__all__ = ["Draft", "DraftChapter", "DraftRegion", "compile_document", "compile_draft", "printed"]
