"""Letters to authors: the receipt, the decision with its reason, and what became of each text; nothing confidential."""

from __future__ import annotations

import sqlalchemy as sa

from consult.accounts.models import Person
from consult.consultations.services import end_membership
from consult.db import session, transaction
from consult.events.deliver import deliver_due
from consult.notifications.letters.submissions import WHY_BODY
from consult.notifications.models import Mail
from consult.outcomes.services import Silence, publish_edition
from consult.submissions.services import Review, SubmissionDraft, hide, return_for_correction, submit
from consult.testing.colleagues import colleague
from consult.testing.story import TEXTS, Story
from consult.testing.world import World


def _letters(kind: str = "") -> list[Mail]:
    while deliver_due():
        pass
    query = sa.select(Mail).order_by(Mail.created_at, Mail.id)
    return list(session.scalars(query.where(Mail.kind == kind) if kind else query))


def _reads(world: World, key: str, language: str) -> None:
    with transaction():
        session.get_one(Person, world.people[key]).language = language


def test_the_receipt_and_the_decisions(world: World) -> None:
    """Each once, in the author's language; what the text and the moderator say stands on the page."""
    _reads(world, "professor", "en")
    draft = SubmissionDraft(
        world.members["professor"], "Counting without naming", "en", "What is counted.", topics=("gcm-1",)
    )
    row = submit(draft, consultation=world.consultation, actor=world.actor("professor"))
    moderator = world.actor("moderator")
    return_for_correction(row, Review("unclear", "أي بيانات تقصد؟", revision=1), actor=moderator)
    received, returned = _letters()
    assert (received.kind, received.language, received.address) == (
        "submission_received",
        "en",
        "professor@example.org",
    )
    assert received.subject == "Receipt TT-2026-00001"
    assert "Counting without naming" not in received.text + received.html
    assert "http://localhost/en/c/test/submissions/TT-2026-00001/" in received.text
    assert returned.subject == "Returned for correction: TT-2026-00001"
    assert "The reason stands on the page of your submission. Sign in to read it." in returned.text
    for words in ("أي بيانات تقصد؟", "cannot be understood", "Counting"):
        assert words not in returned.text + returned.html
    assert len(_letters()) == 2


def test_a_hidden_text_is_told_without_its_ground(story: Story) -> None:
    """In Arabic, right to left."""
    hide(story.submission("ghat"), Review("harm", "فيه تحريض", revision=1), actor=story.world.actor("moderator"))
    (letter,) = _letters("submission_hidden")
    assert letter.subject == "أُخفي النص: TT-2026-00001"
    assert "فيه تحريض" not in letter.text + letter.html


def test_a_withheld_author_is_told_nothing_confidential(story: Story) -> None:
    """Number and link; neither title, nor text, nor reason, nor what the text led to."""
    hide(story.submission("cso"), Review("harm", "سبب سرّي", revision=1), actor=story.world.actor("moderator"))
    with transaction():
        story.submission("cso").state = "accepted"
    publish_edition(
        consultation=story.world.consultation,
        actor=story.world.actor("organiser"),
        silence=Silence("Reading goes on.", "en"),
    )
    letters = [letter for letter in _letters() if letter.address == "cso@example.org"]
    assert [letter.kind for letter in letters] == [
        "submission_received",
        "submission_accepted",
        "submission_hidden",
        "edition_published",
    ]
    title, _, text = TEXTS["cso"]
    for letter in letters:
        whole = letter.subject + letter.text + letter.html
        assert "TT-2026-00003" in whole
        assert [word for word in (title, text, "سبب سرّي", "سجل بلدي موحّد") if word in whole] == []


def test_every_author_learns_what_became_of_the_text(story: Story) -> None:
    """Once for each edition and author, in their language; those whose text is not accepted get none."""
    world = story.world
    _reads(world, "professor", "fr")
    publish_edition(
        consultation=world.consultation, actor=world.actor("organiser"), silence=Silence("Reading goes on.", "en")
    )
    letters = {letter.address: letter for letter in _letters("edition_published")}
    assert sorted(letters) == ["cso@example.org", "ghat@example.org", "professor@example.org"]
    french = letters["professor@example.org"]
    assert french.language == "fr"
    assert french.subject == "Ce que sont devenues vos contributions"
    lines = [line for line in french.text.splitlines() if line.startswith("–")]
    assert lines == [
        "– Passages 1, 2 de cette contribution",
        "– Recommandation 1, version 1\u00a0: Un registre municipal commun (Adoptée)",
        "– Scrutin 1\u00a0: Adoptée (4 pour sur 5, 4 requis)",
        "– Document final, édition 1, paragraphe 17",
        "– Passage 1 de cette contribution",
        "– Recommandation 2, version 1\u00a0: Un fonds pour les municipalités (Rejetée)",
        "– Scrutin 2\u00a0: Rejetée (1 pour sur 3, 2 requis)",
        "– Document final, édition 1, paragraphe 24",
    ]
    assert "http://localhost/fr/c/test/outcome/1/" in french.text
    assert letters["ghat@example.org"].language == "ar"


def test_once_its_author_has_left_those_learn_it_who_take_part_for_the_body(story: Story) -> None:
    world, row = story.world, story.submission("ghat")
    with transaction():
        row.signed_off_at = row.received_at
    colleague(world, "second")
    _reads(world, "second", "en")
    end_membership(world.member("ghat"), consultation=world.consultation, actor=world.actor("organiser"))
    publish_edition(
        consultation=world.consultation, actor=world.actor("organiser"), silence=Silence("Reading goes on.", "en")
    )
    letters = {letter.address: letter for letter in _letters("edition_published")}
    assert sorted(letters) == ["cso@example.org", "professor@example.org", "second@example.org"]
    assert row.number in letters["second@example.org"].text
    assert str(WHY_BODY) in letters["second@example.org"].text


def test_an_import_without_an_author_writes_to_nobody(story: Story) -> None:
    """There is no one to tell."""
    with transaction():
        story.submission("ghat").member_id = None
    hide(story.submission("ghat"), Review("harm", "سبب", revision=1), actor=story.world.actor("moderator"))
    assert _letters("submission_hidden") == []
