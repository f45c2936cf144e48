"""Translations: what each is made from, who writes and who approves, what waits, and machines that say they are machines."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from consult import clock
from consult.accounts.access import ANONYMOUS, allowed
from consult.db import session, transaction
from consult.erasure.erase import erase_due
from consult.erasure.services import ErasureDraft, ask_erasure
from consult.errors import Conflict, Forbidden, Rejected
from consult.events.stream import events_after
from consult.notifications.models import Notice
from consult.outcomes.open_data_rows import translations
from consult.plugins.hookspecs import hookimpl
from consult.settings import Settings
from consult.submissions.content import number_passages
from consult.submissions.models import Submission
from consult.submissions.policies import translatable
from consult.submissions.reading import whole_submission
from consult.submissions.register import RegisterFilter, register
from consult.submissions.services import Review, accept, correct, hide, return_for_correction
from consult.submissions.translations.machine import MOST_TRIES, translate_due
from consult.submissions.translations.models import Translation, TranslationPart
from consult.submissions.translations.parts import OriginalPart, SidePart, side_by_side
from consult.submissions.translations.queries import (
    IntoLanguage,
    Published,
    case_of,
    count_waiting_translations,
    original_of,
    published_translations,
    translation_queue,
    words_of_translation,
)
from consult.submissions.translations.services import (
    TranslationDraft,
    ask_machine,
    return_translation,
    save_translation,
    set_aside,
)
from consult.submissions.translations.states import TranslationKind, Waiting
from consult.submissions.writing import Writing, write_revision
from consult.testing.acts import deliver, said
from consult.testing.small_tracks import running_app, small_plugins
from consult.testing.translators import approve, make_translator, write_translation
from consult.testing.world import World

HandIn = Callable[..., Submission]
Counting = Callable[[], AbstractContextManager[list[str]]]


class Dictionary:
    """A plugin that translates by turning words round, all but what it does not know; it fails at "stop"."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str, str]] = []

    @hookimpl
    def consult_translate(self, text: str, source: str, target: str) -> str | None:
        """Turn the text round."""
        self.heard.append((text, source, target))
        if "stop" in text:
            raise RuntimeError("the service is away")
        return None if "unknown" in text else f"{target}: {text[::-1]}"


@pytest.fixture
def dictionary() -> Dictionary:
    """The plugin of `app`."""
    return Dictionary()


@pytest.fixture
def app(settings: Settings, dictionary: Dictionary) -> Iterator[Flask]:
    """An application with small tracks and a plugin that translates."""
    yield from running_app(settings, {**small_plugins(), "dictionary": dictionary})


@pytest.fixture
def tongues(world: World) -> World:
    """The world with a translator of everything (zuwara) and one of the municipal track (professor)."""
    make_translator(world, "zuwara")
    make_translator(world, "professor", "municipal")
    return world


def told(world: World) -> list[str]:
    return [event.type for event in events_after(world.consultation_id) if "Translation" in event.type]


def waiting(world: World, who: str, language: str) -> dict[str, list[str]]:
    """Return the receipt numbers of each list, as somebody sees them; the counts are their lengths."""
    which = translatable(world.actor(who), world.consultation_id)
    counts = count_waiting_translations(world.consultation_id, which, language)
    lists = {one: translation_queue(world.consultation_id, which, language, one).rows for one in Waiting}
    assert {one: len(rows) for one, rows in lists.items()} == counts
    return {one.value: [row.number for row in rows] for one, rows in lists.items() if rows}


def shown(row: Submission) -> list[tuple[str, str, int, bool]]:
    whole = whole_submission(row.consultation_id, row.number)
    assert whole is not None
    return [(p.language, p.kind, p.revision, p.stale) for p in published_translations(whole.row, whole.open_revisions)]


def test_a_translation_from_its_first_words_to_the_public_and_when_the_original_moves(
    tongues: World, handed_in: HandIn, position: HandIn
) -> None:
    world, row = tongues, handed_in()
    number = row.number
    assert waiting(world, "professor", "fr") == {"missing": [number]}
    assert [part.key for part in original_of(row, 1)] == ["title", "p1", "p2", "p3"]
    begun = save_translation(
        TranslationDraft("fr", 1, 0, {"title": " Un  registre ", "p9": "x"}),
        submission=row,
        actor=world.actor("zuwara"),
    )
    assert (begun.version, words_of_translation(begun.id)) == (1, {"title": "Un registre"})
    assert (waiting(world, "professor", "fr"), told(world)) == ({"writing": [number]}, [])
    with pytest.raises(Rejected) as refused:
        save_translation(
            TranslationDraft("fr", 1, 1, {"p1": "x"}, ready=True), submission=row, actor=world.actor("zuwara")
        )
    whole = "Write its translation: only a whole translation is handed in."
    assert said(refused.value) == [("title", whole), ("p2", whole), ("p3", whole)]
    made = write_translation(world, row, "fr", by="zuwara", version=1)
    assert waiting(world, "organiser", "fr") == {"ready": [number]}
    assert shown(row) == []
    with pytest.raises(Forbidden):
        approve(world, made, by="zuwara")  # who wrote does not approve
    return_translation(row, "fr", 2, remark=" Le titre. ", actor=world.actor("professor"))
    deliver()
    assert (made.remark, waiting(world, "organiser", "fr")) == ("Le titre.", {"writing": [number]})
    made = write_translation(world, row, "fr", by="zuwara", version=2)
    with pytest.raises(Conflict):
        approve(world, Translation(submission_id=row.id, language="fr", version=2))  # another version than was read
    assert approve(world, made, by="professor").kind == TranslationKind.OFFICIAL
    assert (waiting(world, "zuwara", "fr"), shown(row)) == ({}, [("fr", "official", 1, False)])
    return_for_correction(row, Review("unclear", "؟"), actor=world.actor("moderator"))
    assert waiting(world, "zuwara", "fr") == {}  # it is about to change
    correct(
        position(corrects=row.id, text="تمر بغات أقدم طرق.\n\nولا تعرف البلدية عدد المقيمين."),
        consultation=world.consultation,
        actor=world.actor("ghat"),
    )
    assert (waiting(world, "zuwara", "fr"), shown(row)) == ({"stale": [number]}, [("fr", "official", 1, True)])
    accept(row, Review("in_order"), actor=world.actor("moderator"))
    assert register(world.consultation_id, RegisterFilter(words="fr")).rows == []
    again = write_translation(world, row, "fr", by="zuwara")
    approve(world, again)
    assert shown(row) == [("fr", "official", 2, False)]
    assert [line.number for line in register(world.consultation_id, RegisterFilter(words="[fr")).rows] == [number]
    set_aside(row, "fr", actor=world.actor("organiser"))
    assert (shown(row), register(world.consultation_id, RegisterFilter(words="fr")).rows) == ([], [])
    assert waiting(world, "zuwara", "fr") == {"missing": [number]}
    deliver()
    kinds = sa.select(Notice.kind).where(Notice.kind.contains("translat")).order_by(Notice.kind)
    assert session.scalars(kinds).all() == ["text_translated", "text_translated", "translation_returned"]
    once = ["TranslationHandedIn", "TranslationReturned", "TranslationHandedIn", "TranslationApproved"]
    assert told(world) == [*once, "TranslationHandedIn", "TranslationApproved", "TranslationSetAside"]


def test_who_may_do_what(tongues: World, handed_in: HandIn) -> None:
    world = tongues
    municipal, cso = handed_in("ghat"), handed_in("cso", withheld=True)
    mine = handed_in("zuwara")

    def may(who: str, row: Submission) -> list[bool]:
        asked = {
            "translation.read": row,
            "translation.write": IntoLanguage(row, "en"),
            "translation.approve": case_of(row, "en"),
        }
        return [allowed(world.actor(who), act, subject) for act, subject in asked.items()]

    assert [may(who, municipal) for who in ("zuwara", "professor", "organiser")] == [
        [True] * 3,
        [True] * 3,
        [True, False, True],
    ]
    assert [may(who, cso) for who in ("zuwara", "professor")] == [[True] * 3, [False] * 3]
    assert may("zuwara", mine) == [True, False, False]  # nobody their own
    assert [may(who, municipal) for who in ("moderator", "administrator", "ghat")] == [[False] * 3] * 3
    assert waiting(world, "professor", "en") == {"missing": [municipal.number, mine.number]}
    write_translation(world, municipal, "en", by="zuwara")
    assert [may(who, municipal)[2] for who in ("zuwara", "professor", "organiser")] == [False, True, True]
    accept(cso, Review("in_order"), actor=world.actor("moderator"))
    hide(cso, Review("harm", "x"), actor=world.actor("moderator"))
    assert may("zuwara", cso) == [False, False, True]  # hidden: out of the queue, and nothing can be approved of it
    with pytest.raises(Conflict):
        write_translation(world, cso, "en", by="zuwara")
    for language in ("ar", "xx"):
        with pytest.raises(Conflict):
            write_translation(world, municipal, language, by="zuwara")


def test_a_translation_of_a_sealed_revision_is_shown_to_nobody(
    tongues: World, handed_in: HandIn, position: HandIn
) -> None:
    world, row = tongues, handed_in()
    approve(world, write_translation(world, row, "fr", by="zuwara"))
    return_for_correction(row, Review("names_person", "الفقرة 2."), actor=world.actor("moderator"))
    correct(position(corrects=row.id, text="نص بلا أسماء."), consultation=world.consultation, actor=world.actor("ghat"))
    assert shown(accept(row, Review("in_order"), actor=world.actor("moderator"))) == []


def test_a_text_that_changes_its_language_is_not_shown_in_a_translation_into_it(
    tongues: World, handed_in: HandIn, position: HandIn
) -> None:
    world, row = tongues, handed_in()
    for language in ("fr", "en"):
        approve(world, write_translation(world, row, language, by="zuwara"))
    accept(row, Review("in_order"), actor=world.actor("moderator"))
    assert {one["language"] for one in translations(world.consultation, ANONYMOUS)} == {"en", "fr"}
    with transaction():
        english = Writing("A register", "en", number_passages("Ghat lies on the oldest of the roads.", ""))
        write_revision(row, english, by=None)
    assert shown(row) == [("fr", "official", 1, True)]
    assert {one["language"] for one in translations(world.consultation, ANONYMOUS)} == {"fr"}
    with pytest.raises(Conflict, match="No translation is shown"):
        set_aside(row, "en", actor=world.actor("organiser"))
    with transaction():  # as it stood before
        session.execute(sa.update(Translation).where(Translation.language == "en").values(replaced_at=None))
    set_aside(row, "en", actor=world.actor("organiser"))
    assert shown(row) == [("fr", "official", 1, True)]


def test_what_was_saved_meanwhile_is_not_written_over(app: Flask, tongues: World, handed_in: HandIn) -> None:
    row = handed_in()
    number, came, ready = row.id, [], threading.Barrier(2)

    def save(who: str) -> None:
        with app.app_context():
            actor, text = tongues.actor(who), session.get_one(Submission, number)
            session.rollback()
            ready.wait()
            try:
                came.append(
                    save_translation(TranslationDraft("en", 1, 0, {"title": who}), submission=text, actor=actor).version
                )
            except Conflict as error:
                came.append(str(error.message)[:24])
            finally:
                session.remove()

    threads = [threading.Thread(target=save, args=(who,)) for who in ("zuwara", "professor")]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(map(str, came)) == ["1", "Somebody has saved this "]
    session.rollback()
    made = session.scalars(sa.select(Translation)).one()
    assert words_of_translation(made.id) in ({"title": "zuwara"}, {"title": "professor"})
    with pytest.raises(Conflict, match="new revision"):
        save_translation(TranslationDraft("en", 2, 1, {}), submission=row, actor=tongues.actor("zuwara"))


def test_a_machine_is_asked_once_in_the_worker_and_only_what_everybody_may_read(
    tongues: World, handed_in: HandIn, dictionary: Dictionary
) -> None:
    world, row = tongues, handed_in(answers={"decision": "قرار ٣١", "telephone": "رقم"})
    zuwara = world.actor("zuwara")
    with pytest.raises(Conflict, match="everybody may read"):
        ask_machine(row, "fr", actor=zuwara)
    accept(row, Review("in_order"), actor=world.actor("moderator"))
    ask_machine(row, "fr", actor=zuwara)
    with pytest.raises(Conflict, match="already"):
        ask_machine(row, "fr", actor=zuwara)
    assert (shown(row), dictionary.heard) == ([], [])
    assert [translate_due(), translate_due()] == [True, False]
    assert [heard[1:] for heard in dictionary.heard] == [("ar", "fr")] * 5
    assert dictionary.heard[-1][0] == "قرار ٣١"
    assert shown(row) == [("fr", "machine", 1, False)]
    assert waiting(world, "zuwara", "fr") == {
        "missing": [row.number]
    }  # a machine's is no translation that anybody answers for
    [made] = published_translations(row, [1])
    assert made == Published(made.id, "fr", TranslationKind.MACHINE, 1, False, None)
    assert words_of_translation(made.id)["title"] == f"fr: {row.title[::-1]}"
    approve(world, write_translation(world, row, "fr", by="zuwara"))
    assert shown(row) == [("fr", "official", 1, False)]
    assert told(world)[:2] == ["MachineTranslationAsked", "MachineTranslationMade"]


@pytest.mark.parametrize("title", ["unknown", "stop"])
def test_a_machine_that_gives_nothing_is_tried_again_and_given_up(
    tongues: World, handed_in: HandIn, title: str
) -> None:
    row = accept(handed_in(title=title), Review("in_order"), actor=tongues.actor("moderator"))
    ask_machine(row, "fr", actor=tongues.actor("zuwara"))
    now = clock.now()
    for tries in range(MOST_TRIES + 1):
        with clock.at(now + timedelta(minutes=11 * tries)):
            assert translate_due() is (tries < MOST_TRIES)
    assert shown(row) == []
    ask_machine(row, "fr", actor=tongues.actor("zuwara"))  # and it can be asked for again


def test_the_queue_is_paged_by_key_at_the_same_cost(tongues: World, handed_in: HandIn, count_queries: Counting) -> None:
    rows = [handed_in(key) for key in ("ghat", "derna", "professor")]
    accept(rows[1], Review("in_order"), actor=tongues.actor("moderator"))  # accepted or not, the oldest comes first
    first, *others = [row.number for row in rows]
    which = translatable(tongues.actor("zuwara"), tongues.consultation_id)
    with count_queries() as queries:
        found = translation_queue(tongues.consultation_id, which, "en", Waiting.MISSING, after=first)
    assert ([line.number for line in found.rows], len(queries)) == (others, 1)


def test_passages_keep_their_translation_when_others_come_before_them() -> None:
    def text(number: int, words: str) -> OriginalPart:
        return OriginalPart(f"p{number}", "text", words)

    before = [OriginalPart("title", "title", "T"), text(1, "one two"), text(2, "three")]
    now = [OriginalPart("title", "title", "T"), text(1, "new"), text(2, "one two"), text(3, "three four")]
    written = {"title": "t", "p1": "un deux", "p2": "trois"}
    assert side_by_side(now, before, written) == [
        SidePart(now[0], "t"),
        SidePart(now[1], "", (("ins", "new"),)),
        SidePart(now[2], "un deux"),
        SidePart(now[3], "trois", (("plain", "three "), ("ins", "four"))),
    ]
    assert [side.text for side in side_by_side(now, None, written)] == ["t", "un deux", "trois", ""]


def test_a_translation_goes_with_the_text_of_somebody_who_is_erased(tongues: World, handed_in: HandIn) -> None:
    row = handed_in()
    approve(tongues, write_translation(tongues, row, "fr", by="zuwara"))
    ghat = tongues.actor("ghat")
    with clock.at(ask_erasure(ErasureDraft(frozenset({row.number}), ghat.name), actor=ghat).due_at):
        assert erase_due()
    assert [
        session.scalar(sa.select(sa.func.count()).select_from(kind)) for kind in (Translation, TranslationPart)
    ] == [0, 0]
