"""The letters of answer: one for each submission that is not withdrawn, sent once, and again only for what is new."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
import sqlalchemy as sa

from consult import clock
from consult.accounts.models import Body, Person
from consult.ballots.services import annul
from consult.consultations.ending import Silence
from consult.consultations.names import NAME_WITHHELD
from consult.db import session, transaction
from consult.errors import Conflict, Forbidden, Rejected
from consult.events.deliver import deliver_due
from consult.events.models import EventRow
from consult.i18n import Localized
from consult.notifications.bounces import comes_back, refused
from consult.notifications.models import Mail
from consult.outcomes.letter_words import Words, words_of
from consult.outcomes.letters import Due, cases, letter_of, letters_due
from consult.outcomes.models import LetterRound
from consult.outcomes.printing import OnPaper, Tally, count_on_paper, letters_on_paper, tally
from consult.outcomes.services import mark_printed, publish_edition, send_letters, write_letter_words
from consult.recommendations.responses import (
    RequestDraft,
    ResponseDraft,
    ask_response,
    digest_of,
    sign_response,
)
from consult.recommendations.services import Answer, ClauseDraft, Target, VersionDraft, answer, write_version
from consult.submissions.models import Submission
from consult.submissions.services import Review, hide, withdraw
from consult.submissions.states import SubmissionState
from consult.testing.responses import write_response
from consult.testing.story import CLAUSE, REGISTER, TEXTS, Story

CountQueries = Callable[[], AbstractContextManager[list[str]]]
SECRET = "سبب لا يُكتب في بريد"


def give(story: Story, given: Answer, key: str, passage: int = 0) -> None:
    target = Target(story.submissions[key], story.passages(key)[passage - 1] if passage else None)
    answer(given, [target], consultation=story.world.consultation, actor=story.world.actor("organiser"))


def send(story: Story) -> LetterRound:
    return send_letters(consultation=story.world.consultation, actor=story.world.actor("organiser"))


def mails() -> list[Mail]:
    while deliver_due():
        pass
    return list(session.scalars(sa.select(Mail).where(Mail.kind == "answer").order_by(Mail.address, Mail.id)))


def test_there_are_as_many_letters_as_submissions_that_are_not_withdrawn(story: Story) -> None:
    world = story.world
    withdraw(story.submission("cso"), actor=world.actor("cso"))
    hide(story.submission("professor"), Review("harm", "Words."), actor=world.actor("moderator"))
    with transaction():
        session.get_one(Person, world.people["professor"]).language = "fr"
    give(story, Answer("not_agreed", reason=SECRET, language="ar"), "ghat")
    assert (letters_due(world.consultation_id).letters, letters_due(world.consultation_id).by_mail) == (3, 3)
    row = send(story)
    assert (row.number, row.letters) == (1, 3)  # Ghat's, the hidden one, and Derna's, which is still under review
    found = mails()
    assert [(mail.address, mail.language) for mail in found] == [
        ("derna@example.org", "ar"),
        ("ghat@example.org", "ar"),
        ("professor@example.org", "fr"),
    ]
    assert "http://localhost/fr/c/test/letters/TT-2026-00002/" in found[2].text
    for mail in found:
        whole = mail.subject + mail.text + mail.html
        assert [
            part for part in (SECRET, TEXTS["ghat"][0], TEXTS["ghat"][2][:20], REGISTER["ar"]) if part in whole
        ] == []
    event = session.scalars(sa.select(EventRow).where(EventRow.type == "LettersSent")).one()
    assert (event.facts, event.actor_id) == (
        {"round": str(row.id), "number": 1, "letters": 3},
        world.people["organiser"],
    )


def test_each_is_sent_once_and_again_only_when_something_is_new(story: Story) -> None:
    world = story.world
    assert send(story).letters == 4
    assert len(mails()) == 4
    assert len(mails()) == 4  # the reader reads the log again: nothing is written twice
    with pytest.raises(Conflict, match="nothing is new since"):
        send(story)
    give(story, Answer("noted"), "professor")
    assert letter_of(story.submission("professor"), "en").changed is True
    assert letter_of(story.submission("ghat"), "en").changed is False
    assert len(mails()) == 4  # a new answer alone sends nothing
    hide(story.submission("ghat"), Review("harm", "Words."), actor=world.actor("moderator"))
    second = send(story)
    assert (second.number, second.letters) == (2, 2)
    assert letter_of(story.submission("professor"), "en").changed is False
    assert sorted(mail.address.partition("@")[0] for mail in mails()) == [
        *("cso", "derna", "ghat", "ghat", "professor", "professor")
    ]


def test_organisers_send_and_nobody_else(story: Story) -> None:
    for key in ("moderator", "administrator", "ghat"):
        with pytest.raises(Forbidden):
            send_letters(consultation=story.world.consultation, actor=story.world.actor(key))
    with transaction():
        story.submission("cso").member_id = None
        session.get_one(Person, story.world.people["derna"]).email = ""
    due = letters_due(story.world.consultation_id)
    assert (due.letters, due.by_mail) == (4, 2)
    assert send(story).letters == 4
    assert [mail.address for mail in mails()] == ["ghat@example.org", "professor@example.org"]


def test_a_letter_tells_of_each_passage_to_the_vote(story: Story, count_queries: CountQueries) -> None:
    give(story, Answer("taken_up", 1, "1.1"), "ghat", 2)
    give(story, Answer("noted", reason="Kept in mind.", language="en"), "ghat")
    row = story.submission("ghat")
    with count_queries() as queries:
        letter = letter_of(row, "en")
    assert len(queries) == 7  # one more once it was sent: whether it says more since
    assert (letter.state, letter.ground, letter.rest, letter.sent_at) == (SubmissionState.ACCEPTED, "", [1], None)
    assert letter.whole is not None
    assert (letter.whole.answer.kind, letter.whole.answer.reason, letter.whole.steps) == ("noted", "Kept in mind.", [])
    (part,) = letter.passages
    assert (part.number, part.text, part.answer.clause) == (2, TEXTS["ghat"][2].split("\n\n")[1], "1.1")
    assert [(str(step.title), step.path) for step in part.steps] == [
        ("Ballot 1: Adopted", "ballots/1/"),
        ("Outcome document", ""),
    ]
    hide(row, Review("harm", "Words."), actor=story.world.actor("moderator"))
    hidden = letter_of(row, "en")
    assert (hidden.state, hidden.ground, hidden.whole, hidden.passages) == (SubmissionState.HIDDEN, "harm", None, [])
    assert CLAUSE["en"] not in str(hidden)


def test_three_unlike_cases_are_looked_at_first(story: Story) -> None:
    give(story, Answer("noted"), "ghat")
    give(story, Answer("taken_up", 1), "cso")
    here = story.world.consultation_id
    assert [(row.number, language) for row, language in cases(here)] == [
        ("TT-2026-00003", "ar"),
        ("TT-2026-00001", "ar"),
        ("TT-2026-00002", "ar"),
    ]
    withdraw(story.submission("cso"), actor=story.world.actor("cso"))
    assert [row.number for row, _ in cases(here)] == ["TT-2026-00001", "TT-2026-00002", "TT-2026-00004"]


def later(hours: int) -> AbstractContextManager[object]:
    return clock.at(clock.now() + timedelta(hours=hours))


def due(story: Story) -> int:
    return letters_due(story.world.consultation_id).letters


def test_a_letter_leads_to_the_paragraph(story: Story) -> None:
    give(story, Answer("taken_up", 1, "1.1"), "ghat")
    publish_edition(
        consultation=story.world.consultation, actor=story.world.actor("organiser"), silence=Silence("Later.", "en")
    )
    whole = letter_of(story.submission("ghat"), "en").whole
    assert whole is not None
    vote, paragraph = whole.steps
    assert (vote.path, paragraph.path.startswith("outcome/1/paragraphs/")) == ("ballots/1/", True)
    assert str(paragraph.title).startswith("Outcome document, edition 1, paragraph ")


@pytest.mark.parametrize("news", ["response", "vote", "edition"])
def test_what_a_letter_tells_of_a_recommendation_is_new_wherever_it_is_named(story: Story, news: str) -> None:
    """What is due, what a letter says has changed, and what it prints agree."""
    world, here, organiser = story.world, story.world.consultation, story.world.actor("organiser")
    give(story, Answer("taken_up", 1), "ghat")
    give(story, Answer("noted"), "professor")
    assert send(story).letters == 4
    before = letter_of(story.submission("ghat"), "en")
    assert (due(story), before.changed) == (0, False)
    with later(1):
        if news == "response":
            asked = RequestDraft("LY032101", clock.now().date() + timedelta(days=30), recommendation=1)
            row = ask_response(asked, consultation=here, actor=organiser)
            assert due(story) == 0  # nobody has said anything yet
            kept = write_response(
                ResponseDraft("not_accepted", "لا نقبله.", "ar"), response=row, actor=world.actor("ghat")
            )
            sign_response(kept, digest_of(kept), actor=world.actor("ghat"))
        elif news == "vote":
            annul(story.ballot("register"), "Counted wrongly.", language="en", actor=world.actor("moderator"))
        else:
            publish_edition(consultation=here, actor=organiser, silence=Silence("Later.", "en"))
        after = letter_of(story.submission("ghat"), "en")
        assert (due(story), after.changed) == (1, True)
        assert (before.responses, before.whole and before.whole.steps) != (
            after.responses,
            after.whole and after.whole.steps,
        )
        assert letter_of(story.submission("professor"), "en").changed is False
        assert send(story).letters == 1
        assert (due(story), letter_of(story.submission("ghat"), "en").changed) == (0, False)


def without_address(story: Story) -> None:
    with transaction():
        session.get_one(Person, story.world.people["derna"]).email = ""
        story.submission("cso").member_id = None


def test_letters_without_an_address_stay_in_sight_until_they_are_printed(story: Story) -> None:
    here, organiser = story.world.consultation, story.world.actor("organiser")
    without_address(story)
    assert (letters_due(here.id).on_paper, count_on_paper(here.id)) == (2, OnPaper(0, 0))
    send(story)
    assert (letters_due(here.id).on_paper, count_on_paper(here.id)) == (0, OnPaper(2, 0))
    rows = letters_on_paper(here.id, printed=False)
    assert [(row.number, row.reads, row.printed_at) for row in rows] == [
        ("TT-2026-00003", "fr", None),
        ("TT-2026-00004", "ar", None),
    ]
    assert [row.number for row in letters_on_paper(here.id, printed=False, after="TT-2026-00003")] == ["TT-2026-00004"]
    with pytest.raises(Forbidden):
        mark_printed(["TT-2026-00003"], consultation=here, actor=story.world.actor("moderator"))
    assert mark_printed(["TT-2026-00003", "TT-2026-00001"], consultation=here, actor=organiser) == 1
    assert count_on_paper(here.id) == OnPaper(1, 1)
    with pytest.raises(Rejected, match="printed already"):
        mark_printed(["TT-2026-00003"], consultation=here, actor=organiser)
    event = session.scalars(sa.select(EventRow).where(EventRow.type == "LettersPrinted")).one()
    assert event.facts == {"letters": 1}
    with later(1):
        give(story, Answer("noted"), "cso")
        send(story)  # something is new: the letter on paper is to be printed again
        assert count_on_paper(here.id) == OnPaper(2, 0)
    withdraw(story.submission("derna"), actor=story.world.actor("derna"))
    assert [row.number for row in letters_on_paper(here.id, printed=False)] == ["TT-2026-00003"]


def bounces(story: Story, *keys: str) -> None:
    """A server refuses what goes to the present addresses of these people."""
    while deliver_due():
        pass
    with transaction():
        for key in keys:
            refused(session.scalars(sa.select(Mail).where(Mail.person_id == story.world.people[key])).first(), "5.1.1")


def test_letters_that_come_back_are_listed_and_every_submission_is_counted_once(story: Story) -> None:
    here, organiser = story.world.consultation, story.world.actor("organiser")
    with transaction():
        story.submission("cso").member_id = None
        story.submission("professor").withheld = True
    assert tally(here.id, comes_back()) == Tally(0, 0, 0, 4)
    send(story)
    assert tally(here.id, comes_back()) == Tally(3, 0, 1, 0)
    bounces(story, "ghat", "professor")
    assert tally(here.id, comes_back()) == Tally(1, 2, 1, 0)
    rows = letters_on_paper(here.id, printed=False, bounced=comes_back())
    assert [(row.number, row.bounced) for row in rows] == [
        ("TT-2026-00001", True),
        ("TT-2026-00002", True),
        ("TT-2026-00003", False),
    ]
    ghat = session.scalars(sa.select(Body.names).where(Body.id == story.submission("ghat").body_id)).one()
    assert [row.author for row in rows[:2]] == [ghat, NAME_WITHHELD]
    assert count_on_paper(here.id) == OnPaper(1, 0)  # as far as nothing is known of mail that comes back
    assert count_on_paper(here.id, bounced=comes_back()) == OnPaper(3, 0)
    assert mark_printed(["TT-2026-00001"], consultation=here, actor=organiser, bounced=comes_back()) == 1
    assert count_on_paper(here.id, bounced=comes_back()) == OnPaper(2, 1)
    with transaction():
        session.get_one(Person, story.world.people["professor"]).email = "another@example.org"
    assert tally(here.id, comes_back()) == Tally(2, 1, 1, 0)
    give(story, Answer("noted"), "ghat")
    with later(1):
        give(story, Answer("noted"), "professor")
        assert letters_due(here.id, comes_back()) == Due(2, 2, 1)
    withdraw(story.submission("ghat"), actor=story.world.actor("ghat"))
    standing = sa.select(sa.func.count()).select_from(Submission)
    standing = standing.where(Submission.state != SubmissionState.WITHDRAWN)
    assert tally(here.id, comes_back()).letters == session.scalar(standing) == 3


def test_a_letter_says_that_a_clause_it_named_is_gone_and_what_it_said_before(story: Story) -> None:
    give(story, Answer("taken_up", 3, "3.1"), "ghat", 2)
    give(story, Answer("noted"), "ghat")
    send(story)
    sent = letter_of(story.submission("ghat"), "en")
    assert (sent.changed, sent.passages[0].answer.gone, sent.passages[0].before) == (False, False, None)
    with later(1):
        row, other = story.recommendation("training"), ClauseDraft(Localized(ar="نص آخر تمامًا."))
        write_version(VersionDraft(row.titles, (other,)), recommendation=row, actor=story.world.actor("organiser"))
        after = letter_of(story.submission("ghat"), "en")
        (part,) = after.passages
        assert (part.answer.clause, part.answer.gone) == ("3.1", True)  # what was sent is still there to be read
        assert (after.changed, due(story)) == (True, 1)
    with later(2):
        give(story, Answer("partly", 3, reason="Only its idea.", language="en"), "ghat", 2)
        replaced = letter_of(story.submission("ghat"), "en")
        (part,) = replaced.passages
        assert (part.answer.kind, part.answer.gone) == ("partly", False)
        assert part.before is not None
        assert (part.before.kind, part.before.clause) == ("taken_up", "3.1")
        assert replaced.whole is not None
        assert replaced.whole.before is None
        assert send(story).letters == 1
        assert letter_of(story.submission("ghat"), "en").passages[0].before is None


def test_the_words_of_the_organisers_are_cleaned_and_told_without_their_text(story: Story) -> None:
    here, organiser = story.world.consultation, story.world.actor("organiser")
    assert words_of(here.id) == Words()
    said = Words(Localized(ar=" السلام عليكم ", en=""), Localized(fr="Écrivez-nous."))
    write_letter_words(said, consultation=here, actor=organiser)
    write_letter_words(said, consultation=here, actor=organiser)
    assert words_of(here.id) == Words(Localized(ar="السلام عليكم"), Localized(fr="Écrivez-nous."))
    facts = session.scalars(sa.select(EventRow.facts).where(EventRow.type == "LetterWordsWritten")).all()
    assert facts == [{"languages": 2}, {"languages": 2}]
    with pytest.raises(Rejected) as refused:
        write_letter_words(Words(Localized(en="x" * 1001)), consultation=here, actor=organiser)
    assert [problem.field for problem in refused.value.problems] == ["openings_en"]
    with pytest.raises(Forbidden):
        write_letter_words(said, consultation=here, actor=story.world.actor("administrator"))
