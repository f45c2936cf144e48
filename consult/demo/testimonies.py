"""The testimonies of the sample: plainly invented, given, read, answered and quoted as real ones would be.

Their readers set up a second factor, without which nobody reads. Its secret is nobody's afterwards, so it goes once the last of
them was read: whoever visits as a reader is led to set up one of their own.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

import pyotp

from consult import clock
from consult.accounts.access import Actor
from consult.accounts.models import Person
from consult.accounts.services import confirm_app, remove_app
from consult.accounts.signing_in.authenticator import offer_app
from consult.accounts.signing_in.factors import STEP_SECONDS, Factor
from consult.accounts.signing_in.sign_in import start_sign_in, visit_for_token
from consult.attachments.brought import BroughtDocument
from consult.db import session
from consult.demo.people import Cast
from consult.demo.sample_files import Timeline
from consult.demo.texts import workbook
from consult.recommendations.models import Recommendation
from consult.recommendations.quoting import choose_quotes
from consult.runtime import runtime
from consult.testimony.content import MessageDraft, TestimonyDraft
from consult.testimony.keys import key_path, make_key_file
from consult.testimony.models import Testimony
from consult.testimony.services import (
    add,
    add_file,
    answer_testimony,
    ask_reader,
    check_quote,
    come_back,
    confirm_reader,
    decide_quote,
    hand_in,
    offer_testimony,
    prepare,
    propose_quote,
    publish_quote,
    read_testimony,
)
from consult.testimony.states import CHECKS


@dataclass
class Told:
    """One testimony of the sample: its entry, its codename once it was given, its quotes and their public numbers."""

    cast: Cast
    entry: dict[str, Any]
    words: tuple[str, ...] = ()
    quotes: list[uuid.UUID] = field(default_factory=list)
    public: list[int] = field(default_factory=list)

    def give(self) -> None:
        """Give it as its author would."""
        entry, here = self.entry, self.cast.consultation
        draft = TestimonyDraft(
            entry["text"], entry["language"], tuple(entry["topics"]), entry["region"], entry["quoting"]
        )
        prepared = prepare(draft, consultation=here, language=entry["language"])
        hand_in(prepared.form, [prepared.words[at - 1] for at in prepared.asked], consultation=here)
        self.words = prepared.words

    def visit(self) -> str:
        """Come back with its codename."""
        return come_back(
            " ".join(self.words), consultation=self.cast.consultation, language=self.entry["language"]
        ).form

    def number(self) -> int:
        """Return its number, as the author could not, but the sample can."""
        found = come_back(" ".join(self.words), consultation=self.cast.consultation, language=self.entry["language"])
        return session.get_one(Testimony, found.testimony.id).number

    def answer(self, entry: dict[str, Any]) -> None:
        """Read it and answer."""
        at: dict[str, Any] = {"number": self.number(), "consultation": self.cast.consultation}
        reader = _proved(self.cast, entry["by"])
        read_testimony(**at, actor=reader)
        draft = MessageDraft(entry["text"], entry["language"])
        answer_testimony(draft, once=uuid.uuid4(), **at, actor=reader)

    def add(self, entry: dict[str, Any]) -> None:
        """Add something as its author."""
        draft = MessageDraft(entry["text"], entry["language"])
        add(draft, once=uuid.uuid4(), form=self.visit(), consultation=self.cast.consultation)

    def bring(self, entry: dict[str, Any]) -> None:
        """Add a file as its author."""
        brought = BroughtDocument(entry["name"], workbook(entry["rows"]))
        add_file(brought, once=uuid.uuid4(), form=self.visit(), consultation=self.cast.consultation)

    def propose(self, entry: dict[str, Any]) -> None:
        """Propose words."""
        self.quotes.append(
            propose_quote(
                entry["words"],
                entry["language"],
                number=self.number(),
                consultation=self.cast.consultation,
                actor=_proved(self.cast, entry["by"]),
            )
        )

    def check(self, entry: dict[str, Any]) -> None:
        """Check them as another reader."""
        at: dict[str, Any] = {"number": self.number(), "consultation": self.cast.consultation}
        check_quote(self.quotes[-1], CHECKS, False, **at, actor=_proved(self.cast, entry["checker"]))

    def agree(self, _entry: dict[str, Any]) -> None:
        """Agree as its author."""
        decide_quote(self.quotes[-1], True, form=self.visit(), consultation=self.cast.consultation)

    def publish(self, entry: dict[str, Any]) -> None:
        """Publish them."""
        at: dict[str, Any] = {"number": self.number(), "consultation": self.cast.consultation}
        self.public.append(publish_quote(self.quotes[-1], **at, actor=_proved(self.cast, entry["by"])))

    def cite(self, entry: dict[str, Any]) -> None:
        """Make them a source of a recommendation."""
        row = session.get_one(Recommendation, self.cast.recommendations[entry["recommendation"]])
        numbers = {self.public[-1]}
        choose_quotes(numbers, among=numbers, recommendation=row, actor=self.cast.actor("organiser"))


def add_testimonies(cast: Cast, timeline: Timeline) -> None:
    """Put the testimonies on the timeline where the instance has a place for a key; the key is made if there is none."""
    path, sample = key_path(runtime().settings), cast.sample
    if path is None:
        return
    if not path.exists():
        make_key_file(path)
    read = sample.read("testimonies")
    timeline.at(sample.moment(read["named"]), lambda: _offer(cast, read["readers"]))
    for entry in read["testimony"]:
        told = Told(cast, entry)
        timeline.at(sample.moment(entry["given"]), told.give)
        for kind, moment, act in _ACTS:
            for one in entry.get(kind, ()):
                if moment in one:
                    timeline.at(sample.moment(one[moment]), _later(act, told, one))
    timeline.at(sample.moment(read["over"]), lambda: _remove_apps(cast, read["readers"]))


_ACTS = (
    ("answer", "at", Told.answer),
    ("add", "at", Told.add),
    ("file", "at", Told.bring),
    ("quote", "proposed", Told.propose),
    ("quote", "checked", Told.check),
    ("quote", "agreed", Told.agree),
    ("quote", "published", Told.publish),
    ("quote", "cited", Told.cite),
)


def _later(act: Any, told: Told, entry: dict[str, Any]) -> Any:
    return lambda: act(told, entry)


def _offer(cast: Cast, readers: list[str]) -> None:
    organiser = cast.actor("organiser")
    emails = {entry["key"]: entry["email"] for entry in cast.entries}
    for reader in readers:
        _set_up_app(cast, reader)
        act = ask_reader(emails[reader], consultation=cast.consultation, actor=organiser)
        confirm_reader(act.id, consultation=cast.consultation, actor=cast.actor("admin"))
    offer_testimony(consultation=cast.consultation, actor=organiser)


def _set_up_app(cast: Cast, key: str) -> None:
    person = session.get_one(Person, cast.people[key])
    offer = offer_app(person)
    code = pyotp.TOTP(offer.secret, interval=STEP_SECONDS).at(int(clock.now().timestamp()))
    confirm_app(offer.sealed, code, actor=_signed_in(cast, key))


def _remove_apps(cast: Cast, readers: list[str]) -> None:
    for reader in readers:
        remove_app(actor=_proved(cast, reader))


def _proved(cast: Cast, key: str) -> Actor:
    """Return somebody in a sign-in in which a second factor was shown."""
    return _signed_in(cast, key, factor=Factor.APP)


def _signed_in(cast: Cast, key: str, factor: str = "") -> Actor:
    return visit_for_token(start_sign_in(cast.people[key], method="link", factor=factor)).actor
