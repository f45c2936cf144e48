"""The desk of answers, what the public reads of them, and the letters: who sees what, at what cost, and nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from consult import clock
from consult.accounts.models import Person
from consult.consultations.models import Member, Phase
from consult.db import session, transaction
from consult.errors import Rejected
from consult.i18n import Localized
from consult.notifications.models import FailingAddress
from consult.recommendations.answer_counts import count_open
from consult.recommendations.answer_queries import answers_to
from consult.recommendations.services import Answer, ClauseDraft, Target, VersionDraft, answer, write_version
from consult.settings import Settings
from consult.submissions.content import number_passages
from consult.submissions.models import Submission
from consult.submissions.services import Review, hide
from consult.submissions.writing import Writing, write_revision
from consult.testing.small_tracks import running_app
from consult.testing.story import CANARIES, Story
from consult.testing.web import post

HOME = "/en/c/test"
DESK = "/en/c/test/organise/answers/"
GIVE = f"{DESK}give/"
ALL = ["TT-2026-00001", "TT-2026-00002", "TT-2026-00003"]
#: How forms name them: by the revision that was read.
READ = [f"{number}.1" for number in ALL]
WHY = "المجلس هو من يقرر في هذا."
NARROWED = ("track=cso", "topic=gcm-1", "language=fr")
Counting = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks."""
    yield from running_app(settings)


@pytest.fixture
def organiser(app: Flask, story: Story) -> FlaskClient:
    """The organiser's browser."""
    return story.world.sign_in(app.test_client(), "organiser")


def words(client: FlaskClient, path: str, status: int = 200) -> str:
    """Return the words of a page as they are read, one space between them."""
    answered = client.get(path)
    assert answered.status_code == status, path
    return read(answered.get_data(as_text=True))


def read(page: str) -> str:
    body = page[page.index("<main") :]
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"</?(?:b|bdi|i|time)\b[^>]*>", "", body)).split())


def test_many_are_ticked_looked_over_and_answered_at_once(organiser: FlaskClient, story: Story) -> None:
    assert "accepted texts 3 answered 0 of 3" in words(organiser, DESK)
    page = organiser.get(DESK).get_data(as_text=True)
    assert re.findall(r'name="t" value="([^"]+)"', page) == READ
    assert "One answer to 2" in words(organiser, f"{GIVE}?t={READ[0]}&t={READ[2]}&t={READ[0]}")
    fields = {"t": [READ[0], READ[2]], "kind": "not_agreed", "reason": WHY, "language": "ar"}
    looked = post(organiser, GIVE, fields, form_page=f"{GIVE}?t={READ[0]}")
    assert looked.status_code == 200
    shown = read(looked.text)
    assert [part in shown for part in ("Give this answer to 2?", "Not agreed", WHY, ALL[0], ALL[2])] == [True] * 5
    assert count_open(story.world.consultation).unanswered == 3
    session.rollback()
    back = post(organiser, GIVE, {**fields, "step": "edit"}, form_page=f"{GIVE}?t={READ[0]}")
    assert [
        part in back.text for part in (f">\n{WHY}</textarea>".replace("\n", "\r\n"), 'value="not_agreed" checked')
    ] == [
        True,
        True,
    ]
    given = post(organiser, GIVE, {**fields, "step": "give"}, form_page=f"{GIVE}?t={READ[0]}")
    assert (given.status_code, given.location) == (303, DESK)
    assert "2 answers were given." in words(organiser, DESK)
    assert count_open(story.world.consultation).unanswered == 1
    assert ALL[1] not in words(organiser, f"{DESK}?kind=not_agreed&track=cso&topic=gcm-1&language=fr")
    counted = [name for name in (*NARROWED, "kind=not_agreed") if _counts_beside_the_list(organiser, name)]
    assert counted == ["kind=not_agreed"], "the number is of all texts with this answer"


def _counts_beside_the_list(organiser: FlaskClient, query: str) -> bool:
    page = organiser.get(f"{DESK}?{query}").get_data(as_text=True)
    return 'class="count"' in page[page.index('id="texts"') :].partition("<form")[0]


def test_nothing_typed_is_lost_and_what_went_away_is_told(organiser: FlaskClient, story: Story) -> None:
    fields = {"t": READ[:2], "kind": "partly", "recommendation": "1/1.9", "reason": WHY, "language": "en"}
    wrong = post(organiser, GIVE, fields, form_page=f"{GIVE}?t={READ[0]}")
    assert wrong.status_code == 422
    for kept in (WHY, 'value="partly" checked', '<option selected value="1/1.9">', '<option selected value="en">'):
        assert kept in wrong.text
    assert wrong.text.count(" has no clause ") == 2  # in the summary and at the field
    hide(story.submission("professor"), Review("harm", "Words."), actor=story.world.actor("moderator"))
    gone = post(organiser, GIVE, {**fields, "recommendation": "1"}, form_page=f"{GIVE}?t={READ[0]}")
    assert gone.status_code == 422
    assert "A text that you ticked was hidden, withdrawn or corrected meanwhile. It is left out below." in read(
        gone.text
    )
    assert re.findall(r'name="t" value="([^"]+)"', gone.text) == READ[:1]
    assert WHY in gone.text
    assert "Nothing was ticked" in words(organiser, GIVE)


def test_a_letter_says_which_passages_have_no_answer(organiser: FlaskClient, story: Story) -> None:
    """It says that it goes passage by passage, so whoever reads it is not left to count what is missing."""
    number, person = story.submission("professor").number, story.world.people["professor"]
    with transaction():
        session.get_one(Person, person).language = "en"
    fields = {"kind": "not_agreed", "reason": WHY, "language": "en", "step": "give"}
    letter = f"{DESK}letters/{number}/"
    without = "Passages without an answer yet: 1."
    assert without not in words(organiser, letter)  # none has one, which it says in other words
    post(organiser, GIVE, {**fields, "t": [f"{READ[1]}.2"]}, form_page=f"{GIVE}?t={READ[1]}.2")
    assert without in words(organiser, letter)
    post(organiser, GIVE, {**fields, "t": [READ[1]]}, form_page=f"{GIVE}?t={READ[1]}")
    assert without not in words(organiser, letter)


def test_a_text_that_was_corrected_since_it_was_read_is_not_answered(organiser: FlaskClient, story: Story) -> None:
    passage, whole = f"{READ[1]}.2", READ[1]
    assert "What is named can be persecuted." in words(organiser, f"{GIVE}?t={passage}")
    row, world = story.submission("professor"), story.world
    turned = number_passages("What is counted can be planned for.\n\nWhat is named is protected.", "")
    with transaction():
        write_revision(row, Writing("Counting without naming", "en", turned, ("gcm-1",), {}), by=None)
    fields = {"kind": "not_agreed", "reason": WHY, "language": "ar", "step": "give"}
    for keys in ([passage], [whole], [READ[0], passage], [READ[0], whole]):
        refused = post(organiser, GIVE, {**fields, "t": keys}, form_page=DESK)
        assert (refused.status_code, WHY in refused.text) == (422, True)
        assert "hidden, withdrawn or corrected meanwhile" in read(refused.text)
        assert re.findall(r'name="t" value="([^"]+)"', refused.text) == keys[:-1]
    late = Target(row.id, revision=1)  # corrected after the form was read and before the answer is written
    with pytest.raises(Rejected, match="hidden, withdrawn or corrected meanwhile"):
        answer(Answer("noted"), [late], consultation=world.consultation, actor=world.actor("organiser"))
    assert count_open(world.consultation).unanswered == 3
    session.rollback()
    assert f'value="{ALL[1]}.2"' in organiser.get(DESK).get_data(as_text=True)
    assert "What is named is protected." in words(organiser, f"{GIVE}?t={ALL[1]}.2.2")
    assert post(organiser, GIVE, {**fields, "t": f"{ALL[1]}.2.2"}, form_page=DESK).status_code == 303


def test_one_text_is_answered_passage_by_passage(organiser: FlaskClient, story: Story, count_queries: Counting) -> None:
    text = f"{DESK}texts/{ALL[0]}/"
    assert words(organiser, text).count("No answer yet") == 3
    assert "passages without any answer 5" in words(organiser, DESK)
    fields = {"kind": "taken_up", "recommendation": "1/1.1"}
    one = post(organiser, GIVE, {**fields, "t": f"{READ[0]}.2"}, form_page=f"{GIVE}?t={READ[0]}.2")
    assert (one.status_code, one.location) == (303, text)
    assert "Taken up Recommendation 1: A shared municipal register Clause 1.1" in words(organiser, text)
    changed = organiser.get(f"{GIVE}?t={READ[0]}.2").get_data(as_text=True)
    assert [part in changed for part in ('value="taken_up" checked', '<option selected value="1/1.1">')] == [True, True]
    whole = {"kind": "noted", "t": READ[0]}
    assert post(organiser, GIVE, whole, form_page=f"{GIVE}?t={READ[0]}").location == DESK
    found = answers_to(story.submissions["ghat"], 1)
    assert [one.kind for one in found.in_force.values()] == ["noted", "taken_up"]
    assert "As the text as a whole: Noted" in words(organiser, text)
    organiser.get(text)
    with count_queries() as queries:
        organiser.get(text)
    assert len(queries) == 8
    with count_queries() as queries:
        organiser.get(DESK)
    assert len(queries) == 12
    assert "passages with an answer of their own 1 passages without any answer 3" in words(organiser, DESK)


def test_sources_are_confirmed_and_errors_keep_the_ticks(organiser: FlaskClient, story: Story) -> None:
    page = organiser.get(f"{DESK}sources/").get_data(as_text=True)
    ticked = re.findall(r'name="passages"[^>]* value="([^"]+)" checked', page)
    assert len(ticked) == 5
    none = post(organiser, f"{DESK}sources/", {})
    assert none.status_code == 422
    assert none.text.count("Tick at least one passage that has no answer of its own yet.") == 2
    assert " checked" not in none.text
    assert post(organiser, f"{DESK}sources/", {"passages": ticked[:4]}).location == DESK
    left = words(organiser, f"{DESK}sources/")
    assert (left.count("Passage"), "Recommendation 1" in left) == (1, True)
    assert "One passage is a source and has no answer of its own" in words(organiser, DESK)


def test_the_desk_is_for_organisers(app: Flask, story: Story) -> None:
    for key in ("moderator", "ghat", "administrator"):
        client = story.world.sign_in(app.test_client(), key)
        assert [client.get(path).status_code for path in (DESK, GIVE, f"{DESK}sources/", f"{DESK}texts/{ALL[0]}/")] == [
            403
        ] * 4


def give(story: Story, given: Answer, *keys: str, passage: int = 0) -> None:
    """Answer texts as the organiser, or a passage of one."""
    targets = [Target(story.submissions[key], story.passages(key)[passage - 1] if passage else None) for key in keys]
    answer(given, targets, consultation=story.world.consultation, actor=story.world.actor("organiser"))


def test_everybody_reads_what_became_of_each_text(client: FlaskClient, story: Story, count_queries: Counting) -> None:
    page = f"{HOME}/submissions/{ALL[0]}/"
    assert "What became of this text No answer yet" in words(client, page)
    give(story, Answer("not_agreed", reason=WHY, language="ar"), "ghat", "cso")
    give(story, Answer("taken_up", 1, "1.1"), "ghat", passage=2)
    give(story, Answer("noted"), "ghat")
    shown = client.get(page).get_data(as_text=True)
    read_page = read(shown)
    assert "What became of this text Noted The answer to a passage stands under it. Earlier answers" in read_page
    assert "Taken up Recommendation 1: A shared municipal register Clause 1.1" in read_page
    assert f'<div class="measure" lang="ar" dir="auto"><p>{WHY}</p></div>' in shown  # the earlier one
    hide(story.submission("cso"), Review("harm", "Words."), actor=story.world.actor("moderator"))
    assert WHY not in words(client, f"{HOME}/submissions/{ALL[2]}/")
    counts = words(client, f"{HOME}/answers/")
    assert "accepted texts 2 answered 1 of 2 passages with an answer of their own 1" in counts
    listed = words(client, f"{HOME}/answers/?kind=noted")
    assert [number in listed for number in ALL] == [True, False, False]
    assert ALL[1] in words(client, f"{HOME}/answers/?kind=none")
    assert client.get(f"{HOME}/answers/?kind=other").status_code == 404
    with count_queries() as queries:
        client.get(f"{HOME}/answers/?kind=noted")
    assert len(queries) == 3


def test_the_letter_is_read_by_its_author_alone(app: Flask, story: Story) -> None:
    give(story, Answer("partly", 1, reason=WHY, language="ar"), "ghat", passage=1)
    give(story, Answer("noted"), "ghat")
    author = story.world.sign_in(app.test_client(), "ghat")
    letter = words(author, f"{HOME}/letters/{ALL[0]}/")
    for part in ("What became of your submission TT-2026-00001", "Passage 1 Partly taken up", WHY, "Everything else"):
        assert part in letter
    assert "Recommendation 1: A shared municipal register Ballot 1: Adopted 4 in favour of 5, 4 needed" in letter
    assert "The letters have not been sent yet" in letter
    assert "ما الذي آلت إليه" not in letter
    for key in ("derna", "cso"):
        other = story.world.sign_in(app.test_client(), key)
        assert other.get(f"{HOME}/letters/{ALL[0]}/").status_code == 404
    for key in ("moderator", "organiser"):
        assert story.world.sign_in(app.test_client(), key).get(f"{HOME}/letters/{ALL[0]}/").status_code == 404
    assert app.test_client().get(f"{HOME}/letters/{ALL[0]}/").status_code in (302, 303)
    assert "Read your letter" in words(author, f"{HOME}/submissions/{ALL[0]}/")
    assert "Letter: what became of it" in words(author, f"{HOME}/mine/")


def test_whoever_takes_part_no_more_reads_the_letter_to_a_text_that_is_no_bodys(app: Flask, story: Story) -> None:
    """They are told of it by mail; what a body signed off is the body's once they have left."""
    author, letter = story.world.sign_in(app.test_client(), "ghat"), f"{HOME}/letters/{ALL[0]}/"
    with transaction():
        session.execute(
            sa.update(Member).where(Member.id == story.world.members["ghat"]).values(part_ended_at=clock.now())
        )
    assert "What became of your submission TT-2026-00001" in words(author, letter)
    assert author.get(f"{HOME}/mine/").status_code == 403
    with transaction():
        session.execute(sa.update(Submission).where(Submission.number == ALL[0]).values(signed_off_at=clock.now()))
    assert author.get(letter).status_code == 404


def test_letters_are_looked_at_sent_once_and_tell_of_a_change(organiser: FlaskClient, story: Story) -> None:
    give(story, Answer("taken_up", 1), "ghat")
    letters = f"{DESK}letters/"
    page = organiser.get(letters).get_data(as_text=True)
    assert "4 letters are ready" in read(page)
    assert "3 texts have no answer yet" in read(page)
    assert (
        re.findall(r'<section class="card letter stack measure" lang="(\w+)" dir="(\w+)"', page) == [("ar", "rtl")] * 3
    )
    assert [canary for canary in CANARIES if canary in page] == []
    assert post(organiser, letters, {}).location == letters
    assert "Every letter was sent, and nothing is new since." in words(organiser, letters)
    give(story, Answer("noted"), "ghat")
    author = story.world.sign_in(organiser.application.test_client(), "ghat")
    assert "Something is new since the letter of" in words(author, f"{HOME}/letters/{ALL[0]}/")
    assert "One letter is ready" in words(organiser, letters)
    printed = organiser.get(f"{letters}{ALL[0]}/")
    assert 'lang="ar" dir="rtl"' in printed.get_data(as_text=True)
    assert organiser.get(f"{letters}TT-2026-00099/").status_code == 404


def test_the_phase_ends_with_a_reason_that_everybody_reads(
    organiser: FlaskClient, client: FlaskClient, story: Story
) -> None:
    frame = f"{HOME}/organise/frame/phases/outcome/"
    page = organiser.get(frame).get_data(as_text=True)
    assert 'name="silence"' not in page
    fields: dict[str, object] = {
        **{f"names_{code}": "الوثيقة" for code in ("ar", "en", "fr")},
        "opens_at": "2026-01-01T10:00",
        "closes_at": "2026-01-02T10:00",
        "rights": ["outcome"],
    }
    refused = post(organiser, frame, fields)
    assert refused.status_code == 422
    shown = read(refused.text)
    assert "The phase of the outcome would end while 4 texts have no answer" in shown
    assert "3 accepted texts without an answer One text that no moderator has decided on" in shown
    assert [part in refused.text for part in ('value="2026-01-02T10:00"', 'id="silence-error"')] == [True, True]
    removing = f"{frame}remove/"
    assert 'name="silence"' in organiser.get(removing).get_data(as_text=True)
    wrong = post(organiser, removing, {"silence": "x" * 1001, "silence_language": "en"})
    assert (wrong.status_code, "x" * 1001 in wrong.text) == (422, True)
    assert post(organiser, frame, {**fields, "silence": WHY, "silence_language": "ar"}).status_code == 303
    told = words(client, f"{HOME}/answers/")
    assert f"4 texts had no answer {WHY}" in told
    assert "not decided on" in told


def test_a_phase_that_the_clock_ended_is_shown_as_silent_until_somebody_says_why(
    organiser: FlaskClient, client: FlaskClient, story: Story
) -> None:
    silence = f"{DESK}silence/"
    assert "There is nothing to explain" in words(organiser, silence)
    with transaction():
        over = {"opens_at": clock.now() - timedelta(days=9), "closes_at": clock.now() - timedelta(days=1)}
        session.execute(sa.update(Phase).where(Phase.key == "outcome").values(over))
    assert "The phase closed with 4 texts unanswered The organisers have given no reason yet." in words(
        client, f"{HOME}/answers/"
    )
    assert "The phase is over, and 4 texts have no answer" in words(organiser, DESK)
    assert "The phase is over, and 4 texts have no answer" in words(organiser, f"{HOME}/organise/")
    wrong = post(organiser, silence, {"silence": "", "silence_language": "fr"})
    assert (wrong.status_code, '<option selected value="fr">' in wrong.text) == (422, True)
    assert post(organiser, silence, {"silence": WHY, "silence_language": "ar"}).location == DESK
    told = words(client, f"{HOME}/answers/")
    assert ("The phase closed with" in told, WHY in told) == (False, True)
    moderator = story.world.sign_in(organiser.application.test_client(), "moderator")
    assert moderator.get(silence).status_code == 403


def test_letters_without_an_address_are_printed_together(organiser: FlaskClient, story: Story) -> None:
    give(story, Answer("not_agreed", reason=WHY, language="ar"), "cso")
    with transaction():
        story.submission("cso").member_id = None
        session.get_one(Person, story.world.people["derna"]).email = ""
    letters, paper = f"{DESK}letters/", f"{DESK}letters/print/"
    assert "2 authors have no address" in words(organiser, letters)
    post(organiser, letters, {})
    assert "2 letters that no mail brings wait to be printed" in words(organiser, letters)
    listed = words(organiser, paper)
    assert [number in listed for number in (*ALL, "TT-2026-00004")] == [False, False, True, True]
    sheets = organiser.get(f"{paper}all/").get_data(as_text=True)
    shown = re.findall(r'<section class="card letter stack measure" lang="(\w+)"', sheets)
    assert (shown, WHY in sheets) == (["fr", "ar"], True)
    assert [canary for canary in CANARIES if canary in sheets] == []
    done = post(organiser, f"{paper}all/", {"t": re.findall(r'name="t" value="([^"]+)"', sheets)})
    assert done.location == paper
    assert "2 letters are marked as printed." in words(organiser, paper)
    assert "printed on" in words(organiser, f"{paper}?printed=yes")
    gone = organiser.get(f"{paper}all/").get_data(as_text=True)
    assert "Nothing waits to be printed." in read(gone)
    again = post(organiser, f"{paper}all/", {"t": "TT-2026-00003"}, form_page=f"{DESK}letters/words/")
    assert (again.status_code, "printed already" in again.text) == (422, True)
    moderator = story.world.sign_in(organiser.application.test_client(), "moderator")
    assert {moderator.get(path).status_code for path in (paper, f"{paper}all/", f"{letters}words/")} == {403}


def test_the_organisers_words_are_looked_at_before_they_are_saved(organiser: FlaskClient, story: Story) -> None:
    page, greeting, ask = f"{DESK}letters/words/", "السلام عليكم ورحمة الله", "اسألوا البلدية."
    fields = {"openings_ar": greeting, "closings_ar": ask, "openings_en": "Dear author,"}
    looked = post(organiser, page, {**fields, "step": "look"})
    letters = "".join(re.findall(r'<section class="card letter.*?</section>', looked.text, re.DOTALL))
    assert (looked.status_code, letters.count(greeting), letters.count(ask)) == (200, 3, 3)
    assert re.search("These letters go without: English, Français", read(looked.text)) is not None
    assert greeting not in organiser.get(f"{DESK}letters/").get_data(as_text=True)
    wrong = post(organiser, page, {**fields, "closings_fr": "x" * 1001})
    assert (wrong.status_code, "x" * 1001 in wrong.text, greeting in wrong.text) == (422, True, True)
    assert 'id="closings_fr-error"' in wrong.text
    assert post(organiser, page, fields).location == f"{DESK}letters/"
    assert "Missing in a language" in words(organiser, f"{DESK}letters/")
    author = story.world.sign_in(organiser.application.test_client(), "ghat")
    mine = author.get(f"/ar/c/test/letters/{ALL[0]}/").get_data(as_text=True)
    assert [part in mine for part in (greeting, ask)] == [True, True]
    assert "Dear author," in author.get(f"{HOME}/letters/{ALL[0]}/").get_data(as_text=True)
    french = author.get(f"/fr/c/test/letters/{ALL[0]}/").get_data(as_text=True)
    assert [part in french for part in (greeting, ask, "Dear author,")] == [False, False, False]


def test_letters_that_come_back_are_shown_with_what_can_be_done(organiser: FlaskClient, story: Story) -> None:
    letters, paper = f"{DESK}letters/", f"{DESK}letters/print/"
    post(organiser, letters, {})
    assert "To addresses from which mail comes back 0" in words(organiser, letters)
    assert "mail comes back" not in words(organiser, paper).replace("or mail to it comes back", "")
    with transaction():
        story.submission("professor").withheld = True
        for key in ("ghat", "professor"):
            person = session.get_one(Person, story.world.people[key])
            session.add(
                FailingAddress(
                    person_id=person.id,
                    address=person.email,
                    code="5.1.1",
                    refusals=1,
                    first_at=clock.now(),
                    last_at=clock.now(),
                )
            )
    assert "By mail 2 To addresses from which mail comes back 2" in words(organiser, letters)
    listed = words(organiser, paper)
    assert [listed.count(part) for part in ("Ghat", "Name withheld", "Print a sign-in card for them")] == [1, 1, 1]
    assert [address for address in ("ghat@example.org", "professor@example.org") if address in listed] == []
    assert "2 letters to print" in words(organiser, f"{paper}all/")


def test_a_letter_says_in_its_readers_language_that_a_clause_is_gone(organiser: FlaskClient, story: Story) -> None:
    give(story, Answer("taken_up", 3, "3.1"), "ghat")
    post(organiser, f"{DESK}letters/", {})
    row, other = story.recommendation("training"), ClauseDraft(Localized(ar="نص آخر تمامًا."))
    write_version(VersionDraft(row.titles, (other,)), recommendation=row, actor=story.world.actor("organiser"))
    author = story.world.sign_in(organiser.application.test_client(), "ghat")
    mine = f"{HOME}/letters/{ALL[0]}/"
    assert "Clause 3.1, which is no longer in the recommendation" in words(author, mine)
    give(story, Answer("noted"), "ghat")
    told = words(author, mine)
    assert "said: Taken up, Recommendation 3, Clause 3.1. That is no longer so." in told
    assert "Noted" in told


def test_an_answer_whose_clause_is_gone_or_that_was_rejected_is_looked_at_again(
    organiser: FlaskClient, story: Story
) -> None:
    page = f"{DESK}doubtful/"
    give(story, Answer("taken_up", 3, "3.1"), "ghat")
    give(story, Answer("partly", 3, "3.1", reason=WHY, language="ar"), "ghat", passage=2)
    give(story, Answer("covered", 2, reason=WHY, language="ar"), "cso")
    assert "Every answer holds as it stands." in words(organiser, page)
    give(story, Answer("taken_up", 2), "professor")  # rejected in ballot 2
    row = story.recommendation("training")
    other = ClauseDraft(Localized(ar="نص آخر تمامًا."))
    write_version(VersionDraft(row.titles, (other,)), recommendation=row, actor=story.world.actor("organiser"))
    shown = organiser.get(page).get_data(as_text=True)
    keys = re.findall(r'name="t" value="([^"]+)"', shown)
    assert keys == [READ[1], READ[0], f"{READ[0]}.2"]
    assert [read(shown).count(words) for words in ("This clause is gone", "Rejected")] == [2, 1]
    assert "3 answers no longer hold as they stand" in words(organiser, DESK)
    again = f"{GIVE}?t={READ[0]}"
    kept = organiser.get(again).get_data(as_text=True)
    assert '<option selected value="3/3.1">' in kept  # what it says now, though nobody can choose it any more
    refused = post(organiser, GIVE, {"t": READ[0], "kind": "taken_up", "recommendation": "3/3.1"}, form_page=again)
    assert (refused.status_code, refused.text.count("has no clause")) == (422, 2)
    give(story, Answer("noted"), "ghat", "professor")
    assert "One answer no longer holds as it stands" in words(organiser, DESK)
