"""Confidential testimony for tests: a key, two readers with a second factor, a phase that opens it, and somebody who writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from consult.accounts.access import Actor
from consult.accounts.queries import has_second_factor
from consult.accounts.signing_in.sign_in import start_sign_in, visit_for_token
from consult.consultations.models import Phase
from consult.consultations.phases import Right
from consult.db import session, transaction
from consult.settings import Settings
from consult.testimony.content import TestimonyDraft
from consult.testimony.keys import make_key_file
from consult.testimony.models import Testimony, TestimonyReader
from consult.testimony.services import (
    Return,
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
)
from consult.testimony.states import CHECKS, Quoting
from consult.testing.factors import set_up_app
from consult.testing.world import World

#: Who reads, by the names of the small consultation.
READERS = ("moderator", "professor")
TEXT = "I paid at the gate.\nThe guard said: nobody will ask. I waited until morning."


def with_key(settings: Settings, elsewhere: Path) -> Settings:
    """Return settings whose confidential key lies in a folder outside the instance, and make it."""
    elsewhere.mkdir(exist_ok=True)
    make_key_file(elsewhere / "confidential.key")
    return replace(settings, confidential_key_file=str(elsewhere / "confidential.key"))


def offered(world: World, readers: Sequence[str] = READERS) -> World:
    """Open a phase for testimony, name readers (two by default) and switch it on."""
    organiser = world.actor("organiser")
    with transaction():
        phase = session.query(Phase).filter_by(consultation_id=world.consultation_id, key="writing").one()
        phase.rights = [*phase.rights, Right.TESTIFY]
    for reader in readers:
        name_reader(world, reader)
    offer_testimony(consultation=world.consultation, actor=organiser)
    return world


def name_reader(world: World, who: str) -> TestimonyReader:
    """Let somebody set up a second factor, if they have none, and read: an organiser asks, an administrator confirms."""
    if not has_second_factor(world.people[who]):
        set_up_app(world, who)
    act = ask_reader(f"{who}@example.org", consultation=world.consultation, actor=world.actor("organiser"))
    return confirm_reader(act.id, consultation=world.consultation, actor=world.actor("administrator"))


def proved(world: World, who: str) -> Actor:
    """Return somebody who showed a second factor in their sign-in, as readers must."""
    return visit_for_token(start_sign_in(world.people[who], method="link", factor="app")).actor


def give(world: World, text: str = TEXT, *, quoting: str = Quoting.ASK, language: str = "en") -> tuple[str, ...]:
    """Give a testimony and return its codename."""
    draft = TestimonyDraft(text, language, ("gcm-1",), "south", quoting)
    prepared = prepare(draft, consultation=world.consultation, language=language)
    typed = [prepared.words[position - 1] for position in prepared.asked]
    hand_in(prepared.form, typed, consultation=world.consultation)
    return prepared.words


def back(world: World, words: tuple[str, ...]) -> Return:
    """Come back with a codename."""
    return come_back(" ".join(words), consultation=world.consultation, language="en")


def quoted(world: World, words: str = "I paid at the gate.") -> tuple[tuple[str, ...], int]:
    """Give a testimony and have words of it published, as it has to be; return its codename and the quote's public number."""
    codename, here = give(world), world.consultation
    proposer, checker = (proved(world, who) for who in READERS)
    number = session.get_one(Testimony, back(world, codename).testimony.id).number
    quote = propose_quote(words, "en", number=number, consultation=here, actor=proposer)
    check_quote(quote, CHECKS, False, number=number, consultation=here, actor=checker)
    decide_quote(quote, True, form=back(world, codename).form, consultation=here)
    return codename, publish_quote(quote, number=number, consultation=here, actor=proposer)


def only_number() -> int:
    """Return the number of the one testimony there is."""
    return session.query(Testimony).one().number
