"""The public pages of submissions, the receipt, the review: what each shows to whom, and at what cost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from hashlib import sha256

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from consult.accounts.models import Body, Person
from consult.db import dialect_name, session, transaction
from consult.i18n import Localized
from consult.settings import Settings
from consult.submissions.drafting.drafts import start_correction, submission_draft
from consult.submissions.models import Revision, Submission
from consult.submissions.services import (
    Review,
    SubmissionDraft,
    accept,
    correct,
    hide,
    return_for_correction,
    submit,
    withdraw,
)
from consult.testing.small_tracks import MunicipalTrack, SmallPlugin, running_app
from consult.testing.web import post
from consult.testing.world import World

HOME = "/en/c/test"
Counting = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks."""
    yield from running_app(settings)


def hand_in(world: World, key: str = "ghat", title: str = "سجل بلدي", **changes: object) -> Submission:
    given: dict[str, object] = {
        "language": "ar",
        "text": "تمر بغات طرق القوافل.\n\nولا تعرف البلدية العدد.",
        "proposals": "نقترح سجلًا.",
        "topics": ("gcm-1",),
        "answers": {"decision": "31/2026", "telephone": "0913456789"} if key in {"ghat", "derna", "zuwara"} else {},
    }
    draft = SubmissionDraft(member=world.members[key], title=title, **(given | changes))  # type: ignore[arg-type]
    return submit(draft, consultation=world.consultation, actor=world.actor(key))


def accepted(world: World, key: str = "ghat", title: str = "سجل بلدي", **changes: object) -> Submission:
    return accept(hand_in(world, key, title, **changes), Review("in_order"), actor=world.actor("moderator"))


def text_of(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def test_the_register_lists_what_was_accepted_and_nothing_else(client: FlaskClient, world: World) -> None:
    row = accepted(world)
    hand_in(world, "derna", "لم يُقرأ بعد")
    hide(accepted(world, "zuwara", "نص مخفي"), Review("harm", "سبب"), actor=world.actor("moderator"))
    page = text_of(client, f"{HOME}/submissions/")
    assert "1 submission, newest first" in page
    assert f'lang="ar" dir="auto" href="{HOME}/submissions/{row.number}/">سجل بلدي' in page
    assert [words in page for words in ("Ghat", "Municipal track", "Data", row.number, "العربية")] == [True] * 5
    assert [words in page for words in ("لم يُقرأ بعد", "نص مخفي")] == [False, False]


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ["C", "B", "A"]),
        ("?track=municipal", ["C", "A"]),
        ("?topic=gcm-15", ["B"]),
        ("?body=LY032101", ["A"]),
        ("?language=fr", ["C"]),
        ("?q=القَوافِل", ["C", "B", "A"]),
        ("?q=غات&track=municipal", ["A"]),
        ("?q=Derna", ["C"]),
        ("?q=nothing", []),
        ("?q=%22%29*+OR", []),
        ("?track=nonsense", []),
        ("?topic=nonsense&body=nonsense", ["C", "B", "A"]),
        ("?state=received", ["C", "B", "A"]),
    ],
)
def test_the_register_is_narrowed(client: FlaskClient, world: World, query: str, titles: list[str]) -> None:
    accepted(world, "ghat", "A")
    accepted(world, "professor", "B", topics=("gcm-15",))
    accepted(world, "derna", "C", language="fr", text="Par la route des القوافل.")
    page = text_of(client, f"{HOME}/submissions/{query}")
    assert re.findall(r'dir="auto" href="[^"]+">(.)</a>', page) == titles


def test_a_hidden_submission_shows_its_ground_and_nothing_more(client: FlaskClient, world: World) -> None:
    row = hide(accepted(world), Review("names_person", "اكتب وسيط"), actor=world.actor("moderator"))
    listed = text_of(client, f"{HOME}/submissions/?state=hidden&body=LY010102&q=x&language=fr")
    stub = text_of(client, f"{HOME}/submissions/{row.number}/")
    listed = listed[listed.index('<ol class="list">') :]  # the filters above name every body
    for page in (listed, stub, text_of(client, f"{HOME}/moderation/")):
        assert row.number in page
        assert "Names or points to a private person" in page
        assert [words in page for words in ("سجل بلدي", "تمر بغات", "Ghat", "غات", "اكتب وسيط", "القماطي")] == [
            False
        ] * 6
    assert client.get(f"{HOME}/submissions/{row.number}/revisions/1/").status_code == 404
    assert client.get(f"{HOME}/submissions/{row.number}/revisions/1/record.json").status_code == 404


def test_pages_of_the_register_go_both_ways(client: FlaskClient, world: World) -> None:
    for number in range(1, 54):
        hand_in(world, "professor", f"T{number:02}")
    with transaction():
        session.execute(sa.update(Submission).values(state="accepted"))
    first = text_of(client, f"{HOME}/submissions/")
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older
    second = text_of(client, older[1].replace("&amp;", "&"))
    last = re.search(r'rel="next" href="([^"]+)"', second)
    assert last
    third = text_of(client, last[1].replace("&amp;", "&"))
    titles = [re.findall(r">(T\d\d)</a>", page) for page in (first, second, third)]
    assert titles == [[f"T{n:02}" for n in range(top, bottom, -1)] for top, bottom in ((53, 28), (28, 3), (3, 0))]
    newer = re.search(r'rel="prev" href="([^"]+)"', third)
    assert newer
    assert re.findall(r">(T\d\d)</a>", text_of(client, newer[1].replace("&amp;", "&"))) == titles[1]


def test_a_receipt_number_leads_to_its_page_however_it_is_typed(client: FlaskClient, world: World) -> None:
    row = hand_in(world)
    arabic = row.number.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")).lower()
    answer = client.get(f"{HOME}/submissions/", query_string={"q": f" {arabic} "})
    assert (answer.status_code, answer.location) == (302, f"{HOME}/submissions/{row.number}/")
    for number in (
        arabic,
        row.number.lower(),
        row.number.lower().replace("00001", "77777"),
    ):  # there or not is not told
        answer = client.get(f"{HOME}/submissions/{number}/")
        right = number.translate(str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789")).upper()
        assert (answer.status_code, answer.location) == (302, f"{HOME}/submissions/{right}/")
    assert client.get(f"{HOME}/submissions/anything/").status_code == 404


def test_whoever_has_the_number_sees_where_it_stands_and_not_what_it_says(client: FlaskClient, world: World) -> None:
    received, returned = hand_in(world), hand_in(world, "derna")
    return_for_correction(returned, Review("unclear", "وضّح"), actor=world.actor("moderator"))
    withdrawn = withdraw(accepted(world, "zuwara"), actor=world.actor("zuwara"))
    for row, words in (
        (received, "waits to be read by a moderator"),
        (returned, "returned it to its author"),
        (withdrawn, "Its author has withdrawn it"),
    ):
        page = text_of(client, f"{HOME}/submissions/{row.number}/")
        assert words in page
        assert [hidden in page for hidden in ("سجل بلدي", "تمر بغات", "Ghat", "Zwara", "Derna", "وضّح")] == [False] * 6
    assert client.get(f"{HOME}/submissions/TT-2020-00001/").status_code == 404


def test_private_answers_are_for_the_author_alone(app: Flask, world: World) -> None:
    row = accepted(world)
    pages = (f"submissions/{row.number}/", f"submissions/{row.number}/revisions/1/record.json", f"review/{row.number}/")
    for key in ("", "moderator", "organiser", "derna"):
        client = world.sign_in(app.test_client(), key) if key else app.test_client()
        for page in pages:
            assert "0913456789" not in client.get(f"{HOME}/{page}").get_data(as_text=True)
    assert "31/2026" in text_of(app.test_client(), f"{HOME}/{pages[0]}")


def test_the_fingerprint_is_that_of_the_file(client: FlaskClient, world: World) -> None:
    row = accepted(world)
    answer = client.get(f"{HOME}/submissions/{row.number}/revisions/1/record.json")
    kept = session.scalars(sa.select(Revision.fingerprint)).one()
    assert sha256(answer.get_data()).hexdigest() == kept
    assert answer.mimetype == "application/json"
    grouped = " ".join(kept[n : n + 4] for n in range(0, 64, 4))
    assert grouped in text_of(client, f"{HOME}/submissions/{row.number}/")


def test_a_revision_that_named_a_person_stays_out_of_sight(app: Flask, world: World) -> None:
    for ground, seen in (("names_person", 404), ("unclear", 200)):
        row = hand_in(world, title="Broker X")
        return_for_correction(row, Review(ground, "سبب"), actor=world.actor("moderator"))
        draft = submission_draft(start_correction(row, actor=world.actor("ghat")))
        correct(draft, consultation=world.consultation, actor=world.actor("ghat"))
        accept(row, Review("in_order"), actor=world.actor("moderator"))
        old = f"{HOME}/submissions/{row.number}/revisions/1/"
        page = text_of(app.test_client(), f"{HOME}/submissions/{row.number}/")
        assert app.test_client().get(old).status_code == seen
        assert ("This text is kept and not shown." in page, "Compare with revision 1" in page) == (
            seen == 404,
            seen == 200,
        )
        assert world.sign_in(app.test_client(), "ghat").get(old).status_code == 200
        assert world.sign_in(app.test_client(), "moderator").get(old).status_code == 200


def test_the_register_of_decisions(client: FlaskClient, world: World) -> None:
    return_for_correction(hand_in(world), Review("unclear", "وضّح"), actor=world.actor("moderator"))
    return_for_correction(hand_in(world), Review("unclear", "وضّح"), actor=world.actor("moderator"))
    accepted(world)
    page = text_of(client, f"{HOME}/moderation/")
    assert page.count("It cannot be understood as it stands") == 3  # the table, and each decision
    assert re.search(r'<td class="n" data-t="Times">2</td>', page)
    assert "It can be discussed as it stands" not in page


CANARIES = ("KANARI-PERSON", "KANARI-BODY")


def test_a_withheld_name_is_on_no_page_for_nobody(app: Flask, world: World) -> None:
    with transaction():
        session.execute(sa.update(Person).where(Person.id == world.people["cso"]).values(name=CANARIES[0]))
        session.execute(
            sa.update(Body)
            .where(Body.id == world.bodies["cso"])
            .values(names=Localized(ar=CANARIES[1], en=CANARIES[1]), search_names=CANARIES[1])
        )
    public, waiting = accepted(world, "cso", "أجور"), hand_in(world, "cso", "أجور أخرى")
    hidden = hide(accepted(world, "cso"), Review("harm", "سبب"), actor=world.actor("moderator"))
    returned = return_for_correction(hand_in(world, "cso"), Review("unclear", "سبب"), actor=world.actor("moderator"))
    draft = submission_draft(start_correction(returned, actor=world.actor("cso")))
    correct(draft, consultation=world.consultation, actor=world.actor("cso"))
    accept(returned, Review("in_order"), actor=world.actor("moderator"))
    rows = [public, waiting, hidden, returned]
    paths = ["submissions/", "submissions/?q=kanari", "submissions/?state=hidden", "moderation/", "review/", "log/"]
    paths += [f"submissions/{row.number}/" for row in rows] + [f"review/{row.number}/" for row in rows]
    paths += [f"submissions/{row.number}/revisions/{row.revision}/" for row in rows]
    paths += [f"submissions/{row.number}/revisions/1/record.json" for row in rows]
    for key in ("", "ghat", "professor", "moderator", "organiser", "administrator"):
        client = world.sign_in(app.test_client(), key) if key else app.test_client()
        for language in ("ar", "en", "fr"):
            for path in paths:
                page = client.get(f"/{language}/c/test/{path}").get_data(as_text=True)
                assert not [canary for canary in CANARIES if canary in page], (key, path)
    listed = text_of(app.test_client(), f"{HOME}/submissions/")
    assert listed.count("Name withheld") == 2
    assert str(world.bodies["cso"]) not in listed


def test_the_author_sees_the_reason_and_others_do_not(app: Flask, world: World) -> None:
    row = hide(accepted(world), Review("harm", "كلام للكاتب وحده"), actor=world.actor("moderator"))
    path = f"{HOME}/submissions/{row.number}/"
    author, other = world.sign_in(app.test_client(), "ghat"), world.sign_in(app.test_client(), "derna")
    assert "كلام للكاتب وحده" in text_of(author, path)
    assert "كلام للكاتب وحده" in text_of(author, f"{HOME}/mine/")
    assert "كلام للكاتب وحده" not in text_of(other, path)


def test_the_receipt_is_the_authors(app: Flask, world: World) -> None:
    row = hand_in(world)
    path = f"{HOME}/receipts/{row.number}/"
    assert row.number in text_of(world.sign_in(app.test_client(), "ghat"), path)
    assert world.sign_in(app.test_client(), "derna").get(path).status_code == 404
    assert world.sign_in(app.test_client(), "moderator").get(path).status_code == 403
    assert app.test_client().get(path).status_code == 303


def test_a_moderator_decides_with_ground_and_reason(app: Flask, world: World) -> None:
    row = hand_in(world, title="Wages withheld")
    client = world.sign_in(app.test_client(), "moderator")
    queue = text_of(client, f"{HOME}/review/")
    assert [words in queue for words in ("1 waiting", "Wages withheld", row.number, "Ghat")] == [True] * 4
    path = f"{HOME}/review/{row.number}/"
    nothing = post(client, path, {"revision": "1"})
    assert (nothing.status_code, "Choose what you decide." in nothing.get_data(as_text=True)) == (422, True)
    bare = post(client, path, {"decision": "return", "ground": "", "reason": "", "revision": "1"})
    page = bare.get_data(as_text=True)
    assert bare.status_code == 422
    assert "Choose a ground that fits the decision." in page
    assert re.search(r'value="return"[^>]*checked', page)
    done = post(client, path, {"decision": "return", "ground": "unclear", "reason": "وضّح الفقرة 2", "revision": "1"})
    assert (done.status_code, done.location) == (303, f"{HOME}/review/")
    session.rollback()
    assert session.get_one(Submission, row.id).state == "returned"
    assert "There is nothing to decide on it now." in text_of(client, path)
    stale = post(client, path, {"decision": "accept", "revision": "1"}, form_page=f"{HOME}/review/")
    assert stale.status_code == 422


def test_only_moderators_review(app: Flask, world: World) -> None:
    row = hand_in(world)
    for key, status in (("ghat", 403), ("organiser", 403), ("administrator", 403), ("moderator", 200)):
        client = world.sign_in(app.test_client(), key)
        assert [client.get(f"{HOME}/review/{path}").status_code for path in ("", f"{row.number}/")] == [status] * 2
    assert app.test_client().get(f"{HOME}/review/").status_code == 303


def test_the_queue_is_oldest_first_and_by_track(app: Flask, world: World) -> None:
    for key, title in (("ghat", "first"), ("professor", "second"), ("derna", "third")):
        hand_in(world, key, title)
    client = world.sign_in(app.test_client(), "moderator")
    shown = re.findall(r">(first|second|third)</a>", text_of(client, f"{HOME}/review/"))
    assert shown == ["first", "second", "third"]
    assert re.findall(r">(first|second|third)</a>", text_of(client, f"{HOME}/review/?track=municipal")) == [
        "first",
        "third",
    ]


def test_the_register_costs_the_same_at_one_and_at_three_rows(
    client: FlaskClient, world: World, count_queries: Counting
) -> None:
    def cost(path: str) -> int:
        with count_queries() as statements:
            text_of(client, f"{HOME}/{path}")
        return len([s for s in statements if not s.startswith("BEGIN")])

    narrowed = "submissions/?track=municipal&topic=gcm-1&language=ar"
    first, again = [], []
    for key in ("ghat", "professor", "derna"):
        row = accepted(world, key)
        paths = ("submissions/", narrowed, "submissions/?q=سجل+بلدي", f"submissions/{row.number}/")
        first.append([cost(path) for path in paths])
        again.append([cost(path) for path in paths])
    # Reading the consultation anew takes three queries; it has changed when the first text is accepted. What is found in the
    # index is counted on SQLite by the query for the page.
    filters, words = (2, 3) if dialect_name() == "sqlite" else (3, 4)
    assert first == [[9, filters, words, 10], [6, filters, words, 10], [6, filters, words, 10]]
    assert again == [[1, 1, 1, 1]] * 3


class TestWithoutThePlugin:
    """What was handed in under a track whose plugin is gone."""

    @pytest.fixture
    def app(self, settings: Settings) -> Iterator[Flask]:
        """An application with the municipal track alone."""
        yield from running_app(settings, {"municipal": SmallPlugin(MunicipalTrack())})

    def test_stays_readable_and_reviewable_and_drafts_are_kept(
        self, app: Flask, world: World, settings: Settings
    ) -> None:
        number, waiting = accepted(world).number, hand_in(world).number
        ghat = world.sign_in(app.test_client(), "ghat")
        address = post(ghat, f"{HOME}/write/", {"member": str(world.members["ghat"])}).location
        for gone in running_app(settings, {}):
            anybody, moderator = gone.test_client(), world.sign_in(gone.test_client(), "moderator")
            page = text_of(anybody, f"{HOME}/submissions/{number}/")
            assert [words in page for words in ("تمر بغات", "decision", "31/2026", "0913456789")] == [True] * 3 + [
                False
            ]
            assert "سجل بلدي" in text_of(moderator, f"{HOME}/review/{waiting}/")
            author = world.sign_in(gone.test_client(), "ghat")
            for path in (address, f"{HOME}/mine/", f"{HOME}/write/"):
                assert "The form of this track is not available now" in text_of(author, path)
