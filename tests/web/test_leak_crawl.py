"""What is kept back is told nowhere: everything happens, and everybody looks everywhere, on both databases.

Three things are looked for on each page, in one walk. The names of a member who withholds theirs are canaries. So is a word in
every field that not everybody reads, which those see who may and nobody else (`consult.testing.kept_back`). And of papers that
are judged without names, a page may hold the name or the text, not both: that somebody takes part is no secret, which text is
theirs is; what reviewers are shown holds no name at all.

One exception, said in `docs/plugins.md` too: the register of bodies holds bodies that may take part and does not say which
of them do. Its own pages show them to those who keep it, the form with which an organiser invites somebody offers them, it
can be exported, and its own events name the codes of bodies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from consult_cso.services import RegistrationDraft, note_registration
from flask import Flask
from werkzeug.routing import Rule

from consult.accounts.access import OPERATOR, Role
from consult.accounts.models import Person
from consult.accounts.signing_in.links import invite_person
from consult.coding.models import Coder
from consult.consultations.models import Member
from consult.db import session
from consult.peer_review.models import Reviewer
from consult.settings import Settings
from consult.submissions.models import Submission
from consult.testimony.models import TestimonyReader
from consult.testing import places
from consult.testing.addresses import Addresses, NoRow, readable_rules
from consult.testing.blind import KEPT_AWAY, KEPT_FROM, Blind, found, write_blind_papers
from consult.testing.coding import code_everything
from consult.testing.evaluators import make_evaluator
from consult.testing.kept_back import plant, readers_of_words
from consult.testing.lookers import enter_everybody
from consult.testing.planted_fields import FIELDS, ROW_BY_ROW, columns_of_text, open_columns
from consult.testing.readable import kept_back_words, readable, told
from consult.testing.testimonies import give, offered, with_key
from consult.testing.web import Browser
from consult.testing.withheld import Happened, everything_happens
from consult.testing.world import World

#: Each looks in one language: what is told depends on who looks, not on the language.
IN_TURN = ("ar", "en", "fr")
#: The pages of the exception, by endpoint, with whom they are for: those who keep the register, also of another consultation.
REGISTER = "bodies export_table body body_facts body_change body_end body_add body_overlap_new body_entry body_replace body_remove"
EXCEPTIONS = {("organise.invite", "organiser"), ("facilitate.accreditation", "accreditor")} | {
    (f"administer.{page}", keeper)
    for page in REGISTER.split()
    for keeper in ("organiser", "administrator", "elsewhere")
}
#: What names everybody who takes part beside the texts, and does not say whose is which: the filter of the register offers
#: every body (choosing hers finds none of the texts), the whole document has both in its annexes.
OFFERS = {"public.register", "organise.document_preview"}
#: Routes without a row in this small consultation, and why.
NO_ROWS: Mapping[str, str] = {
    "administer.body_overlap": "the mandates of one body do not overlap; `tests/web/test_bodies_register.py` records an overlap",
    "organise.answer_evaluation_page": "nothing is published of an evaluation, which `tests/web/test_evaluation.py` does",
    "organise.lift": "the interests are those of papers whose names are kept; `tests/web/test_peer_review.py` asks for one",
    "paper.picture": "a sheet has no picture; `tests/web/test_paper.py` adds some, also of a text that is judged blind",
}
#: Addresses that lead elsewhere or show nothing to anybody here, and why.
REDIRECTS: Mapping[str, str] = {
    **dict.fromkeys(
        ["account.join", "account.provider", "account.provider_back", "account.provider_unknown"],
        "there is no provider of identities here",
    ),
    **dict.fromkeys(
        ["administer.import_file", "administer.refused"],
        "no file of bodies is brought here; `tests/web/test_body_imports.py` brings some",
    ),
    **dict.fromkeys(
        ["facilitate.accreditation_file", "public.application_file"],
        "the name that is planted has no file behind it; `tests/web/test_application_files.py` fetches some",
    ),
    "account.second_step": "nobody is between two steps here",
    "take_part.go_on": "it leads on to the step where a draft stopped",
    **dict.fromkeys(
        ["coding.next_text", "peer_review.next_text", "paper.find", "public.open_data_file", "root"], "leads on"
    ),
    **dict.fromkeys(["short.edition", "short.recommendation", "short.sheet", "short.submission"], "leads to the page"),
}
#: Pages behind an address that is itself the secret: whoever has the link reads them.
BY_LINK = frozenset({"public.application"})
#: Where receipt numbers stand in addresses.
NUMBERS = "submissions review receipts texts letters assessed s"


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody was answered: which words of what is kept back it held, which names, and of papers judged blind which."""

    role: str
    endpoint: str
    path: str
    status: int
    words: frozenset[str]
    names: frozenset[str]
    authors: frozenset[str]
    papers: frozenset[str]
    kept_away: bool


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """An instance that takes confidential testimony."""
    return with_key(settings, tmp_path / "elsewhere")


@dataclass(frozen=True, slots=True)
class Everything:
    """The world in which everything happened, with the papers that are judged blind."""

    happened: Happened
    blind: Blind

    @property
    def world(self) -> World:
        """Who is in it."""
        return self.happened.world


@pytest.fixture
def everything(world: World) -> Everything:
    """Everything that can happen, everybody, and a word in every field that not everybody reads."""
    make_evaluator(world)
    draft = RegistrationDraft({"authorities": ["csc_tripoli"], "number": "KANARYOS-77"})
    note_registration(draft, consultation=world.consultation, actor=world.actor("cso"))
    happened = everything_happens(world)
    enter_everybody(world)
    blind = write_blind_papers(world)
    code_everything(world)
    offered(world, ("professor",))
    give(world, "qxtestimony")
    plant(world)
    session.remove()
    return Everything(happened, blind)


def _addresses(
    app: Flask, everything: Everything, monkeypatch: pytest.MonkeyPatch
) -> tuple[Sequence[tuple[Rule, Sequence[str]]], set[str]]:
    """Return the addresses of each route that answers to GET, and the routes without any."""
    world = everything.world
    query = sa.select(Submission.number).where(Submission.consultation_id == world.consultation_id)
    numbers = session.scalars(query.order_by(Submission.number)).all()
    for place in NUMBERS.split():
        monkeypatch.setitem(places.PLACES, f"{place}/number", lambda _: numbers)
    monkeypatch.setattr(places, "ROWS", 4)
    ghat = session.get_one(Person, world.people["ghat"])
    addresses = Addresses(world.consultation, invite_person(ghat, actor=OPERATOR).token)
    filled, without = [], set()
    for rule in (rule for rule in readable_rules(app) if rule.endpoint != "static_asset"):
        try:
            filled.append((rule, addresses.of_rule(rule, "LANG")))
        except NoRow:
            without.add(rule.endpoint)
    return filled, without


def _walk(app: Flask, everything: Everything, addresses: Sequence[tuple[Rule, Sequence[str]]]) -> Iterator[Seen]:
    for turn, role in enumerate(("", *everything.world.people)):
        browser = Browser(app)
        if role:
            everything.world.sign_in(browser, role, factor="app")  # as readers of testimony must
        for rule, paths in addresses:
            for path in paths:
                answer = browser.get(path.replace("LANG", IN_TURN[turn % 3], 1))
                texts = tuple(readable(answer.get_data() + str(answer.headers).encode()))
                yield Seen(
                    role,
                    rule.endpoint,
                    path,
                    answer.status_code,
                    frozenset(kept_back_words(texts) & readers_of_words().keys()),
                    frozenset(name for name in told(everything.happened.canaries, texts) if name not in path),
                    frozenset(found(everything.blind.canaries, texts[0])),
                    frozenset(found(everything.blind.pointers, texts[0])),
                    KEPT_AWAY in texts[0],
                )
                if answer.status_code == 403:  # refused before any row is looked at: so are the other rows
                    break


def test_nobody_else_is_told_on_any_page(app: Flask, everything: Everything, monkeypatch: pytest.MonkeyPatch) -> None:
    app.testing = False  # an error becomes its page, which is looked at too
    _everybody_looks(everything)
    addresses, without = _addresses(app, everything, monkeypatch)
    pages = list(_walk(app, everything, addresses))
    _no_word_is_told(pages)
    _no_name_is_told(pages)
    _no_author_is_joined(pages)
    assert [(one.role, one.path) for one in pages if one.status >= 500] == []
    assert without == set(NO_ROWS)
    answered = {one.endpoint for one in pages if one.status == 200}
    assert {rule.endpoint for rule, _ in addresses} - answered == set(REDIRECTS)


def _everybody_looks(everything: Everything) -> None:
    """Each role of the product, each list of people who are trusted with something, and each part in a track."""
    roles = {held.role for key in everything.world.people for held in everything.world.actor(key).roles}
    assert roles == set(Role)
    looking = set(everything.world.people.values())
    for trusted in (Coder, Member, Reviewer, TestimonyReader):
        assert looking & set(session.scalars(sa.select(trusted.person_id))), trusted.__name__


def _no_word_is_told(pages: Sequence[Seen]) -> None:
    """Each word is read by those alone who may, and by all of them, so that each field is known to be walked."""
    seen = {(word, one.role) for one in pages if one.endpoint not in BY_LINK for word in one.words}
    may = {(word, role) for word, readers in readers_of_words().items() for role in readers}
    assert sorted(seen - may) == []
    assert sorted(may - seen) == []


def _no_name_is_told(pages: Sequence[Seen]) -> None:
    """The member who withholds it sees their own name on every page; else only the register of bodies has it."""
    named = {(one.endpoint, one.role) for one in pages if one.names and one.role != "cso"}
    assert named == EXCEPTIONS


def _no_author_is_joined(pages: Sequence[Seen]) -> None:
    """No page holds a blind author's name and a paper of theirs, for anybody else; reviewers see no name at all."""
    others = [one for one in pages if one.role != "professor"]
    joined = [one for one in others if one.authors and one.papers and one.endpoint not in OFFERS]
    assert [(one.role, one.path, sorted(one.authors)) for one in joined] == []
    assert [one.path for one in others if one.authors and one.endpoint.startswith("peer_review.")] == []
    assert [(one.role, one.path) for one in pages if one.kept_away and one.role in KEPT_FROM] == []
    seen = {one.endpoint for one in pages if one.status == 200 and one.papers}
    assert {"peer_review.text", "facilitate.assessed_text", "facilitate.review", "public.submission"} <= seen


def test_every_column_of_text_is_walked_or_needs_no_word() -> None:
    planted = set(FIELDS) | ROW_BY_ROW
    assert planted & open_columns() == set()
    assert planted | open_columns() == columns_of_text()
