"""Short codes on cards: a slip is told at once, each opens once what its link would, and the table opens none."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations

import pytest
import sqlalchemy as sa

from consult import clock
from consult.accounts.access import ANONYMOUS
from consult.accounts.attempts import CARD_CODE_FROM_ADDRESS, count_attempt
from consult.accounts.models import Attempt, Person, SignInLink
from consult.accounts.signing_in.card_codes import LENGTH, LETTERS, code_hash, new_code, typed_code
from consult.accounts.signing_in.links import IssuedLink, Purpose, consume_card_code, consume_link, issue_link
from consult.accounts.signing_in.second_step import waiting_sign_in
from consult.accounts.signing_in.sign_in import Halfway, Opened, visit_for_token
from consult.db import session, transaction
from consult.errors import LinkSpent, Rejected, TooManyTries
from consult.events.models import INSTANCE
from consult.events.stream import events_after
from consult.testing.factors import set_up_app
from consult.testing.world import World

NO_CODE = "This is no code as it stands on a card. Look at each character again."
OPENS_NOTHING = "This code opens nothing: it has been used, has expired, or another card was made since."


def _card(world: World, key: str = "ghat") -> IssuedLink:
    with transaction():
        person = session.get_one(Person, world.people[key])
        return issue_link(person, Purpose.CARD, consultation=world.consultation_id, actor=None, printed=True)


def _open(typed: str) -> Opened | Halfway:
    return consume_card_code(typed, origin="192.0.2.1", actor=ANONYMOUS)


def _refusal(typed: str) -> tuple[str, str]:
    with pytest.raises(Rejected) as refused:
        _open(typed)
    (problem,) = refused.value.problems
    return problem.field, str(problem.message)


def test_a_code_is_three_groups_of_characters_that_nobody_mixes_up() -> None:
    code = new_code()
    assert [len(group) for group in code.split(" ")] == [4, 4, 4]
    assert set("0O1I2Z5S8BUVQ").isdisjoint(LETTERS)
    assert (len(LETTERS), len(set(LETTERS))) == (23, 23)
    assert new_code() != code


def test_spaces_dashes_small_letters_and_arabic_digits_make_no_difference() -> None:
    code = new_code()
    plain = code.replace(" ", "")
    arabic = plain.translate(str.maketrans("34679", "٣٤٦٧٩"))
    for typed in (code, plain.lower(), code.replace(" ", "-"), f"\u202a {plain} \u202c", arabic):
        assert typed_code(typed) == plain


def test_one_wrong_character_and_two_that_changed_places_are_always_found() -> None:
    plain = new_code().replace(" ", "")
    wrong = [
        plain[:place] + letter + plain[place + 1 :]
        for place in range(LENGTH)
        for letter in LETTERS
        if letter != plain[place]
    ]
    for one, other in combinations(range(LENGTH), 2):
        if plain[one] != plain[other]:
            swapped = list(plain)
            swapped[one], swapped[other] = swapped[other], swapped[one]
            wrong.append("".join(swapped))
    assert [typed for typed in wrong if typed_code(typed) is not None] == []
    assert [typed_code(typed) for typed in ("", plain[:-1], f"{plain}A", "0" * LENGTH, "é" * 300)] == [None] * 5


def test_a_code_signs_in_once_and_uses_up_its_link(world: World) -> None:
    card = _card(world)
    opened = _open(card.code.lower())
    assert isinstance(opened, Opened)
    assert visit_for_token(opened.token).actor.person == world.people["ghat"]
    assert opened.consultation == world.consultation_id
    assert _refusal(card.code) == ("code", OPENS_NOTHING)
    with pytest.raises(LinkSpent):
        consume_link(card.token, actor=ANONYMOUS)
    assert [event.type for event in events_after(INSTANCE)] == ["SignInLinkMade", "SignedIn"]
    assert events_after(INSTANCE)[1].facts["method"] == "card"


def test_a_link_uses_up_its_code_and_a_new_card_ends_the_one_before(world: World) -> None:
    first = _card(world)
    second = _card(world)
    assert _refusal(first.code) == ("code", OPENS_NOTHING)
    consume_link(second.token, actor=ANONYMOUS)
    assert _refusal(second.code) == ("code", OPENS_NOTHING)


def test_unknown_used_and_expired_codes_get_the_same_answer(world: World) -> None:
    card = _card(world)
    assert _refusal(new_code()) == ("code", OPENS_NOTHING)
    with clock.at(card.expires_at):
        assert _refusal(card.code) == ("code", OPENS_NOTHING)
    with clock.at(card.expires_at - timedelta(seconds=1)):
        assert _open(card.code)


def test_a_slip_is_not_counted_and_guesses_are(world: World) -> None:
    assert _refusal("ACDE FGHJ KLMN") == ("code", NO_CODE)
    assert session.scalars(sa.select(Attempt.count)).all() == []
    with transaction():
        for _ in range(CARD_CODE_FROM_ADDRESS.tries):
            count_attempt(CARD_CODE_FROM_ADDRESS, "192.0.2.1")
    with pytest.raises(TooManyTries):
        _open(_card(world).code)


def test_only_a_keyed_hash_is_kept_and_nothing_is_written_of_it(world: World) -> None:
    card = _card(world)
    assert session.scalars(sa.select(SignInLink.code_hash)).one() == code_hash(card.code)
    assert card.code not in str([event.facts for event in events_after(INSTANCE)])
    with transaction():
        link = issue_link(session.get_one(Person, world.people["derna"]), Purpose.INVITATION, actor=None)
    assert (link.code, session.get_one(SignInLink, link.id).code_hash) == ("", None)


def test_whoever_has_a_second_factor_is_asked_for_it(world: World) -> None:
    set_up_app(world, "ghat")
    halfway = _open(_card(world).code)
    assert isinstance(halfway, Halfway)
    assert waiting_sign_in(halfway.token) is not None
