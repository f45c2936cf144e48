"""Passwords: argon2id, a bounded number at a time, and an answer that does not say whether there is such an account."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import argon2
import sqlalchemy as sa

from consult.accounts.access import Actor, demand
from consult.accounts.attempts import PASSWORD_FROM_ADDRESS, PASSWORD_OF_ACCOUNT, count_attempt
from consult.accounts.events import PasswordSet
from consult.accounts.models import HalfSignIn, Person, SignIn, email_key
from consult.accounts.signing_in.devices import end_sign_ins
from consult.accounts.signing_in.known_browsers import count_for_account
from consult.accounts.signing_in.sign_in import Arrival, Halfway, Opened, open_sign_in
from consult.db import read, session, transaction
from consult.errors import Rejected
from consult.events.record import record
from consult.i18n import N_, Message
from consult.turns import Queue

SHORTEST, LONGEST = 12, 256
#: RFC 9106, section 4, second recommended option: 64 MiB, three passes, four lanes.
HASHER = argon2.PasswordHasher.from_parameters(argon2.profiles.RFC_9106_LOW_MEMORY)
#: For codes that were drawn at random, ten at a time: the least that OWASP asks of argon2id (Password Storage Cheat Sheet).
CODE_HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
#: What is verified when there is no such account, or no password on it, so that both take as long. Made from random bytes
#: that were thrown away.
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$oaMXRvj+VueVZS6VLyr5jw$8E8nHidx2HMo1nwgTTRcswDPHtufp6fLhLWBfKiOkoQ"
#: Each hash takes 64 MiB and four lanes: more at a time in a process would take memory and every core from the pages.
AT_ONCE = 1
#: So many wait for their turn in a process, a tenth of a second each; whoever comes then is asked to come again at once.
MOST_WAITING = 40
PATIENCE_SECONDS = 15.0
#: What anybody tries first here, beside words of the person: the product, the country, the capital.
PLACE_WORDS = ("consult", "consultation", "libya", "tripoli", "ليبيا", "طرابلس", "تشاور", "libye")
#: zxcvbn's third step of four: 10^8 guesses and more. It looks at so many characters at most, as its authors advise.
LEAST_SCORE, GUESSED_OF = 3, 72
#: Letters that must be left where such words are taken away: a name and a year are no secret.
LEAST_OF_ONES_OWN = 4
_queue = Queue(AT_ONCE, MOST_WAITING, PATIENCE_SECONDS)

WRONG = N_("This address and this password do not belong together.")


@dataclass(frozen=True, slots=True)
class PasswordDraft:
    """A new password, and the present one where there is one."""

    new: str
    present: str = ""


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password; raises Busy when too many are being hashed."""
    with _queue.served():
        return HASHER.hash(_normal(password))


def hash_codes(codes: Sequence[str]) -> list[str]:
    """Return the argon2id hashes of codes that were drawn at random, in one turn; raises Busy. `verify_password` compares."""
    with _queue.served():
        return [CODE_HASHER.hash(code) for code in codes]


def verify_password(hashed: str, password: str) -> bool:
    """Tell whether a password has this hash; an empty hash takes as long and never fits. Raises Busy."""
    with _queue.served():
        try:
            HASHER.verify(hashed or NOBODY, _normal(password[: LONGEST + 1]))
        except argon2.exceptions.VerifyMismatchError:
            return False
    return bool(hashed)


def sign_in_with_password(
    address: str,
    password: str,
    *,
    origin: str,
    actor: Actor,
    shared: bool = False,
    device: str = "",
    mark: str = "",
) -> Opened | Halfway:
    """Open a sign-in for whoever has this address and password; `origin` is the network address, counted as a keyed hash.

    `mark` is what the browser keeps if the account signed in there before: its tries count apart from a stranger's.
    Halfway for whoever has a second factor.

    Raises Rejected with the same words, after the same work, whether the address, the password or both are wrong;
    TooManyTries; Busy. The hash is computed outside any transaction, so nobody waits for it.
    """
    count_attempt(PASSWORD_FROM_ADDRESS, origin)
    count_for_account(PASSWORD_OF_ACCOUNT, address, mark)
    kept = read(sa.select(Person.id, Person.password_hash).where(Person.email_key == email_key(address))).first()
    whose, hashed = kept or (None, "")  # no person is loaded: that takes longer than finding nobody
    fits = verify_password(hashed, password)
    if whose is None or not fits:
        raise Rejected(WRONG, field="password")
    renewed = hash_password(password) if HASHER.check_needs_rehash(hashed) else hashed
    with transaction():
        person = session.get_one(Person, whose)
        if person.password_hash != hashed:  # changed while it was being verified
            raise Rejected(WRONG, field="password")
        person.password_hash = renewed
        return open_sign_in(person.id, Arrival("password", shared, device), actor=actor)


def set_password(draft: PasswordDraft, *, actor: Actor) -> None:
    """Set or change the actor's password; every other device is signed out.

    Whoever signed in with a password proves it again; a link in the mail or in the hand is proof enough, since it is the
    way for those who forgot theirs. Raises Rejected, TooManyTries, Busy.
    """
    demand(actor, "account.use")
    person = session.get_one(Person, actor.person)
    if problem := password_problem(draft.new, person):
        raise Rejected(problem, field="new")
    if asks_present_password(person, actor):
        count_attempt(PASSWORD_OF_ACCOUNT, str(person.id))  # apart from strangers, who know the address only
        if not verify_password(person.password_hash, draft.present):
            raise Rejected(N_("This is not your present password."), field="present")
    hashed = hash_password(draft.new)
    with transaction():
        person.password_hash = hashed
        end_sign_ins(SignIn.id.is_distinct_from(actor.sign_in), actor)
        session.execute(sa.delete(HalfSignIn).where(HalfSignIn.person_id == person.id))
        record(PasswordSet(person=person.id), actor=actor.person)


def password_problem(password: str, person: Person) -> Message | None:
    """Return what is wrong with a new password: length, one character repeated, or that others would guess it."""
    normal = _normal(password)
    if len(normal) < SHORTEST:
        return N_("Write at least %(limit)s characters; a sentence works well.", limit=SHORTEST)
    if len(normal) > LONGEST:
        return N_("Write at most %(limit)s characters.", limit=LONGEST)
    if len(set(normal)) < 5 or _is_guessed(normal, person):
        return N_("This is too easy to guess. Write something that only you would write.")
    return None


def _is_guessed(password: str, person: Person) -> bool:
    """Tell whether somebody who knows the person and the lists of stolen passwords gets there in a hundred million tries.

    zxcvbn (Wheeler, USENIX Security 2016) looks for words of those lists, of dictionaries and of the person anywhere in the
    password, also written backwards, with digits for letters or along the keyboard; it says nothing against plain sentences.
    """
    own = [person.name, *person.name.split(), *(person.email_key or "").replace("@", " ").replace(".", " ").split()]
    known = [word.casefold() for word in (*PLACE_WORDS, *own, person.email_key or "") if len(word) > 2]
    rest = password.casefold()
    for word in sorted(known, key=len, reverse=True):
        rest = rest.replace(word, "")
    if rest != password.casefold() and sum(letter.isalpha() for letter in rest) < LEAST_OF_ONES_OWN:
        return True
    from zxcvbn import zxcvbn  # late: it reads its dictionaries

    return bool(zxcvbn(password[:GUESSED_OF], user_inputs=known)["score"] < LEAST_SCORE)


def asks_present_password(person: Person, actor: Actor) -> bool:
    """Tell whether the form has to ask for the present password: not of whoever showed again who they are since signing in."""
    if not person.password_hash:
        return False
    here = session.execute(
        sa.select(SignIn.method, SignIn.created_at, SignIn.proved_at).where(SignIn.id == actor.sign_in)
    ).first()
    return here is None or (here.method == "password" and here.proved_at <= here.created_at)
