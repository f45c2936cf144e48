"""Editions: what blocks one, that it is sealed, immutable and the same for ever, and the trace written with it."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from hashlib import sha256

import pypdfium2
import pytest
import sqlalchemy as sa

from consult import clock
from consult.accounts.access import ANONYMOUS
from consult.db import session, transaction
from consult.errors import Conflict, Forbidden, Rejected
from consult.events.checkpoint import latest_checkpoint, verify_log
from consult.events.models import Checkpoint
from consult.events.stream import current_seq, events_after
from consult.i18n import LANGUAGES, Localized
from consult.outcomes import publishing
from consult.outcomes.addresses import Addresses
from consult.outcomes.canonical import from_json
from consult.outcomes.edition_pages import pages_of
from consult.outcomes.hindrances import blocking, hindrances
from consult.outcomes.models import Edition, EditionFile
from consult.outcomes.queries import editions_of, file_content, files_of
from consult.outcomes.renderers import render
from consult.outcomes.services import RegionDraft, Silence, edit_region, publish_edition
from consult.testing.story import CANARIES, Story, open_named_ballot
from consult.testing.world import World


def _publish(world: World) -> Edition:
    return publish_edition(
        consultation=world.consultation, actor=world.actor("organiser"), silence=Silence("Reading goes on.", "en")
    )


def _words(world: World) -> list[tuple[str, bool]]:
    return [(str(one.message), one.blocks) for one in hindrances(world.consultation)]


def test_an_edition_from_the_database_to_the_seal(story: Story) -> None:
    """One publication, looked at from every side (setting files takes seconds)."""
    world = story.world
    edition = _publish(world)
    _files_are_complete(edition)
    _seal_can_be_computed_again(edition)
    _the_same_text_gives_the_same_bytes(edition)
    _the_log_knows_it(world, edition)
    _nothing_can_be_changed(edition)
    _the_pdf_can_be_read(edition)
    _no_withheld_name(edition)
    assert [(line.number, line.seal) for line in editions_of(world.consultation_id)] == [(1, edition.seal)]
    assert _publish(world).number == 2


def _files_are_complete(edition: Edition) -> None:
    parts = ("annex.agendas", "annex.bodies", "annex.submissions", "annex.votes", "common", "integrity", "method")
    more = ("next", "sessions", "table", "track.academic", "track.cso", "track.municipal")
    pages = [f"page/{part}" for part in (*parts, *more)]
    assert [(file.language, file.format) for file in files_of(edition.id)] == [
        (code, form) for code in sorted(LANGUAGES) for form in ("html", "json", "page", *pages, "pdf")
    ]
    for file in session.scalars(sa.select(EditionFile)):
        assert (file.sha256, file.size) == (sha256(file.content).hexdigest(), len(file.content))


def _content(edition: Edition, code: str, form: str) -> bytes:
    found = file_content(edition.id, code, form)
    assert found is not None
    return found


def _seal_can_be_computed_again(edition: Edition) -> None:
    """As anybody would: hash the three texts, write the list, hash the list."""
    lines = [
        f"{sha256(_content(edition, code, 'json')).hexdigest()}  test-outcome-1-{code}.json\n"
        for code in ("ar", "en", "fr")
    ]
    manifest = json.loads(edition.manifest)
    assert manifest["sealed"] == "".join(lines)
    assert sha256("".join(lines).encode()).hexdigest() == edition.seal == manifest["seal"]
    assert (manifest["consultation"], manifest["edition"]) == ("test", 1)
    listed = {(file["language"], file["format"]): file["sha256"] for file in manifest["files"]}
    assert listed == {
        (file.language, file.format): file.sha256 for file in files_of(edition.id) if "page" not in file.format
    }


def _the_same_text_gives_the_same_bytes(edition: Edition) -> None:
    for code in ("ar", "en"):
        document = from_json(_content(edition, code, "json"))
        for form in ("html", "pdf"):
            assert render(document, form, edition.seal) == _content(edition, code, form)
        for form, content in pages_of(document, edition.seal, Addresses("test", code)):
            assert content == _content(edition, code, form)
        assert document.verification == f"http://localhost/{code}/c/test/outcome/1/verify/?seal={{seal}}"
        assert document.cover.edition in {"Edition 1", "الطبعة 1"}


def _the_log_knows_it(world: World, edition: Edition) -> None:
    event = events_after(world.consultation_id, newest_first=True, limit=1)[0]
    assert (event.type, dict(event.facts)) == (
        "EditionPublished",
        {"edition": str(edition.id), "number": 1, "seal": edition.seal, "languages": ["ar", "en", "fr"]},
    )
    newest = latest_checkpoint(world.consultation_id)
    assert newest is not None
    assert newest.size == current_seq(world.consultation_id)
    printed = json.loads(edition.manifest)["checkpoint"]
    assert (
        printed == session.scalars(sa.select(Checkpoint.note).where(Checkpoint.size == newest.size - 2)).one()
    )  # before the reason and itself
    assert verify_log()[1] == []


def _nothing_can_be_changed(edition: Edition) -> None:
    for table, change in (("edition", "seal = 'x'"), ("edition_file", "size = 0"), ("citation", "paragraph = 0")):
        for statement in (f"UPDATE {table} SET {change}", f"DELETE FROM {table}"):
            with pytest.raises(sa.exc.DatabaseError, match="never changed"), transaction():
                session.execute(sa.text(statement))


def _the_pdf_can_be_read(edition: Edition) -> None:
    pdf = pypdfium2.PdfDocument(io.BytesIO(_content(edition, "en", "pdf")))
    text = " ".join(page.get_textpage().get_text_bounded() for page in pdf)
    pdf.close()
    assert "Recommendation 1: A shared municipal register" in " ".join(text.split())
    assert edition.seal[:4] in text


def _no_withheld_name(edition: Edition) -> None:
    for code in LANGUAGES:
        for form in (file.format for file in files_of(edition.id) if file.language == code and file.format != "pdf"):
            text = _content(edition, code, form).decode()
            assert [canary for canary in CANARIES if canary in text] == []


def test_what_hinders_is_said_in_words(story: Story) -> None:
    """What blocks comes first; what is only incomplete warns."""
    world = story.world
    assert _words(world) == [
        ("The foreword is missing in the Arabic document.", False),
        ("The foreword is missing in the English document.", False),
        ("The foreword is missing in the French document.", False),
        ("Recommendation 3 has no up-to-date text in: English, French.", False),
        ("4 submissions have no answer: say why, and the reason is published with the edition.", False),
    ]
    how = {"consultation": world.consultation, "actor": world.actor("organiser")}
    open_named_ballot(story, "training")
    edit_region(RegionDraft("foreword", "en", "The third was decided by {{ballot:3 for}}."), **how)
    edit_region(RegionDraft("summary", "ar", "خلاصتنا."), **how)
    with transaction():
        world.consultation.summaries = Localized(ar="تشاور أكبر.")
        for phase in world.consultation.phases:
            phase.closes_at = clock.now() - timedelta(minutes=1)
        world.consultation.public = False
    assert _words(world) == [
        ("The consultation is still being set up: nobody could read the edition.", True),
        ("Its source changed after it was edited: Summary (the Arabic document)", True),
        ("The foreword is missing in the Arabic document.", True),
        ("{{ballot:3/for}} has no result: Foreword (the English document)", True),
        ("The foreword is missing in the French document.", True),
        ("The phase of the outcome document is not open: this will be an edition before the end.", False),
        ("Ballot 3 is open: the edition will say that it is being voted on.", False),
        ("Recommendation 3 has no up-to-date text in: English, French.", False),
        ("4 submissions have no answer: say why, and the reason is published with the edition.", False),
    ]
    with pytest.raises(Conflict, match="still being set up"):
        _publish(world)
    assert editions_of(world.consultation_id) == []
    assert len(blocking(hindrances(world.consultation))) == 5


def test_nothing_is_published_in_silence(story: Story) -> None:
    """Without a reason for those that have no answer, no edition; the reason is kept with it, and told in the log."""
    world = story.world
    for silence, field in (
        (None, "silence"),
        (Silence(" \n", "en"), "silence"),
        (Silence("Why.", "?"), "silence_language"),
    ):
        with pytest.raises(Rejected) as caught:
            publish_edition(consultation=world.consultation, actor=world.actor("organiser"), silence=silence)
        assert [problem.field for problem in caught.value.problems] == [field]
    assert editions_of(world.consultation_id) == []
    _publish(world)
    (line,) = editions_of(world.consultation_id)
    assert (line.unanswered, line.silence, line.silence_language) == (4, "Reading goes on.", "en")
    told = [(event.type, event.facts.get("unanswered")) for event in events_after(world.consultation_id, 0)][-2:]
    assert told == [("SilenceExplained", 4), ("EditionPublished", None)]


def test_who_may_publish(world: World) -> None:
    """Organisers of the consultation, nobody else."""
    for actor in (ANONYMOUS, world.actor("ghat"), world.actor("moderator"), world.actor("administrator")):
        with pytest.raises(Forbidden):
            publish_edition(consultation=world.consultation, actor=actor)


def test_an_edition_before_the_end_says_so(world: World) -> None:
    """While the phase of the outcome document is still to come, the cover tells it."""
    with transaction():
        for phase in world.consultation.phases:
            if "outcome" in phase.rights:
                phase.opens_at = clock.now() + timedelta(days=1)
    edition = _publish(world)
    document = from_json(_content(edition, "fr", "json"))
    assert document.cover.edition == "Édition 1, avant la fin de la consultation"


def test_what_moves_while_the_files_are_set_is_not_missed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text edited meanwhile is in the edition: it is set anew on what stands then."""
    real, tries = publishing.canonical, []

    def slow(document: object) -> bytes:
        if not tries:
            tries.append(1)
            edit_region(
                RegionDraft("summary", "en", "Written while the files were set."),
                consultation=world.consultation,
                actor=world.actor("organiser"),
            )
        return real(document)  # type: ignore[arg-type]

    monkeypatch.setattr(publishing, "canonical", slow)
    edition = _publish(world)
    assert "Written while the files were set." in _content(edition, "en", "json").decode()


def test_a_record_that_never_rests_is_not_published(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """After three attempts it is said; nothing is half written."""
    real, count = publishing.canonical, iter(range(100))

    def busy(document: object) -> bytes:
        edit_region(
            RegionDraft("summary", "en", f"Text {next(count)}."),
            consultation=world.consultation,
            actor=world.actor("organiser"),
        )
        return real(document)  # type: ignore[arg-type]

    monkeypatch.setattr(publishing, "canonical", busy)
    monkeypatch.setattr(publishing, "_files", lambda *_: ())
    with pytest.raises(Conflict, match="Nothing was published"):
        _publish(world)
    assert editions_of(world.consultation_id) == []
