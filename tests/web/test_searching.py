"""Searching the register: fields, order, marks, and searches that somebody keeps."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from consult import clock
from consult.attachments.store import new_place
from consult.consultations.models import Member
from consult.db import dialect_name, new_id, session, transaction
from consult.search import refresh
from consult.settings import Settings
from consult.submissions.documents.models import Attachment, SubmissionAttachment
from consult.submissions.models import Submission
from consult.submissions.services import Review, hide
from consult.submissions.translations.models import Translation, TranslationPart
from consult.submissions.translations.states import TranslationKind
from consult.testing.acts import accept, hand_in
from consult.testing.small_tracks import running_app
from consult.testing.web import form_token
from consult.testing.world import World

REGISTER, SEARCHES = "/en/c/test/submissions/", "/en/c/test/searches/"
TITLES = {"ghat": "سجل بلدي للمياه", "derna": "المدرسة والطريق", "professor": "Water and schools"}


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks."""
    yield from running_app(settings)


@pytest.fixture
def texts(world: World) -> World:
    """Three accepted texts: two in Arabic of municipalities, one in English of a university."""
    for key, title in TITLES.items():
        language, text = (
            ("en", "A right to WATER.") if key == "professor" else ("ar", "نطلب المِيَاه <b> لكل مدرسة في غات.")
        )
        answers = {} if key == "professor" else {"decision": "31/2026"}
        accept(world, hand_in(world, key, answers, title=title, text=text, language=language))
    return world


def _found(client: FlaskClient, **query: str) -> list[str]:
    page = client.get(REGISTER, query_string=query).get_data(as_text=True)
    return [re.sub("<[^>]+>", "", title) for title in re.findall(r'<a class="title" lang="[^>]*>(.*?)</a>', page)]


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ({"q": "مياه"}, []),
        ({"q": "المياه"}, ["derna", "ghat"]),
        ({"q": "«لكل المياه»"}, []),
        ({"q": "“لكل مدرسة”"}, ["derna", "ghat"]),
        ({"q": "غات", "in": "body"}, ["ghat"]),
        ({"q": "المدرسة", "in": "title"}, ["derna"]),
        ({"q": "عنوان:المدرسة"}, ["derna"]),
        ({"q": "water language:anglais"}, ["professor"]),
        ({"q": "لغة:العربيّة"}, ["derna", "ghat"]),
        ({"q": "track:academic"}, ["professor"]),
        ({"q": "المسار:academic"}, ["professor"]),
        ({"region": "south"}, ["ghat"]),
        ({"region": "south", "language": "en"}, []),
        ({"q": "المياه منطقة:الشرق"}, ["derna"]),
        ({"q": "région:Ouest"}, ["professor"]),
        ({"region": "nowhere"}, []),
        ({"q": "حالة:hidden"}, []),
        ({"q": "للمياه", "order": "best"}, ["ghat"]),
        ({"q": "water", "in": "nonsense", "order": "nonsense"}, ["professor"]),
    ],
)
@pytest.mark.parametrize(
    "engine", ["sqlite"], indirect=True
)  # what each database finds is compared in the index's own tests
def test_the_register_is_searched_by_fields(
    client: FlaskClient, texts: World, query: dict[str, str], keys: list[str]
) -> None:
    assert _found(client, **query) == [TITLES[key] for key in keys]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"q": "water region:Fezan"}, ["Fezan"]),
        ({"q": "مسار:البلديّة لغة:كلام"}, ["البلديّة", "كلام"]),
        ({"topic": "gone-1", "body": "LY0"}, ["gone-1", "LY0"]),
        ({"q": "😀"}, ["😀"]),
        ({"q": "water state:accepted track:academic"}, []),
        ({"q": "المياه حالة:مخفي"}, []),
    ],
)
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_what_narrows_nothing_is_said(
    client: FlaskClient, texts: World, query: dict[str, str], said: list[str]
) -> None:
    page = client.get(REGISTER, query_string=query).get_data(as_text=True)
    assert re.findall("is not narrowed by <bdi>(.*?)</bdi>: nothing here is called so", page) == said


def test_a_page_that_went_on_from_a_text_that_is_gone_begins_again(client: FlaskClient, texts: World) -> None:
    """Whoever turns the page after its last text was hidden is not told that nothing was found."""
    number = session.scalars(sa.select(Submission.number).where(Submission.title == TITLES["derna"])).one()
    row = session.scalars(sa.select(Submission).where(Submission.number == number)).one()
    hide(row, Review("harm", "…"), actor=texts.actor("moderator"))
    for query in ({"q": "المياه", "before": number}, {"q": "المياه", "after": number}, {"before": "TT-2026-99999"}):
        answer = client.get(REGISTER, query_string=query)
        assert answer.status_code == 302
        again = client.get(answer.location).get_data(as_text=True)
        assert TITLES["ghat"] in again


def test_what_was_found_is_marked_and_nothing_else_is_let_through(
    client: FlaskClient, texts: World, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    with count_queries() as statements:
        page = client.get(REGISTER, query_string={"q": "المياه"}).get_data(as_text=True)
    assert "نطلب <mark>المِيَاه</mark> &lt;b&gt; لكل" in page
    # At the first visit; the same page without a search takes 9. SQLite counts and reads the page at once, and there is an excerpt.
    assert len(statements) == (9 if dialect_name() == "sqlite" else 10)
    page = client.get(REGISTER, query_string={"q": "<b>"}).get_data(as_text=True)
    assert "<b> لكل" not in page
    assert "<mark>Water</mark>" in client.get(REGISTER, query_string={"q": "title:wat"}).get_data(as_text=True)


@pytest.fixture
def with_more(texts: World) -> Submission:
    """The text of a university with what the search finds it by besides: a translation, a document, a private one; and a draft."""
    row = session.scalars(sa.select(Submission).where(Submission.title == TITLES["professor"])).one()
    with transaction():
        owned = {"consultation_id": row.consultation_id, "submission_id": row.id, "revision": row.revision}
        for kind, words in (
            (TranslationKind.OFFICIAL, "Une école à côté du puits."),
            (TranslationKind.DRAFT, "Brouillon."),
        ):
            made = Translation(id=new_id(), language="fr", kind=kind, written_at=clock.now(), **owned)
            session.add(made)
            session.flush()
            session.add(TranslationPart(translation_id=made.id, part="p1", submission_id=row.id, text=words))
        for number, (name, words) in enumerate(
            (("السجل", "x " * 5000 + "قِرطاس في الوادي"), ("own", "Mémoire privée")), start=1
        ):
            file = Attachment(
                id=new_id(), consultation_id=row.consultation_id, member_id=row.member_id, draft_id=None, kind="pdf", name=name,
                size=1, sha256="", place=new_place(), text=words, checked_at=clock.now(),
            )  # fmt: skip
            session.add(file)
            session.flush()
            session.add(
                SubmissionAttachment(
                    submission_id=row.id,
                    revision=row.revision,
                    number=number,
                    attachment_id=file.id,
                    private=number == 2,
                )
            )
        session.flush()
        refresh(row.id)
    return row


def test_what_only_a_translation_or_a_document_has_is_shown_from_there(
    client: FlaskClient, with_more: Submission, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    """In its own spelling and language, said to be from there; what nobody else may read is no excerpt."""

    def page(query: str, language: str = "en") -> str:
        return client.get(REGISTER.replace("/en/", f"/{language}/"), query_string={"q": query}).get_data(as_text=True)

    with count_queries() as statements:
        found = page("ecole")
    assert len(statements) == (10 if dialect_name() == "sqlite" else 11)  # one more than for words of its own
    assert "In the translation:" in found
    assert '<p class="small" lang="fr" dir="auto">Une <mark>école</mark> à côté du puits.</p>' in found
    assert "Dans la traduction" in page("ecole", "fr")
    found = page("قرطاس", "ar")
    assert "في الوثيقة <bdi>السجل.pdf</bdi>" in found
    assert '<p class="small" lang="" dir="auto">… ' in found
    assert "<mark>قِرطاس</mark> في الوادي</p>" in found
    for words in ("brouillon", "mémoire"):
        assert "lang=" not in "".join(re.findall(r'<p class="small[^>]*>', page(words)))
    assert "In the translation" not in page("water")


def test_a_document_of_somebody_without_a_name_is_called_by_its_number(
    client: FlaskClient, with_more: Submission
) -> None:
    with transaction():
        session.execute(sa.update(Member).where(Member.id == with_more.member_id).values(display_name="A voice"))
    found = client.get(REGISTER, query_string={"q": "قرطاس"}).get_data(as_text=True)
    assert "In the document <bdi>document-1.pdf</bdi>" in found
    assert "السجل" not in found


def test_a_search_is_saved_switched_and_deleted(client: FlaskClient, texts: World) -> None:
    assert "/sign-in" in client.get(SEARCHES).location
    texts.sign_in(client, "professor")
    page = client.get(REGISTER, query_string={"q": "المياه", "track": "municipal", "region": "east"}).get_data(
        as_text=True
    )
    assert '<option value="east" selected>East</option>' in page
    [href] = re.findall(r'href="(/en/c/test/searches/[^"]+)"', page)
    address = href.replace("&amp;", "&")
    form = client.get(address).get_data(as_text=True)
    assert 'value="المياه"' in form
    token = form_token(client, address)
    refused = client.post(address, data={"csrf_token": token, "name": " "})
    assert (refused.status_code, "Give the search a name." in refused.get_data(as_text=True)) == (422, True)
    nothing = client.post(SEARCHES, data={"csrf_token": token, "name": "x"})
    assert nothing.status_code == 422
    assert client.post(address, data={"csrf_token": token, "name": "ماء البلديات"}).status_code == 303
    page = client.get(SEARCHES).get_data(as_text=True)
    assert "<bdi>ماء البلديات</bdi>" in page
    again = re.findall(r'<a class="title" href="([^"]+)"', page)[0].replace("&amp;", "&")
    assert "المِيَاه" in client.get(again).get_data(as_text=True)
    for button, shown in (("quiet", "Silent"), ("tell", "Tells you")):
        assert client.post(SEARCHES, data={"csrf_token": token, button: "1"}).status_code == 303
        assert f">{shown}<" in client.get(SEARCHES).get_data(as_text=True)
    for wrong in ("2", "x"):
        assert client.post(SEARCHES, data={"csrf_token": token, "delete": wrong}).status_code == 404
    assert client.post(SEARCHES, data={"csrf_token": token, "delete": "1"}).status_code == 303
    assert "You have saved no search" in client.get(SEARCHES).get_data(as_text=True)
