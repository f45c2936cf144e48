"""Sign-in links that are asked for by mail: bound to the browser that asked, because a mailbox proves who reads it and no more.

The browser keeps a secret of each request, the link its hash. Opened there, the link signs in. Opened anywhere else it shows
a short code, which signs in the browser that asked: whoever reads mail on another device gets in, and a link that was coaxed
out of somebody signs nobody in.
"""

from __future__ import annotations

import hmac
import secrets
import uuid
from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor
from consult.accounts.attempts import (
    LINK_CODE_FROM_ADDRESS,
    LINK_CODE_OF_REQUEST,
    LINK_FOR_ACCOUNT,
    LINK_FROM_ADDRESS,
    count_attempt,
)
from consult.accounts.events import SignInLinkRequested
from consult.accounts.keys import keyed
from consult.accounts.models import LinkRequest, Person, SignInLink, email_key
from consult.accounts.people import is_address
from consult.accounts.signing_in.known_browsers import count_for_account
from consult.accounts.signing_in.links import IssuedLink, Purpose, issue_link, take_link, unused
from consult.accounts.signing_in.sign_in import Halfway, Opened, token_hash
from consult.cleaning import typed_digits
from consult.db import new_id, session, transaction
from consult.errors import LinkSpent, Rejected, TooManyTries
from consult.events.record import record
from consult.i18n import N_
from consult.runtime import runtime

#: Digits of the short code: 26 bits, for ten minutes and a few tries.
DIGITS = 8
#: Of so many of its requests a browser keeps the secrets: more nobody is sent for one address in a quarter of an hour.
REQUESTS_KEPT = 3

WRONG = N_("This is not the code that the link shows, or it is too old. Look at the newest letter.")


def request_sign_in_link(address: str, *, origin: str, mark: str = "") -> str:
    """Note that somebody wants a sign-in link by mail, and return the secret of the request, for their browser alone.

    `origin` is the network address, of which a keyed hash is counted; `mark` is what a browser keeps in which the account signed
    in before. Whether there is such an account is not even looked up
    here: the worker answers. So the page and its time are the same for everybody. Raises Rejected for what is no address,
    TooManyTries.
    """
    if not is_address(address.strip()):
        raise Rejected(N_("Write an e-mail address, for example name@example.org."), field="email")
    count_attempt(LINK_FROM_ADDRESS, origin)
    count_for_account(LINK_FOR_ACCOUNT, address, mark)
    asked = secrets.token_urlsafe(32)
    with transaction():
        request = LinkRequest(
            id=new_id(), email_key=email_key(address), asked_at=clock.now(), asked_hash=token_hash(asked)
        )
        session.add(request)
        record(SignInLinkRequested(request=request.id), actor=None)
    return asked


def answer_link_request(request: uuid.UUID) -> IssuedLink | None:
    """Make the link that was asked for, None if nobody has the address or it took too long; forget the request.

    Its time runs from the asking, however late the letter is written.
    """
    with transaction():
        asked = session.get(LinkRequest, request)
        if asked is None:
            return None
        person = session.scalars(sa.select(Person).where(Person.email_key == asked.email_key)).first()
        session.delete(asked)
        ends = asked.asked_at + timedelta(minutes=runtime().settings.sign_in_link_minutes)
        if person is None or person.closed_at is not None or ends <= clock.now():
            return None
        return issue_link(person, Purpose.SIGN_IN, actor=None, asked=(asked.asked_hash, ends))


def code_to_type(token: str, asked: Sequence[str]) -> str:
    """Return the code that a link shows in a browser which did not ask for it, "" where it signs in by itself. Reads only."""
    bound = session.scalar(sa.select(SignInLink.asked_hash).where(SignInLink.token_hash == token_hash(token)))
    return "" if bound is None or bound in _hashes(asked) else _code(token_hash(token))


def consume_link_code(
    typed: str, *, asked: Sequence[str], origin: str, actor: Actor, shared: bool = False, device: str = ""
) -> Opened | Halfway:
    """Use a link by the code that it showed elsewhere, in the browser that `asked` for it; as `consume_link` does.

    Raises Rejected with the same words for a wrong code and where no letter went; TooManyTries.
    """
    code = typed_digits(typed)
    if len(code) != DIGITS:
        raise Rejected(N_("Write the eight digits that the link shows."), field="code")
    count_attempt(LINK_CODE_FROM_ADDRESS, origin)
    mine = SignInLink.asked_hash.in_(_open_requests(asked))
    for link in session.scalars(sa.select(SignInLink.token_hash).where(mine, *unused())).all():
        if hmac.compare_digest(_code(link), code):
            try:
                return take_link(SignInLink.token_hash == link, actor=actor, shared=shared, device=device)
            except LinkSpent:  # somebody was quicker
                break
    raise Rejected(WRONG, field="code")


def _open_requests(asked: Sequence[str]) -> list[bytes]:
    """Count a try for each request of the browser and return those with tries left; raises TooManyTries if there are none."""
    left = []
    for request in _hashes(asked):
        try:
            count_attempt(LINK_CODE_OF_REQUEST, request.hex())
        except TooManyTries:
            continue  # guessed at too often; those after it may be right
        left.append(request)
    if asked and not left:
        raise TooManyTries
    return left


def _hashes(asked: Sequence[str]) -> list[bytes]:
    return [token_hash(one) for one in asked[-REQUESTS_KEPT:]]


def _code(link: bytes) -> str:
    """Return the digits of a link, made of its random token under the key outside the database: they are kept nowhere."""
    return f"{int.from_bytes(keyed('code of a mailed link', link)) % 10**DIGITS:0{DIGITS}}"
